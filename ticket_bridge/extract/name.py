"""The citizen's name as said, or the surname with the form of address used in the call (WH 6.1.4)."""

from __future__ import annotations

import re
from functools import cache

from ..context import CallContext
from ..fields import Evidence, Field, FieldName, Found
from ..talk import Line, Talk
from ..words import either, is_common_word, pattern, rules, segment


@cache
def _surnames() -> frozenset[str]:
    return frozenset(str(rules("names")["surnames"]).split())


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    data = rules("names")
    surname = "(" + "|".join(sorted(_surnames(), key=len, reverse=True)) + ")"
    title = "(" + "|".join(data["titles"]) + ")"
    return {
        "asked": either(data["asked"]),
        "full": re.compile(rf"(?:我叫|我的名字叫|名字是|我是叫|姓名是|我名字叫|大名叫){surname}"),
        "surname": re.compile(rf"(?:免贵姓|免贵|我姓|我是姓|本人姓|^姓|叫我小|叫我老){surname}"),
        "self": re.compile(rf"{surname}{title}"),
        "again": re.compile(surname),
        "after": either(data["not_in_name"]),
    }


def _given(line: Line, start: int, surname: str) -> str:
    """Return the given name that follows a surname at ``start`` of the plain view, or an empty text."""
    text = line.plain.text[start:]
    stop = _patterns()["after"].match
    breaks = _break_offsets(line)
    given = ""
    for char in text[:3]:
        position = start + len(given)
        if stop(line.plain.text, position) or not "\u4e00" <= char <= "\u9fff":
            break
        if given and line.plain.at[position] in breaks:
            break
        given += char
    if len(given) == 3:
        given = given if _one_word(line, start, given) else given[:2]
    if len(given) == 2 and not _joined(line, start + 1, given):
        given = given[:1]
    return "" if given == surname else given


def _break_offsets(line: Line) -> frozenset[int]:
    """Return the offsets of characters that follow punctuation."""
    return frozenset(clause.start for clause in line.clauses)


def _one_word(line: Line, start: int, given: str) -> bool:
    """Tell whether the recogniser, or jieba, holds a long given name together."""
    at = line.plain.at
    contiguous = all(at[i + 1] == at[i] + 1 for i in range(start, start + len(given) - 1))
    return contiguous and given in list(segment(given))


def _joined(line: Line, second: int, given: str) -> bool:
    """Tell whether the second character of a given name belongs to it rather than to the next word."""
    at = line.plain.at
    rest = line.plain.text[second : second + 3]
    first_word = next(segment(rest), "")
    if len(first_word) > 1 and at[second] != at[second - 1] + 1:
        return False
    return given[1] not in str(rules("names")["not_second"])


def _address(talk: Talk, surname: str) -> tuple[str, Evidence] | None:
    """Return how the agent addresses the citizen: the form that follows the surname."""
    titles = "|".join(rules("names")["titles"])
    found = None
    for line in talk.agent:
        for match, span in line.search(re.compile(rf"{surname}({titles})")):
            found = (match.group(1), span.evidence)
    return found


def _addressed(talk: Talk) -> tuple[str, str, Evidence] | None:
    """Return the surname and form that the agent uses most, when the citizen's own words give none."""
    titles = "|".join(rules("names")["titles"])
    names = "|".join(sorted(_surnames(), key=len, reverse=True))
    rules_of = re.compile(rf"(?<![您先是])({names})({titles})")
    for line in talk.agent:
        for match, span in line.search(rules_of):
            return match.group(1), match.group(2), span.evidence
    return None


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Take the name from what the citizen says of themself; the agent's form of address settles the rest."""
    patterns = _patterns()
    best: tuple[str, str, float, tuple[Evidence, ...]] | None = None
    spoken = _addressed(talk)
    for line in talk.citizen:
        asked = bool(patterns["asked"].search(talk.question_before(line)))
        for kind in ("full", "surname"):
            for match, span in line.search(patterns[kind]):
                if kind == "full" and not asked and spoken is None and not match.group().startswith("我"):
                    continue
                candidate = _candidate(line, match, kind, asked, span.evidence)
                if best is None or len(candidate[1]) >= len(best[1]):
                    best = candidate
        if asked and best is None and (bare := _bare(line, spoken)) is not None:
            best = bare
    return _result(talk, best, spoken)


def _candidate(
    line: Line, match: re.Match[str], kind: str, asked: bool, evidence: Evidence
) -> tuple[str, str, float, tuple[Evidence, ...]]:
    surname = match.group(1)
    plain = line.plain.text
    sure = 0.85 if asked else 0.75
    if kind == "full":
        given = _given(line, match.end(), surname)
        return surname, given, sure, (line.span(match.start(), match.end() + len(given)).evidence,)
    for again in pattern(surname).finditer(plain, match.end(), match.end() + 24):
        before, given = plain[again.start() - 1], _given(line, again.end(), surname)
        spelt = re.match(rf".{{0,3}}的{surname}", plain[again.end() :])
        common = len(given) == 1 and is_common_word(surname + given)
        if given and before not in "的个" and not spelt and not common and given not in _forms():
            return (
                surname,
                given,
                sure,
                (evidence, line.span(again.start(), again.end() + len(given)).evidence),
            )
    return surname, "", sure, (evidence,)


@cache
def _forms() -> frozenset[str]:
    return frozenset((*rules("names")["forms"], *rules("names")["titles"]))


def _bare(
    line: Line, spoken: tuple[str, str, Evidence] | None
) -> tuple[str, str, float, tuple[Evidence, ...]] | None:
    """Read an answer that is only the name (温火生) when the agent then uses that surname."""
    plain = line.plain.text
    if spoken is None or not plain.startswith(spoken[0]):
        return None
    given = _given(line, len(spoken[0]), spoken[0])
    return spoken[0], given, 0.7, (line.span(0, len(spoken[0]) + len(given)).evidence,)


def _result(
    talk: Talk,
    best: tuple[str, str, float, tuple[Evidence, ...]] | None,
    spoken: tuple[str, str, Evidence] | None,
) -> dict[FieldName, Field]:
    if best is None:
        field = None if spoken is None else Field(spoken[0] + _form(spoken[1]), 0.5, (spoken[2],))
    else:
        field = _named(talk, best, spoken)
    return {} if field is None else {FieldName.NAME: field}


def _named(
    talk: Talk,
    best: tuple[str, str, float, tuple[Evidence, ...]],
    spoken: tuple[str, str, Evidence] | None,
) -> Field:
    """Return the full name, or the surname with the form of address that somebody used."""
    surname, given, sure, evidence = best
    address = _address(talk, surname)
    if address is not None:
        sure = min(sure + 0.1, 0.95)
    if given:
        return Field(surname + given, sure, evidence)
    if address is not None:
        return Field(surname + _form(address[0]), sure, (*evidence, address[1]))
    if spoken is not None:
        return Field(spoken[0] + _form(spoken[1]), 0.5, (*evidence, spoken[2]))
    own = next((hit for line in talk.citizen for hit in line.search(_patterns()["self"])), None)
    if own is not None and own[0].group(1) == surname:
        return Field(surname + _form(own[0].group(2)), sure, (*evidence, own[1].evidence))
    return Field(f"{surname}姓市民", sure, evidence)


def _form(title: str) -> str:
    return str(rules("names")["forms"].get(title, title))
