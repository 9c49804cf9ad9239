"""Reads what stands in a ticket as people read it aloud: names, days, units, matters, numbers. Pure.

Numbers by what they are: 138… in groups with 幺, 2026-11-20 as a day, 2000元 as an amount, 2个 as 两个. What
the voice cannot say (a foreign name, a picture, a character without a reading) is refused, never mumbled.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import cn2an
import yaml

from ...core.errors import HotlineError
from ...ivr.speech_text import spoken

LONGEST_MATTER = 40
"""Characters; a longer matter is cut behind a clause, so that the question is not forgotten over it."""
LONGEST_NAME, LONGEST_PERSON = 24, 4
"""Characters of a name, and of one whose first character is a surname."""


class UnspeakableError(HotlineError):
    """A value cannot be said by the voice; the message tells why, without the value."""

    error_id = "robot.unspeakable"
    status = 422


def read_person(name: str) -> str:
    """Return a person's name, with 先生 or the like where it has one; a firm's name is read as it stands."""
    told = name.strip()
    if re.search(r"[*＊×?？某]|X{2}", told, re.IGNORECASE) or any(word in told for word in _data()["nobody"]):
        raise UnspeakableError("the name is hidden or nobody's")
    told = re.sub(r"[·•・.．\s]", "", told)
    if not re.fullmatch(rf"[\u4e00-\u9fff]{{2,{LONGEST_NAME}}}", told):
        raise UnspeakableError("the name is not of 2 to 24 Chinese characters")
    surnames: Mapping[str, str] = _data()["surnames"]
    own = next((one for one in sorted(surnames, key=len, reverse=True) if told.startswith(one)), "")
    is_person = len(_TITLE.sub("", told)) <= LONGEST_PERSON
    return _checked(surnames[own] + told[len(own) :] if own and is_person else told)


def read_day(day: date, today: date) -> str:
    """Return 十一月二十号; with 去年, or the year, when it was not this year."""
    said = f"{_counted(day.month)}月{_counted(day.day)}号"
    if day.year == today.year:
        return said
    return f"去年{said}" if day.year == today.year - 1 else spoken(f"{day.year}年") + said


def read_matter(text: str) -> str:
    """Return a matter in the words of its ticket, at most ``LONGEST_MATTER`` characters, whole clauses."""
    said = read_text(text)
    if len(said) <= LONGEST_MATTER:
        return said
    end = max(said.rfind(sign, 0, LONGEST_MATTER + 1) for sign in "，。；！？、")
    if end < LONGEST_MATTER // 4:
        raise UnspeakableError("the matter is too long to be asked about")
    return said[:end]


def read_text(text: str) -> str:
    """Return any text of a ticket; raises ``UnspeakableError`` for what the voice cannot say."""
    said = _ONE_SPACE.sub(" ", text.strip())
    said = _words(unicodedata.normalize("NFKC", _units(said)))
    for pattern, read in _NUMBERS:
        said = pattern.sub(read, said)
    said = _letters(said)
    for sign, word in _data()["signs"].items():
        said = said.replace(sign, word)
    said = spoken(said)
    for word, sound in _data()["places"].items():
        said = said.replace(word, sound)
    return _checked(said)


def read_number(number: str) -> str:
    """Return a telephone's or a ticket's number sign by sign, in groups as people say them, with 幺."""
    signs = re.sub(r"[^0-9A-Za-z]", "", unicodedata.normalize("NFKC", number)).upper()
    if not signs:
        raise UnspeakableError("no number")
    return _checked(spoken(_letters(re.sub("[0-9]+", lambda found: _grouped(found[0]), signs))))


@cache
def _data() -> Mapping[str, Any]:
    found = yaml.safe_load(Path(__file__).with_name("speech_reading.yaml").read_text(encoding="utf-8"))
    found["lacks"] = frozenset(found["lacks"].replace(" ", ""))
    return found


_TITLE = re.compile("(?:先生|女士|小姐|同志|老师|师傅|阿姨|大爷|大妈|大哥|大姐)$")
_ONE_SPACE = re.compile(r"\s+")
_PAUSES = str.maketrans(
    {**dict.fromkeys(",;:()[]{}/|\\\n…—【】《》「」『』〈〉", "，"), "?": "？", "!": "！", ".": "。"}
)
_DROPPED = str.maketrans("", "", "\"'`“”‘’ _-~*^")
_ALLOWED = frozenset("，。！？、；：")


def _units(text: str) -> str:
    units: Mapping[str, str] = _data()["units"]
    names = "|".join(re.escape(name) for name in sorted(units, key=len, reverse=True))
    behind = re.compile(rf"(?<=[\d])\s*({names})(?![A-Za-z0-9])", re.IGNORECASE)
    return re.sub(
        r"(?<!\d)-(?=\d+(?:\.\d+)?度)", "零下", behind.sub(lambda found: units[found[1].lower()], text)
    )


def _words(text: str) -> str:
    for word, said in _data()["words"].items():
        text = re.sub(rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])", said, text, flags=re.IGNORECASE)
    return text


def _letters(text: str) -> str:
    """Spell letters that stand alone or as capitals; a word of small letters is foreign and stays."""
    names: Mapping[str, str] = _data()["letters"]
    return re.sub(
        r"(?<![A-Za-z])(?:[A-Z]{1,5}|[a-z])(?![A-Za-z])",
        lambda found: "".join(names[sign] for sign in found[0].upper()),
        text,
    )


def _counted(number: int) -> str:
    said = str(cn2an.an2cn(str(number), "low"))
    return said[1:] if said.startswith("一十") else said


def _day(found: re.Match[str]) -> str:
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return found[0]
    return f"{day.year}年{day.month}月{day.day}日"


def _amount(found: re.Match[str]) -> str:
    whole, _, part = found[1].replace(",", "").partition(".")
    said = _counted(int(whole))
    return f"{said}点{''.join('零一二三四五六七八九'[int(sign)] for sign in part)}" if part else said


def _grouped(digits: str) -> str:
    """Return a long number with the pauses in which it is said: 138，1234，5678."""
    if len(digits) == 11 and digits.startswith("1"):
        parts = [digits[:3], digits[3:7], digits[7:]]
    else:
        parts = [digits[at : at + 4] for at in range(0, len(digits), 4)]
    return "，".join("".join("零幺二三四五六七八九"[int(sign)] for sign in part) for part in parts)


def _any_of(name: str) -> str:
    words = sorted(str(_data()[name]).split(), key=len, reverse=True)
    return "|".join(re.escape(word) for word in words)


def _long(found: re.Match[str]) -> str:
    return _grouped(found[1])


_COUNTED = _any_of("counted")
_NUMBERS: tuple[tuple[re.Pattern[str], Any], ...] = (
    (re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)"), _day),
    (re.compile(r"(?<!\d)(1\d{2})[- ](\d{4})[- ](\d{4})(?!\d)"), r"\1\2\3"),
    (re.compile(rf"(?<![\d-])(\d{{1,4}})\s*[-~]\s*(?=\d{{1,4}}(?:{_COUNTED}|[个月日号点]))"), r"\1到"),
    (re.compile(rf"(?<![\d第.-])2(?={_any_of('twice')})"), "两"),
    (re.compile(rf"(?<![\d-])((?:\d{{1,3}}(?:,\d{{3}})+|\d{{3,9}})(?:\.\d+)?)(?={_COUNTED})"), _amount),
    (re.compile(r"(?<![\d.-])(\d{7,})(?![\d.-])"), _long),
)  # fmt: skip


def _checked(said: str) -> str:
    """Return the text with pauses for what is not said; raises for a sign that has no sound."""
    said = said.translate(_PAUSES).translate(_DROPPED)
    said = re.sub(r"[，、；：]*([，。！？])[，。！？、；：]*", r"\1", said).strip("，。！？、；：")
    lacks: frozenset[str] = _data()["lacks"]
    if any(not ("\u4e00" <= sign <= "\u9fff" or sign in _ALLOWED) or sign in lacks for sign in said):
        raise UnspeakableError("the voice has no sound for a sign of it")
    if not any(sign not in _ALLOWED for sign in said):
        raise UnspeakableError("there is nothing to say")
    return said
