"""Which calls are heard live: as many as the threads keep up with; the newest are the first to go.

Pure: the load, calls and time come in, decisions go out. What is refused or let go here costs nobody
anything but the words at once; the transcript after the call is made all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Load:
    """How the threads do.

    The share of their time in work over the last seconds, how far the legs are behind in the mean, and
    whether the machine as a whole has no time to spare.
    """

    busy: float = 0.0
    behind_s: float = 0.0
    machine_full: bool = False


@dataclass(frozen=True)
class Limits:
    """When it is too much. ``most_legs`` are heard at a time; the rest are shares and seconds."""

    most_legs: int
    threads: int
    busy: float = 0.8
    behind_s: float = 1.5
    shed_behind_s: float = 4.0
    settle_s: float = 3.0
    """After a call was let go its effect is waited for so long."""
    again_s: float = 10.0
    """So long after the last trouble nobody new is begun."""
    young_s: float = 6.0
    """A leg counts with ``share`` until it was heard for so long: the load does not show it yet."""
    share: float = 0.1
    """What a leg takes of a thread, as long as nothing is known of it."""


@dataclass
class _Call:
    begun: float
    legs: dict[str, float] = field(default_factory=dict[str, float])
    is_shed: bool = False

    @property
    def places(self) -> int:
        """Both legs of a talk have their place from the first one on."""
        return 0 if self.is_shed else max(2, len(self.legs))


class Admission:
    """The calls that are heard live; both legs of a call together, or none."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._calls: dict[str, _Call] = {}
        self._quiet_until = float("-inf")

    @property
    def places(self) -> int:
        """Legs for which there is a place, heard or about to be."""
        return sum(call.places for call in self._calls.values())

    def admit(self, call: str, leg: str, load: Load, now: float) -> bool:
        """Tell whether to begin with a leg. The other legs of a call that is heard always come in."""
        known = self._calls.get(call)
        if known is not None:
            if known.is_shed and not self._has_room(load, now):
                return False
            known.is_shed = False
        elif self._has_room(load, now):
            known = self._calls[call] = _Call(now)
        else:
            return False
        known.legs[leg] = now
        return True

    def left(self, call: str, leg: str) -> None:
        """Take note that a leg is over."""
        known = self._calls.get(call)
        if known is not None:
            known.legs.pop(leg, None)
            if not known.legs:
                del self._calls[call]

    def shed(self, load: Load, now: float) -> str | None:
        """Return the call to let go now, the newest one; None while the threads keep up.

        The last one stays: heard late, with gaps, it is worth more than nothing.
        """
        if load.behind_s < self.limits.shed_behind_s:
            return None
        heard = [name for name, call in self._calls.items() if not call.is_shed]
        if len(heard) < 2 or now < self._quiet_until - self.limits.again_s + self.limits.settle_s:
            return None
        newest = max(heard, key=lambda name: self._calls[name].begun)
        self._calls[newest].is_shed = True
        self._quiet_until = now + self.limits.again_s
        return newest

    def is_shed(self, call: str) -> bool:
        """Tell whether a call was let go and has not been begun again."""
        known = self._calls.get(call)
        return known is not None and known.is_shed

    def _has_room(self, load: Load, now: float) -> bool:
        limits = self.limits
        if load.behind_s >= limits.behind_s or load.busy >= limits.busy or load.machine_full:
            return False
        if now < self._quiet_until or self.places + 2 > limits.most_legs:
            return False
        young = sum(
            now - begun < limits.young_s
            for call in self._calls.values()
            if not call.is_shed
            for begun in call.legs.values()
        )
        return load.busy + (young + 2) * limits.share / limits.threads < 1.0
