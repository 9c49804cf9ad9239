"""The citizen's name as said, or the surname with the form of address used in the call (WH 6.1.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from ...core.pinyin import sound_alike
from ..context import CallContext
from ..fields import Evidence, Field, FieldName, Found
from ..talk import Line, Talk
from ..words import either, is_common_word, rules
from .given_name import given_name

_HAN = "[\u4e00-\u9fff]"


@dataclass(frozen=True)
class Said:
    """A name said by the citizen of themself; ``known`` when the words leave no doubt that it is one."""

    surname: str
    given: str
    sure: float
    known: bool
    line: Line
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Address:
    """How the agent addressed somebody."""

    surname: str
    title: str
    evidence: Evidence
    index: int
    whole: str = ""
    """What the agent said up to the surname, with it: it may end in a whole name (才仁多杰先生)."""


@cache
def _surnames() -> frozenset[str]:
    return frozenset(str(rules("names")["surnames"]).split())


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    data = rules("names")
    compound = "|".join(sorted((name for name in _surnames() if len(name) > 1), key=len, reverse=True))
    surname = f"({compound}|(?![{data['never']}]){_HAN})"
    titles = "|".join(sorted(data["titles"], key=len, reverse=True))
    to_caller = "|".join(sorted(data["to_caller"], key=len, reverse=True))
    return {
        "asked": either(data["asked"]),
        "asked_of_others": either(data["asked_of_others"]),
        "full": re.compile(
            rf"(?:[我俺]的?(?:名字)?(?:就|是)?叫|本人叫?|^叫|(?:我的?|^)(?:名字|姓名)(?:就?是|叫)|(?:^|我的?)大名叫?|我是叫|(?:你|姓名|名字)就?写){surname}"
        ),
        "surname": re.compile(
            rf"(?:免贵姓?|敝姓|我是[^姓]{{1,10}}的[^的姓]{{1,4}}姓|[我俺]的?(?:是|就)?姓|本人姓|^姓|叫我[小老]|喊我[小老]){surname}"
        ),
        "asked_surname": re.compile(rf"姓(?:是|就是)?{surname}"),
        "of_others": re.compile("[板理机人个的家师生那都]$"),
        "is": re.compile(rf"(?:我(?:就)?是|我这边是){surname}"),
        "bare": re.compile(rf"(?:嗯|呃|哦|啊|好|行|对)?{surname}"),
        "address": re.compile(rf"{surname}({titles})"),
        "to_caller": re.compile(rf"{surname}({to_caller})"),
        "named_by_agent": re.compile(rf"(?:您是|请问是){surname}"),
        "called": re.compile("(?:名字?叫|我?叫)"),
    }


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Take the name from what the citizen says of themself; the agent's form of address settles the rest."""
    addressed = list(_addressed(talk))
    said = [one for line in talk.citizen for one in _said(talk, line, addressed)]
    best = _best(said, addressed)
    if best is None:
        return _by_agent(addressed)
    form = _form_for(talk, best, addressed)
    evidence = (*best.evidence, form.evidence) if form is not None else best.evidence
    sure = min(best.sure + (0.1 if form is not None else 0), 0.95)
    if best.given:
        return {FieldName.NAME: Field(best.surname + best.given, sure, best.evidence)}
    title = "姓市民" if form is None else str(rules("names")["forms"].get(form.title, form.title))
    return {FieldName.NAME: Field(best.surname + title, sure, evidence)}


def _addressed(talk: Talk) -> Iterator[Address]:
    """Give every surname with a form of address that the agent says to the caller."""
    for line in talk.agent:
        for match, span in line.search(_patterns()["to_caller"]):
            whole = line.plain.text[: match.end(1)]
            yield Address(match.group(1), match.group(2), span.evidence, line.index, whole)


def _said(talk: Talk, line: Line, addressed: list[Address]) -> Iterator[Said]:
    """Give the names in an utterance of the citizen, in the order of their patterns."""
    patterns = _patterns()
    question = talk.question_before(line)
    asked = bool(patterns["asked"].search(question)) and not patterns["asked_of_others"].search(question)
    later = {one.surname for one in addressed if one.index > line.index}
    seen = False
    called = {one.surname for one in addressed}
    for kind in ("full", "surname", "asked_surname"):
        if kind == "asked_surname" and seen:
            continue
        for match, span in line.search(patterns[kind]):
            surname = match.group(1)
            if kind != "full" and not _of_themself(line, match, asked=asked, called=surname in later):
                continue
            sure = 0.85 if asked else 0.7
            if kind == "full":
                given, end = given_name(line, match.end(), surname), match.end()
                known = surname in called or (surname in _surnames() and bool(given))
                if not (known or (asked and given)) or (match.group().startswith("叫") and not asked):
                    continue
                evidence = (line.span(match.start(), end + len(given)).evidence,)
                yield Said(surname, given, sure, known, line, evidence)
            else:
                yield _with_given(Said(surname, "", sure, True, line, (span.evidence,)), match.end())
            seen = kind != "asked_surname"
    if not seen:
        yield from _unmarked(line, asked, later)


def _of_themself(line: Line, match: re.Match[str], *, asked: bool, called: bool) -> bool:
    """Tell whether 姓 is said of the speaker, and not taken back (姓车，不是，姓佘).

    Without 我 or 免贵 before it, it is so when the agent asked, or calls them so afterwards.
    """
    text = line.plain.text
    if re.match("(?:不是|不对|错了).{0,8}?姓", text[match.end() :]):
        return False
    if not match.group().startswith("姓"):
        return True
    begins = line.plain.at[match.start()] in line.clause_starts
    of_others = not begins and _patterns()["of_others"].search(text[: match.start()])
    return not of_others and (asked or (begins and called))


def _unmarked(line: Line, asked: bool, later: set[str]) -> Iterator[Said]:
    """Read an answer that is only the name (温火生), known by the agent's next words or by its surname."""
    for kind in ("bare", "is"):
        match = _patterns()[kind].match(line.plain.text) if kind == "bare" else None
        match = match or (_patterns()[kind].search(line.plain.text) if kind == "is" else None)
        if match is None or (kind == "bare" and not asked):
            continue
        surname = match.group(1)
        given = given_name(line, match.end(), surname)
        end = match.end() + len(given)
        alone = _ends_clause(line, end) and surname in _surnames()
        if surname in later or (asked and kind == "bare" and alone):
            evidence = (line.span(match.start(1), end).evidence,)
            yield _with_given(Said(surname, given, 0.7, surname in later, line, evidence), match.end())
            return


def _ends_clause(line: Line, end: int) -> bool:
    """Tell whether the words end, or punctuation stands, at an offset of ``plain``."""
    return end >= len(line.plain.text) or line.plain.at[end] in line.clause_starts


def _with_given(one: Said, start: int) -> Said:
    """Look for the full name that follows an explanation (姓佟，单人旁一个冬天的冬，佟志刚; 姓李叫强)."""
    if one.given:
        return one
    line, plain = one.line, one.line.plain.text
    one = _described(one, start)
    for again in re.finditer(one.surname, plain[: start + 26]):
        if again.start() < start or plain[again.start() - 1] in "的个是":
            continue
        given = given_name(line, again.end(), one.surname)
        whole = one.surname + given
        spelt = re.match(rf".{{0,3}}(?:的|那个|这个){one.surname}", plain[again.end() :])
        forms = rules("names")["titles"]
        if not given or spelt or given in forms or (len(given) == 1 and is_common_word(whole)):
            continue
        evidence = (*one.evidence, line.span(again.start(), again.end() + len(given)).evidence)
        return replace(one, given=given, evidence=evidence)
    called = _patterns()["called"].search(plain, start, start + 12)
    if called is not None and (given := given_name(line, called.end(), "")):
        given = given.removeprefix(one.surname)
        evidence = (*one.evidence, line.span(called.start(), called.end() + len(given)).evidence)
        return replace(one, given=given, evidence=evidence) if 0 < len(given) < 3 else one
    return one


def _described(one: Said, start: int) -> Said:
    """Let the description of a character win over what the recogniser wrote for it (我姓张，立早章)."""
    after = one.line.plain.text[start : start + 16]
    for parts, surname in rules("names")["described"].items():
        if after.startswith(parts) and sound_alike(surname, one.surname):
            return replace(one, surname=surname)
    for match in re.finditer(rf"(?:的|那个)({_HAN})", after):
        if match.group(1) != one.surname and sound_alike(match.group(1), one.surname):
            return replace(one, surname=match.group(1))
    return one


def _best(said: list[Said], addressed: list[Address]) -> Said | None:
    """Choose by what the agent then calls the citizen, else the fullest, of equals the last."""
    if not said:
        return None
    for address in reversed(addressed):
        for one in said:
            if one.given and address.whole.endswith(one.surname + one.given):
                return one
        same = [one for one in said if one.surname == address.surname]
        if same:
            return max(reversed(same), key=lambda one: len(one.given))
    for address in reversed(addressed):
        for one in reversed(said):
            if address.surname == (one.surname + one.given)[1:2]:
                return one
            corrected = address.index > one.line.index and address.surname in one.line.plain.text
            if corrected or sound_alike(address.surname, one.surname):
                return replace(one, surname=address.surname)
    known = [one for one in said if one.known] or said
    return max(reversed(known), key=lambda one: len(one.given))


def _by_agent(addressed: list[Address]) -> dict[FieldName, Field]:
    """Fall back on how the agent addresses the citizen."""
    for one in addressed:
        if one.surname in _surnames():
            title = str(rules("names")["forms"].get(one.title, one.title))
            return {FieldName.NAME: Field(one.surname + title, 0.5, (one.evidence,))}
    return {}


def _form_for(talk: Talk, best: Said, addressed: list[Address]) -> Address | None:
    """Return the form of address that the agent, or the citizen, uses with the surname."""
    for one in reversed(addressed):
        if one.surname == best.surname:
            return one
    for line in (*reversed(talk.agent), *talk.citizen):
        for match, span in line.search(_patterns()["address"]):
            if match.group(1) == best.surname and (line.speaker == "agent" or line is best.line):
                return Address(best.surname, match.group(2), span.evidence, line.index)
    return None
