"""Finds what is personal in a written text, so that it can be hidden: numbers, names, doors (R-S-1). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..core.log import mask

PersonalKind = Literal["phone", "identity", "card", "plate", "name", "door"]


@dataclass(frozen=True)
class Personal:
    """Characters ``start`` to ``end`` of the written text."""

    kind: PersonalKind
    start: int
    end: int


_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤川青藏琼宁"
_GAP = "[ ，,-]?"
_PATTERNS: tuple[tuple[PersonalKind, re.Pattern[str]], ...] = (
    ("identity", re.compile(rf"(?<!\d)[1-9](?:{_GAP}\d){{16}}{_GAP}[0-9Xx](?!\d)")),
    ("card", re.compile(rf"(?<!\d)\d(?:{_GAP}\d){{14,18}}(?!\d)")),
    ("phone", re.compile(rf"(?<!\d)1(?:{_GAP}\d){{10}}(?!\d)")),
    ("phone", re.compile(r"(?<!\d)0\d{2,3}[- ，,]?\d{7,8}(?!\d)")),
    ("phone", re.compile(r"(?<=电话)(?:是|号码是|打)?[ ，,]?(?P<it>\d{7,8})(?!\d)")),
    (
        "plate",
        re.compile(rf"[{_PROVINCES}][A-Za-z][ ·]?[A-Za-z0-9]{{5,6}}(?![A-Za-z0-9])"),
    ),
    (
        "name",
        re.compile(
            r"(?:我姓|我叫|名字叫|名叫|本人)(?P<it>(?!什么|啥)[\u4e00-\u9fff]{1,4}?)"
            r"(?=[，。？！,. ]|[是住在的呢啊呀嘛]|$)"
        ),
    ),
    ("name", re.compile(r"(?P<it>[\u4e00-\u9fff])(?=先生|女士|小姐)(?<!位|个|的|好|，)")),
    (
        "door",
        re.compile(
            r"\d{1,4}(?:号楼|栋|幢|座)?(?:\d{1,2}单元)?\d{1,5}(?:室|号房|房)|\d{1,3}(?:号楼|栋|幢|座)(?:\d{1,2}单元)?\d{3,4}|\d{1,2}单元\d{1,4}室?"
        ),
    ),
)


def personal(text: str) -> tuple[Personal, ...]:
    """Return what is personal in a text as people write it, in order, without overlaps."""
    found: list[Personal] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            group = "it" if "it" in pattern.groupindex else 0
            one = Personal(kind, match.start(group), match.end(group))
            if all(one.end <= other.start or other.end <= one.start for other in found):
                found.append(one)
    return tuple(sorted(found, key=lambda one: one.start))


def masked(text: str, parts: Iterable[Personal]) -> str:
    """Return a text with its personal parts hidden: telephones keep three digits before and four behind."""
    for one in sorted(parts, key=lambda part: part.start, reverse=True):
        said = text[one.start : one.end]
        hidden = mask(said) if one.kind == "phone" else "*" * min(len(said), 6)
        text = text[: one.start] + hidden + text[one.end :]
    return text
