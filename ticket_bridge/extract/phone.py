"""Another number to be called back on, as the citizen says it in groups (WH 6.1.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from ..context import CallContext
from ..fields import Evidence, Field, FieldName, Found
from ..talk import DIGITS, Line, Talk
from ..words import pattern, rules

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-8]\d{6,7}")
_LOCAL = re.compile(r"[2-8]\d{6,7}")
_REPEATED = r"[二两三四五六2-6]个[零一二三四五六七八九幺\d](?!\d?[个十百])"
_GROUPS = re.compile(rf"(?:{_REPEATED}|\d)+|\D+?(?=\d|{_REPEATED}|$)")
_TIMES = {"二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, **{str(n): n for n in range(2, 7)}}
TAIL = 4


@dataclass
class Number:
    """Digits said one group after another, with the part of the line they cover."""

    digits: str
    line: Line
    start: int
    end: int

    @property
    def evidence(self) -> Evidence:
        """The literal words."""
        return self.line.span(self.start, self.end).evidence


@cache
def _rule(name: str) -> re.Pattern[str]:
    return pattern(str(rules("phones")[name]))


def _digits(piece: str) -> str:
    """Read digits, among them repetitions (三个八 is 888)."""

    def repeat(match: re.Match[str]) -> str:
        said = match.group()
        return DIGITS.get(said[2], said[2]) * _TIMES[said[0]]

    text = re.sub(_REPEATED, repeat, piece)
    return "".join(DIGITS.get(char, char) for char in text)


def _runs(line: Line) -> list[Number]:
    """Join the digit groups of a line; a correction begins anew, longer words end a run."""
    runs: list[Number] = []
    open_run: Number | None = None
    for match in _GROUPS.finditer(line.plain.text):
        digits = _digits(match.group())
        if digits.isdigit():
            if open_run is None:
                open_run = Number("", line, match.start(), match.end())
                runs.append(open_run)
            open_run.digits += digits
            open_run.end = match.end()
        elif _rule("correction").search(match.group()) or not _rule("filler").match(match.group()):
            open_run = None
    return runs


def _complete(number: Number) -> str | None:
    """Return a telephone number, without the country code, or None."""
    digits = re.sub(r"^(?:00)?86(?=1[3-9]\d{9}$)", "", number.digits)
    if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits):
        return digits
    before = number.line.plain.text[max(0, number.start - 10) : number.start]
    if number.line.speaker == "citizen" and _LOCAL.fullmatch(digits) and _rule("landline").search(before):
        return digits
    return None


def _is_of_others(talk: Talk, number: Number) -> bool:
    """Tell a number that is not the citizen's own contact: the accused's, a parcel's, a hotline's."""
    before = number.line.plain.text[max(0, number.start - 12) : number.start]
    return bool(
        _rule("of_others").search(before) or _rule("asks_else").search(talk.question_before(number.line))
    )


def _said(talk: Talk) -> Iterator[tuple[str, tuple[Evidence, ...]]]:
    """Give the citizen's complete numbers in order, a last group said anew put in its place."""
    last: tuple[str, tuple[Evidence, ...]] | None = None
    for line in talk.citizen:
        for number in _runs(line):
            value = _complete(number)
            if value is not None:
                if not _is_of_others(talk, number):
                    last = (value, (number.evidence,))
                    yield last
            elif last is not None and _mends_tail(line, number):
                last = (last[0][:-TAIL] + number.digits, (*last[1], number.evidence))
                yield last


def _mends_tail(line: Line, number: Number) -> bool:
    """Tell whether four digits take the place of the last four (不对，尾号是4411)."""
    before = line.plain.text[max(0, number.start - 10) : number.start]
    mends = _rule("tail").search(before) or _rule("correction").search(before)
    return len(number.digits) == TAIL and mends is not None


def _read_back(talk: Talk) -> Iterator[tuple[str, Number]]:
    for line in talk.agent:
        for number in _runs(line):
            value = _complete(number)
            if value is not None:
                yield value, number


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Take the last complete number of the citizen; the agent's read-back confirms or mends it."""
    own = [one for one in _said(talk) if one[0] != context.caller]
    read_back = [one for one in _read_back(talk) if one[0] != context.caller]
    if own:
        value, evidence = own[-1]
        again = next((number for other, number in read_back if other == value), None)
        if again is not None:
            return {FieldName.PHONE: Field(value, 0.97, (*evidence, again.evidence))}
        return {FieldName.PHONE: Field(value, 0.8, evidence)}
    for value, number in reversed(read_back):
        if _citizen_gave_digits(talk, number.line.index):
            return {FieldName.PHONE: Field(value, 0.6, (number.evidence,))}
    return {}


def _citizen_gave_digits(talk: Talk, index: int) -> bool:
    """Tell whether the citizen said digits just before the agent read a number back."""
    before = [line for line in talk.citizen if index - 3 <= line.index < index]
    return any(sum(char.isdigit() for char in line.plain.text) >= 5 for line in before)
