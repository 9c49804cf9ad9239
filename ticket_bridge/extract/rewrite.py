"""Clauses that ask for something, rewritten as a ticket says them, where no known act fits (BJ 5.1.4.1).

把水泵给我们开开 becomes 开启水泵, 后面加的两千四退给我 退还后面加的2400元. What only tells is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from ..talk import Line
from ..words import pattern, rules
from .acts import Act
from .clauses import breaks
from .money import in_figures, sums
from .turning import turned

SHORTEST = 2
"""Fewer characters say nothing."""


def rewritten(line: Line) -> Iterator[tuple[int, int, Act]]:
    """Give the clauses that ask, as offsets of ``plain`` with the act each is written as."""
    for start, end in _clauses(line):
        text = ticket_words(_with_sums(line, start, end))
        if text and text not in rules("rewrite")["too_little"]:
            yield start, end, Act(text, start, line.span(start, end).evidence)


def _clauses(line: Line) -> Iterator[tuple[int, int]]:
    """Give the clauses as offsets of ``plain``."""
    starts = breaks(line) or [0]
    yield from zip(starts, [*starts[1:], len(line.plain.text)], strict=True)


def _with_sums(line: Line, start: int, end: int) -> str:
    """Return a clause with its sums in figures."""
    text, position = "", start
    for one in sums(line):
        if position <= one.start and one.end <= end:
            text += line.plain.text[position : one.start] + one.text
            position = one.end
    return text + line.plain.text[position:end]


def ticket_words(clause: str) -> str:
    """Write a clause as a ticket would; empty when it does not ask for anything."""
    data = rules("rewrite")
    if pattern(data["asks_not"]).search(clause):
        return ""
    text = _trimmed(clause)
    put_first = turned(text) or turned(clause)
    if put_first:
        return _in_register(put_first)
    turned_round = next(((match, form) for words, form in _turned() if (match := words.match(text))), None)
    if turned_round is not None:
        match, form = turned_round
        verb = match.groupdict().get("v") or ""
        text = form.format(x=match.group("x"), v=data["verbs"].get(verb, verb))
    elif pattern(data["asks"]).match(text) is None:
        return ""
    for words, written in data["heads"]:
        head = pattern(words).match(text) if written else None
        if head is not None:
            text = written + text[head.end() :]
            break
    return _in_register(text)


def _in_register(text: str) -> str:
    """Change the words of the mouth for those of a ticket; empty when too little or too much is left."""
    data = rules("rewrite")
    for words, written in data["register"]:
        text = pattern(words).sub(written, text)
    text = _trimmed(in_figures(text))
    return text if SHORTEST <= len(text) <= data["limit"] else ""


@cache
def _turned() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(words), form) for words, form in rules("rewrite")["turned"]]


def _trimmed(text: str) -> str:
    """Cut leads and tails off."""
    data = rules("rewrite")
    lead, tail = pattern(data["lead"]), pattern(data["tail"])
    while True:
        shorter = tail.sub("", lead.sub("", text, count=1), count=1)
        if shorter == text:
            return text
        text = shorter
