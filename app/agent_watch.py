"""Acts on what journal and live view say of the agents: pauses who does not answer, notes what only it sees.

Nothing is remembered for later: what is due is found anew at every look, so what failed is tried again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

import structlog

from ..core.aio import woken
from ..core.errors import HotlineError
from ..core.events import DomainEvent
from ..core.settings import Settings
from ..queue.agent_notes import Note, notes_due, rings_in_vain
from ..queue.agent_times import AgentTrack
from ..queue.agents import Agents, NotSignedInError
from ..queue.states import AgentState, AgentStateChanged
from .agent_times import AgentTimes

log = structlog.get_logger(__name__)

LOOK_S = 1.0
SETTLE_S = 5.0
"""The journal may lag behind the live view by so much, without anything being wrong."""
AGAIN_S = 10.0
"""What was written or set, and is not seen in the journal, is done again after so long."""

Key = tuple[str, str, str]


class AgentWatch:
    """Compares journal and live view; ``live`` gives every agent's state, nothing while it is not known."""

    def __init__(
        self, settings: Settings, times: AgentTimes, agents: Agents, live: Callable[[], Sequence[AgentState]]
    ) -> None:
        self._limit = settings.agents_work.no_answer_limit
        self._times = times
        self._agents = agents
        self._live = live
        self._agreed: dict[str, tuple[AgentTrack | None, AgentState | None]] = {}
        """What both said of an agent when nothing was due; each is replaced as it changes."""
        self._differs: dict[Key, float] = {}
        self._done: dict[Key, float] = {}

    def wake(self, event: DomainEvent) -> None:
        """Take a domain event: a change of an agent's state is looked at now."""
        if isinstance(event, AgentStateChanged):
            self._times.nudge()

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await woken(self._times.was_read, LOOK_S)
            await self.look()

    async def look(self) -> None:
        """Do what is due now; what fails is tried again at a later look."""
        states = {state.number: state for state in self._live()}
        if not states or not self._times.caught_up:
            return
        now = asyncio.get_running_loop().time()
        notes, paused = self._due(states)
        wanted: list[tuple[Key, Note | None]] = [(note.key, note) for note in notes]
        wanted += [((number, "pause", ""), None) for number in paused]
        keys = {key for key, _ in wanted}
        self._differs = {key: self._differs.get(key, now) for key in keys}
        self._done = {key: at for key, at in self._done.items() if key in keys}
        for key, note in wanted:
            settled = note is None or note.is_sure or now - self._differs[key] >= SETTLE_S
            if settled and now - self._done.get(key, -AGAIN_S) >= AGAIN_S:
                await self._do(key[0], note)
                self._done[key] = now

    def _due(self, states: Mapping[str, AgentState]) -> tuple[list[Note], list[str]]:
        """Return the notes to write and whom to pause, looking only where something has changed."""
        tracks, agreed = self._times.tracks, self._agreed
        notes: list[Note] = []
        paused: list[str] = []
        for number in [*states, *(number for number in tracks if number not in states)]:
            track, state = tracks.get(number), states.get(number)
            known = agreed.get(number)
            if known is not None and known[0] is track and known[1] is state:
                continue
            due = notes_due(track or AgentTrack(number), state)
            in_vain = track is not None and state is not None and rings_in_vain(track, state, self._limit)
            if due or in_vain:
                agreed.pop(number, None)
            else:
                agreed[number] = track, state
            notes += due
            if in_vain:
                paused.append(number)
        return notes, paused

    async def _do(self, number: str, note: Note | None) -> None:
        try:
            if note is None:
                await self._agents.pause_unanswering(number)
            else:
                await self._agents.note(number, note.event, queue=note.queue, message=note.message)
            self._times.nudge()
        except NotSignedInError:
            log.info("agent signed out before the pause", agent=number)
        except HotlineError as error:
            log.warning("agent cannot be noted", agent=number, reason=str(error))
