"""Whether words back a value that a model gives: nothing that was not said gets into a ticket. Pure.

Names, numbers, places and times must stand in the words themselves; a text of the model's own must be made
of what was said in the call, its numbers all of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from ...asr.transcripts import Transcript
from ..fields import FieldName, FieldValue
from ..measure.measures import even
from ..talk import DIGITS
from ..words import number, pairs, rules

OWN_WORDS = {
    FieldName.TITLE: (0.55, 0.2),
    FieldName.SUMMARY: (0.55, 0.25),
    FieldName.EARLIER_HANDLING: (0.55, 0.25),
    FieldName.CURRENT_STATE: (0.55, 0.25),
    FieldName.DEMAND: (0.4, 0.08),
}
"""Texts of the model's own: the share of characters and of pairs that must have been said. Nineteen of
twenty texts of the experts of the labelled calls reach it."""
_OFFICE = re.compile("市民|来电人|来电|诉求人|反映|投诉|举报|求助|咨询|建议|表扬|诉求|要求|希望|目前|称")
"""What every summary says, whoever called."""
_JOINING = frozenset("的和与及")
_COUNT = re.compile(r"[零一二两三四五六七八九十百千万几来多俩仨\d]{1,12}")
_RUN = re.compile(r"[0-9]+")
_LATIN = re.compile(r"[A-Za-z]+")
_WHEN = re.compile(
    r"[0-9零一二三四五六七八九十]|[天日月年周点晚早夜午晨]|刚|现在|这会|礼拜|星期|正在|开始|一直|季|前|冬|夏|春|秋|节"
)
_CLOCK_SAID = re.compile(r"点|时|刚|现在|这会|分|正在|马上|[:：]")
_CLOCK = re.compile(r"(?<![0-9零一二三四五六七八九十])([0-9]{1,2}|[零一二两三四五六七八九十]{1,3})点")
_DAY = re.compile(
    r"([0-9]{1,2}|[一二三四五六七八九十]{1,3})月份?(?:([0-9]{1,2}|[一二三四五六七八九十]{1,3})[日号])?"
)
_LUNAR = re.compile("农历|阴历|初|腊月|正月|个月")
_OLDEST = timedelta(days=366 * 30)


@dataclass(frozen=True)
class Said:
    """What a value is held against: the words it was drawn from, and all that citizen and agent said."""

    words: tuple[str, ...]
    call: Spoken
    called_at: datetime
    caller: str
    moments: tuple[str, ...] = ()
    """When the matter happened, as it was proved: a text may write it out."""


@dataclass(frozen=True)
class Spoken:
    """All that citizen and agent said."""

    transcript: Transcript

    @cached_property
    def text(self) -> str:
        """Everything, as ``measures.even`` writes it."""
        return even("".join(one.text for one in self.transcript.utterances if one.speaker != "third"))

    @cached_property
    def pairs(self) -> frozenset[str]:
        """Every two characters that follow each other."""
        return frozenset(pairs(self.text))

    @cached_property
    def runs(self) -> frozenset[str]:
        """Every number, with and without the pauses in it."""
        return frozenset(_RUN.findall(self.text)) | _runs(
            " ".join(one.text for one in self.transcript.utterances if one.speaker != "third")
        )


def _runs(text: str) -> frozenset[str]:
    """Return the numbers of a text as they stand between signs and blanks."""
    return frozenset(run for piece in re.split(r"\W+", text) for run in _RUN.findall(even(piece)))


def is_made_of(value: str, words: Sequence[str]) -> bool:
    """Tell whether a value can be laid out of pieces of the words: numbers whole, the rest in pairs."""
    wanted, pieces = even(value), [even(one) for one in words]
    runs = {run for piece in pieces for run in _RUN.findall(piece)}
    if not set(_RUN.findall(wanted)) <= runs:
        return False
    place = 0
    while place < len(wanted):
        length = _longest(wanted, place, pieces)
        is_short = length == 1 and wanted[place].isdigit()
        if length < 2 and not is_short and wanted[place] not in _JOINING:
            return False
        place += max(length, 1)
    return bool(wanted)


def _longest(wanted: str, place: int, pieces: Sequence[str]) -> int:
    length = 0
    while place + length < len(wanted) and any(wanted[place : place + length + 1] in one for one in pieces):
        length += 1
    return length


def _digits(words: str) -> list[str]:
    """Return the strings of digits in words, spoken ones as Arabic digits."""
    return _RUN.findall("".join(DIGITS.get(char, char) for char in _bare(words)))


def _bare(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text) if char.isalnum())


def _phone(value: str, said: Said) -> bool:
    digits = value.lstrip("+")
    if len(digits) < 5 or (said.caller and digits == said.caller.lstrip("+")):
        return False
    runs = [_digits(one) for one in said.words]
    whole = ["".join(found) for found in runs]
    return digits in {run for found in runs for run in found} | {*whole, "".join(whole)}


def _people(value: int, said: Said) -> bool:
    read = [
        next((n for at in range(len(count)) if (n := number(count[at:])) is not None), None)
        for one in said.words
        for count in _COUNT.findall(_bare(one))
    ]
    counts = [one for one in read if one is not None]
    return value in counts or value == sum(counts)


def _name(value: str, said: Said) -> bool:
    core = value
    for title in (*sorted(rules("names")["titles"], key=len, reverse=True), "女士"):
        if core.endswith(title) and len(core) > len(title):
            core = core.removesuffix(title)
            break
    bare = _bare(core)
    return bool(bare) and any(bare in _bare(one) for one in said.words)


def _time(value: str, said: Said) -> bool:
    words = _bare("".join(said.words))
    start, _, end = value.partition("/")
    days = [date.fromisoformat(one[:10]) for one in (start, end) if one]
    today = said.called_at.date()
    if any(day > today + timedelta(days=1) or day < today - _OLDEST for day in days):
        return False
    if not _WHEN.search(words) or ("T" in start and not _CLOCK_SAID.search(words)):
        return False
    return _clock_fits([one for one in (start, end) if "T" in one], words) and _day_fits(days, words)


def _clock_fits(moments: Sequence[str], words: str) -> bool:
    """Tell whether one of the clock times said is one of the value's, by the twelve hours of a clock."""
    clocks = {read % 12 for one in _CLOCK.findall(words) if (read := number(one)) is not None}
    return not clocks or not moments or bool(clocks & {int(one[11:13]) % 12 for one in moments})


def _day_fits(days: Sequence[date], words: str) -> bool:
    """Tell whether one of the dates said is one of the value's."""
    named = [(number(month), number(day) if day else None) for month, day in _DAY.findall(words)]
    if not named or _LUNAR.search(words):
        return True
    return any(one.month == month and (day is None or one.day == day) for one in days for month, day in named)


def _own_words(value: str, said: Said, least_chars: float, least_pairs: float) -> bool:
    text, call = _OFFICE.sub("", even(value)), said.call
    moments = (f"{said.called_at:%Y-%m-%d}", *said.moments)
    dates = {form for one in moments for part in _RUN.findall(one) for form in (part, str(int(part)))}
    if len(text) < 2 or not _runs(value) <= call.runs | dates:
        return False
    if any(word.lower() not in call.text.lower() for word in _LATIN.findall(text)):
        return False
    chars = sum(char in call.text for char in text) / len(text)
    pairs = sum(text[place : place + 2] in call.pairs for place in range(len(text) - 1))
    return chars >= least_chars and pairs >= least_pairs * (len(text) - 1)


_CHECKS: Mapping[FieldName, Callable[[str, Said], bool]] = {
    FieldName.PHONE: _phone,
    FieldName.PEOPLE: lambda value, said: _people(int(value), said),
    FieldName.NAME: _name,
    FieldName.PLACE: lambda value, said: is_made_of(value, said.words),
    FieldName.ADDRESS: lambda value, said: is_made_of(value, said.words),
    FieldName.PARTY: lambda value, said: is_made_of(value, said.words),
    FieldName.OCCURRED_AT: _time,
    FieldName.THREAT_QUOTE: lambda value, said: _bare(value) in _bare("".join(said.words)),
}


def is_backed(name: FieldName, value: FieldValue, said: Said) -> bool:
    """Tell whether the words back the value; enumerations and yes or no need no more than their words."""
    if name in OWN_WORDS:
        return _own_words(str(value), said, *OWN_WORDS[name])
    check = _CHECKS.get(name)
    return check is None or check(str(value), said)
