"""Cutting what was said to the part that matters: openings, closings and fillers off, a limit on length."""

from __future__ import annotations

from ..talk import Line, Span
from ..words import either, pattern, rules

UNBROKEN = 10
"""A longer utterance without punctuation is cut at its connectives."""


def tidy(line: Line, start: int, end: int, limit: int) -> Span | None:
    """Return ``plain[start:end]`` without polite openings and closings, at most ``limit`` characters.

    The span's text is the reading with the punctuation that was there, written as ，.
    """
    data = rules("phrases")
    text = line.plain.text[start:end]
    head = either(data["head"]).match(text)
    while head is not None and head.end() > 0:
        start += head.end()
        text = text[head.end() :]
        head = either(data["head"]).match(text)
    tail = either(data["tail"]).search(text)
    if tail is not None:
        end -= len(text) - tail.start()
    end = min(end, start + limit)
    if end - start < 2:
        return None
    span = line.span(start, end)
    return Span(line, span.start, span.end, written(line, start, end))


def breaks(line: Line) -> list[int]:
    """Return the offsets of ``plain`` at which clauses begin: by punctuation, else by connectives.

    Recognisers write none; without breaks the object of one clause runs into the verb of the next.
    """
    known = line.memo.get("breaks")
    if known is None:
        starts = line.clause_starts
        known = [offset for offset, at in enumerate(line.plain.at) if at in starts]
        if len(known) < 2 and len(line.plain.text) > UNBROKEN:
            soft = pattern(rules("phrases")["soft_breaks"]).finditer(line.plain.text, 2)
            known = [0, *(match.start() for match in soft)]
        line.memo["breaks"] = known
    return known


def written(line: Line, start: int, end: int) -> str:
    """Return ``plain[start:end]`` with ， where the transcript has punctuation."""
    breaks = {clause.start for clause in line.clauses}
    text = line.plain.text
    pieces: list[str] = []
    for position in range(start, end):
        if position > start and line.plain.at[position] in breaks:
            pieces.append("，")
        pieces.append(text[position])
    return "".join(pieces)


def is_only_manners(line: Line) -> bool:
    """Tell whether an utterance holds nothing but a greeting, a yes or a thank-you."""
    text = line.plain.text
    return len(text) < 3 or not either(rules("phrases")["manners"]).sub("", text)
