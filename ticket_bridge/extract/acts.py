"""What is to be done, from the way people ask for it to the way a ticket says it (BJ 5.1.4.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from ..fields import Evidence
from ..talk import Line
from ..words import either, pattern, rules
from .clauses import breaks
from .money import in_figures

SAME = 0.75
_MONEY_BACK = re.compile("^((?:全额)?(?:退还|返还).{0,12}的)钱?$")
HEADS = frozenset(("不得", "责令", "禁止", "停止", "赔偿", "修复"))
"""Verbs that say nothing when no object was understood."""
MATTER = "{m}"
"""Stands for the usual demand of the known matter."""


@dataclass(frozen=True)
class Act:
    """One thing asked for, as a ticket says it, with the words that asked; ``at`` orders acts of a line.

    ``more``: the words that what was left unsaid was filled in from.
    """

    text: str
    at: int
    evidence: Evidence
    more: tuple[Evidence, ...] = ()


def acts_of(line: Line, start: int = 0, end: int | None = None) -> list[Act]:
    """Return what the plain text of a line asks for between two offsets, in its order."""
    stop = len(line.plain.text) if end is None else end
    cuts = breaks(line)
    taken: list[tuple[int, int]] = []
    found: list[Act] = []
    for words, form in _forms():
        for match in pattern(words).finditer(line.plain.text, start, stop):
            first, last = match.span()
            if first == last or any(first < b and last > a for a, b in taken):
                continue
            text = _written(form, match, cuts)
            if text is not None:
                taken.append((first, last))
                found.append(Act(text, first, line.span(first, last).evidence))
    return sorted(found, key=lambda act: act.at)


@cache
def _forms() -> list[tuple[str, str | None]]:
    """Return the acts of the rule file, and 把-sentences turned round last."""
    data = rules("demand")
    turned = [
        (
            rf"把(?P<x>[^把]{{1,10}}?)(?:给我们|给我|给|都|全|也)*{verb}(?:了|掉|好|上|完|走|出来|下来|一下|喽)",
            f"{written}{{x}}",
        )
        for verb, written in sorted(data["turned"].items(), key=lambda entry: -len(entry[0]))
    ]
    return [*((words, form) for words, form in data["acts"]), *turned]


def _written(form: str | None, match: re.Match[str], cuts: Sequence[int]) -> str | None:
    """Fill a form with what was captured within one clause; None when nothing is left of it."""
    if form is None:  # as it was said
        return _one_clause(match, 0, cuts)
    groups = match.groupdict()
    values = {name: _object(_one_clause(match, name, cuts)) for name in ("x", "y") if name in groups}
    values = {"x": "", "y": ""} | values
    if "{x}" in form and not values["x"] and groups.get("x"):
        return None
    return form.replace("{x}", values["x"]).replace("{y}", values["y"])


def _one_clause(match: re.Match[str], name: str | int, cuts: Sequence[int]) -> str:
    """Return what a group holds of the clause its verb stands in (前面挖断了，[把]管子修好)."""
    text = match.group(name) or ""
    start = match.start(name)
    last = match.end(name) == match.end()
    if {"x", "y"} <= match.groupdict().keys():  # 要么…，要么…: either is a clause
        return text
    inside = [one - start for one in cuts if start < one < start + len(text) + (not last)]
    if not inside:
        return text
    return text[: inside[0]] if last else text[inside[-1] :]


def _object(text: str) -> str:
    """Return what is to be acted on without pronouns and particles."""
    data = rules("demand")
    head = re.compile(f"^{data['objects']}+")
    text = head.sub("", text)
    for words in data["drop"]:
        text = pattern(words).sub("", text)
    for said, written in data["register"]:
        text = pattern(said).sub(written, text)
    return text


def much_the_same(first: str, second: str) -> bool:
    """Tell whether a shorter demand says little that the other does not."""
    short, long = sorted((first, second), key=len)
    return sum(char in long for char in short) >= SAME * len(short)


def joined(acts: Sequence[Act], usual: str, limit: int) -> tuple[str, list[Evidence]]:
    """Join acts to one demand of at most ``limit`` characters; ``usual`` is the matter's."""
    texts: list[str] = []
    evidence: list[Evidence] = []
    for act in acts:
        text = in_figures(act.text.replace(MATTER, usual)).removeprefix("" if usual else "并")
        text = _MONEY_BACK.sub(r"\1费用", text)
        if not text or text in HEADS or any(much_the_same(text, one) for one in texts):
            continue
        if len("，".join([*texts, text])) > limit:
            break
        if texts and text.startswith("或"):
            texts[-1] += text
        else:
            texts.append(text.removeprefix("或"))
        evidence += [act.evidence, *act.more]
    return "，".join(texts), evidence


def hurried(lines: Sequence[Line]) -> Iterator[Evidence]:
    """Give the words of haste."""
    for line in lines:
        for _, span in line.search(either([rules("demand")["urgent"]])):
            yield span.evidence
