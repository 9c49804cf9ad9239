"""Spoken numbers as people write them: 十月十五号 is 10月15号, 幺三八… is 138…; 一下 stays 一下. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import cn2an
import yaml

DIGITS = {**{char: str(value) for value, char in enumerate("零一二三四五六七八九")}, "幺": "1", "〇": "0"}
_DIGIT_RUN = re.compile("[零〇幺一二三四五六七八九]{3,}")
_LONG_RUN = 5
_NUMERAL = "[零一二两三四五六七八九十百千万亿]"
_PERCENT = re.compile(f"百分之(?P<value>{_NUMERAL}{{1,8}}(?:点[零一二三四五六七八九]{{1,4}})?)")
_YEAR = re.compile("(?P<year>[零〇一二三四五六七八九]{4}|[零〇一二三四五六七八九]{2})(?=年(?![多前后半]))")
_VAGUE = re.compile("[几多来余]")
_RUN_OF_TWO = re.compile("(?:一二|[二两]三|三四|三五|四五|五六|六七|七八|八九)(?![十百千万])")


class Piece(NamedTuple):
    """Characters ``start`` to ``end`` of a text are written ``written``."""

    start: int
    end: int
    written: str


@cache
def lists() -> dict[str, list[str]]:
    """Return the word lists of ``readable.yaml``, longest words first."""
    data = yaml.safe_load(Path(__file__).with_name("readable.yaml").read_text(encoding="utf-8"))
    return {name: sorted(str(words).split(), key=len, reverse=True) for name, words in data.items()}


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    exact, units = "|".join(lists()["exact_units"]), "|".join(lists()["units"])
    number = re.compile(
        f"(?P<value>{_NUMERAL}{{1,9}}(?:点[零一二三四五六七八九]{{1,3}}(?=[元块万亿米公平吨斤度%]))?)"
        f"(?=(?P<exact>{exact})|(?P<unit>{units})|)"
    )
    kept = re.compile("|".join(lists()["words"]))
    daytime = re.compile(f"(?:{'|'.join(lists()['daytimes'])})$")
    return number, kept, daytime


def numbers(text: str) -> list[Piece]:
    """Return what is written with figures, in order and without overlaps; the rest stays as it was said."""
    found: list[Piece] = []
    taken = [False] * len(text)
    for match in _patterns()[1].finditer(text):
        taken[match.start() : match.end()] = [True] * len(match.group())
    for pieces in (_percents(text), _years(text), _digits(text), _values(text)):
        for piece in pieces:
            if not any(taken[piece.start : piece.end]):
                taken[piece.start : piece.end] = [True] * (piece.end - piece.start)
                found.append(piece)
    return sorted(found)


def _percents(text: str) -> Iterator[Piece]:
    for match in _PERCENT.finditer(text):
        if (value := _value(match["value"])) is not None:
            yield Piece(match.start(), match.end(), f"{value}%")


def _years(text: str) -> Iterator[Piece]:
    for match in _YEAR.finditer(text):
        yield Piece(match.start(), match.end(), _as_digits(match["year"]))


def _digits(text: str) -> Iterator[Piece]:
    """Strings of digits: telephone, room and plate numbers; short ones only where such a number is meant."""
    for match in _DIGIT_RUN.finditer(text):
        run = match.group()
        before, after = text[: match.start()], text[match.end() :]
        named = any(before.endswith(word) or word in before[-4:] for word in lists()["before_digits"])
        named = named or any(after.startswith(word) for word in lists()["after_digits"])
        if len(run) >= _LONG_RUN or "幺" in run or "零" in run[1:] or named:
            yield Piece(match.start(), match.end(), _as_digits(run))


def _values(text: str) -> Iterator[Piece]:
    number, _, daytime = _patterns()
    for match in number.finditer(text):
        said = match["value"]
        around = text[max(match.start() - 1, 0) : match.start()] + text[match.end() : match.end() + 1]
        if _VAGUE.search(around) or _RUN_OF_TWO.search(said):
            continue  # 二十几, 三四十: nobody counted
        if not _is_written(text, match, daytime):
            continue
        if (value := _value(said)) is not None:
            yield Piece(match.start(), match.end(), value)


def _is_written(text: str, match: re.Match[str], daytime: re.Pattern[str]) -> bool:
    said, exact = match["value"], match["exact"]
    if said == "一" and exact == "点":
        behind = text[match.end() + 1 : match.end() + 2]
        return bool(daytime.search(text[: match.start()])) or behind in ("钟", "半", "整")
    if said in ("一", "两") and exact in ("块", "层", "号", "度", "分"):
        behind = text[match.end() + 1 : match.end() + 2]
        return text[match.start() - 1 : match.start()] == "月" or (
            exact in "号层" and behind in ("楼", "线", "院")
        )
    if exact or (len(said) > 1 and said[-1] in "万亿"):
        return True
    return len(said) > 1 and match["unit"] is not None


def _value(said: str) -> str | None:
    whole, _, part = said.partition("点")
    if len(whole) > 1 and not re.search("[十百千万亿]", whole):
        return None
    try:
        value = str(int(cn2an.cn2an(whole, "smart")))
    except (ValueError, LookupError):  # cn2an looks for a digit that 零十二 lacks
        return None
    if whole.endswith(("万", "亿")) and len(whole) > 1:
        short = _value(whole[:-1])
        value = value if short is None else short + whole[-1]
    return f"{value}.{_as_digits(part)}" if part else value


def _as_digits(said: str) -> str:
    return "".join(DIGITS.get(char, char) for char in said)
