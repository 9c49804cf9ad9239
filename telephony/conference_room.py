"""Commands on a room that is there: join who was consulted, drop a line, leave."""

from __future__ import annotations

from typing import Protocol

from . import conference_actions as actions
from .ami_errors import AmiError, AmiRefusedError
from .calls import CallRecord
from .conference_driver import Driver, Find
from .conference_errors import (
    NobodyHeldError,
    NoSuchCallError,
    NoSuchLineError,
    NotInTalkError,
    NotYoursError,
    SwitchRefusedError,
    WouldBeAloneError,
)
from .conference_view import Sight, agents_of, parties_of
from .rooms import RoomLine, lines, room

_LOCAL = f"@{actions.LINE_CONTEXT}-"


class Note(Protocol):
    """Writes what was asked into the action log."""

    def __call__(self, who: str, action: str, call: str, result: str, **details: object) -> None:
        """Note one command and its result."""
        ...


class RoomCommands:
    """Join, drop and leave; each is harmless when it is given twice. All raise ``AmiError`` when in doubt."""

    def __init__(self, driver: Driver, find: Find, note: Note) -> None:
        self._driver = driver
        self._find = find
        self._note = note

    async def join(self, call: str, *, agent: str = "") -> None:
        """Bring the citizen who waits in a consultation to the others; raises ``NobodyHeldError``."""
        async with self._driver.alone(call):
            record = self._record(call, agent)
            there, parties = room(record), parties_of(record)
            if there is None or there.state != "held" or parties is None:
                raise NobodyHeldError("the citizen does not wait in a consultation", mend="nothing to join")
            await self._command(actions.join(parties), "three_way.join", call, agent)

    async def leave(self, call: str, *, agent: str = "") -> None:
        """Let an agent go; raises ``WouldBeAloneError`` while no third line speaks with the citizen."""
        async with self._driver.alone(call):
            record = self._record(call, agent)
            there, parties = room(record), parties_of(record, agent)
            if there is None or parties is None:
                raise NotInTalkError("there is no room in this call", mend="hang up the telephone instead")
            company = [line for line in there.lines if line.state == "joined"]
            others = [
                party for party in there.parties if party.who == "agent" and party.agent != parties.agent
            ]
            if not company and not others:
                raise WouldBeAloneError(
                    "the citizen would be alone: no third line has joined",
                    mend="wait for it, or hang up to send the citizen back to the queue",
                )
            if there.state == "held":
                raise WouldBeAloneError("the citizen still waits with music", mend="join first, then leave")
            await self._command(
                actions.hang_up(parties.agent_channel), "three_way.leave", call, parties.agent
            )

    async def drop(self, call: str, line: str, *, agent: str = "") -> None:
        """End one line, ringing or joined; raises ``NoSuchLineError``."""
        async with self._driver.alone(call):
            record = self._record(call, agent)
            known = next((one for one in lines(record) if one.id == line and not one.is_over), None)
            sight = await self._driver.sight(call)
            channel = await self._channel_of(record, line, known, sight)
            if channel is None:
                raise NoSuchLineError("the call has no such line that goes on", mend="see the call's lines")
            await self._command(actions.hang_up(channel), "three_way.drop", call, agent, line=line)

    def _record(self, call: str, agent: str) -> CallRecord:
        record = self._find(call)
        if record is None or not record.is_open:
            raise NoSuchCallError(f"there is no call {call[:60]!r} in progress", mend="see GET /api/v1/calls")
        if agent and agent not in agents_of(record):
            raise NotYoursError(f"agent {agent[:20]} is not in this call", mend="let its agent ask")
        return record

    async def _command(
        self, action: actions.Action, what: str, call: str, agent: str, **details: object
    ) -> None:
        try:
            await self._driver.act(action)
        except AmiRefusedError as error:
            self._note(agent, what, call, "refused", **details, why=error.answer)
            raise SwitchRefusedError(
                f"the switch refused it: {error.answer}", mend="look who is in the room and try again"
            ) from error
        except AmiError as error:
            self._note(agent, what, call, "unknown", **details, why=error.error_id)
            raise
        self._note(agent, what, call, "done", **details)

    async def _channel_of(
        self, record: CallRecord, line: str, known: RoomLine | None, sight: Sight
    ) -> str | None:
        """Return the name of a line's own channel: by its id when we chose that, else by what it carries."""
        if not line.isdigit() or len(line) > 32:
            return None
        ours = sight.channels.get(actions.line_channel(record.id, line))
        if ours is not None:
            return ours.name
        if known is None:
            return None
        for channel in sight.channels.values():
            is_its = channel.name.startswith(f"Local/{known.target}{_LOCAL}") and channel.name.endswith(";2")
            if is_its and await self._driver.variable(channel.name, "HL_LINE") == line:
                return channel.name
        return None
