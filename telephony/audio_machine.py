"""What is done next for each leg that is heard live: ``(state, event, now) -> (state, commands)``. Pure.

A leg is *admitted* when somebody takes its sound, *attached* while the switch streams it. A stream that
ends or falls silent is attached again, later each time; at most ``MOST_AT_ONCE`` are being attached at a
time, so that a service that comes back in the middle of a day does not flood the switch. Times are seconds of
any clock.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from .audio_ports import LegOfCall

ADMISSION_S = 1.0
"""A leg that was not admitted is asked for again after so long: a machine is often full for a moment."""
ATTACH_S = 5.0
"""A stream that is not there by then has failed; its secret is worth nothing any more."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 15.0
"""Before a stream is attached again, doubling. The first leaves the switch time to take the old one away."""
STEADY_S = 10.0
"""A stream that gave sound for so long had no fault of its own: the next pause is the first one again."""
SILENT_S, LONGEST_SILENT_S = 5.0, 60.0
"""A stream without a frame for so long is made anew, doubling: it may be stuck, or the telephone on hold."""
APART_S = 2.0
"""A leg may be away from the citizen for so long, on the way into a room, before its stream ends."""
MOST_AT_ONCE = 16


class State(StrEnum):
    """Where a leg stands."""

    NEW = "new"
    REFUSED = "refused"
    """Not admitted; asked again at ``due``."""
    PAUSED = "paused"
    """Admitted and to be attached from ``due`` on."""
    ATTACHING = "attaching"
    UP = "up"
    APART = "apart"
    """Admitted, not with the citizen now: no stream."""


@dataclass(frozen=True)
class Ask:
    """Ask whether somebody takes this leg's sound; answer by ``admitted`` or ``refused``."""

    leg: LegOfCall


@dataclass(frozen=True)
class Attach:
    """Have the switch stream this leg; answer by ``up`` or ``down``."""

    leg: LegOfCall


@dataclass(frozen=True)
class Detach:
    """End this leg's stream, or the wait for it."""

    leg: LegOfCall


@dataclass(frozen=True)
class Close:
    """Nothing more comes of this leg; ``was_admitted`` tells whether somebody took it."""

    leg: LegOfCall
    was_admitted: bool


Command = Ask | Attach | Detach | Close


@dataclass(slots=True)
class Ear:
    """One leg. ``due`` is when the state changes by itself; ``tries`` counts failures in a row."""

    leg: LegOfCall
    due: float
    state: State = State.NEW
    tries: int = 0
    since: float = 0.0
    last_frame: float = 0.0
    silences: int = 0
    apart_since: float | None = None

    @property
    def is_admitted(self) -> bool:
        """Whether somebody takes its sound."""
        return self.state not in (State.NEW, State.REFUSED)

    @property
    def silent_limit_s(self) -> float:
        """How long a stream may be without a frame."""
        return min(SILENT_S * 2**self.silences, LONGEST_SILENT_S)

    def pause(self, now: float, *, steady: bool = False) -> None:
        """Wait before the next stream, longer each time unless the last one was ``steady``."""
        self.tries = 1 if steady else min(self.tries + 1, 30)
        self.due = now + min(FIRST_PAUSE_S * 2 ** (self.tries - 1), LONGEST_PAUSE_S)
        self.state = State.PAUSED


class Ears:
    """All legs of a node. Every method returns at once; ``see``, ``tick`` and ``end`` tell what to do."""

    def __init__(self) -> None:
        self._ears: dict[str, Ear] = {}

    def __len__(self) -> int:
        return len(self._ears)

    def count(self, state: State) -> int:
        """Return how many legs are in a state."""
        return sum(ear.state is state for ear in self._ears.values())

    def state(self, leg: str) -> State | None:
        """Return where a leg stands; None when it is not known."""
        ear = self._ears.get(leg)
        return ear and ear.state

    def see(self, wanted: Mapping[str, LegOfCall], alive: Collection[str], now: float) -> list[Command]:
        """Take in who is to be heard now, by leg, and which other legs may come back to the citizen."""
        commands: list[Command] = []
        for leg_id, ear in list(self._ears.items()):
            if leg_id in wanted:
                ear.apart_since = None
            elif leg_id not in alive:
                commands += self._forget(ear)
            elif ear.apart_since is None:
                ear.apart_since = now
        for leg_id, leg in wanted.items():
            if leg_id not in self._ears:
                self._ears[leg_id] = Ear(leg, now)
        return commands

    def tick(self, now: float) -> list[Command]:
        """Return what time has brought about."""
        commands: list[Command] = []
        room = MOST_AT_ONCE - self.count(State.ATTACHING)
        for ear in self._ears.values():
            command = _next(ear, now, may_attach=room > 0)
            if command is not None:
                room -= isinstance(command, Attach)
                commands.append(command)
        return commands

    def admitted(self, leg: str, now: float) -> None:
        """Note that somebody takes this leg's sound."""
        if (ear := self._ears.get(leg)) is not None:
            ear.state, ear.due = State.PAUSED, now

    def refused(self, leg: str, now: float) -> None:
        """Note that nobody takes it now."""
        if (ear := self._ears.get(leg)) is not None:
            ear.state, ear.due = State.REFUSED, now + ADMISSION_S

    def up(self, leg: str, now: float) -> None:
        """Note that the switch has begun to stream."""
        ear = self._ears.get(leg)
        if ear is not None and ear.state is State.ATTACHING:
            ear.state, ear.since, ear.last_frame = State.UP, now, now

    def frame(self, leg: str, now: float) -> None:
        """Note that sound has come."""
        if (ear := self._ears.get(leg)) is not None:
            ear.last_frame, ear.silences = now, 0

    def down(self, leg: str, now: float) -> None:
        """Note that the stream has ended, or could not be made."""
        ear = self._ears.get(leg)
        if ear is not None and ear.state in (State.ATTACHING, State.UP):
            ear.pause(now, steady=ear.state is State.UP and ear.last_frame - ear.since >= STEADY_S)

    def end(self) -> list[Command]:
        """Forget every leg."""
        return [command for ear in list(self._ears.values()) for command in self._forget(ear)]

    def _forget(self, ear: Ear) -> list[Command]:
        del self._ears[ear.leg.leg]
        streams = ear.state in (State.ATTACHING, State.UP)
        detach: list[Command] = [Detach(ear.leg)] if streams else []
        return [*detach, Close(ear.leg, ear.is_admitted)]


def _next(ear: Ear, now: float, *, may_attach: bool) -> Command | None:
    """Move one leg on; return what is to be done for it."""
    apart = ear.apart_since is not None
    command: Command | None = None
    if ear.state is State.APART and not apart:
        ear.state, ear.due, ear.tries, ear.silences = State.PAUSED, now, 0, 0
    match ear.state:
        case State.NEW | State.REFUSED if not apart and now >= ear.due:
            ear.due, command = now + ADMISSION_S, Ask(ear.leg)
        case State.PAUSED if apart:
            ear.state = State.APART
        case State.PAUSED if now >= ear.due and may_attach:
            ear.state, ear.due, command = State.ATTACHING, now + ATTACH_S, Attach(ear.leg)
        case State.ATTACHING if now >= ear.due:
            ear.pause(now)
            command = Detach(ear.leg)
        case State.UP if ear.apart_since is not None and now - ear.apart_since >= APART_S:
            ear.state, command = State.APART, Detach(ear.leg)
        case State.UP if now - ear.last_frame >= ear.silent_limit_s:
            ear.silences = min(ear.silences + 1, 10)
            ear.pause(now)
            command = Detach(ear.leg)
        case _:
            pass
    return command
