"""The clauses a demand may be put together from, each with the words behind it (docs/adr/0188, 0191)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..fields import Evidence, Field, Found
from ..talk import Line, Talk
from ..words import pattern
from .acts import MATTER, Act, acts_of
from .matter import find_matter
from .money import in_figures
from .rewrite import rewritten
from .specify import specified
from .told import told

SOURCES = ("drafted", "asked", "rewritten", "usual", "told", "elsewhere")
"""The draft so far; the answer's acts and its rewritten clauses; the known matter; the agent; other lines."""
MARKS = ("doubtful", "told_after", "told_wanted")
"""A draft of little confidence; what the agent says after the answer, or says the citizen wants."""
DOUBTFUL = 0.5
_WANTED = "诉求|您(?:是|还)?(?:要|想|希望|要求|建议)|您的(?:意思|要求)"


@dataclass(frozen=True)
class Piece:
    """A clause that the demand may hold; ``late``: how far into the call it was said, from 0 to 1."""

    text: str
    source: str
    evidence: tuple[Evidence, ...]
    marks: tuple[str, ...] = ()
    late: float = 0.0


def pieces(talk: Talk, drafted: Field, answers: Sequence[Line], found: Found) -> list[Piece]:
    """Return the clauses at hand, those of the draft first."""
    doubt = ("doubtful",) if drafted.confidence <= DOUBTFUL else ()
    known = [
        Piece(text, "drafted", drafted.evidence, doubt)
        for text in dict.fromkeys(str(drafted.value).split("，"))
    ]
    for line in answers:
        known += _of_acts(specified(acts_of(line), talk, found), "asked")
        known += _of_acts((act for _, _, act in rewritten(line)), "rewritten")
    matter = find_matter(talk)
    if matter is not None:
        known.append(Piece(matter.demand, "usual", (matter.span.evidence,)))
    known += _in_other_lines(talk, {line.index for line in answers})
    return [piece for piece in known if piece.text]


def _in_other_lines(talk: Talk, answered: set[int]) -> Iterator[Piece]:
    """Give what the agent says is to be done, and what the citizen asks for unasked."""
    for place, line in enumerate(talk.lines):
        late = place / len(talk.lines)
        if line.speaker == "agent" and place:
            after = talk.lines[place - 1].index in answered
            wanted = pattern(_WANTED).search(line.plain.text) is not None
            marks = tuple(name for name, holds in zip(MARKS[1:], (after, wanted), strict=True) if holds)
            yield from _of_acts(told(line), "told", marks, late)
        elif line.speaker == "citizen" and line.index not in answered:
            yield from _of_acts((act for _, _, act in rewritten(line)), "elsewhere", (), late)
            yield from _of_acts(acts_of(line), "elsewhere", (), late)


def _of_acts(
    acts: Iterable[Act], source: str, marks: tuple[str, ...] = (), late: float = 0.0
) -> Iterator[Piece]:
    for act in acts:
        if MATTER not in act.text:
            yield Piece(in_figures(act.text), source, (act.evidence, *act.more), marks, late)
