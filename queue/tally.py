"""Sums over a set of calls, from which every figure is read: adding, removing and reading take constant time.

Pure and exact: integers in, integers kept; a share is divided only when it is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from .definitions import LEVELS, OUTCOMES, WITHIN_US
from .figure_calls import FigureCall
from .wait_order import WaitOrder, percentiles

Value = float | int | dict[str, int]


class Figure(NamedTuple):
    """A figure's value with what it was divided from; None is "of nothing", never 0 or 100 %.

    Shares are between 0 and 1, durations in milliseconds with three decimals (microseconds).
    """

    value: Value | None
    numerator: int | None = None
    denominator: int | None = None


class Tally:
    """A set of calls as sums. Calls without t1 are in no figure: adding them changes nothing.

    ``connect_rate_24h`` is that of the calls in the tally: whoever fills it sees to the 24 h. A tally has
    no course in time, so it has no ``connect_rate_24h_min``; see ``lowest_rate``.
    """

    __slots__ = (
        "_waiting",
        "asked",
        "citizen_count",
        "citizen_us",
        "connected",
        "evaluations",
        "human_us",
        "offered",
        "outcomes",
        "short_abandoned",
        "short_us",
        "waits",
        "within",
    )

    def __init__(self, calls: Iterable[FigureCall] = (), *, short_us: int = 5_000_000) -> None:
        self.short_us = short_us
        """Abandons up to this wait are shown apart too; they stay in ``abandon_rate``."""
        self.offered = 0
        self.outcomes: Counter[str] = Counter()
        self.connected = 0
        self.within = 0
        self.short_abandoned = 0
        self.human_us = 0
        self.citizen_us = 0
        self.citizen_count = 0
        self.asked = 0
        """Calls at whose end an evaluation was asked for."""
        self.evaluations: Counter[str] = Counter()
        self.waits = WaitOrder()
        self._waiting: dict[str, int] = {}
        for call in calls:
            self.add(call)

    def add(self, call: FigureCall) -> None:
        """Add a call that is not in it."""
        if self._count(call, 1) and (wait := call.wait_human_us) is not None:
            self.waits.add(wait)

    def remove(self, call: FigureCall) -> None:
        """Remove a call that was added exactly like this."""
        if self._count(call, -1) and (wait := call.wait_human_us) is not None:
            self.waits.remove(wait)

    def _count(self, call: FigureCall, sign: int) -> bool:
        asked = call.t1_us
        if asked is None:
            return False
        self.offered += sign
        outcome = call.outcome
        if outcome is None:
            if call.is_waiting:
                if sign > 0:
                    self._waiting[call.id] = asked
                else:
                    del self._waiting[call.id]
            return False
        self.outcomes[outcome] += sign
        if call.is_connected:
            self.connected += sign
        if call.was_asked:
            self._count_evaluation(call, sign)
        if outcome == "answered":
            if (wait := call.wait_human_us) is not None:
                self.human_us += sign * wait
                if wait <= WITHIN_US:
                    self.within += sign
            if (wait := call.wait_citizen_us) is not None:
                self.citizen_us += sign * wait
                self.citizen_count += sign
        elif outcome == "abandoned" and call.t5_us is not None and call.t5_us - asked <= self.short_us:
            self.short_abandoned += sign
        return True

    def _count_evaluation(self, call: FigureCall, sign: int) -> None:
        self.asked += sign
        if call.evaluation is not None:
            self.evaluations[call.evaluation] += sign

    @classmethod
    def union(cls, tallies: Sequence[Tally]) -> Tally:
        """Return a new tally of the calls of all; they must be different ones."""
        found = cls(short_us=tallies[0].short_us) if tallies else cls()
        for one in tallies:
            found.offered += one.offered
            found.outcomes.update(one.outcomes)
            found.connected += one.connected
            found.within += one.within
            found.short_abandoned += one.short_abandoned
            found.human_us += one.human_us
            found.citizen_us += one.citizen_us
            found.citizen_count += one.citizen_count
            found.asked += one.asked
            found.evaluations.update(one.evaluations)
            found._waiting.update(one._waiting)
        found.waits = WaitOrder.union(one.waits for one in tallies)
        return found

    def connect_rate(self) -> Figure:
        """Return the share of the decided calls that reached a human."""
        return share(self.connected, self.outcomes.total())

    def within_rate(self, now_us: int) -> Figure:
        """Return the share of the requests that were answered within 15 s, as of now."""
        late = sum(now_us - asked > WITHIN_US for asked in self._waiting.values())
        return share(self.within, self.outcomes.total() + late)

    @property
    def is_empty(self) -> bool:
        """Whether no offered call is in it."""
        return self.offered == 0

    def waiting_since(self) -> Iterable[int]:
        """Return t1 of every call that still waits."""
        return self._waiting.values()

    def read(self, now_us: int) -> dict[str, Figure]:
        """Return every figure with what it was divided from, as of now."""
        return read([self], now_us)

    def figures(self, now_us: int) -> dict[str, Value | None]:
        """Return the value of every figure but ``connect_rate_24h_min``, as of now."""
        return {name: figure.value for name, figure in self.read(now_us).items()}


def read(tallies: Sequence[Tally], now_us: int) -> dict[str, Figure]:
    """Return every figure over tallies whose calls are different ones (the days of a month), as one set."""
    outcomes: Counter[str] = Counter()
    evaluations: Counter[str] = Counter()
    for tally in tallies:
        outcomes.update(tally.outcomes)
        evaluations.update(tally.evaluations)
    offered = sum(tally.offered for tally in tallies)
    decided = outcomes.total()
    answered = outcomes["answered"]
    within = sum(tally.within for tally in tallies)
    waited = [max(now_us - asked, 0) for tally in tallies for asked in tally.waiting_since()]
    late = sum(wait > WITHIN_US for wait in waited)
    orders = [tally.waits for tally in tallies if tally.waits.count]
    count = sum(order.count for order in orders)
    human = _mean(sum(tally.human_us for tally in tallies), count)
    half, most, last = percentiles(orders, 50, 95, 100)
    longest = max((wait for wait in (last, *waited) if wait is not None), default=None)
    return {
        "wait_human": human,
        "wait_citizen": _mean(
            sum(tally.citizen_us for tally in tallies), sum(tally.citizen_count for tally in tallies)
        ),
        "offered": Figure(offered),
        "outcome": Figure(_by(outcomes, OUTCOMES) if offered else None),
        "sl15_offered": share(within, decided + late),
        "sl15_answered": share(within, answered),
        "connect_rate_24h": share(sum(tally.connected for tally in tallies), decided),
        "asa": human,
        "wait_max": _ms(longest),
        "wait_p50": _ms(half),
        "wait_p95": _ms(most),
        "abandon_rate": share(outcomes["abandoned"], offered),
        "evaluation": Figure(_by(evaluations, LEVELS) if evaluations.total() else None),
        "evaluation_rate": share(evaluations.total(), sum(tally.asked for tally in tallies)),
    }


def share(numerator: int, denominator: int) -> Figure:
    """Return a share; of nothing it is None."""
    return Figure(numerator / denominator if denominator else None, numerator, denominator)


def _mean(total_us: int, count: int) -> Figure:
    """Return a mean in milliseconds; its numerator is in microseconds."""
    return Figure(round(total_us / count) / 1000 if count else None, total_us, count)


def _ms(wait_us: int | None) -> Figure:
    return Figure(None if wait_us is None else wait_us / 1000)


def _by(counts: Mapping[str, int], names: Iterable[str]) -> dict[str, int]:
    """Return the count of every name; one that these definitions do not know is shown all the same."""
    known = {name: counts.get(name, 0) for name in names}
    return {**known, **{name: n for name, n in counts.items() if n and name not in known}}
