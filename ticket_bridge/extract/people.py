"""How many people are affected, endangered or complain together: only when a number is said (BJ C.5)."""

from __future__ import annotations

import re

from ..context import CallContext
from ..fields import Field, FieldName, Found
from ..talk import Line, Span, Talk
from ..words import either, number, rules

_COUNT = r"([零一二两三四五六七八九十百千万几来多俩仨\d]{1,12})"


def _patterns() -> dict[str, re.Pattern[str]]:
    data = rules("people")
    nouns = "|".join(data["nouns"])
    return {
        "counted": re.compile(rf"{_COUNT}(?:多|来)?(?:个|名|位|户)?(?:多)?(?:{nouns})"),
        "group": re.compile(
            rf"(?:我们|一共|总共|有|涉及|共|死了|伤了){_COUNT}(?:多)?(?:个|号|名|户|家|来)?(?:人|家|户)"
        ),
        "bare": re.compile(rf"{_COUNT}(?:个|名|位|户|家|人|$)"),
        "asked": either(data["asked"]),
        "not": either(data["not"]),
    }


def _read(line: Line, match: re.Match[str], span: Span, least: int) -> tuple[int, Span] | None:
    said = match.group(1)
    value = next((read for i in range(min(len(said), 8)) if (read := number(said[i:])) is not None), None)
    if value is None or value < least or value > 1_000_000:
        return None
    plain = line.plain.text
    around = plain[max(0, match.start() - 6) : match.end() + 4]
    if _patterns()["not"].search(around):
        return None
    return value, span


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Prefer the answer to the agent's question; else the largest number of people in the citizen's words."""
    patterns = _patterns()
    for line in talk.answers(patterns["asked"]):
        for match, span in line.search(patterns["bare"]):
            read = _read(line, match, span, 1)
            if read is not None:
                return {FieldName.PEOPLE: Field(read[0], 0.85, (read[1].evidence,))}
    hits = [
        read
        for line in talk.citizen
        for kind in ("counted", "group")
        for match, span in line.search(patterns[kind])
        if (read := _read(line, match, span, 2)) is not None
    ]
    if not hits:
        return {}
    value, span = max(hits, key=lambda hit: hit[0])
    return {FieldName.PEOPLE: Field(value, 0.6, (span.evidence,))}
