"""Who is complained of, reported, praised or owes the service (BJ C.3: 涉及对象; annex D: 被反映单位)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from ..context import CallContext
from ..fields import Evidence, Field, FieldName, Found
from ..talk import Line, Span, Talk
from ..words import either, pattern, rules


@dataclass(frozen=True)
class Candidate:
    """A possible party with how likely it is."""

    name: str
    sure: float
    evidence: tuple[Evidence, ...]


@cache
def _rules() -> dict[str, re.Pattern[str]]:
    data = rules("parties")
    suffix = "|".join(data["suffixes"])
    return {
        "named": re.compile(rf"[^|]{{1,10}}?(?:{suffix})(?![^|]{{0,1}}(?:门口|旁边|对面|附近))"),
        "suffix": re.compile(rf"(?:{suffix})$"),
        "address": re.compile(r".*(?:区|县|镇|街道|街上|大街|路|巷|[一二三四五六七八九十]期)(?=.{4})"),
        "called": re.compile("(?:叫个?|名叫|叫做|招牌写的?是?|牌子写的?是?|开发商是)(?=[\u4e00-\u9fffa-z])"),
        "owner": either(data["owner"]),
        "asked": either(data["asked"]),
        "not_asked": either(data["not_asked"]),
        "not": either(data["not"]),
        "praised": either(data["praised"]),
    }


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Take the likeliest: a body named when asked for, a body named, what is called X, a trade."""
    kind = found.get(FieldName.KIND)
    if kind is None or kind.value in ("咨询", "建议", "无效"):
        return {}
    if kind.value == "表扬":
        return _praised(talk)
    candidates = [candidate for line in talk.citizen for candidate in _of_line(talk, line)]
    if not candidates:
        candidates = list(_generic(talk))
    if not candidates:
        return {}
    best = max(candidates, key=lambda candidate: candidate.sure)
    return {FieldName.PARTY: Field(best.name, best.sure, best.evidence)}


def _of_line(talk: Talk, line: Line) -> Iterator[Candidate]:
    patterns = _rules()
    question = talk.question_before(line)
    asked = bool(patterns["asked"].search(question)) and not patterns["not_asked"].search(question)
    for match, _ in line.search(patterns["named"], parts=True):
        span = _without_address(line, match)
        if not patterns["not"].search(span.text):
            yield Candidate(span.text, 0.7 if asked else 0.55, (span.evidence,))
    for match, _ in line.search(patterns["called"]):
        span = _name_at(line, match.end())
        owner = patterns["owner"].search(line.plain.text[: match.start()])
        is_self = line.plain.text[: match.start()].endswith("我")
        if is_self or len(span.text) < 2 or patterns["not"].search(span.text):
            continue
        if patterns["suffix"].search(span.text):
            yield Candidate(span.text, 0.75, (span.evidence,))
        elif asked or owner is not None:
            yield Candidate(span.text, 0.6 if asked else 0.5, (span.evidence,))


def _without_address(line: Line, match: re.Match[str]) -> Span:
    """Return a named body without the address that an unpunctuated transcript glues to its front."""
    head = _rules()["address"].match(match.group())
    start = match.start() + (head.end() if head is not None else 0)
    view = line.parts
    return Span(line, view.at[start], view.at[match.end() - 1] + 1, view.text[start : match.end()])


def _name_at(line: Line, start: int) -> Span:
    """Return the name that begins at an offset of ``plain``, up to punctuation or a function word."""
    offsets, view = line.parts.at, line.parts.text
    begin = offsets.index(line.plain.at[start])
    end = begin
    while end < len(view) and end - begin < 10 and view[end] != "|":
        end += 1
    end = max(end, begin + 1)
    return Span(line, offsets[begin], offsets[end - 1] + 1, view[begin:end].replace("|", ""))


def _generic(talk: Talk) -> Iterator[Candidate]:
    """Give trades that stand for their only provider, the first of the rule file that was mentioned."""
    for text in rules("parties")["generic"]:
        for line in talk.citizen:
            for _, span in line.search(pattern(text)):
                yield Candidate(span.text, 0.45, (span.evidence,))
                return


def _praised(talk: Talk) -> dict[FieldName, Field]:
    """Join role and name of who is praised."""
    patterns = _rules()
    role = next((span for line in talk.citizen for _, span in line.search(patterns["praised"])), None)
    if role is None:
        return {}
    for line in talk.citizen:
        for match, _ in line.search(patterns["called"]):
            span = _name_at(line, match.end())
            if len(span.text) >= 2 and not line.plain.text[: match.start()].endswith("我"):
                return {FieldName.PARTY: Field(role.text + span.text, 0.6, (role.evidence, span.evidence))}
    return {FieldName.PARTY: Field(role.text, 0.4, (role.evidence,))}
