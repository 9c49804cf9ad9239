"""The course of the matter, its present state and the department it goes to (WH 6.1.6, BJ annex D)."""

from __future__ import annotations

import re

from ..context import CallContext
from ..fields import Field, FieldName, Found
from ..talk import Span, Talk
from ..words import either, pattern, rules
from .clauses import is_only_manners, tidy

LIMIT = 300
_PERSONAL = re.compile("贵姓|怎么称呼|回访|联系电话|还需要其|还有其|其他补充|保密")


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Join what the citizen tells, without greetings and personal data, in the order of the call."""
    data = rules("phrases")
    told: list[Span] = []
    length = 0
    for line in talk.citizen:
        if is_only_manners(line) or _PERSONAL.search(talk.question_before(line)):
            continue
        span = tidy(line, 0, len(line.plain.text), LIMIT - length)
        if span is None:
            continue
        told.append(span)
        length += len(span.text)
        if length >= LIMIT - 2:
            break
    result: dict[FieldName, Field] = {}
    if told:
        text = "；".join(span.text for span in told)
        result[FieldName.CONTENT] = Field(text, 0.7, tuple(span.evidence for span in told))
        result |= _state(told, either(data["current"]))
    for line in reversed(talk.agent):
        for match, _ in line.search(pattern(data["unit"])):
            unit = line.group(match, "unit")
            return {**result, FieldName.HANDLING_UNIT: Field(unit.text, 0.6, (unit.evidence,))}
    return result


def _state(told: list[Span], words: re.Pattern[str]) -> dict[FieldName, Field]:
    """Return the clause that says how things are now."""
    for span in told:
        line = span.line
        for match, _ in line.search(words):
            text = line.plain.text
            if (state := tidy(line, match.start(), min(len(text), match.start() + 40), 40)) is not None:
                return {FieldName.CURRENT_STATE: Field(state.text, 0.5, (state.evidence,))}
    return {}
