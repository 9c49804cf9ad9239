"""What is to be done (BJ 5.1.4.1: 诉求人的要求), in the citizen's words where they say it."""

from __future__ import annotations

import re

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
    """Take the answer to the agent's question, else a clause that asks for something, else the read-back."""
    data = rules("phrases")
    kind = found.get(FieldName.KIND)
    if kind is None:
        return {}
    if kind.value == "无效":
        return {FieldName.DEMAND: Field("无实质诉求", kind.confidence, kind.evidence)}
    for line in talk.answers(either(data["demand_asked"])):
        if is_only_manners(line) or _reads_back(talk, line):
            continue
        if (span := _clause_from(line, 0)) is not None:
            return {FieldName.DEMAND: Field(span.text, 0.75, (span.evidence,))}
    for line in talk.agent:
        for match, _ in line.search(pattern(data["read_back"])):
            span = line.group(match, "demand")
            return {FieldName.DEMAND: Field(span.text, 0.6, (span.evidence,))}
    said = data["demand_proposed"] + data["demand_said"] if kind.value == "建议" else data["demand_said"]
    for text in said:
        for line in reversed(talk.citizen) if kind.value != "咨询" else talk.citizen:
            for match, _ in line.search(pattern(text)):
                if (span := _clause_from(line, match.start())) is not None and len(span.text) >= 4:
                    return {FieldName.DEMAND: Field(span.text, 0.5, (span.evidence,))}
    for line in talk.agent:
        for match, _ in line.search(pattern(data["promised"])):
            span = line.group(match, "demand")
            return {FieldName.DEMAND: Field(span.text, 0.35, (span.evidence,))}
    return {}


def _reads_back(talk: Talk, line: Line) -> bool:
    question = talk.question_before(line)
    return pattern(rules("phrases")["read_back"]).search(question) is not None and len(line.plain.text) < 6
