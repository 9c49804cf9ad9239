"""Agents' spells from the journal of queues: signed in, paused, wrap-up, on hold, unreachable, rung in vain.

Pure: ``apply(track, line) -> (track, spells)``. The spells of one kind never overlap; those of different
kinds do (a pause lies in a sign-in, a hold in a talk), and ``agent_timeline`` makes one state of them.
Talks and rings are not here: the calls' legs have them, to the microsecond.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from . import agent_log as said
from .agent_log import AgentLine
from .states import NO_ANSWER_REASON, WRAP_UP_REASON

_LONGEST_RING_US = 3600 * 1_000_000


class SpellKind(StrEnum):
    """What a stored spell is about."""

    SIGNED_IN = "signed_in"
    PAUSED = "paused"
    WRAPUP = "wrapup"
    HELD = "held"
    UNREACHABLE = "unreachable"
    NO_ANSWER = "no_answer"
    """A ring of the agent's telephone that ended unanswered; ``reason`` is the queue."""


@dataclass(frozen=True, slots=True)
class Spell:
    """From ``began_us`` (in it) to ``ended_us`` (not in it); None while it lasts."""

    agent: str
    kind: SpellKind
    began_us: int
    ended_us: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AgentTrack:
    """What the journal has said of an agent so far.

    ``pauses`` maps each queue that the agent is signed in to, to the reason of its pause, empty for none.
    ``unanswered`` counts rings in succession since the last answer, sign-in or end of a pause.
    """

    agent: str
    pauses: Mapping[str, str] = field(default_factory=dict[str, str])
    is_held: bool = False
    is_unreachable: bool = False
    unanswered: int = 0
    open: Mapping[SpellKind, Spell] = field(default_factory=dict[SpellKind, Spell])

    @property
    def pause(self) -> str:
        """The reason of the present pause, empty for none; the first queue's by name when they differ."""
        return next((reason for _, reason in sorted(self.pauses.items()) if reason), "")

    def to_json(self) -> dict[str, Any]:
        """Return plain values from which ``track_of`` makes the same track."""
        return {
            "pauses": dict(self.pauses),
            "held": self.is_held,
            "unreachable": self.is_unreachable,
            "unanswered": self.unanswered,
            "open": [[spell.kind.value, spell.began_us, spell.reason] for spell in self.open.values()],
        }


def track_of(agent: str, data: Mapping[str, Any]) -> AgentTrack:
    """Return the track of an agent from its stored form."""
    spells = [Spell(agent, SpellKind(kind), began, reason=reason) for kind, began, reason in data["open"]]
    return AgentTrack(
        agent,
        dict(data["pauses"]),
        is_held=data["held"],
        is_unreachable=data["unreachable"],
        unanswered=data["unanswered"],
        open={spell.kind: spell for spell in spells},
    )


def apply(track: AgentTrack, line: AgentLine) -> tuple[AgentTrack, tuple[Spell, ...]]:
    """Return the track after a line, and the spells that began or ended by it."""
    pauses = dict(track.pauses)
    at_us, queue = line.at_us, line.queue
    match line.event:
        case said.ADDED | said.FOUND_IN:
            # The switch keeps an agent's pauses apart by queue; a new membership begins without one.
            pauses.setdefault(queue, "")
            changed = replace(track, pauses=pauses, unanswered=0)
        case said.REMOVED | said.FOUND_OUT:
            pauses.pop(queue, None)
            changed = replace(
                track,
                pauses=pauses,
                is_unreachable=track.is_unreachable and bool(pauses),
                unanswered=track.unanswered if pauses else 0,
            )
        case said.PAUSED:
            pauses[queue] = line.value
            run = 0 if line.value == NO_ANSWER_REASON else track.unanswered
            changed = replace(track, pauses=pauses, unanswered=run)
        case said.UNPAUSED:
            pauses[queue] = ""
            changed = replace(track, pauses=pauses, unanswered=0)
        case said.FOUND_PAUSE:
            changed = replace(track, pauses=dict.fromkeys(pauses, line.value), unanswered=0)
        case said.CONNECTED:
            changed = replace(track, unanswered=0)
        case said.NO_ANSWER:
            ring = min(int(line.value or 0) * 1000, _LONGEST_RING_US)
            spell = Spell(track.agent, SpellKind.NO_ANSWER, at_us - ring, at_us, queue)
            return replace(track, unanswered=track.unanswered + 1), (spell,)
        case said.HELD | said.RESUMED:
            at_us = int(line.value or at_us)
            changed = replace(track, is_held=line.event == said.HELD)
        case said.UNREACHABLE | said.REACHABLE:
            at_us = int(line.value or at_us)
            changed = replace(track, is_unreachable=line.event == said.UNREACHABLE, unanswered=0)
        case said.RESTARTED:
            return _restarted(track, at_us)
        case _:
            return track, ()
    return _settled(changed, at_us)


def _restarted(track: AgentTrack, at_us: int) -> tuple[AgentTrack, tuple[Spell, ...]]:
    """Close every spell; what the switch keeps through a restart (members and pauses) begins anew."""
    closed = tuple(_closed(spell, at_us) for spell in track.open.values())
    kept = replace(track, is_held=False, is_unreachable=False, open={})
    kept, begun = _settled(kept, at_us)
    return kept, (*closed, *begun)


def _settled(track: AgentTrack, at_us: int) -> tuple[AgentTrack, tuple[Spell, ...]]:
    """Return the track with the spells that must be open now, and those that changed for it."""
    wanted = dict[SpellKind, str]()
    if track.pauses:
        wanted[SpellKind.SIGNED_IN] = ""
        if pause := track.pause:
            is_wrap_up = pause == WRAP_UP_REASON
            wanted[SpellKind.WRAPUP if is_wrap_up else SpellKind.PAUSED] = "" if is_wrap_up else pause
        if track.is_unreachable:
            wanted[SpellKind.UNREACHABLE] = ""
    if track.is_held:
        wanted[SpellKind.HELD] = ""
    is_open = {kind: spell for kind, spell in track.open.items() if wanted.get(kind) == spell.reason}
    ended = [_closed(spell, at_us) for kind, spell in track.open.items() if kind not in is_open]
    begun = [
        Spell(track.agent, kind, at_us, reason=reason)
        for kind, reason in wanted.items()
        if kind not in is_open
    ]
    if not ended and not begun:
        return track, ()
    return replace(track, open={**is_open, **{spell.kind: spell for spell in begun}}), (*ended, *begun)


def _closed(spell: Spell, at_us: int) -> Spell:
    """Return a spell with its end, never before its beginning (the switch's clock may have been set)."""
    return replace(spell, ended_us=max(at_us, spell.began_us))


class AgentBook:
    """Every agent's track, and the spells that changed since ``taken``."""

    def __init__(self) -> None:
        self.tracks: dict[str, AgentTrack] = {}
        self.changed: dict[tuple[str, SpellKind, int], Spell] = {}

    def feed(self, line: AgentLine) -> None:
        """Take in a line; lines must come in the journal's order."""
        agents = [line.agent] if line.agent else list(self.tracks)
        for agent in agents:
            track, spells = apply(self.tracks.get(agent) or AgentTrack(agent), line)
            self.tracks[agent] = track
            for spell in spells:
                self.changed[agent, spell.kind, spell.began_us] = spell

    def feed_all(self, lines: Iterable[AgentLine]) -> None:
        """Take in many lines."""
        for line in lines:
            self.feed(line)

    def saved(self, written: Mapping[tuple[str, SpellKind, int], Spell]) -> None:
        """Note that these spells are in the store; what changed meanwhile stays."""
        for key, spell in written.items():
            if self.changed.get(key) is spell:
                del self.changed[key]

    def to_json(self) -> dict[str, Any]:
        """Return plain values from which ``remember`` makes the same book."""
        return {agent: track.to_json() for agent, track in self.tracks.items()}

    def remember(self, data: Mapping[str, Any]) -> None:
        """Take in the stored form."""
        self.tracks = {agent: track_of(agent, track) for agent, track in data.items()}
