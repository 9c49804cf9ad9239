"""One way of writing for texts that are compared by their sound: for error rates, never for records."""

from __future__ import annotations

import re
import unicodedata

import cn2an

_DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")
_SAME = str.maketrans({"幺": "一", "〇": "零", "○": "零"})
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)%", re.ASCII)
_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_LONGEST_VALUE = 4


def normalise(text: str) -> str:
    """Return a text without punctuation and blanks, in NFKC and lower case, numbers as they are spoken.

    Numbers of up to four digits are read as values (30 is 三十), longer ones, those with a zero before
    them and years (2026年) digit by digit; 幺 is 一.
    """
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"(?<=[0-9]),(?=[0-9]{3})", "", text)
    text = _PERCENT.sub(lambda found: "百分之" + found.group(1), text)
    text = _NUMBER.sub(_spoken, text)
    return "".join(char for char in text if char.isalnum()).translate(_SAME)


def _spoken(found: re.Match[str]) -> str:
    number = found.group()
    whole = number.split(".")[0]
    is_year = len(number) == 4 and found.string[found.end() : found.end() + 1] == "年"
    if is_year or len(whole) > _LONGEST_VALUE or (len(whole) > 1 and whole[0] == "0"):
        return number.translate(_DIGITS).replace(".", "点")
    return str(cn2an.an2cn(number))
