"""What happens in each run of the trial of three-way calls, and what must come of it; all from a seed. Pure.

A run is one citizen's call: an agent answers and calls a third line in, something fails. Runs go side by side
in waves; a wave may have an event that strikes all its rooms at once: the service is killed and comes back
later, or its lines to the switch are cut.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

Way = Literal["answer", "busy", "503", "ring", "silent"]
Who = Literal["", "line", "agent", "citizen"]
When = Literal["", "ringing", "joined"]
Event = Literal["", "kill", "cut"]

WHYS: dict[Way, str] = {"busy": "busy", "503": "congestion", "ring": "noanswer", "silent": "unreachable"}
"""Why a route failed, by what its telephone does."""
RING_SECONDS = 5
FAULTS = ("none", "busy", "503", "ring", "silent", "line", "agent", "citizen")
_WEIGHTS = (2, 3, 3, 3, 2, 4, 6, 5)
EVENTS: tuple[Event, ...] = ("kill", "cut", "", "kill")


@dataclass(frozen=True)
class Plan:
    """One run. Times are seconds: from the talk's beginning, from ringing or joining."""

    seed: int
    number: int
    fault: str
    how: Literal["key", "api"]
    mode: Literal["direct", "consult"]
    ways: tuple[Way, Way]
    hangs_up: Who
    when: When
    begins_s: float
    asks_s: float
    rings_s: float
    stays_s: float
    late_s: float
    """How long after ringing, or after joining, somebody hangs up."""


@dataclass(frozen=True)
class Wave:
    """Runs side by side; ``at_s`` and ``back_s`` are when the event comes, and the service after it."""

    number: int
    runs: tuple[Plan, ...]
    event: Event
    at_s: float
    back_s: float


@dataclass(frozen=True)
class Expected:
    """What must come of a run without a wave's event. ``whys`` are those of the routes that failed.

    ``answered`` is None where either is right: the agent leaves a consultation while the line rings, and
    the citizen goes to whoever is there first, the line or the next agent.
    """

    routes: int
    whys: tuple[str, ...]
    answered: bool | None

    @property
    def states(self) -> set[str]:
        """In which states the line may end."""
        return {"left", "failed"} if self.answered is None else {"left" if self.answered else "failed"}


def waves(seed: int, runs: int, at_once: int) -> list[Wave]:
    """Return the waves of so many runs."""
    found: list[Wave] = []
    for number in range(-(-runs // at_once)):
        rng = random.Random(f"wave {seed} {number}")  # noqa: S311  # a seed makes a failure repeatable
        event = EVENTS[(seed + number) % len(EVENTS)]
        numbers = range(number * at_once, min((number + 1) * at_once, runs))
        at_s = round(rng.uniform(1.0, 7.0), 3)
        back_s = round(at_s + rng.uniform(0.2, 6.0), 3)
        found.append(Wave(number, tuple(plan(seed, one) for one in numbers), event, at_s, back_s))
    return found


def plan(seed: int, number: int) -> Plan:
    """Return one run; it is the same however many others there are."""
    rng = random.Random(f"run {seed} {number}")  # noqa: S311  # as above
    (fault,) = rng.choices(FAULTS, _WEIGHTS)
    mode, how = rng.choice((("direct", "key"), ("direct", "api"), ("consult", "api")))
    who: Who = fault if fault in ("line", "agent", "citizen") else ""
    when: When = "" if not who else "joined" if who == "line" else rng.choice(("ringing", "joined"))
    first: Way = fault if fault in WHYS else "answer"
    second: Way = first if rng.random() < 0.4 else "answer"
    return Plan(
        *(seed, number, fault, how, mode, (first, second), who, when),
        begins_s=round(rng.uniform(0, 1.0), 3),
        asks_s=round(rng.uniform(0.5, 2.0), 3),
        rings_s=round(rng.uniform(1.5, 3.0) if when == "ringing" else rng.uniform(0.1, 1.5), 3),
        stays_s=round(rng.uniform(2.0, 3.0), 3),
        late_s=round(rng.uniform(0.0, 0.8), 3),
    )


def expected(run: Plan) -> Expected:
    """Return what must come of a run."""
    whys = tuple(WHYS[way] for way in run.ways if way != "answer")
    if run.ways[0] == "answer":
        whys = ()
    if run.when == "ringing":
        return Expected(1, (), _answers_whoever_left(run))
    return Expected(1 if run.ways[0] == "answer" else 2, whys, "answer" in run.ways)


def _answers_whoever_left(run: Plan) -> bool | None:
    if run.hangs_up == "citizen":
        return False
    return True if run.mode == "direct" else None
