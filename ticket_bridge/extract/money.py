"""Sums of money as said (三千八, 两千四百块, 四十一万多) and as a ticket writes them (3800元, 41万多元)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..talk import Line, Span

_VALUES = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_UNITS = {"十": 10, "百": 100, "千": 1_000, "万": 10_000}
_NUMBER = "[零〇一二两三四五六七八九十百千万0-9]"
_SUM = re.compile(
    rf"(?<!第)(?<!{_NUMBER})(?=[一二两三四五六七八九十百0-9])(?P<n>{_NUMBER}{{1,12}}(?:点[零一二三四五六七八九]+|\.\d+)?(?P<much>多)?(?P<big>万)?)(?P<more>多|来)?"
    r"(?P<unit>块钱|元钱|块|元)?"
)
_OF_MONEY = re.compile(
    "退|还|赔|交|花|收|欠|充|付|押|定|扣|钱|费|款|金|买|卖|罚|工资|打赏|骗|缴|补|一共|总共|合计|是"
)
_COUNTED = re.compile("[个人户天年月亩平米号栋楼度名头只条位次回趟路里吨斤公分点岁届班岗]")
_EACH = re.compile("(?:一|每)[亩斤个次月天张套平吨件](?:地)?(?:按|是|要|就)?$")
"""What one of many costs is not the sum that is asked for."""
_ONE_IN_TEN = 10
LEAST = 100
"""A number without 元 below this is hardly a sum."""


@dataclass(frozen=True)
class Sum:
    """A sum: ``text`` as a ticket writes it, its words, and where they stand in ``plain``."""

    text: str
    value: float
    span: Span
    start: int
    end: int


def sums(line: Line) -> Iterator[Sum]:
    """Give the sums of a line in the order in which they were said."""
    text = line.plain.text
    for match in _SUM.finditer(text):
        value = amount(match.group("n").replace("多", ""))
        if value is None or value <= 0:
            continue
        if match.group("unit") is None:
            around = text[max(0, match.start() - 8) : match.start()] + text[match.end() : match.end() + 5]
            plain_digits = match.group("n").isascii() or not re.search("[百千万]", match.group("n"))
            counted = _COUNTED.match(text, match.end()) is not None or _EACH.search(text[: match.start()])
            if value < LEAST or plain_digits or counted or not _OF_MONEY.search(around):
                continue
        more = match.group("much") or match.group("more") == "多"
        yield Sum(written(value, more=bool(more)), value, line.span(*match.span()), *match.span())


def amount(said: str) -> float | None:
    """Return the value of a number as people say it (三千八 is 3800), None when it is none."""
    whole, _, part = said.replace("点", ".").partition(".")
    if part:
        big = part.endswith("万") or whole.endswith("万")
        digits = "".join(str(_VALUES.get(char, char)) for char in part.removesuffix("万"))
        front = amount(whole.removesuffix("万"))
        if front is None or not digits.isdigit():
            return None
        return round((front + float(f"0.{digits}")) * (10_000 if big else 1), 2)
    if whole.isascii():
        return float(whole) if whole.isdigit() else None
    return _of_characters(whole)


def _of_characters(said: str) -> float | None:
    total = section = 0.0
    digit: float | None = None
    last = 1
    for char in said:
        if char.isascii() and char.isdigit():
            digit = (digit or 0) * 10 + int(char)
        elif char in _VALUES:
            if digit and char not in "零〇" and last == 1:
                return None
            digit = float(_VALUES[char])
            last = 1 if char in "零〇" else last
        else:
            unit = _UNITS[char]
            if unit == _UNITS["万"]:
                total, section = total + (section + (digit or 0 if section else digit or 1)) * unit, 0.0
            else:
                section += (1 if digit is None else digit) * unit
            digit, last = None, unit
    if digit is not None and last > _ONE_IN_TEN:
        digit = digit * last / _ONE_IN_TEN
    return total + section + (digit or 0)


def written(value: float, *, more: bool = False) -> str:
    """Write a sum as tickets do: 3800元, 41万元, 26.8万元; ``more`` for 多."""
    rest = "多" if more else ""
    if value >= _UNITS["万"] and value % 1_000 == 0:
        big = value / _UNITS["万"]
        return f"{big:g}万{rest}元"
    return f"{value:.2f}".rstrip("0").rstrip(".") + f"{rest}元"


def in_figures(text: str) -> str:
    """Write the sums of a text that name their unit in figures (多收的三十五块 → 多收的35元)."""

    def figures(match: re.Match[str]) -> str:
        value = amount(match.group("n").replace("多", ""))
        if match.group("unit") is None or value is None:
            return match.group()
        return written(value, more=bool(match.group("much") or match.group("more") == "多"))

    return _SUM.sub(figures, text)
