"""Components of an address that no suffix tells, known by what stands beside them.

A name between a road and the number of a house is an estate; a shop that follows the road is the place; what
precedes 对面 or 旁边 is a landmark; a clause that is but a name goes on with what is enumerated. All are read
only right behind a component that is sure.
"""

from __future__ import annotations

import re
from functools import cache

from ..words import rules

_HAN = "[\u4e00-\u9fff]"
_NO_NUMERAL = "[^|0-9零一二两三四五六七八九十]"
_NUMBER = r"[零一二两三四五六七八九十百\d]{1,8}"
LARGE = ("city", "district", "town", "road")


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    data = rules("places")
    listed = "|".join((*data["venues"], *rules("parties")["bodies"])).split("|")
    no_venue = re.compile(str(data["no_venue"]))
    houses = {word for word in listed if not no_venue.search(word)}
    venues = "|".join(sorted(houses, key=len, reverse=True))
    beside = "|".join(data["beside"])
    return {
        "estate": re.compile(
            rf"{_NO_NUMERAL}{{2,8}}(?=\|{{0,2}}(?:{_NUMBER}(?:号楼|号院|栋|幢|座|期|区)|[A-Za-z]区))"
        ),
        "venue": re.compile(rf"[^|]{{2,8}}?(?:{venues})(?:[东西南北总]店|分店|校区|院区|本部)?"),
        "office": re.compile(rf"(?:{data['offices']})"),
        "water": re.compile(rf"{_HAN}{{1,4}}(?:{data['waters']})(?=[|边里上旁岸段]|$)"),
        "landmark": re.compile(rf"{_HAN}{{2,6}}?(?:{beside})"),
        "vague": re.compile(rf"{_HAN}{{2,6}}"),
        "around": re.compile(str(data["around"])),
        "town": re.compile(rf"{_HAN}{{1,5}}?(?:街道(?:办事处|办)?|镇(?![上政])|(?<!老)乡(?![下政])|苏木)"),
        "road": re.compile(
            rf"{_HAN}{{1,6}}?(?:大街|大道|(?<!马)路(?![灯面边上])(?:[东西南北中]段)?|街(?![道边上]))"
        ),
        "no_name": re.compile(str(data["no_name"])),
        "alone": re.compile(rf"(?P<name>{_HAN}{{2,9}}?)(?:{data['around']}|{data['alone_tail']})?(?=\||$)"),
        "county": re.compile(rf"(?:^|\||我是|我在|这里是)(?P<name>{_HAN}{{2,3}})\|$"),
        "not_alone": re.compile(str(data["not_alone"])),
        "alone_head": re.compile(str(data["alone_head"])),
    }


def adjoining(view: str, said: str, position: int, last: str, gap: str) -> tuple[str, int] | None:
    """Return level and end of such a component at ``position`` of the view, ``said`` its unmasked text.

    ``last`` is the level of the component before; ``gap`` what stands between.
    """
    patterns = _patterns()
    larger = patterns["road"].match(view, position) or patterns["town"].match(view, position)
    if gap.strip("|") or larger:
        return None
    if len(gap) > 3:
        return _alone(said, position - len(gap), position) if last in LARGE else None
    office = patterns["office"].match(view, position) if last in LARGE and not gap else None
    if office is not None:
        return "site", office.end()
    kinds = [("venue", "site"), ("water", "site"), ("landmark", "detail")]
    if last in LARGE:
        kinds.insert(0, ("estate", "site"))
    for kind, level in kinds:
        match = patterns[kind].match(view, position)
        if match is not None and not patterns["no_name"].search(match.group()):
            return level, match.end()
    match = patterns["vague"].match(view, position) if last in LARGE else None
    if match is not None and patterns["around"].match(said, match.end()):
        return "site", match.end()
    return _alone(said, position - len(gap), position) if last in LARGE else None


def _alone(said: str, before: int, start: int) -> tuple[str, int] | None:
    """Return the end of a name that is a clause by itself (上盘镇，桥头那个兴农种业): what is enumerated.

    Only where the speaker, or the recogniser, put a pause before and behind it.
    """
    patterns = _patterns()
    head, match = patterns["alone_head"].fullmatch(said, before, start), patterns["alone"].match(said, start)
    if head is None or match is None or patterns["not_alone"].search(match.group("name")):
        return None
    return "site", match.end("name")


def county_before(said: str, town: int) -> int | None:
    """Return where a county begins that is named without its suffix before a town (宁海，岔路镇)."""
    match = _patterns()["county"].search(said, 0, town)
    if match is None or _patterns()["not_alone"].search(match.group("name")):
        return None
    return match.start("name")


def behind_division(said: str, end: int) -> tuple[str, int] | None:
    """Return level and end of the town or road that is said right behind a district (乐从镇, 和平路)."""
    for level in ("town", "road"):
        match = _patterns()[level].match(said, end)
        if match is not None and not _patterns()["no_name"].search(match.group()):
            return level, match.end()
    return None
