"""What the caller threatens to do to persons, property or order, in their own words (BJ C.4)."""

from __future__ import annotations

from ..context import CallContext
from ..fields import Field, FieldName, Found
from ..talk import Line, Span, Talk
from ..words import either, pattern, rules


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Quote the first announcement of a harmful act, as literally as it was recognised."""
    data = rules("threat")
    act, others = either(data["acts"]), either(data["of_others"])
    told = pattern(data["told_before"])
    for line in talk.citizen:
        for match, span in line.search(act):
            if told.search(line.plain.text, max(match.start() - 14, 0), match.end()):
                continue
            quote = _quoted(line, span)
            if not others.search(quote.text):
                words = line.utterance.text[quote.start : quote.end]
                return {FieldName.THREAT_QUOTE: Field(words, 0.75, (quote.evidence,))}
    return {}


def _quoted(line: Line, span: Span) -> Span:
    """Return the clauses from the condition (再不…) to the end of the announcement."""
    condition = either(rules("threat")["conditions"])
    clauses = line.clauses
    first = next((i for i, clause in enumerate(clauses) if clause.end > span.start), 0)
    last = next((i for i, clause in enumerate(clauses) if clause.end >= span.end), len(clauses) - 1)
    while first > 0 and condition.search(clauses[first - 1].text):
        first -= 1
    after = pattern(rules("threat")["consequence"])
    while last + 1 < len(clauses) and after.match(clauses[last + 1].text):
        last += 1
    start, end = clauses[first].start, clauses[last].end
    if end - start > 120:
        start, end = max(start, span.start - 40), min(end, span.end + 20)
    return Span(line, start, end, line.utterance.text[start:end])
