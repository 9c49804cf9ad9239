"""What is seen of a node at one moment, judged against the limits: pure, the source of all conditions.

Limits of the standard come from its profile, the others from ``[alarms]``. What is not known just now
(None) neither raises nor clears anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import floor

from ..core.profile import load_profile
from ..core.settings import Settings
from .alarm_kinds import Details
from .alarms import Condition, Verdict
from .states import AgentKind, AgentState

HOTLINE = "hotline"
"""The subject of what concerns the whole hotline."""
GB = 1 << 30
BYTES_AN_HOUR = 60 * 60 * 3 * 8000 * 2
"""Of recording: citizen, agent and mix, each 8 kHz of 16 bit."""
_ROOM = 1.1
"""A disk's alarm ends when a tenth more than its limit is free."""
WEBHOOK_SILENT_S, NOTICE_SILENT_S = 300.0, 30.0
"""A target may refuse alarms and results for so long, what goes along with a call for help for so short."""
ROBOT_IDLE_S = 600.0
"""So long nothing that is due may stay undialled."""


@dataclass(frozen=True)
class Waiting:
    """The callers of one queue who wait for a human."""

    count: int
    longest_s: float


@dataclass(frozen=True)
class Disk:
    """A disk's bytes."""

    free: int
    total: int


@dataclass(frozen=True)
class Seen:
    """What is known of the node; None is not known just now, and for a mapping a missing key is."""

    waiting: Mapping[str, Waiting] | None = None
    """By queue; with it known, a queue that is missing has nobody waiting."""
    sl15: float | None = None
    connect_rate: float | None = None
    rates_known: bool = False
    """Whether the figures are loaded; a rate that is None then is of an empty window."""
    agents: tuple[AgentState, ...] | None = None
    trunks: Mapping[str, bool | None] = field(default_factory=dict[str, bool | None])
    switch_connected: bool | None = None
    journal_moves: bool | None = None
    database_writes: bool | None = None
    disk: Disk | None = None
    clock_jump_s: float | None = None
    """How far the clock has jumped since the last look; 0.0 when it has not."""
    years_missing: tuple[int, ...] = ()
    webhooks_silent_s: Mapping[str, float] = field(default_factory=dict[str, float])
    """For how long each target has been refusing an alarm; 0 when it takes them."""
    notices_silent_s: Mapping[str, float] = field(default_factory=dict[str, float])
    """The same of what goes along with three-way calls."""
    callbacks_silent_s: Mapping[str, float] = field(default_factory=dict[str, float])
    """The same of the results of callbacks."""
    robot_idle_s: float | None = None
    """For how long the robot has dialled nothing that is due; None when that is not known."""
    actions_lost: int | None = None
    """How many entries of the action log were lost since the last look."""


class Judge:
    """Turns what is seen into conditions; made once for the settings of a node."""

    def __init__(self, settings: Settings) -> None:
        profile = load_profile(settings.site.profile)
        self._node = settings.site.node
        self._alarms = settings.alarms
        self._queues = settings.queues
        self._trunks = [trunk.name for trunk in settings.trunks if trunk.asked_every_s]
        self._webhooks = [one.name for one in settings.webhooks if "alarms" in one.topics]
        self._notified = [one.name for one in settings.webhooks if "notices" in one.topics]
        self._results = [one.name for one in settings.webhooks if "callbacks" in one.topics]
        self._robot_calls = bool(settings.robot.trunks)
        self._limit_s = profile.human_wait_ms / 1000
        self._rates = {"sl15": profile.share_within_human_wait, "connect_rate": profile.connect_rate_24h}

    @property
    def wait_limits_s(self) -> tuple[float, float]:
        """The waits at which an alarm is due: about to break, broken."""
        return self._alarms.wait_near_seconds, self._limit_s

    def conditions(self, seen: Seen) -> list[Condition]:
        """Return a condition for everything that an alarm can be raised of."""
        return [
            *self._waits(seen.waiting),
            *self._rate("sl15", seen.sl15, known=seen.rates_known),
            *self._rate("connect_rate", seen.connect_rate, known=seen.rates_known),
            *self._staff(seen.agents),
            *(
                Condition("trunk_down", name, _verdict(_not(seen.trunks.get(name))), {"trunk": name})
                for name in self._trunks
            ),
            Condition("asterisk_unreachable", self._node, _verdict(_not(seen.switch_connected))),
            Condition("journal_stuck", self._node, _verdict(_not(seen.journal_moves))),
            Condition("database_unwritable", self._node, _verdict(_not(seen.database_writes))),
            *self._disk(seen.disk),
            self._clock(seen.clock_jump_s),
            *(Condition("calendar_missing", str(year), Verdict.BAD) for year in seen.years_missing),
            *self._targets(seen.webhooks_silent_s),
            *self._endpoints(seen.notices_silent_s),
            *self._robot(seen),
            Condition(
                "action_log_lost",
                self._node,
                _verdict(None if seen.actions_lost is None else seen.actions_lost > 0),
                {"entries": seen.actions_lost or 0},
            ),
        ]

    def _waits(self, waiting: Mapping[str, Waiting] | None) -> Iterator[Condition]:
        for queue in self._queues:
            here = None if waiting is None else waiting.get(queue.name, Waiting(0, 0.0))
            for kind, limit_s in zip(("wait_near", "wait_broken"), self.wait_limits_s, strict=True):
                verdict = Verdict.BETWEEN
                details: Details = {}
                if here is not None:
                    verdict = _verdict(here.longest_s > limit_s)
                    details = {
                        "label": queue.label,
                        "longest_s": round(here.longest_s, 3),
                        "waiting": here.count,
                        "limit_s": self._limit_s,
                    }
                yield Condition(kind, queue.name, verdict, details)

    def _rate(self, name: str, value: float | None, *, known: bool) -> Iterator[Condition]:
        limit = self._rates[name]
        near = limit + self._alarms.near_points / 100
        for kind, line in ((f"{name}_near", near), (f"{name}_broken", limit)):
            details: Details = {}
            if not known:
                verdict = Verdict.BETWEEN
            elif value is None:
                verdict = Verdict.GOOD
            else:
                verdict = _below(value, line, self._alarms.clear_points / 100)
                details = {"percent": floor(value * 1e4) / 100, "limit_percent": round(limit * 100, 4)}
            yield Condition(kind, HOTLINE, verdict, details)

    def _staff(self, agents: tuple[AgentState, ...] | None) -> Iterator[Condition]:
        overflow = {queue.name: queue.overflow for queue in self._queues}
        staffed = {
            name
            for agent in agents or ()
            if agent.kind not in (AgentKind.SIGNED_OUT, AgentKind.UNREACHABLE)
            for name in agent.queues
        }
        for queue in self._queues:
            alone = unattended = Verdict.BETWEEN
            if agents is not None:
                own = queue.name in staffed
                helped = any(name in staffed for name in _chain(queue.name, overflow))
                unattended = _verdict(not own and not helped)
                # Without anybody the other alarm says it all; this one neither comes nor goes meanwhile.
                alone = Verdict.BETWEEN if not own and not helped else _verdict(not own)
            details = {"label": queue.label}
            yield Condition("no_agent", queue.name, alone, details)
            yield Condition("queue_unattended", queue.name, unattended, details)

    def _disk(self, disk: Disk | None) -> Iterator[Condition]:
        if disk is None:
            yield Condition("disk_low", self._node, Verdict.BETWEEN)
            yield Condition("disk_full", self._node, Verdict.BETWEEN)
            return
        percent = 100 * disk.free / max(disk.total, 1)
        details = {
            "free_gb": round(disk.free / GB, 3),
            "free_percent": round(percent, 2),
            "hours": disk.free // BYTES_AN_HOUR,
        }
        limits = self._alarms
        low = max(limits.disk_low_gb * GB, limits.disk_low_percent / 100 * disk.total)
        for kind, line in (("disk_low", low), ("disk_full", limits.disk_full_gb * GB)):
            yield Condition(kind, self._node, _below(disk.free, line, line * (_ROOM - 1)), details)

    def _clock(self, jump_s: float | None) -> Condition:
        if jump_s is None:
            return Condition("clock_jump", self._node, Verdict.BETWEEN)
        bad = abs(jump_s) >= self._alarms.clock_jump_seconds
        return Condition("clock_jump", self._node, _verdict(bad), {"jump_s": round(jump_s, 3)})

    def _targets(self, silent_s: Mapping[str, float]) -> Iterator[Condition]:
        for name in self._webhooks:
            silent = silent_s.get(name)
            details = {"minutes": int((silent or 0) // 60)}
            yield Condition("webhook_failing", name, _silence(silent, WEBHOOK_SILENT_S), details)

    def _endpoints(self, silent_s: Mapping[str, float]) -> Iterator[Condition]:
        for name in self._notified:
            silent = silent_s.get(name)
            details = {"seconds": int(silent or 0)}
            yield Condition("notice_failing", name, _silence(silent, NOTICE_SILENT_S), details)

    def _robot(self, seen: Seen) -> Iterator[Condition]:
        for name in self._results:
            silent = seen.callbacks_silent_s.get(name)
            details = {"minutes": int((silent or 0) // 60)}
            yield Condition("callback_failing", name, _silence(silent, WEBHOOK_SILENT_S), details)
        if self._robot_calls:
            idle = seen.robot_idle_s
            stuck = _verdict(None if idle is None else idle > ROBOT_IDLE_S)
            yield Condition("robot_stuck", self._node, stuck, {"minutes": int((idle or 0) // 60)})


def waits_of(calls: Iterable[tuple[str, float]]) -> dict[str, Waiting]:
    """Return the callers by queue from each waiting call's queue and wait in seconds."""
    found: dict[str, Waiting] = {}
    for queue, wait_s in calls:
        old = found.get(queue, Waiting(0, 0.0))
        found[queue] = Waiting(old.count + 1, max(old.longest_s, wait_s))
    return found


def _chain(queue: str, overflow: Mapping[str, str | None]) -> Iterator[str]:
    seen = {queue}
    following = overflow.get(queue)
    while following is not None and following not in seen:
        seen.add(following)
        yield following
        following = overflow.get(following)


def _verdict(bad: bool | None) -> Verdict:
    if bad is None:
        return Verdict.BETWEEN
    return Verdict.BAD if bad else Verdict.GOOD


def _silence(silent_s: float | None, limit_s: float) -> Verdict:
    return _verdict(None if silent_s is None or 0 < silent_s <= limit_s else silent_s > 0)


def _not(good: bool | None) -> bool | None:
    return None if good is None else not good


def _below(value: float, line: float, room: float) -> Verdict:
    """Judge a value that is bad below a line and good again only with some room above it."""
    if value < line:
        return Verdict.BAD
    return Verdict.GOOD if value >= line + room else Verdict.BETWEEN
