"""Figures as plain values for API, wall and reports: each with its definition's id and version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..core.clock import from_us
from .definitions import WITHIN_US, Definition
from .figure_book import FigureBook, Reading
from .states import AgentState
from .tally import Figure

NEAR_US = 10_000_000
"""A wait over 10 s is about to break the limit of 15 s."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A citizen who waits for a human: since t1, now in ``queue``."""

    since_us: int
    queue: str


@dataclass(frozen=True, slots=True)
class QueueView:
    """A queue as it is shown; ``agents`` are the numbers of those who come to it by signing in."""

    name: str
    label: str
    agents: frozenset[str]


def iso(moment_us: int) -> str:
    """Return a moment as ISO 8601 in UTC, with milliseconds."""
    return from_us(moment_us).isoformat(timespec="milliseconds")


def figure_json(figure: Figure, definition: Definition) -> dict[str, object]:
    """Return one figure with what it was divided from and its definition."""
    found: dict[str, object] = {"value": figure.value}
    if figure.numerator is not None and figure.denominator is not None:
        found |= {"numerator": figure.numerator, "denominator": figure.denominator}
    found |= {"definition": definition.id, "version": definition.version, "unit": definition.unit}
    return found if definition.limit is None else {**found, "limit": definition.limit}


def reading_json(
    reading: Reading, definitions: Mapping[str, Definition], short_us: int
) -> dict[str, dict[str, object]]:
    """Return every figure of a reading by its id, in the order of the definitions."""
    found = {name: figure_json(reading.figures[name], definition) for name, definition in definitions.items()}
    found["connect_rate_24h_min"]["at"] = (
        iso(reading.lowest_at_us) if reading.lowest_at_us is not None else None
    )
    found["abandon_rate"]["short"] = {"count": reading.short_abandoned, "threshold_ms": short_us // 1000}
    return found


def waiting_json(waiting: Iterable[Waiting], now_us: int) -> dict[str, object]:
    """Return how many wait, and for how long at most."""
    waits = [max(now_us - one.since_us, 0) for one in waiting]
    return {
        "waiting": len(waits),
        "longest_wait_ms": max(waits) // 1000 if waits else None,
        "waiting_over_10s": sum(wait > NEAR_US for wait in waits),
        "waiting_over_15s": sum(wait > WITHIN_US for wait in waits),
    }


def agents_json(agents: Iterable[AgentState]) -> dict[str, int]:
    """Return how many agents are in each kind of state."""
    return dict(Counter(agent.kind.value for agent in agents))


def live_json(
    book: FigureBook,
    definitions: Mapping[str, Definition],
    waiting: Sequence[Waiting],
    queues: Sequence[QueueView],
    agents: Sequence[AgentState],
) -> dict[str, object]:
    """Return the state of this moment, to which the book was brought; see docs/figures.md for its shape."""
    now_us = book.now_us
    day, today = book.read("all"), book.read("all", "day")
    headline = {
        "sl15_offered": figure_json(day.figures["sl15_offered"], definitions["sl15_offered"]),
        "connect_rate_24h": figure_json(day.figures["connect_rate_24h"], definitions["connect_rate_24h"]),
        "connect_rate_24h_min_today": {
            **figure_json(today.figures["connect_rate_24h_min"], definitions["connect_rate_24h_min"]),
            "at": iso(today.lowest_at_us) if today.lowest_at_us is not None else None,
        },
    }
    return {
        "at": iso(now_us),
        "queues": [
            {
                "queue": queue.name,
                "label": queue.label,
                **waiting_json([one for one in waiting if one.queue == queue.name], now_us),
                "agents": agents_json(agent for agent in agents if _is_of(agent, queue)),
            }
            for queue in queues
        ],
        "total": {**waiting_json(waiting, now_us), "agents": agents_json(agents)},
        **headline,
        "agents": [agent.as_json() for agent in agents],
        "curve": curve_json(book),
    }


def _is_of(agent: AgentState, queue: QueueView) -> bool:
    """Tell whether an agent counts for a queue: one who is signed in is where it is, maybe moved."""
    return queue.name in agent.queues if agent.queues else agent.number in queue.agents


def curve_json(book: FigureBook) -> list[dict[str, object]]:
    """Return the last 24 h by quarters of an hour, oldest first; ``at`` is the quarter's begin."""
    now_us = book.now_us
    return [
        {
            "at": iso(begin),
            "offered": tally.offered,
            "answered": tally.outcomes["answered"],
            "sl15_offered": tally.within_rate(now_us).value,
            "connect_rate_24h": rate.value,
        }
        for begin, tally, rate in book.curve()
    ]
