"""When to ping, when a peer counts as dead, how long to wait before the next try; time is passed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class AmiLimits:
    """Every limit of one connection; times in seconds, sizes in bytes.

    A peer that has gone silent is noticed after at most ``silence_s + ping_s`` (8.5 s).
    """

    connect_s: float = 5.0
    login_s: float = 5.0
    ping_s: float = 2.5
    silence_s: float = 6.0
    on_connect_s: float = 30.0
    """For each callback that runs after a (re)connect, while live events wait."""
    not_ready_pause_s: float = 0.2
    """Between tries of such a callback while the switch is still loading."""
    drain_s: float = 5.0
    """For events of the old connection to be handled before a new one is made."""
    handler_s: float = 30.0
    gather_s: float = 0.05
    """Between two reads of events: the first of a burst is handed on at once, the others so much later."""
    message_bytes: int = 1 << 20
    waiting_bytes: int = 32 << 20
    answer_bytes: int = 64 << 20
    """For the answers to one action, a list's events among them."""
    pending_actions: int = 1000
    first_pause_s: float = 0.2
    longest_pause_s: float = 10.0
    refused_pause_s: float = 30.0
    """Between tries after a refused login: somebody may be mending the secret."""


class Heartbeat:
    """Decides from times alone whether the peer lives. All times are seconds of one monotonic clock."""

    def __init__(self, limits: AmiLimits, now: float) -> None:
        self._limits = limits
        self._heard = now

    def heard(self, at: float) -> None:
        """Note that bytes came."""
        self._heard = max(self._heard, at)

    def is_dead(self, now: float) -> bool:
        """Return True when nothing came for ``silence_s`` although it was asked every ``ping_s``."""
        return now - self._heard >= self._limits.silence_s


class Backoff:
    """Pauses between tries: doubled from the first to the longest, each shortened by up to a half.

    ``chance`` gives a number in [0, 1): with it, many nodes never try all at the same moment.
    """

    def __init__(self, limits: AmiLimits, chance: Callable[[], float]) -> None:
        self._limits = limits
        self._chance = chance
        self._tries = 0

    def after_failure(self) -> float:
        """Return the pause before the next try."""
        pause = min(self._limits.first_pause_s * 2 ** min(self._tries, 30), self._limits.longest_pause_s)
        self._tries += 1
        return pause * (1 - self._chance() / 2)

    def after_refusal(self) -> float:
        """Return the pause after a refused login."""
        return self._limits.refused_pause_s * (1 - self._chance() / 2)

    def after_session(self, lasted_s: float) -> None:
        """Begin with short pauses again once a connection has held for a while."""
        if lasted_s >= self._limits.longest_pause_s:
            self._tries = 0
