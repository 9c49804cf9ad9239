"""Carries a request out: the machine's commands over AMI, one call's commands never beside each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

import structlog

from ..core.errors import InvalidInputError
from ..core.third_lines import ThirdLine
from . import conference_actions as actions
from .ami import AmiPort
from .ami_errors import AmiError, AmiRefusedError
from .calls import CallRecord
from .conference_machine import (
    Command,
    CouldNotCall,
    Done,
    Late,
    Lost,
    News,
    Refused,
    Request,
    Seen,
    State,
    Told,
    View,
    advance,
    begin,
)
from .conference_view import Parties, Sight, members_of, told_of, view_of
from .snapshot import read_channels

log = structlog.get_logger(__name__)

ACTION_LIMIT_S = 3.0
"""An answer that takes longer counts as lost, and the switch is looked at."""
REQUEST_LIMIT_S = 20.0
"""A request that the switch could not be told of for so long has failed: the agent has acted by then."""
TOLD_LIMIT_S = 3.0
"""So long after the switch took a call its mark is waited for before the switch is looked at."""
_AGAIN_S = 0.1

Find = Callable[[str], CallRecord | None]


@dataclass(eq=False)
class Live:
    """A request that is being carried out."""

    request: Request
    target: ThirdLine
    parties: Parties
    deadline: float
    """By the event loop's clock."""
    in_doubt: bool = False
    """Whether to begin with a look: after a restart."""
    happened: asyncio.Queue[News] = field(default_factory=lambda: asyncio.Queue(10))
    """``Told`` and ``CouldNotCall``, as the switch's events bring them."""

    def hear(self, news: News) -> None:
        """Take in what an event told; never blocks."""
        if not self.happened.full():
            self.happened.put_nowait(news)


class Driver:
    """Drives requests; ``changed(live, was)`` is called at each transition, before the command is given."""

    def __init__(self, ami: AmiPort, find: Find, changed: Callable[[Live, State], None]) -> None:
        self._ami = ami
        self._find = find
        self._changed = changed
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def alone(self, call: str) -> AsyncGenerator[None]:
        """Let nobody else command this call for the length of the block."""
        lock = self._locks.get(call)
        if lock is None:
            self._locks[call] = lock = asyncio.Lock()
        async with lock:
            yield

    async def drive(self, live: Live) -> Request:
        """Carry a request out until the switch has told of the line, or it has failed; return its end."""
        async with self.alone(live.request.call):
            known = None if live.in_doubt else self._known(live)
            command = self._step(live, *begin(live.request, known))
            while command is not Command.NOTHING:
                news = await self._carry_out(live, command)
                command = self._step(live, *advance(live.request, news))
        while not live.request.is_over:
            self._step(live, *advance(live.request, await self._awaited(live)))
        return live.request

    async def sight(self, call: str) -> Sight:
        """Look at the switch: every channel, and who is in the call's room; raises ``AmiError``."""
        channels = read_channels(await self._ami.action("CoreShowChannels", limit_s=ACTION_LIMIT_S))
        try:
            members = await self._ami.action("ConfbridgeList", {"Conference": call}, limit_s=ACTION_LIMIT_S)
        except AmiRefusedError:  # there is no such room
            members = []
        return Sight(channels, members_of(members))

    async def act(self, action: actions.Action) -> None:
        """Give one command; raises ``AmiError``."""
        name, fields = action
        await self._ami.action(name, fields, limit_s=ACTION_LIMIT_S)

    async def variable(self, channel: str, name: str) -> str:
        """Return a channel's variable, empty when it has none or is gone; raises ``AmiError``."""
        try:
            answer = await self._ami.action("Getvar", {"Channel": channel, "Variable": name})
        except AmiRefusedError:
            return ""
        return answer[0].get("Value")

    def _known(self, live: Live) -> View | None:
        record = self._find(live.request.call)
        return None if record is None else view_of(record, live.parties, live.request.line, live.target.name)

    def _step(self, live: Live, request: Request, command: Command) -> Command:
        was, live.request = live.request.state, request
        if request.state is not was:
            self._changed(live, was)
        return command

    async def _carry_out(self, live: Live, command: Command) -> News:
        """Give a command and return its outcome; what events told meanwhile counts more."""
        if not live.happened.empty():
            return live.happened.get_nowait()
        if command is Command.LOOK:
            return await self._look(live)
        request, parties = live.request, live.parties
        call = command is Command.CALL
        try:
            await self.act(
                actions.call_line(request, live.target, parties)
                if call
                else actions.move(command, request, parties)
            )
        except AmiRefusedError as error:
            log.warning("switch refused a three-way command", call=request.call, command=command.value)
            return Refused(error.answer)
        except InvalidInputError as error:
            log.error("three-way command cannot be sent", call=request.call, command=command.value)
            return Refused(error.message)
        except AmiError as error:
            log.warning(
                "three-way command has no answer", call=request.call, command=command.value, error=str(error)
            )
            return Lost()
        return Done()

    async def _look(self, live: Live) -> News:
        request = live.request
        loop = asyncio.get_running_loop()
        while loop.time() < live.deadline:
            try:
                sight = await self.sight(request.call)
            except AmiError:
                await asyncio.sleep(_AGAIN_S)
                continue
            if not live.happened.empty():
                return live.happened.get_nowait()
            record = self._find(request.call)
            if record is None:
                return Late()
            channel = actions.line_channel(request.call, request.line)
            return Seen(sight.view(record, live.parties, request.line, request.target, channel))
        return Late()

    async def _awaited(self, live: Live) -> News:
        """Wait for the switch's own word on a line that it has taken.

        Its events may be away while its journal is still read: the record is asked too, and when neither
        a mark nor the channel is there at two looks, the line was never begun. "Could not begin" may be said
        of a second command only: the service before this one had sent the first.
        """
        request = live.request
        channel = actions.line_channel(request.call, request.line)
        missing = 0
        while missing < 2:
            news = await _next(live)
            if isinstance(news, Told):
                return news
            record = self._find(request.call)
            if record is None or record.ended_us is not None:
                return Seen(View("gone", "gone"))
            if told_of(record, request.line, request.target)[0]:
                return Told()
            try:
                there = channel in (await self.sight(request.call)).channels
            except AmiError:
                continue
            if news is not None and not there:
                return news
            missing = 0 if there else missing + 1
        return CouldNotCall()


async def _next(live: Live) -> News | None:
    try:
        async with asyncio.timeout(TOLD_LIMIT_S):
            return await live.happened.get()
    except TimeoutError:
        return None
