"""What is to be done (BJ 5.1.4.1: 诉求人的要求), in the citizen's words where they say it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from ..context import CallContext
from ..fields import Field, FieldName, Found
from ..talk import Line, Span, Talk
from ..words import either, pattern, rules
from .clauses import is_only_manners, tidy

LIMIT = 40


def _clause_from(line: Line, start: int) -> Span | None:
    """Return the demand from ``start`` to the end of its utterance, without its lead-in."""
    text = line.plain.text
    lead = pattern(rules("phrases")["head_demand"]).match(text, start)
    if lead is not None and len(text) - lead.end() >= 4:
        start = lead.end()
    stop = re.compile("我姓|我叫|我的电话|电话|打我").search(text, start)
    return tidy(line, start, stop.start() if stop is not None else len(text), LIMIT)


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Take the answer to the agent's question, else the read-back, a clause that asks, or a promise."""
    kind = found.get(FieldName.KIND)
    if kind is not None and kind.value == "无效":
        return {FieldName.DEMAND: Field("无实质诉求", kind.confidence, kind.evidence)}
    sources = (
        _answered(talk),
        _read_back(talk),
        _said(talk, "" if kind is None else str(kind.value)),
        _promised(talk),
    )
    best = next(chain.from_iterable(sources), None)
    if best is None:
        return {}
    span, sure = best
    return {FieldName.DEMAND: Field(span.text, sure, (span.evidence,))}


def _answered(talk: Talk) -> Iterator[tuple[Span, float]]:
    for line in talk.answers(either(rules("phrases")["demand_asked"])):
        if is_only_manners(line) or _reads_back(talk, line):
            continue
        if (span := _clause_from(line, 0)) is not None:
            yield span, 0.75


def _read_back(talk: Talk) -> Iterator[tuple[Span, float]]:
    for line in talk.agent:
        for match, _ in line.search(pattern(rules("phrases")["read_back"])):
            yield line.group(match, "demand"), 0.6


def _said(talk: Talk, kind: str) -> Iterator[tuple[Span, float]]:
    """Look through the call backwards, as a demand comes last; a question comes first."""
    data = rules("phrases")
    proposed = data["demand_proposed"] if kind == "建议" else []
    lines = talk.citizen if kind == "咨询" else talk.citizen[::-1]
    for text in (*proposed, *data["demand_said"]):
        for line in lines:
            for match, _ in line.search(pattern(text)):
                if (span := _clause_from(line, match.start())) is not None and len(span.text) >= 4:
                    yield span, 0.5


def _promised(talk: Talk) -> Iterator[tuple[Span, float]]:
    for line in talk.agent:
        for match, _ in line.search(pattern(rules("phrases")["promised"])):
            yield line.group(match, "demand"), 0.35


def _reads_back(talk: Talk, line: Line) -> bool:
    question = talk.question_before(line)
    return pattern(rules("phrases")["read_back"]).search(question) is not None and len(line.plain.text) < 6
