"""The emergency line the call must be joined to now: 110, 119, 120 or 122 (WH 5.3 d, BJ C.5)."""

from __future__ import annotations

from ..context import CallContext
from ..fields import Field, FieldName, Found
from ..talk import Talk
from ..words import either, pattern, rules


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Take the line the agent joins; else the one whose danger the citizen reports as going on now."""
    data = rules("emergency")
    for line in talk.agent:
        for match, span in line.search(pattern(data["joined"])):
            number = match.group("before") or match.group("after")
            if number:
                return {FieldName.EMERGENCY_LINE: Field(number, 0.95, (span.evidence,))}
    over = either(data["over"])
    now = next((span for line in talk.citizen for _, span in line.search(either(data["now"]))), None)
    if now is None:
        return {}
    for entry in data["dangers"]:
        danger = either(entry["words"])
        for line in talk.citizen:
            if over.search(line.plain.text):
                continue
            for _, span in line.search(danger):
                return {FieldName.EMERGENCY_LINE: Field(entry["line"], 0.7, (span.evidence, now.evidence))}
    return {}
