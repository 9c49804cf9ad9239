"""What was done about the matter before this call, and the answer (BJ C.3: 前期处理情况)."""

from __future__ import annotations

from ..context import CallContext
from ..fields import Field, FieldName, Found
from ..talk import Span, Talk
from ..words import either, pattern, rules
from .clauses import tidy

LIMIT = 60


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Take the answer to the agent's question unless it is a no; else a clause that tells of a contact."""
    data = rules("phrases")
    kind = found.get(FieldName.KIND)
    if kind is None or kind.value in ("咨询", "建议", "表扬", "无效"):
        return {}
    none = pattern(data["earlier_none"])
    said = either(data["earlier_said"])
    for line in talk.answers(either(data["earlier_asked"])):
        if none.search(line.plain.text) and not said.search(line.plain.text):
            continue
        hit = next((match.start() for match, _ in line.search(said)), 0)
        start = 0 if len(line.plain.text) <= 60 else hit
        if (span := tidy(line, start, len(line.plain.text), 60)) is not None and len(span.text) >= 6:
            return _field(span, 0.75)
    wanted, wish = either(data["demand_asked"]), pattern(data["earlier_wish"])
    for line in talk.citizen:
        if wanted.search(talk.question_before(line)):
            continue
        for match, _ in line.search(said):
            if wish.search(line.plain.text, max(0, match.start() - 8), match.end()):
                continue
            if (span := tidy(line, match.start(), len(line.plain.text), 60)) is not None:
                return _field(span, 0.5)
    return {}


def _field(span: Span, sure: float) -> dict[FieldName, Field]:
    """Write what was told as a ticket does: who was asked, and what they answered."""
    text = span.text
    for said, written in rules("phrases")["earlier_register"]:
        text = pattern(said).sub(written, text)
    text = text.strip("，")[:LIMIT]
    return {FieldName.EARLIER_HANDLING: Field(text or span.text, sure, (span.evidence,))}
