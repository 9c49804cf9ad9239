"""Dangers that a citizen tells of as going on now, with the emergency line each is for (R-T-9, WH 5.3 d).

Pure, over the lines of a call as recognised so far. What is denied, imagined, told of others or long past
is none; what the citizen takes back later, or what has passed meanwhile, is no danger any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from re import Pattern
from typing import Any

from ..fields import Evidence
from ..talk import Line
from ..words import either, pattern, rules


@dataclass(frozen=True)
class Danger:
    """A danger now; ``line`` is 110, 119, 120 or 122."""

    danger: str
    line: str
    evidence: Evidence
    sure: bool
    """Unmistakable by its own words; otherwise it stands on a word of haste beside it."""


class Verdict(StrEnum):
    """What one mention of a danger amounts to."""

    NOW = "now"
    MAYBE = "maybe"
    DENIED = "denied"
    NOT = "not"


@dataclass(frozen=True)
class Sign:
    """One mention of a danger in a line."""

    danger: str
    verdict: Verdict
    evidence: Evidence | None


@dataclass(frozen=True)
class _Rule:
    danger: str
    line: str
    now: Pattern[str]
    maybe: Pattern[str]
    other: Pattern[str]
    over: Pattern[str]


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(
        _Rule(
            str(entry["danger"]),
            str(entry["line"]),
            either([*entry["now"], *entry["sounds"]]),
            either(entry["maybe"]),
            either(entry["other"]),
            either(entry["over"]),
        )
        for entry in rules("danger")["dangers"]
    )


@dataclass(frozen=True)
class Reading:
    """What one line says of dangers, by itself; kept, so that a long call costs no more than its newest line.

    ``hasty``: a word of haste or of this moment is in it. ``takes_back``: a short answer that takes back what
    was told before.
    """

    signs: tuple[Sign, ...] = ()
    hasty: bool = False
    takes_back: bool = False


def read(line: Line) -> Reading:
    """Read one line; only a citizen's says anything of dangers."""
    if line.speaker != "citizen":
        return Reading()
    data, text = rules("danger"), line.plain.text
    found: list[Sign] = []
    for rule in _rules():
        strongest = min(_mentions(line, rule), key=lambda sign: _STRENGTH[sign.verdict], default=None)
        over = rule.over.search(text)
        if strongest is not None and not (over and strongest.verdict in (Verdict.NOW, Verdict.MAYBE)):
            found.append(strongest)
        elif over:
            found.append(Sign(rule.danger, Verdict.DENIED, None))
    short = len(text) <= int(data["short_answer"])
    return Reading(
        tuple(found),
        hasty=either(data["now"]).search(text) is not None,
        takes_back=not found and short and either(data["took_back"]).search(text) is not None,
    )


_STRENGTH = {Verdict.NOW: 0, Verdict.MAYBE: 1, Verdict.DENIED: 2, Verdict.NOT: 3}


class Standing:
    """The dangers that stand in a call, kept line by line."""

    def __init__(self) -> None:
        self._standing: dict[str, Danger] = {}
        self._last: set[str] = set()
        self._open: tuple[Sign, ...] = ()
        self._hasty = False
        self._rules = {rule.danger: rule for rule in _rules()}

    def add(self, reading: Reading) -> None:
        """Take what the citizen's next line says.

        A mention without its time counts with a word of haste in its own line, the one before or the next.
        """
        if reading.hasty:
            self._tell(self._open)
        if reading.takes_back:
            for danger in self._last:
                self._standing.pop(danger, None)
        for sign in reading.signs:
            if sign.verdict is Verdict.DENIED:
                self._standing.pop(sign.danger, None)
        maybe = tuple(sign for sign in reading.signs if sign.verdict is Verdict.MAYBE)
        hasty = reading.hasty or self._hasty
        certain = tuple(sign for sign in reading.signs if sign.verdict is Verdict.NOW)
        self._tell((*certain, *(maybe if hasty else ())))
        self._open = () if hasty else maybe
        self._hasty = reading.hasty

    def now(self) -> list[Danger]:
        """Return what stands, each danger once, the first told first."""
        return list(self._standing.values())

    def _tell(self, signs: Sequence[Sign]) -> None:
        told = {sign.danger for sign in signs}
        self._last = told or self._last
        for sign in signs:
            _stand(self._standing, self._rules[sign.danger], sign)


def of_lines(lines: Iterable[Line]) -> list[Danger]:
    """Return the dangers that stand at the end of lines nobody has read before."""
    standing = Standing()
    for line in lines:
        if line.speaker == "citizen":
            standing.add(read(line))
    return standing.now()


def _stand(standing: dict[str, Danger], rule: _Rule, sign: Sign) -> None:
    sure = sign.verdict is Verdict.NOW
    before = standing.get(rule.danger)
    if sign.evidence is not None and (before is None or (sure and not before.sure)):
        standing[rule.danger] = Danger(rule.danger, rule.line, sign.evidence, sure)


def _mentions(line: Line, rule: _Rule) -> Iterator[Sign]:
    text = line.plain.text
    other = [match.span() for match in rule.other.finditer(text)]
    for words, verdict in ((rule.now, Verdict.NOW), (rule.maybe, Verdict.MAYBE)):
        for match, span in line.search(words):
            if any(first < match.end() and last > match.start() for first, last in other):
                continue
            yield Sign(rule.danger, _judged(rule, text, match.span(), verdict), span.evidence)


def _judged(rule: _Rule, text: str, at: tuple[int, int], verdict: Verdict) -> Verdict:
    """Read a mention by the words around it."""
    data: dict[str, Any] = rules("danger")
    start, end = at
    ahead, after = text[max(start - 24, 0) : start], text[end : end + 16]
    if rule.danger in data["announced_of"] and pattern(str(data["before"]["announced"])).search(ahead):
        return verdict
    if either(data["before"]["denied"]).search(ahead) or pattern(str(data["after_denied"])).search(after):
        return Verdict.DENIED
    if pattern(str(data["past_after"])).search(after):
        return Verdict.DENIED if "不是" in ahead or "不对" in ahead else Verdict.NOT
    return Verdict.NOT if _imagined(data, text, at) or _long_past(data, text, at) else verdict


def _imagined(data: dict[str, Any], text: str, at: tuple[int, int]) -> bool:
    start = at[0]
    ahead = text[max(start - 24, 0) : start]
    if either(data["before"]["imagined"]).search(ahead) or pattern(str(data["inside"])).search(text, *at):
        return True
    if pattern(str(data["imagined_after"])).search(text[at[1] : at[1] + 16]):
        return True
    told = either(data["before"]["told"]).search(ahead) is not None
    return told and not either(data["now"]).search(text)


def _long_past(data: dict[str, Any], text: str, at: tuple[int, int]) -> bool:
    """Tell whether a word of the past stands before a mention with no word of this moment between."""
    start, end = at
    words = pattern(str(data["past"])).finditer(text, max(start - int(data["past_before"]), 0), end)
    past = [match for match in words if match.end() <= start]
    return bool(past) and not either(data["now"]).search(text[past[-1].end() : end])
