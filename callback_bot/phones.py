"""Telephone numbers as they are written, as they are dialled, and which may be dialled at all. Pure.

One person is one number: whatever way it is written, the quiet list and "one call at a time" hold for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from ..core.third_lines import is_emergency

_IGNORED = re.compile(r"[\s\-‐-―()（）.·]+")
_COUNTRY = re.compile(r"^(?:(?:\+|00)86|86(?=1[3-9]\d{9}$))")
_MOBILE = re.compile(r"0?(1[3-9]\d{9})")
_SIGNS = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]"}
_WIDE = str.maketrans("０１２３４５６７８９＋（）－", "0123456789+()-")


def canonical(text: str) -> str:
    """Return a number in its one form: a mobile's 11 digits, or a landline with 0 and the area's code.

    Raises ``ValueError`` with the reason, in Chinese, for what is no number of one person in China.
    """
    sign = _IGNORED.sub("", text.translate(_WIDE))
    digits = _COUNTRY.sub("", sign, count=1)
    abroad = digits == sign and sign.startswith(("+", "00"))
    if not digits:
        raise ValueError("没有电话号码")
    if abroad:
        raise ValueError("境外号码不外呼")
    if not digits.isascii() or not digits.isdigit():
        raise ValueError("电话号码含有数字以外的字符（分机号请去掉）")
    if mobile := _MOBILE.fullmatch(digits):
        return mobile[1]
    if digits != sign and not digits.startswith("0"):
        digits = f"0{digits}"
    if not digits.startswith("0") or not 10 <= len(digits) <= 12:
        raise ValueError("不是手机号码，也不是带区号的固定电话号码")
    return digits


def may_be_dialled(number: str, patterns: Iterable[str]) -> bool:
    """Tell whether a number fits one of the patterns of ``robot.numbers`` and reaches no emergency line."""
    return not is_emergency(number) and _expression(tuple(patterns)).fullmatch(number) is not None


@lru_cache(maxsize=16)
def _expression(patterns: Sequence[str]) -> re.Pattern[str]:
    every = ("".join(_SIGNS.get(sign, sign) for sign in pattern) for pattern in patterns)
    return re.compile("|".join(f"(?:{one})" for one in every) or r"(?!)", re.ASCII)
