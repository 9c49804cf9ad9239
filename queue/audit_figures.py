"""Makes every figure twice, from the stored calls and from the journal's, and compares them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..core.clock import from_us
from .figure_calls import FigureCall
from .lowest_rate import RatePath
from .tally import Tally

WHOLE, AGENT = "all", "agent:"


class FigureDifference(NamedTuple):
    """One figure that differs; ``scope`` is ``all``, ``queue:NAME`` or ``agent:NUMBER``."""

    scope: str
    figure: str
    stored: str | None
    journal: str | None


class Figures:
    """The figures of one side, per scope. ``connect_rate_24h`` is that of all calls of the period."""

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}
        self._rates: dict[str, RatePath] = {}
        self._span: tuple[int, int] | None = None

    def add(self, call: FigureCall) -> None:
        """Add a call."""
        for scope in _scopes(call):
            self._tallies.setdefault(scope, Tally()).add(call)
            if call.t1_us is not None and call.outcome is not None and not scope.startswith(AGENT):
                rates = self._rates.setdefault(scope, RatePath())
                rates.add(call.t1_us, connected=call.is_connected)
        if call.t1_us is not None:
            begin, end = self._span or (call.t1_us, call.t1_us)
            self._span = min(begin, call.t1_us), max(end, call.t1_us)

    def read(self, now_us: int) -> dict[tuple[str, str], str | None]:
        """Return every figure as text by scope and id."""
        found: dict[tuple[str, str], str | None] = {}
        for scope, tally in self._tallies.items():
            for name, figure in tally.read(now_us).items():
                found[scope, name] = _text(figure.value, figure.numerator, figure.denominator)
        for scope, rates in self._rates.items():
            lowest = rates.lowest(*self._span) if self._span else None
            if lowest is not None:
                rate = _text(lowest.numerator / lowest.denominator, lowest.numerator, lowest.denominator)
                found[scope, "connect_rate_24h_min"] = f"{rate} {from_us(lowest.at_us).isoformat()}"
        return found


def compare_figures(stored: Figures, journal: Figures, now_us: int) -> list[FigureDifference]:
    """Return every figure that is not the same on both sides, the whole hotline's first."""
    have, want = stored.read(now_us), journal.read(now_us)
    return [
        FigureDifference(scope, name, have.get((scope, name)), want.get((scope, name)))
        for scope, name in sorted({*have, *want}, key=lambda key: (key[0] != WHOLE, key))
        if have.get((scope, name)) != want.get((scope, name))
    ]


def _scopes(call: FigureCall) -> Iterator[str]:
    yield WHOLE
    if call.queue:
        yield f"queue:{call.queue}"
    if call.agent:
        yield f"{AGENT}{call.agent}"


def _text(value: object, numerator: int | None, denominator: int | None) -> str | None:
    if value is None:
        return None
    text = f"{value:.9g}" if isinstance(value, float) else str(value)
    return text if denominator is None else f"{text} ({numerator}/{denominator})"
