"""What the agent says is to be done, as a ticket says it: read back, summed up or set going (BJ 5.1.4.1).

Agents put in the words of tickets what citizens say: 一天一清，弄个盖子 becomes 每日清运并硬化密封.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from ..talk import Line
from ..words import pattern, rules, segment
from .acts import Act
from .clauses import breaks
from .money import in_figures
from .rewrite import ticket_words

SHORTEST, LONGEST = 3, 24
"""Clauses beyond these are no demand."""


def told(line: Line) -> Iterator[Act]:
    """Give what an agent's line says is to be done, clause by clause."""
    text = line.plain.text
    if not text:
        return
    cut = (match.start() for match in pattern(rules("told")["cut"]).finditer(text))
    starts = sorted({0, *breaks(line), *cut} - {len(text)})
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        written = _written(_bare(text[start:end]))
        if len(written) >= SHORTEST:
            yield Act(written, start, line.span(start, end).evidence)


def _bare(clause: str) -> str:
    """Cut off how the agent leads in to it and asks whether it is right."""
    data = rules("told")
    while True:
        shorter = pattern(data["tail"]).sub("", pattern(data["lead"]).sub("", clause, count=1))
        if shorter == clause:
            return clause
        clause = shorter


def _written(clause: str) -> str:
    """Write a clause as a ticket would; empty when nothing is to be done."""
    data = rules("told")
    if not SHORTEST <= len(clause) <= LONGEST or pattern(data["none"]).search(clause):
        return ""
    clause = in_figures(clause)
    written = ticket_words(clause)
    if written or clause.startswith(("把", "将")):
        return written
    begins = pattern(data["begins"]).match(clause) is not None
    return clause if begins or any(word in _verbs() for word in segment(clause)) else ""


@cache
def _verbs() -> frozenset[str]:
    """Return the verbs of tickets of two characters or more."""
    known = {*rules("turning")["verbs"], *rules("turning")["verbs"].values()}
    return frozenset(verb for verb in known if len(verb) > 1)
