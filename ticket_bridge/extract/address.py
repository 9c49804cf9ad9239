"""The components of an address in an utterance, from the city to the door (WH 6.1.5, BJ C.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from ..divisions import divisions_in
from ..talk import BREAK, Line, Span
from ..words import either, ends_a_name, number, rules
from .adjoining import adjoining, behind_division, county_before

LEVELS = ("city", "district", "town", "road", "site", "house", "unit", "floor", "room", "detail")
LOOSE = re.compile(r"[零一二两三四五六七八九十百\d]+(?:号|楼|层|社|组|队|室|号房|房)?")
_N = r"[零一二两三四五六七八九十百\d]{1,8}"
_CALLED = re.compile("叫(?:个|做|作)?")
_CHAR = "[^|我你他她您咱俺们了吗呢吧啊]"


@dataclass(frozen=True)
class Piece:
    """One component of an address; ``order`` counts the pieces of the call."""

    level: str
    span: Span
    value: str
    order: int


@cache
def address_rules() -> dict[str, re.Pattern[str]]:
    """Return the patterns of ``places.yaml``, a component's by its level."""
    data = rules("places")
    made = {}
    for level in ("district", "town", "road"):
        made[level] = re.compile(rf"{_CHAR}{{1,{data['longest'][level]}}}?(?:{'|'.join(data[level])})")
    made["site"] = re.compile(
        rf"{_CHAR}{{1,{data['longest']['site']}}}(?:{'|'.join(data['site'])})(?:[一二三四五六七八九东西南北ABC]期|[东西南北]区|[东西南北]门)?"
    )
    made["crossing"] = re.compile(r"路口|十字路口|交叉口|交汇处?|交界|那?个?口子")
    made["house"] = re.compile(rf"(?:{_N})(?:号楼|号院|幢|栋楼?|座|弄|号(?![口线店院楼码下晚上早的左窗]))")
    made["unit"] = re.compile(rf"{_N}(?:单元|门洞|社|组|队)")
    made["floor"] = re.compile(rf"{_N}(?:楼|层)(?![^|]{{0,1}}(?:以上|以下))")
    made["room"] = re.compile(r"(?<!\d)\d{3,4}(?:室|号房|房)?(?![\d个块元多年路年天])")
    made["detail"] = re.compile("|".join(data["detail"]))
    made["not"] = either(data["not"])
    made["vehicle"] = re.compile(str(data["vehicle"]))
    made["trip"] = re.compile(str(data["trip"]))
    made["asked"] = either(data["asked"])
    made["home"] = either(data["home"])
    made["elsewhere"] = either(data["elsewhere"])
    made["public"] = re.compile(str(data["public"]))
    made["business"] = re.compile(str(data["business"]))
    return made


def arabic(text: str) -> str:
    """Write the numbers of houses, units, floors and doors in Arabic digits; names keep theirs."""

    def replace(match: re.Match[str]) -> str:
        value = number(match.group(1))
        return match.group() if value is None else f"{value}{match.group(2)}"

    return re.sub(rf"({_N})(号楼|号院|号口|号窗口|号线|号|单元|栋|幢|座|楼|层|室|门洞)", replace, text)


def pieces_of(line: Line) -> list[Piece]:
    """Read the components of one utterance, left to right, each character used once."""
    if "pieces" not in line.memo:
        line.memo["pieces"] = _read(line)
    return line.memo["pieces"]


def _read(line: Line) -> list[Piece]:
    made: list[Piece] = []
    view, known = _view(line)
    said = line.read.text
    position = last_end = 0
    while position < len(view):
        if view[position] == BREAK:
            position += 1
            continue
        found = (
            known.get(position)
            or (adjoining(view, said, position, made[-1].level, view[last_end:position]) if made else None)
            or _component(view, position, min((s for s in known if s > position), default=len(view)))
        )
        if found is None:
            position += 1
            continue
        level, end = found
        if level == "site" and (head := _CALLED.match(view, position, end - 2)) is not None:
            position = head.end()
        text = view[position:end]
        if BREAK in text:
            text = said[position:end].replace(BREAK, "")
        gap = position - last_end
        if LOOSE.fullmatch(text) and (not made or gap > 2 or view[last_end:position].strip(BREAK)):
            position = end
            continue
        at = line.read.at
        span = Span(line, at[position], at[end - 1] + 1, text)
        county = county_before(said, position) if level == "town" and not made else None
        if county is not None:
            name = said[county:position].rstrip(BREAK)
            before = Span(line, at[county], at[county + len(name) - 1] + 1, name)
            made.append(Piece("district", before, name, line.index * 10_000 + county))
        made.append(Piece(level, span, arabic(text), line.index * 10_000 + position))
        position = last_end = end
    return made


def _view(line: Line) -> tuple[str, dict[int, tuple[str, int]]]:
    """Return the utterance's parts with the known divisions whole, and these by their start."""
    text = list(line.cut(ends_a_name).text)
    known: dict[int, tuple[str, int]] = {}
    said = line.read.text
    for start, stop, size in divisions_in(said):
        begin, end, level = start, stop, size
        while True:
            text[begin:end] = said[begin:end]
            known[begin] = (level, end)
            begin = end + (len(said[end : end + 2]) - len(said[end : end + 2].lstrip(BREAK)))
            behind = behind_division(said, begin) if level in ("district", "town") else None
            if behind is None or any(begin <= other < behind[1] for other in known):
                break
            level, end = behind
    return "".join(text), known


def _component(view: str, position: int, limit: int) -> tuple[str, int] | None:
    """Return level and end of the largest component that begins here and ends before ``limit``."""
    patterns = address_rules()
    for level in LEVELS[1:]:
        match = patterns[level].match(view, position, limit)
        if match is not None and match.end() > position and not patterns["not"].search(match.group()):
            return level, match.end()
    return None
