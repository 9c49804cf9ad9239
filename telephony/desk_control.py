"""What an agent does to the own call from the desk, whatever telephone it is on: the switch does it (R-T-9).

Every value that goes to the switch is one that the switch told, or a word of the settings; what comes from
outside only chooses among them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import structlog

from ..core.action_log import ActionLog
from ..core.errors import InvalidInputError
from ..core.settings import Settings
from .ami import AmiPort
from .ami_errors import AmiRefusedError
from .ami_wire import Value
from .calls import CallRecord
from .desk_errors import (
    AtTheTelephoneError,
    InRoomError,
    NoCallError,
    NoSuchTargetError,
    NotConnectedError,
    NotConsultingError,
    SwitchRefusedError,
)
from .desk_view import AtDesk, at_desks

log = structlog.get_logger(__name__)

TRANSFER_CONTEXT = "hotline-transfer"
HUNG_UP, LOST = "16", "44"
"""Causes of a hang-up: the agent's own, and a telephone that is gone (dialplans/lost.conf.j2)."""
_CHANNEL = re.compile(r"[A-Za-z0-9_.@;/+-]{1,120}")

Way = Literal["blind", "consult"]


class Calls(Protocol):
    """The calls that are followed; ``Tracker`` is one."""

    def open_calls(self) -> Sequence[CallRecord]:
        """Return the calls in progress."""
        ...


class DeskControl:
    """Commands on the call at an agent's desk. All raise ``AmiError`` when the switch does not answer."""

    def __init__(self, settings: Settings, ami: AmiPort, calls: Calls, actions: ActionLog) -> None:
        self._agents = {agent.number: agent for agent in settings.agents}
        self._queues = {queue.name: index for index, queue in enumerate(settings.queues, 1)}
        self._ami = ami
        self._calls = calls
        self._actions = actions
        self._muted: dict[str, str] = {}
        """The muted leg of each agent."""
        self.changed: Callable[[str], None] = lambda _agent: None
        """Told of an agent whose desk shows something else now."""

    def now(self, agent: str) -> AtDesk | None:
        """Return the call at an agent's desk."""
        return at_desks(self._calls.open_calls()).get(agent)

    def is_muted(self, agent: str, leg: str) -> bool:
        """Tell whether nothing of an agent's voice is passed on."""
        return self._muted.get(agent) == leg

    async def hang_up(self, agent: str, *, who: str) -> None:
        """End the agent's leg as its own telephone would."""
        there = self._connected(agent, also_ringing=True)
        channel = _channel(there.channel)
        # The journal tells by this who ended the talk.
        source: dict[str, Value] = {"Channel": channel, "Variable": "CHANNEL(hangupsource)", "Value": channel}
        await self._act("Setvar", source)
        fields: dict[str, Value] = {"Channel": channel, "Cause": HUNG_UP}
        await self._command("Hangup", fields, there, who=who, action="desk.hangup")

    async def lose(self, agent: str, *, who: str, why: str) -> bool:
        """Take a leg away from a telephone that is gone: the citizen hears music, the agent is called again.

        False when there is none that rings or talks.
        """
        there = self.now(agent)
        if there is None:
            return await self._lose_unseen(agent, why)
        if not there.channel:
            return False
        fields: dict[str, Value] = {"Channel": _channel(there.channel), "Cause": LOST}
        await self._command("Hangup", fields, there, who=who, action="desk.resume", why=why)
        return True

    async def _lose_unseen(self, agent: str, why: str) -> bool:
        """Do the same in the talk of a call-back, which is at no desk: the switch knows the leg."""
        answer = await self._ami.action("Getvar", {"Variable": f"HL_AT_{agent}"})
        channel = answer[0].get("Value") if answer else ""
        if not channel.startswith(f"PJSIP/{agent}-"):
            return False
        try:
            await self._ami.action("Hangup", {"Channel": _channel(channel), "Cause": LOST})
        except AmiRefusedError:
            return False
        log.info("desk command", action="desk.resume", agent=agent, why=why)
        return True

    async def transfer(self, agent: str, to: str, way: Way, *, who: str) -> None:
        """Send the citizen to another agent or to a queue; raises the errors of ``desk_errors``."""
        self._check_target(agent, to)
        there = self._connected(agent)
        if there.consulting:
            raise NotConnectedError("another is asked now", mend="take the citizen back first")
        if there.lines_joined:
            raise InRoomError("a third line is in the call", mend="let it go first, or leave the room")
        fields: dict[str, Value]
        if way == "consult":
            if there.in_room:
                raise InRoomError("nobody can be asked first from the call's room", mend="transfer blindly")
            if to not in self._agents:
                raise NoSuchTargetError("only a colleague can be asked first", mend="transfer blindly")
            name, channel = "Atxfer", there.channel
            fields = {}
        else:
            name, channel = "Redirect", there.citizen_channel
            fields = {"Priority": "1"}
        fields |= {"Channel": _channel(channel), "Context": TRANSFER_CONTEXT, "Exten": to}
        await self._command(name, fields, there, who=who, action="desk.transfer", to=to, way=way)

    async def take_back(self, agent: str, *, who: str) -> None:
        """Let the one who was asked first go, and bring the citizen back; raises ``NotConsultingError``."""
        there = self._connected(agent)
        if not there.consulting:
            raise NotConsultingError("nobody is asked first now", mend="the citizen is here already")
        fields: dict[str, Value] = {"Channel": _channel(there.channel)}
        await self._command("CancelAtxfer", fields, there, who=who, action="desk.take_back")

    async def mute(self, agent: str, *, on: bool, who: str) -> None:
        """Pass nothing of the agent's voice on, or all of it again; works for every telephone."""
        there = self._connected(agent)
        fields: dict[str, Value] = {
            "Channel": _channel(there.channel),
            "Variable": "MUTEAUDIO(in)",
            "Value": "on" if on else "off",
        }
        await self._command("Setvar", fields, there, who=who, action="desk.mute", on=on)
        if on:
            self._muted[agent] = there.leg
        else:
            self._muted.pop(agent, None)
        self.changed(agent)

    def check_browser(self, agent: str) -> None:
        """Raise ``AtTheTelephoneError`` for what only the telephone itself can do, when it is no browser."""
        if self._agents[agent].phone != "browser":
            raise AtTheTelephoneError(
                "the telephone on the desk does this by itself", mend="press its own key"
            )

    def name_of(self, dialled: str) -> str:
        """Return the agent or the queue that the switch dialled for a transfer."""
        queues = {f"*2{index}": name for name, index in self._queues.items()}
        return queues.get(dialled, dialled)

    def targets(self, agent: str) -> list[tuple[str, str]]:
        """Return where an agent's call can be sent: (kind, name)."""
        agents = [("agent", number) for number in self._agents if number != agent]
        return [*agents, *(("queue", name) for name in self._queues)]

    def _check_target(self, agent: str, to: str) -> None:
        if to == agent or (to not in self._agents and to not in self._queues):
            raise NoSuchTargetError("a call cannot be sent there", mend="see GET /api/v1/desk/targets")

    def _connected(self, agent: str, *, also_ringing: bool = False) -> AtDesk:
        there = self.now(agent)
        if there is None:
            raise NoCallError("no call is at this desk", mend="wait for the next one")
        if not there.channel or (there.state != "talking" and not also_ringing):
            raise NotConnectedError("the telephone is not in the talk", mend="answer it first")
        return there

    async def _command(
        self, name: str, fields: dict[str, Value], there: AtDesk, *, who: str, action: str, **details: object
    ) -> None:
        told = {"agent": there.agent, **details}
        try:
            await self._act(name, fields)
        except SwitchRefusedError as error:
            self._actions.note(who, action, there.call, {**told, "why": error.message}, result="refused")
            raise
        self._actions.note(who, action, there.call, told, result="done")
        log.info("desk command", action=action, agent=there.agent, call=there.call)
        self.changed(there.agent)

    async def _act(self, name: str, fields: dict[str, Value]) -> None:
        try:
            await self._ami.action(name, fields)
        except AmiRefusedError as error:
            raise SwitchRefusedError(f"the switch refused it: {error.answer}", mend="try again") from error


def _channel(name: str) -> str:
    if not _CHANNEL.fullmatch(name):
        raise InvalidInputError("this is no channel's name")
    return name
