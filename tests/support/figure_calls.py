"""Invented calls for the figures, and the figures by their definitions' plain words, without any of ours."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import ceil

from hypothesis import strategies as st

from hotline.queue.definitions import LEVELS, OUTCOMES
from hotline.queue.figure_calls import FigureCall

SECOND = 1_000_000
DAY = 86_400 * SECOND
NOW = 1_795_320_000 * SECOND
"""12:00 on a Sunday in China."""

EDGES = (0, 14_999_000, 14_999_999, 15_000_000, 15_000_001, 15_001_000)


def call(
    name: str,
    t1_us: int | None,
    outcome: str | None = "answered",
    *,
    wait_us: int = 9 * SECOND,
    queue: str = "main",
    agent: str = "1001",
    callback_answered_us: int | None = None,
    ended: bool = True,
    said: str | None = None,
) -> FigureCall:
    """A call with t1 that was decided ``wait_us`` later; ``said``: the evaluation, "" when none was given."""
    begun = t1_us if t1_us is not None else NOW
    answered = outcome == "answered"
    return FigureCall(
        id=name,
        node="node1",
        queue=queue,
        agent=agent if answered else "",
        t0_us=begun - 7 * SECOND,
        t1_us=t1_us,
        t2_us=t1_us,
        t3_us=begun + wait_us if answered else None,
        t4_us=None,
        t5_us=begun + wait_us + (60 * SECOND if answered else 0) if outcome is not None and ended else None,
        outcome=outcome,
        apart=None if t1_us is not None else "ended_in_menu",
        callback_answered_us=callback_answered_us,
        was_asked=said is not None,
        evaluation=said or None,
    )


def moments(now: int) -> st.SearchStrategy[int]:
    """Moments at and around every edge that a figure has."""
    edges = [now, now - DAY, now - 2 * DAY, now - now % (900 * SECOND), now - now % DAY - 8 * 3600 * SECOND]
    return st.one_of(
        st.builds(lambda edge, by: edge + by, st.sampled_from(edges), st.integers(-2, 2)),
        st.integers(now - 50 * 3600 * SECOND, now + SECOND),
        st.integers(now - 40 * DAY, now),
    )


def calls(now: int) -> st.SearchStrategy[FigureCall]:
    """Calls of few ids, so that most of them replace another."""
    return st.builds(
        call,
        st.integers(0, 15).map(str),
        st.one_of(st.none(), moments(now), moments(now), moments(now)),
        st.sampled_from([None, "answered", "answered", "answered", *OUTCOMES]),
        wait_us=st.one_of(st.sampled_from(EDGES), st.integers(0, 4 * 3600 * SECOND)),
        queue=st.sampled_from(["main", "other", ""]),
        agent=st.sampled_from(["1001", "1002", "2001"]),
        callback_answered_us=st.sampled_from([None, now]),
        said=st.sampled_from([None, "", *LEVELS]),
    )


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def _rate(found: list[FigureCall], moment: int) -> Fraction | None:
    inside = [one for one in found if one.outcome and moment - DAY < one.t1_us <= moment]
    reached = sum(
        one.outcome == "answered"
        or (one.outcome == "callback_accepted" and one.callback_answered_us is not None)
        for one in inside
    )
    return _share(reached, len(inside))


def lowest(every: Iterable[FigureCall], since: int, last: int) -> tuple[Fraction, int] | None:
    """The least rate at any moment that matters of [since, last], and the first such moment."""
    found = [one for one in every if one.t1_us is not None]
    at = {since, *(one.t1_us for one in found), *(one.t1_us + DAY for one in found)}
    rates = [(rate, one) for one in at if since <= one <= last and (rate := _rate(found, one)) is not None]
    return min(rates, default=None)


def plain_figures(
    every: Iterable[FigureCall], since: int, now: int, until: int | None = None
) -> dict[str, object]:
    """Every figure of the calls with t1 in [since, until), as of now, read off metrics.md."""
    everything = [one for one in every if one.t1_us is not None]
    offered = [one for one in everything if since <= one.t1_us < (now + 1 if until is None else until)]
    answered = [one for one in offered if one.outcome == "answered"]
    decided = [one for one in offered if one.outcome is not None]
    waits = sorted(one.t3_us - one.t1_us for one in answered)
    waiting = [max(now - one.t1_us, 0) for one in offered if one.outcome is None and one.t5_us is None]
    within = sum(wait <= 15_000_000 for wait in waits)
    missed = sum(wait > 15_000_000 for wait in waiting)
    said = [one.evaluation for one in decided if one.was_asked and one.evaluation]
    least = lowest(everything, since, now)
    return {
        "offered": len(offered),
        "outcome": {name: sum(one.outcome == name for one in offered) for name in OUTCOMES}
        if offered
        else None,
        "sl15_offered": _share(within, len(decided) + missed),
        "sl15_answered": _share(within, len(answered)),
        "connect_rate_24h": _rate(everything, now),
        "connect_rate_24h_min": least and least[0],
        "connect_rate_24h_min_at": least and least[1],
        "asa": round(Fraction(sum(waits), len(waits))) if waits else None,
        "wait_citizen": round(Fraction(sum(one.t3_us - one.t0_us for one in answered), len(answered)))
        if answered
        else None,
        "wait_max": max([*waits, *waiting], default=None),
        "wait_p50": waits[ceil(Fraction(50 * len(waits), 100)) - 1] if waits else None,
        "wait_p95": waits[ceil(Fraction(95 * len(waits), 100)) - 1] if waits else None,
        "abandon_rate": _share(sum(one.outcome == "abandoned" for one in offered), len(offered)),
        "evaluation": {name: said.count(name) for name in LEVELS} if said else None,
        "evaluation_rate": _share(len(said), sum(one.was_asked for one in decided)),
    }
