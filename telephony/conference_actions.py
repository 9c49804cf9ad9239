"""What is sent to the switch for each command of a three-way call; values are checked at this border."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..core.errors import InvalidInputError
from ..core.third_lines import ThirdLine
from .ami_wire import Value
from .conference_machine import Command, Request
from .conference_view import ROOM_CONTEXT, WAIT_EXTEN, Parties

Action = tuple[str, dict[str, Value]]

LINE_CONTEXT = "hotline-line"
BACK_CONTEXT = "hotline-transfer-back"
"""Leads a citizen to the head of the queue, whoever was with him."""
_SPARE_S = 20
"""For announcements and for what lies between two routes."""

_CHANNEL = re.compile(r"[A-Za-z0-9_.@;/+-]{1,120}")
_WORD = re.compile(r"[A-Za-z0-9_.+-]{1,150}")


def line_channel(call: str, line: str) -> str:
    """Return the id of a line's channel: known before it is there, so that a lost answer is no riddle."""
    return f"{_word(call)}-3w{_word(line)}-1"


def move(command: Command, request: Request, parties: Parties) -> Action:
    """Return the redirect of a command; both parties go in one, unless one of them was moved already."""
    exten = WAIT_EXTEN if request.mode == "consult" else "citizen"
    citizen, agent = _channel(parties.citizen_channel), _channel(parties.agent_channel)
    match command:
        case Command.MOVE_BOTH:
            return "Redirect", {**_to(citizen, exten), **_extra(agent, "agent")}
        case Command.MOVE_AGENT:
            return "Redirect", _to(agent, "agent")
        case _:
            return "Redirect", _to(citizen, exten)


def join(parties: Parties) -> Action:
    """Return what brings a citizen who waits in a consultation to the others."""
    return "Redirect", _to(_channel(parties.citizen_channel), "citizen")


def call_line(request: Request, line: ThirdLine, parties: Parties) -> Action:
    """Return what has the switch call a line of the directory; it never names a number."""
    ring_s = sum(line.ring_seconds for _ in line.routes) + _SPARE_S * len(line.routes)
    channel = line_channel(request.call, request.line)
    return "Originate", {
        "Channel": f"Local/{_word(line.name)}@{LINE_CONTEXT}/n",
        "Context": ROOM_CONTEXT,
        "Exten": "line",
        "Priority": "1",
        "Timeout": str(ring_s * 1000),
        "ChannelId": channel,
        "OtherChannelId": f"{channel[:-1]}2",
        "Variable": _variables(request, parties),
    }


def send_back(citizen_channel: str) -> Action:
    """Return what brings a citizen who is left alone to the head of the queue."""
    fields: dict[str, Value] = {
        "Channel": _channel(citizen_channel),
        "Context": BACK_CONTEXT,
        "Exten": "s",
        "Priority": "1",
    }
    return "Redirect", fields


def hang_up(channel: str) -> Action:
    """Return what ends one channel, told to the other side as an ordinary end."""
    return "Hangup", {"Channel": _channel(channel), "Cause": "16"}


def _variables(request: Request, parties: Parties) -> list[str]:
    values: Sequence[tuple[str, str]] = (
        ("HL_CALL", _word(request.call)),
        ("HL_LINE", _word(request.line)),
        ("HL_ASKED_BY", _word(request.agent)),
        ("HL_AGENT_CHANNEL", _channel(parties.agent_channel)),
        ("HL_REQUEST", _word(request.id)),
        ("HL_MODE", _word(request.mode)),
    )
    return [f"{name}={value}" for name, value in values]


def _to(channel: str, exten: str) -> dict[str, Value]:
    return {"Channel": channel, "Context": ROOM_CONTEXT, "Exten": exten, "Priority": "1"}


def _extra(channel: str, exten: str) -> dict[str, Value]:
    return {
        "ExtraChannel": channel,
        "ExtraContext": ROOM_CONTEXT,
        "ExtraExten": exten,
        "ExtraPriority": "1",
    }


def _channel(name: str) -> str:
    if not _CHANNEL.fullmatch(name):
        raise InvalidInputError("this is no channel's name")
    return name


def _word(text: str) -> str:
    if not _WORD.fullmatch(text):
        raise InvalidInputError("this is no word that a dialplan may hold")
    return text
