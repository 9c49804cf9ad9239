"""How many calls may begin now, and under which of our numbers: the limits of lines. Pure.

Citizens who call come first: the robot leaves a trunk's reserve to them, counts everybody's calls, and begins
nothing while the queue is under pressure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...core.robot_settings import RobotTrunk

MOST_AT_ONCE = 50
"""Calls that one look may begin."""


@dataclass(frozen=True)
class Line:
    """One of our numbers on a trunk, and what it carries: the robot's calls now and in this day.

    ``…_elsewhere``: those of other nodes under the same number.
    """

    trunk: str
    number: str
    open: int = 0
    calls: int = 0
    open_elsewhere: int = 0
    calls_elsewhere: int = 0


@dataclass(frozen=True)
class Slot:
    """One call that may begin."""

    trunk: str
    number: str


def refilled(credit: float, passed_s: float, per_second: float) -> float:
    """Return the calls that may begin at once after a while; a full second's calls at most, 1 at least."""
    return min(max(per_second, 1.0), credit + max(passed_s, 0.0) * per_second)


def slots(
    trunks: Sequence[RobotTrunk],
    lines: Sequence[Line],
    credit: Mapping[str, float],
    in_use: Mapping[str, int],
    most: Mapping[str, int] | None = None,
) -> list[Slot]:
    """Return the calls that may begin now, over the trunks in turn, under the numbers that carry least.

    ``credit``: calls that may begin at once, by trunk; ``in_use``: everybody's calls on a trunk, the robot's
    among them; ``most``: calls of the robot that a trunk is limited to beyond its settings (it rests).
    """
    offers = [
        list(_of_trunk(trunk, [one for one in lines if one.trunk == trunk.name], credit, in_use, most or {}))
        for trunk in trunks
    ]
    found: list[Slot] = []
    while any(offers) and len(found) < MOST_AT_ONCE:
        found += [offer.pop(0) for offer in offers if offer]
    return found[:MOST_AT_ONCE]


def _of_trunk(
    trunk: RobotTrunk,
    lines: Sequence[Line],
    credit: Mapping[str, float],
    in_use: Mapping[str, int],
    most: Mapping[str, int],
) -> Iterator[Slot]:
    opened = sum(one.open for one in lines)
    free = min(trunk.lines, most.get(trunk.name, trunk.lines)) - opened
    if trunk.capacity is not None:
        free = min(free, trunk.capacity - trunk.reserve - max(in_use.get(trunk.name, 0), opened))
    free = min(free, int(credit.get(trunk.name, 0.0)), MOST_AT_ONCE)
    load = {one.number: (one.open + one.open_elsewhere, one.calls + one.calls_elsewhere) for one in lines}
    for _ in range(free):
        fit = [number for number, (now, day) in load.items() if _carries(trunk, now, day)]
        if not fit:
            return
        number = min(fit, key=lambda one: (*load[one], one))
        now, day = load[number]
        load[number] = (now + 1, day + 1)
        yield Slot(trunk.name, number)


def _carries(trunk: RobotTrunk, opened: int, calls: int) -> bool:
    within = trunk.number_lines is None or opened < trunk.number_lines
    return within and (trunk.number_per_day is None or calls < trunk.number_per_day)
