"""The title (place or party and problem, at most 20 characters) and a one-sentence summary."""

from __future__ import annotations

import re

from ..context import CallContext
from ..fields import Field, FieldName, Found, merge_evidence
from ..talk import Talk
from .clauses import is_only_manners, tidy
from .matter import find_matter

TITLE = 20


def _subject(found: Found) -> Field | None:
    """Return what names the matter best: a short party, else the last large part of the place."""
    party, place = found.get(FieldName.PARTY), found.get(FieldName.PLACE)
    if party is not None and 3 <= len(str(party.value)) <= 10:
        return party
    if place is not None:
        parts = re.split(r"(?<=[区县镇乡])|(?<=街道)|(?<=[路街道巷])(?=.{3})", str(place.value))
        short = next((part for part in reversed(parts) if 3 <= len(part) <= 10), None)
        if short is not None:
            return Field(short, place.confidence, place.evidence)
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
