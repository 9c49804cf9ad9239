"""Writes digits out as the characters that are spoken, before synthesis (the voice reads digits badly).

Telephone numbers are read digit by digit with 幺 for 1; keys, times, years and counts as people say them.
"""

from __future__ import annotations

import re

import cn2an

_PLAIN = "零一二三四五六七八九"
_TELEPHONE = "零幺二三四五六七八九"

_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*[%％]", re.ASCII)
_CLOCK = re.compile(r"(?<!\d)([01]?\d|2[0-4])\s*[:：]\s*([0-5]\d)(?!\d)", re.ASCII)
_YEAR = re.compile(r"(?<!\d)(\d{4})(?=年)", re.ASCII)
_NUMBER = re.compile(r"\d+(?:[-‐–]\d+)*(?:\.\d+)?", re.ASCII)
_COUNTED = "元人件天个次项米号名位户分秒时点月日周岁万千百吨斤度路公里平楼层"
_LONGEST_COUNT = 4
"""A longer number before a counting word is still read digit by digit: it is a telephone number."""


def spoken(text: str) -> str:
    """Return the text as it is handed to the voice: no ASCII digit is left, nothing else changes."""
    text = text.translate(_FULL_WIDTH).replace("7×24", "七乘二十四")
    text = _PERCENT.sub(lambda found: f"百分之{_count(found[1])}", text)
    text = _CLOCK.sub(_clock, text)
    text = _YEAR.sub(lambda found: _digits(found[1], _PLAIN), text)
    return _NUMBER.sub(lambda found: _number(found[0], text[found.end() : found.end() + 1]), text)


_FULL_WIDTH = {ord("０") + digit: str(digit) for digit in range(10)}


def _number(number: str, after: str) -> str:
    if "-" in number or "‐" in number or "–" in number:
        return _digits(number, _TELEPHONE)
    if "." in number or number == "0":
        return _count(number)
    short = len(number) <= 2 or (len(number) <= _LONGEST_COUNT and after and after in _COUNTED)
    return _count(number) if short and not number.startswith("0") else _digits(number, _TELEPHONE)


def _clock(found: re.Match[str]) -> str:
    hour, minute = _count(str(int(found[1]))), int(found[2])
    if minute == 0:
        return f"{hour}点"
    return f"{hour}点{'零' if minute < 10 else ''}{_count(str(minute))}分"


def _count(number: str) -> str:
    whole, _, part = number.partition(".")
    if len(whole) > _LONGEST_COUNT:
        said = _digits(whole, _TELEPHONE)
    else:
        said = str(cn2an.an2cn(whole.lstrip("0") or "0", "low"))
    said = f"十{said[2:]}" if said.startswith("一十") else said
    return f"{said}点{_digits(part, _PLAIN)}" if part else said


def _digits(number: str, names: str) -> str:
    return "".join(names[int(sign)] for sign in number if sign.isascii() and sign.isdigit())
