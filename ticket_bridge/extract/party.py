"""Who is complained of, reported, praised or owes the service (BJ C.3: 涉及对象; annex D: 被反映单位)."""

from __future__ import annotations

import re
from functools import cache

from ..context import CallContext
from ..fields import Field, FieldName, Found
from ..talk import Line, Span, Talk
from ..words import either, rules


@cache
def _rules() -> dict[str, re.Pattern[str]]:
    data = rules("parties")
    suffix = "|".join(data["suffixes"])
    return {
        "named": re.compile(rf"(?P<name>[^|]{{1,10}}?(?:{suffix}))(?![^|]{{0,1}}(?:门口|旁边|对面|附近))"),
        "called": re.compile(
            r"(?:店名|公司|平台|物业|牌子|开发商|旅行社|医院|厂子|学校|老板|商家)?(?:的?名字)?(?:叫个?|名叫|叫做|写的(?:是)?)\|*(?P<name>[^|]{2,10})"
        ),
        "asked": either(data["asked"]),
        "generic": either(data["generic"]),
        "not": either(data["not"]),
        "praised": either(data["praised"]),
    }


def _clean(text: str) -> str:
    return text.strip("|").replace("|", "")


def _called(line: Line) -> tuple[str, Span] | None:
    """Read 叫X from the raw reading, where 叫 is still there."""
    for match in re.finditer(
        r"(?:叫个?|名叫|叫做|招牌写的?是?|开发商是)(?P<name>[\u4e00-\u9fffa-z]{2,10})", line.plain.text
    ):
        span = line.span(match.start("name"), match.end("name"))
        text = _until_break(line, span)
        if len(text.text) >= 2 and not _rules()["not"].search(text.text):
            return text.text, text
    return None


def _until_break(line: Line, span: Span) -> Span:
    """Cut a name at the first punctuation or function word after its beginning."""
    offsets = line.parts.at
    begin = offsets.index(span.start)
    view = line.parts.text
    end = begin
    while end < len(view) and end - begin < 10 and view[end] != "|":
        end += 1
    end = max(end, begin + 1)
    return Span(line, offsets[begin], offsets[end - 1] + 1, view[begin:end].replace("|", ""))


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Prefer a name given when asked for it, then a named body, then the body by its trade (供电公司)."""
    kind = found.get(FieldName.KIND)
    if kind is None or kind.value in ("咨询", "建议", "无效"):
        return {}
    patterns = _rules()
    if kind.value == "表扬":
        return _praised(talk)
    for line in talk.answers(patterns["asked"]):
        named = _called(line) or _suffixed(line)
        if named is not None:
            return {FieldName.PARTY: Field(named[0], 0.7, (named[1].evidence,))}
    for line in talk.citizen[:5]:
        called = _called(line)
        if called is not None and not re.search("我叫", line.plain.text):
            return {FieldName.PARTY: Field(called[0], 0.55, (called[1].evidence,))}
    for line in talk.citizen:
        named = _suffixed(line)
        if named is not None:
            return {FieldName.PARTY: Field(named[0], 0.55, (named[1].evidence,))}
    if kind.value in ("投诉", "举报", "求助"):
        for line in talk.citizen:
            for _, span in line.search(patterns["generic"]):
                return {FieldName.PARTY: Field(span.text, 0.45, (span.evidence,))}
    return {}


def _suffixed(line: Line) -> tuple[str, Span] | None:
    patterns = _rules()
    for match, _ in line.search(patterns["named"], parts=True):
        span = line.group(match, "name", parts=True)
        if not patterns["not"].search(span.text):
            return span.text, span
    return None


def _praised(talk: Talk) -> dict[FieldName, Field]:
    """Join role and name of who is praised."""
    praised = _rules()["praised"]
    role = next((span for line in talk.citizen for _, span in line.search(praised)), None)
    if role is None:
        return {}
    for line in talk.citizen:
        called = _called(line)
        if called is not None and not line.plain.text.startswith("我叫"):
            text, span = called
            return {FieldName.PARTY: Field(role.text + text, 0.6, (role.evidence, span.evidence))}
    return {FieldName.PARTY: Field(role.text, 0.4, (role.evidence,))}
