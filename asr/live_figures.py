"""How live speech does, in figures."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from .live_admission import Load


@dataclass(frozen=True)
class LiveFigures:
    """Legs now, and since the start: legs begun, refused, shed; seconds lost, recognised, quiet; failures.

    ``lag_*_s`` is the time from a piece's last sample to what it brought, of the last turns.
    """

    legs: int
    resting: int
    begun: int
    legs_refused: int
    calls_shed: int
    legs_shed: int
    lost_s: float
    recognised_s: float
    quiet_s: float
    utterances: int
    failures: int
    threads_lost: int
    busy: float
    behind_s: float
    lag_p50_s: float | None
    lag_p95_s: float | None


@dataclass
class Tally:
    """Counts; ``heard`` notes one turn."""

    begun: int = 0
    legs_refused: int = 0
    calls_shed: int = 0
    legs_shed: int = 0
    lost_s: float = 0.0
    recognised_s: float = 0.0
    quiet_s: float = 0.0
    utterances: int = 0
    failures: int = 0
    _lags: deque[float] = field(default_factory=lambda: deque[float](maxlen=1000))

    def heard(self, lag_s: float, given_s: float, quiet_s: float) -> None:
        """Count a turn."""
        self._lags.append(lag_s)
        self.recognised_s += given_s
        self.quiet_s += quiet_s

    def figures(
        self, *, legs: int, resting: int, lost_s: float, threads_lost: int, load: Load
    ) -> LiveFigures:
        """Return the figures; ``lost_s`` is that of the legs that are not over."""
        lags = sorted(self._lags)
        return LiveFigures(
            legs=legs,
            resting=resting,
            begun=self.begun,
            legs_refused=self.legs_refused,
            calls_shed=self.calls_shed,
            legs_shed=self.legs_shed,
            lost_s=self.lost_s + lost_s,
            recognised_s=self.recognised_s,
            quiet_s=self.quiet_s,
            utterances=self.utterances,
            failures=self.failures,
            threads_lost=threads_lost,
            busy=load.busy,
            behind_s=load.behind_s,
            lag_p50_s=lags[len(lags) // 2] if lags else None,
            lag_p95_s=lags[min(len(lags) * 95 // 100, len(lags) - 1)] if lags else None,
        )
