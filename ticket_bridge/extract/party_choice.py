"""The party that an expert is likely to have written (docs/adr/0190).

Every run of words of the call, what the rules found and nobody at all are weighed by a table counted from
labelled calls (``party_choice.json``); the one stands that is likely to be near to what an expert wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..fields import Evidence, FieldName, Found
from ..talk import Talk
from ..words import counted, pairs
from .choosing import Marks, chances
from .party_candidates import Candidate
from .party_spans import Run, noun_of, runs

RANKS, LIKELY = 6, 25
"""So many of the rules' candidates, and so many of the likeliest, are looked at."""
ALIKE_FROM, ALIKE_TO = 0.4, 0.7
"""A name that shares less with another is no help in its place; one that shares more is as good."""
MARGIN = 0.2
"""So much likelier than the rules' answer must another be."""


@dataclass(frozen=True)
class Choice:
    """A possible party, or nobody (an empty name), with its marks and the words behind it."""

    name: str
    marks: tuple[Marks, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class _Known:
    """What rules and other fields tell of the call."""

    kind: str
    domain: str
    place: str
    best: str
    sure: str
    ranks: Mapping[str, tuple[int, int]]


def likeliest(
    choices: Sequence[Choice], ruled: str, weights: Mapping[str, float] | None = None
) -> tuple[Choice, float]:
    """Return the choice that is likely to be usable, and how likely; the rules' unless another is likelier.

    ``ruled``: the one of the choices that the rules name; ``weights``: another table than the one that is
    shipped, for measuring.
    """
    known = chances(choices, counted("party_choice")["weights"] if weights is None else weights)
    by_name: dict[str, float] = {}
    for one, chance in zip(choices, known, strict=True):
        by_name[one.name] = by_name.get(one.name, 0.0) + chance
    best = sorted(by_name.items(), key=lambda pair: -pair[1])[:LIKELY]
    names = sorted({ruled, *(name for name, _ in best)})
    worth = {name: sum(chance * _alike(name, other) for other, chance in best) for name in names}
    name = max(names, key=lambda one: worth[one])
    name = ruled if worth[name] - worth[ruled] < MARGIN else name
    return next(one for one in choices if one.name == name), worth[name]


def _alike(name: str, other: str) -> float:
    """Return how well one name stands for another: F1 of their pairs of characters, sharpened."""
    if name == other:
        return 1.0
    mine, real = pairs(name), pairs(other)
    shared = 2 * len(mine.keys() & real.keys()) / max(len(mine) + len(real), 1)
    return min(max((shared - ALIKE_FROM) / (ALIKE_TO - ALIKE_FROM), 0.0), 1.0)


def choices_of(
    talk: Talk, found: Found, ruled: Candidate | None, candidates: Sequence[Candidate]
) -> list[Choice]:
    """Return every possible party; ``ruled``: the one that the rules name, among ``candidates``."""
    ordered = sorted(candidates, key=lambda one: -one.weight)
    ranks: dict[str, tuple[int, int]] = {}
    for one in ordered:
        ranks.setdefault(one.name, (min(len(ranks), RANKS), _half(one.weight)))
    known = _Known(
        kind=_value(found, FieldName.KIND),
        domain=_value(found, FieldName.DOMAIN),
        place=_value(found, FieldName.PLACE),
        best="" if ruled is None else ruled.name,
        sure="none" if ruled is None else str(max(_half(ruled.weight), 0)),
        ranks=ranks,
    )
    made = [Choice("", (_of_nobody(known, joined=FieldName.EMERGENCY_LINE in found),), ())]
    made += _of_runs(list(runs(talk)), known)
    names = {one.name for one in made}
    for one in (*(() if ruled is None else (ruled,)), *ordered[:RANKS]):
        if one.name not in names:
            names.add(one.name)
            made.append(Choice(one.name, (("made",), _ruled(one.name, known)), one.evidence))
    return made


def _value(found: Found, name: FieldName) -> str:
    return str(found[name].value) if name in found else ""


def _half(weight: float) -> int:
    return min(max(int(weight * 2), -2), 12)


def _of_nobody(known: _Known, *, joined: bool) -> Marks:
    many = min(len(known.ranks), 5)
    return (
        "0",
        f"0 {known.kind}",
        f"0 sure {known.sure}",
        f"0 {known.kind} {known.sure}",
        f"0 many {many}",
        f"0 line {joined}",
        f"0 {known.kind} {known.domain}",
        f"0 {known.kind} many {many}",
    )


def _of_runs(said: Sequence[Run], known: _Known) -> Iterator[Choice]:
    """Mark each run by the longer ones around it and by its order among those of its kind."""
    begins: dict[tuple[int, int], list[int]] = {}
    ends: dict[tuple[int, int], list[int]] = {}
    orders: dict[str, dict[tuple[int, int], int]] = {}
    for run in said:
        line, begin, end = run.at
        begins.setdefault((line, begin), []).append(end)
        ends.setdefault((line, end), []).append(begin)
        order = orders.setdefault(noun_of(run.text)[0], {})
        order.setdefault((line, end), len(order))
    for run in said:
        line, begin, end = run.at
        kind = noun_of(run.text)[0]
        right = min(sum(other > end for other in begins[line, begin]), 2)
        left = min(sum(other < begin for other in ends[line, end]), 2)
        order = orders[kind]
        rank = min(order[line, end], 4)
        near = (
            f"xl {left} {kind}",
            f"xr {right} {kind}",
            f"x {left}{right}",
            f"i {kind} {rank}",
            f"i {kind} {rank} of {min(len(order), 4)}",
        )
        yield Choice(run.text, (*run.marks, _ruled(run.text, known), near), run.evidence)


def _ruled(name: str, known: _Known) -> Marks:
    """Give the marks of what the rules and the other fields tell of a name."""
    kind, noun = noun_of(name)
    told = [
        f"K {known.kind} {kind}",
        f"D {known.domain} {kind}",
        f"K {known.kind} {noun}",
        f"T {min(len(name), 12)}",
    ]
    best, more = known.best, abs(len(name) - len(known.best))
    if not best:
        told.append("R none")
    elif name == best:
        told += ["R same", f"R same {known.sure}", f"R same {known.kind}", f"R same {kind}"]
        told.append(f"R same {known.kind} {kind}")
    elif name in best or best in name:
        part = "in" if name in best else "holds"
        told += [f"R {part}", f"R {part} {kind}", f"R {part} {min(more, 6)}"]
    else:
        told += ["R other", f"R other {known.sure}"]
    if name in known.ranks:
        rank, weight = known.ranks[name]
        told += ["C", f"C rank {rank}", f"C weight {weight}"]
    elif any(one in name for one in known.ranks):
        told.append("C holds")
    elif any(name in one for one in known.ranks):
        told.append("C in")
    if known.place:
        part = "P in" if name in known.place else "P out"
        told += [part, f"{part} {kind}"]
    return tuple(told)
