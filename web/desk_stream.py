"""Everything that one agent's desk is told, in one stream of server-sent events (``web/desk_state.py``).

The desk is made anew a moment after anything has changed, and each second in any case, for those desks that
somebody looks at; what it shows is sent when it is another than before. Words and drafts go through at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from aiohttp import web

from ..core.aio import woken
from ..core.events import DomainEvent, EventBus
from ..queue.states import AgentStateChanged
from ..telephony.events import CallEnded, CallEvent
from . import sse
from .call_streams import ENDED, LONGEST_S, MOST_VIEWERS, CallStreams, TooManyStreamsError, Viewer
from .desk_board import Board, masked
from .desk_state import DeskCall, DeskState
from .desk_tabs import Tabs
from .masking import Sight, seen

LOOK_S, GATHER_S = 1.0, 0.02
HEARTBEAT_S = 5.0


@dataclass(eq=False)
class _Desk(Viewer):
    """One window that follows a desk; ``personal``: it may see numbers whole."""

    tab: str = ""
    personal: bool = False

    @property
    def sees(self) -> Sight:
        """How the window sees the call: the agent hears its words."""
        return Sight.WHOLE if self.personal else Sight.OWN


@dataclass
class _Watched:
    """A desk that is looked at: what was told of it last."""

    windows: set[_Desk] = field(default_factory=set[_Desk])
    told: DeskState | None = None
    call: str | None = None


class DeskStreams:
    """The streams of a node's desks; ``run`` is supervised."""

    def __init__(
        self,
        bus: EventBus,
        board: Board,
        tabs: Tabs,
        speech: CallStreams,
        three_way: CallStreams,
    ) -> None:
        self._board = board
        self._tabs = tabs
        self._speech = speech
        self._three_way = three_way
        self._watched: dict[str, _Watched] = {}
        self._nudged = asyncio.Event()
        self._closed = False
        bus.listen(self._hear)

    def nudge(self) -> None:
        """Have the desks looked at now."""
        self._nudged.set()

    def watched(self) -> Iterable[str]:
        """Return the agents whose desks are looked at."""
        return list(self._watched)

    async def run(self) -> None:
        """Tell what has changed, for ever."""
        while True:
            await woken(self._nudged, LOOK_S)
            await asyncio.sleep(GATHER_S)
            self.refresh()

    def refresh(self) -> None:
        """Look once, and tell what has changed."""
        if not self._watched:
            return
        self._board.look()
        for agent, desk in self._watched.items():
            state, call = self._board.of(agent), self._board.call_of(agent)
            is_other, desk.call = call != desk.call, call
            if desk.told is None or replace(state, at=desk.told.at) != desk.told:
                desk.told = state
                for window in desk.windows:
                    window.offer("desk", _encoded(state, personal=window.personal))
            if is_other and call is not None:
                for window in desk.windows:
                    window.offer("call", self._call(call, window.sees))

    def tell_phone(self, agent: str, what: str) -> bool:
        """Have the window that has the phone do something; False when it does not listen."""
        owner, desk = self._tabs.owner(agent), self._watched.get(agent)
        found = [] if desk is None else [window for window in desk.windows if window.tab == owner]
        for window in found:
            window.offer(None, sse.encode("phone", {"do": what}))
        return bool(found)

    async def answer(
        self, request: web.Request, agent: str, tab: str, *, personal: bool
    ) -> web.StreamResponse:
        """Send a desk, then everything that happens there, until the viewer goes."""
        if sum(len(desk.windows) for desk in self._watched.values()) >= MOST_VIEWERS:
            raise TooManyStreamsError(f"{MOST_VIEWERS} streams are open", mend="close some")
        window = _Desk(tab=tab, personal=personal)
        desk = self._watched.setdefault(agent, _Watched())
        desk.windows.add(window)
        if tab:
            self._tabs.opened(agent, tab)
        try:
            return await sse.send(request, self._events(agent, window), what="desk", longest_s=LONGEST_S)
        finally:
            desk.windows.discard(window)
            if tab:
                self._tabs.closed(agent, tab)
            if not desk.windows and self._watched.get(agent) is desk:
                del self._watched[agent]

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        for desk in self._watched.values():
            for window in desk.windows:
                window.woken.set()

    def _hear(self, event: DomainEvent) -> None:
        if isinstance(event, (CallEvent, AgentStateChanged)):
            self._nudged.set()
        call = getattr(event, "call", None)
        if not call:
            return
        desks = [desk for desk in self._watched.values() if desk.call == call]
        if not desks:
            return
        windows = [window for desk in desks for window in desk.windows]
        for sees in {window.sees for window in windows}:
            if (sent := self._sent(event, call, sees)) is not None:
                for window in (window for window in windows if window.sees is sees):
                    window.offer(*sent)

    def _sent(self, event: DomainEvent, call: str, sees: Sight) -> tuple[object, bytes] | None:
        if isinstance(event, CallEnded):
            told = {"call": call, "by": event.ended_by, "outcome": event.outcome}
            return None, sse.encode(ENDED, told)
        return self._speech.encoded(event, sees) or self._three_way.encoded(event)

    async def _events(self, agent: str, window: _Desk) -> AsyncIterator[bytes]:
        window.missed = True
        while not self._closed:
            if window.missed:
                window.missed = False
                window.waiting.clear()
                for event in self._present(agent, window):
                    yield event
            while window.waiting:
                yield window.waiting.popleft()[1]
            window.woken.clear()
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    await window.woken.wait()
            except TimeoutError:
                yield sse.ALIVE

    def _present(self, agent: str, window: _Desk) -> list[bytes]:
        self._board.look()
        call = self._board.call_of(agent)
        desk = self._watched[agent]
        if desk.call is None:
            desk.call = call
        found = [_encoded(self._board.of(agent), personal=window.personal)]
        return found if call is None else [*found, self._call(call, window.sees)]

    def _call(self, call: str, sees: Sight) -> bytes:
        told = dict(seen(self._speech.state(call) or {"call": call}, sees))
        return sse.encode("call", {**told, "three_way": self._three_way.state(call)})


def shown(state: DeskState, *, personal: bool) -> DeskState:
    """Return a desk as it is shown to who may, or may not, see numbers whole."""
    if personal:
        return state
    return replace(state, call=_hidden(state.call), last_call=_hidden(state.last_call))


def _hidden(call: DeskCall | None) -> DeskCall | None:
    if call is None or call.caller.number is None:
        return call
    return replace(call, caller=replace(call.caller, number=masked(call.caller.number), masked=True))


def _encoded(state: DeskState, *, personal: bool) -> bytes:
    told = shown(state, personal=personal)
    values: dict[str, Any] = {one.name: getattr(told, one.name) for one in fields(told)}
    return sse.encode("desk", values)
