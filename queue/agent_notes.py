"""What the journal of queues should say of an agent and does not yet; pure, from track and live state.

The switch writes no line when a telephone vanishes or a call is put on hold, and none when a changed
configuration drops a member. The service sees these and notes them in the switch's own journal, so that
every later reading, with or without the service, finds them there.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..core.clock import to_us
from . import agent_log as said
from .agent_times import AgentTrack
from .states import AgentKind, AgentState


@dataclass(frozen=True, slots=True)
class Note:
    """A line to write. ``is_sure`` is False for what the journal may still say by itself in a moment."""

    agent: str
    event: str
    queue: str = "NONE"
    message: str = ""
    is_sure: bool = True

    @property
    def key(self) -> tuple[str, str, str]:
        """What the note is about, without its moment."""
        return self.agent, self.event, self.queue


def notes_due(track: AgentTrack, state: AgentState | None) -> list[Note]:
    """Return the notes by which the journal would agree with the live state.

    ``state`` None: the agent is no longer in the configuration, and so in no queue.
    """
    number = track.agent
    live = set(state.queues) if state is not None else set[str]()
    notes = [Note(number, said.FOUND_OUT, queue, is_sure=False) for queue in sorted({*track.pauses} - live)]
    notes += [Note(number, said.FOUND_IN, queue, is_sure=False) for queue in sorted(live - {*track.pauses})]
    if state is None:
        return notes
    if live and live == {*track.pauses}:
        pause = said.reason_of(state.reason) if state.reason else ""
        if pause != track.pause:
            notes.append(Note(number, said.FOUND_PAUSE, message=pause or said.NO_PAUSE, is_sure=False))
    since = str(to_us(state.since))
    is_held = state.kind is AgentKind.HELD
    if is_held != track.is_held:
        notes.append(Note(number, said.HELD if is_held else said.RESUMED, message=since))
    is_gone = state.kind is AgentKind.UNREACHABLE
    if live and track.pauses and is_gone != track.is_unreachable:
        notes.append(Note(number, said.UNREACHABLE if is_gone else said.REACHABLE, message=since))
    return notes


def rings_in_vain(track: AgentTrack, state: AgentState, limit: int) -> bool:
    """Tell whether an agent who does not answer must be paused; ``limit`` 0 means never.

    A telephone that cannot be reached is not its agent's fault, and the switch does not ring it anyway.
    """
    if not limit or track.unanswered < limit or not track.pauses or track.pause:
        return False
    return state.kind in (AgentKind.READY, AgentKind.RINGING)
