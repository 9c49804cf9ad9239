"""The switch's own view of channels, queues and members at one moment, asked for over AMI.

Taken after each (re)connect: what happened in between is read from the journal, but who is there *now*
only the switch knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ..core.clock import Clock, utc_now
from .ami import AmiPort
from .ami_message import AmiMessage

_CLOCK = re.compile(r"(\d+):(\d\d):(\d\d)")


@dataclass(frozen=True)
class ChannelView:
    """One channel; ``bridge`` is empty while it is in none."""

    uniqueid: str
    linkedid: str
    name: str
    state: str
    """As the switch names it: ``Down``, ``Ring``, ``Ringing``, ``Up``…"""
    number: str
    caller_name: str
    context: str
    exten: str
    application: str
    bridge: str
    duration_s: int


@dataclass(frozen=True)
class MemberView:
    """One member of one queue."""

    queue: str
    interface: str
    name: str
    paused: bool
    paused_reason: str
    in_call: bool
    device_state: int
    """Asterisk's device state: 1 not in use, 2 in use, 3 busy, 5 unavailable, 6 ringing…"""
    calls_taken: int


@dataclass(frozen=True)
class WaitingView:
    """One caller who waits in a queue, ``position`` from 1."""

    queue: str
    uniqueid: str
    channel: str
    position: int
    wait_s: int


@dataclass(frozen=True)
class QueueView:
    """One queue with the number of callers who wait in it."""

    name: str
    strategy: str
    waiting: int
    completed: int
    abandoned: int


@dataclass(frozen=True)
class Snapshot:
    """All of it; channels by uniqueid, queues by name. ``at`` is when the question was asked (UTC)."""

    at: datetime
    channels: dict[str, ChannelView]
    queues: dict[str, QueueView]
    members: tuple[MemberView, ...]
    waiting: tuple[WaitingView, ...]

    @property
    def calls(self) -> frozenset[str]:
        """The linkedids of every call that is up."""
        return frozenset(channel.linkedid for channel in self.channels.values())


async def take_snapshot(ami: AmiPort, *, clock: Clock = utc_now, limit_s: float = 10.0) -> Snapshot:
    """Ask the switch for channels and queues; raises AmiError, each action within ``limit_s``."""
    at = clock()
    channels = await ami.action("CoreShowChannels", limit_s=limit_s)
    queues = await ami.action("QueueStatus", limit_s=limit_s)
    return read_snapshot(at, [*channels, *queues])


def read_snapshot(at: datetime, messages: Iterable[AmiMessage]) -> Snapshot:
    """Make a snapshot of the answers; what stands in them twice counts once."""
    channels: dict[str, ChannelView] = {}
    queues: dict[str, QueueView] = {}
    members: dict[tuple[str, str], MemberView] = {}
    waiting: dict[tuple[str, str], WaitingView] = {}
    for message in messages:
        match message.name:
            case "CoreShowChannel":
                channel = _channel(message)
                channels[channel.uniqueid] = channel
            case "QueueParams":
                queue = _queue(message)
                queues[queue.name] = queue
            case "QueueMember":
                member = _member(message)
                members[member.queue, member.interface] = member
            case "QueueEntry":
                entry = _entry(message)
                waiting[entry.queue, entry.uniqueid] = entry
            case _:
                continue
    return Snapshot(at, channels, queues, tuple(members.values()), tuple(waiting.values()))


def read_channels(messages: Iterable[AmiMessage]) -> dict[str, ChannelView]:
    """Return the channels by uniqueid from the answer to ``CoreShowChannels``."""
    found = [_channel(message) for message in messages if message.name == "CoreShowChannel"]
    return {channel.uniqueid: channel for channel in found}


def _channel(message: AmiMessage) -> ChannelView:
    return ChannelView(
        uniqueid=message.get("Uniqueid"),
        linkedid=message.get("Linkedid"),
        name=message.get("Channel"),
        state=message.get("ChannelStateDesc"),
        number=_known(message.get("CallerIDNum")),
        caller_name=_known(message.get("CallerIDName")),
        context=message.get("Context"),
        exten=message.get("Exten"),
        application=message.get("Application"),
        bridge=message.get("BridgeId"),
        duration_s=_duration(message.get("Duration")),
    )


def _queue(message: AmiMessage) -> QueueView:
    return QueueView(
        name=message.get("Queue"),
        strategy=message.get("Strategy"),
        waiting=_number(message.get("Calls")),
        completed=_number(message.get("Completed")),
        abandoned=_number(message.get("Abandoned")),
    )


def _member(message: AmiMessage) -> MemberView:
    return MemberView(
        queue=message.get("Queue"),
        interface=message.get("Location"),
        name=message.get("Name"),
        paused=message.get("Paused") == "1",
        paused_reason=message.get("PausedReason"),
        in_call=message.get("InCall") == "1",
        device_state=_number(message.get("Status")),
        calls_taken=_number(message.get("CallsTaken")),
    )


def _entry(message: AmiMessage) -> WaitingView:
    return WaitingView(
        queue=message.get("Queue"),
        uniqueid=message.get("Uniqueid"),
        channel=message.get("Channel"),
        position=_number(message.get("Position")),
        wait_s=_number(message.get("Wait")),
    )


def _known(value: str) -> str:
    return "" if value == "<unknown>" else value


def _number(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() else 0


def _duration(value: str) -> int:
    found = _CLOCK.fullmatch(value)
    if found is None:
        return 0
    hours, minutes, seconds = map(int, found.groups())
    return hours * 3600 + minutes * 60 + seconds
