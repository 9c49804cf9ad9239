"""Another number to be called back on, as the citizen says it in groups (WH 6.1.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..context import CallContext
from ..fields import Field, FieldName, Found
from ..talk import Line, Talk

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-8]\d{6,7}")
_GROUPS = re.compile(r"\d+|[^\d]+")
_CORRECTION = re.compile(r"不对|不是|错了|说错|重说|重新|等下|等一下")
_FILLER = re.compile(r"(?:[然后再就是的啊呃那个还有接着后面和]*|.{0,2}我看一?下.?)$")
_ASKS_ELSE = re.compile(r"卡号|编号|住院号|受理号|车牌|身份证|单号|工号|验证码|账号|帐号")


@dataclass
class _Digits:
    """Digits said one group after another, with the part of the line they cover."""

    text: str
    start: int
    end: int


def _runs(line: Line) -> list[_Digits]:
    """Join the digit groups of a line; a correction begins anew, longer words end a run."""
    runs: list[_Digits] = []
    open_run: _Digits | None = None
    for match in _GROUPS.finditer(line.plain.text):
        piece = match.group()
        if piece.isdigit():
            if open_run is None:
                open_run = _Digits("", match.start(), match.end())
                runs.append(open_run)
            open_run.text += piece
            open_run.end = match.end()
        elif _CORRECTION.search(piece) or not _FILLER.match(piece):
            open_run = None
    return runs


def _number(digits: str) -> str | None:
    """Return a telephone number, without the country code, or None."""
    digits = re.sub(r"^(?:00)?86(?=1[3-9]\d{9}$)", "", digits)
    if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits):
        return digits
    return None


def _numbers(talk: Talk, speaker: str) -> list[tuple[str, Field]]:
    found: list[tuple[str, Field]] = []
    for line in talk.lines:
        if line.speaker != speaker:
            continue
        question = talk.question_before(line)
        for run in _runs(line):
            value = _number(run.text)
            if value is None or (speaker == "citizen" and _ASKS_ELSE.search(question)):
                continue
            found.append((value, Field(value, 0.8, (line.span(run.start, run.end).evidence,))))
    return found


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Take the last complete number of the citizen; the agent's read-back confirms or mends it."""
    own = [(value, field) for value, field in _numbers(talk, "citizen") if value != context.caller]
    read_back = [(value, field) for value, field in _numbers(talk, "agent") if value != context.caller]
    if own:
        value, field = own[-1]
        again = next((other for other_value, other in read_back if other_value == value), None)
        if again is not None:
            return {FieldName.PHONE: Field(value, 0.97, (*field.evidence, *again.evidence))}
        return {FieldName.PHONE: field}
    asked = [(value, field) for value, field in read_back if _citizen_gave_digits(talk, field)]
    if asked:
        value, field = asked[-1]
        return {FieldName.PHONE: Field(value, 0.6, field.evidence)}
    return {}


def _citizen_gave_digits(talk: Talk, read_back: Field) -> bool:
    """Tell whether the citizen said digits just before the agent read a number back."""
    index = read_back.evidence[0].utterance
    before = [line for line in talk.citizen if index - 3 <= line.index < index]
    return any(sum(char.isdigit() for char in line.plain.text) >= 5 for line in before)
