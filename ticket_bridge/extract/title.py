"""The title (place or party and problem, at most 20 characters) and a one-sentence summary."""

from __future__ import annotations

import re

from ..context import CallContext
from ..fields import Field, FieldName, Found, merge_evidence
from ..talk import Talk
from .clauses import is_only_manners, tidy
from .matter import find_matter

TITLE = 20


BY_PARTY = ("科教文旅", "经济综合", "交通出行", "医疗卫生")
"""Domains whose matters are named after who is complained of; the others after where it happens."""
_LARGE = re.compile(
    r"(?<=[区县旗镇乡])(?!$)|(?<=街道)(?!$)|(?<=[路巷道])(?=[\u4e00-\u9fff]{2})|(?<=街)(?=[\u4e00-\u9fff]{2})(?!道)"
)
_BESIDE = re.compile("(?:门口|旁边|对面|附近|北边|南边|东边|西边|后头|后面|前面|楼顶|门前|里面|往.?边?).*$")
_TOO_LARGE = ("区", "县", "镇", "乡", "街道", "单元", "号楼", "口子")
_NAME = re.compile(r"[\u4e00-\u9fff]{2,8}")


def _subject(found: Found) -> Field | None:
    """Return what names the matter best: who it is about, or the last named part of where it happens."""
    domain = found.get(FieldName.DOMAIN)
    named = (_of_party(found), _of_place(found))
    first = named if domain is not None and domain.value in BY_PARTY else named[::-1]
    return next((field for field in first if field is not None), None)


def _of_party(found: Found) -> Field | None:
    party = found.get(FieldName.PARTY)
    return party if party is not None and 3 <= len(str(party.value)) <= 10 else None


def _of_place(found: Found) -> Field | None:
    place = found.get(FieldName.PLACE)
    if place is None:
        return None
    for part in reversed(_LARGE.split(str(place.value))):
        name = _NAME.match(part)
        text = "" if name is None else _BESIDE.sub("", name.group())
        if len(text) >= 2 and (text.endswith("小区") or not text.endswith(_TOO_LARGE)):
            return Field(text, place.confidence, place.evidence)
    return None


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Write title and summary from the fields found; nothing that no field or word supports."""
    kind = found.get(FieldName.KIND)
    title = _title(talk, kind, found)
    if title is None:
        return {}
    return {FieldName.TITLE: title, FieldName.SUMMARY: _summary(kind, title, found)}


def _title(talk: Talk, kind: Field | None, found: Found) -> Field | None:
    if kind is not None and kind.value == "无效":
        return Field("无实质诉求来电", kind.confidence, kind.evidence)
    name = "" if kind is None else str(kind.value)
    short = _by_demand(name, found)
    if short is not None:
        return short
    matter = find_matter(talk)
    if matter is not None:
        subject = None if name == "咨询" else _subject(found)
        head = str(subject.value) if subject is not None else ""
        text = _compose(name, head, matter.title)
        pieces = (matter.span.evidence, *(subject.evidence if subject is not None else ()))
        return Field(text[:TITLE], 0.65, tuple(dict.fromkeys(pieces)))
    for line in talk.citizen:
        if not is_only_manners(line) and (span := tidy(line, 0, len(line.plain.text), TITLE)) is not None:
            return Field(span.text, 0.4, (span.evidence,))
    return None


def _by_demand(kind: str, found: Found) -> Field | None:
    """Name a question or a proposal by what is asked or proposed."""
    demand = found.get(FieldName.DEMAND)
    if demand is None or kind not in ("咨询", "建议", "表扬"):
        return None
    text = str(demand.value)
    if kind == "表扬":
        return Field(text[:TITLE], demand.confidence, demand.evidence) if text.startswith(kind) else None
    if kind == "建议":
        return Field(f"建议{text.split('，', maxsplit=1)[0]}"[:TITLE], demand.confidence, demand.evidence)
    asked = re.fullmatch(r"了解(.{2,16}?)的[^的]*", text)
    return Field(f"{asked.group(1)}咨询", demand.confidence, demand.evidence) if asked is not None else None


def _compose(kind: str, head: str, matter: str) -> str:
    if kind == "咨询":
        return f"{matter}咨询"
    if kind in ("建议", "表扬"):
        return f"{kind}{head or matter}" if kind == "表扬" else f"建议{head}{matter}"
    if head and matter.startswith(head):
        return matter
    return f"{head}{matter}"


def _summary(kind: Field | None, title: Field, found: Found) -> Field:
    when, place, demand = (
        found.get(name) for name in (FieldName.OCCURRED_AT, FieldName.PLACE, FieldName.DEMAND)
    )
    verb = "来电" if kind is None or kind.value == "无效" else str(kind.value)
    text = f"市民{verb}："
    text += f"{str(when.value).replace('T', ' ').replace('/', '至')}，" if when is not None else ""
    text += f"在{place.value}，" if place is not None and str(place.value) not in str(title.value) else ""
    text += str(title.value)
    text += f"；诉求：{demand.value}" if demand is not None and verb != "来电" else ""
    sure = min(field.confidence for field in (kind, title, when, place, demand) if field is not None)
    return Field(text + "。", sure, merge_evidence((title, when, place, demand)))
