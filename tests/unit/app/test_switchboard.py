from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hotline.app.switchboard import Switchboard
from hotline.core.events import DomainEvent, EventBus
from hotline.queue.states import AgentKind, AgentStateChanged
from hotline.telephony.ami_message import AmiMessage
from support.asterisk import make_settings

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def _message(**fields: str) -> AmiMessage:
    lines = "".join(f"{key}: {value}\r\n" for key, value in fields.items())
    return AmiMessage((lines + "\r\n").encode())


class FakeAmi:
    """Answers the two questions of a snapshot with what a test put in."""

    connected = True

    def __init__(self, *members: AmiMessage) -> None:
        self.members = members

    async def action(self, name: str, fields: object = None, *, limit_s: float = 5.0) -> list[AmiMessage]:
        return list(self.members) if name == "QueueStatus" else []


def _member(number: str, status: int, **more: str) -> AmiMessage:
    return _message(
        Event="QueueMember",
        Queue="public",
        Location=f"PJSIP/{number}",
        Name=number,
        Status=str(status),
        Paused="0",
        InCall="0",
        **more,
    )


async def test_a_snapshot_makes_up_for_missed_events_and_later_events_go_on(tmp_path: Path) -> None:
    told: list[DomainEvent] = []
    bus = EventBus()
    bus.listen(told.append)
    board = Switchboard(make_settings(tmp_path), bus, clock=lambda: NOW)
    assert board.agents() == []

    await board.refresh(FakeAmi(_member("1001", 1), _member("1002", 2)))
    assert [one.kind for one in board.agents()] == [AgentKind.READY, AgentKind.TALKING, AgentKind.SIGNED_OUT]

    board.observe(
        _message(
            Event="QueueMemberStatus",
            Timestamp="1795334400.250000",
            Queue="public",
            Interface="PJSIP/1001",
            Status="6",
            Paused="0",
            InCall="0",
        )
    )
    assert board.agents()[0].kind is AgentKind.RINGING
    assert isinstance(told[-1], AgentStateChanged)
    assert told[-1].at == datetime.fromtimestamp(1795334400.25, UTC)

    await board.refresh(FakeAmi(_member("1002", 1)))
    assert [one.kind for one in board.agents()] == [
        AgentKind.SIGNED_OUT,
        AgentKind.READY,
        AgentKind.SIGNED_OUT,
    ]


async def test_other_events_change_nothing_and_a_bad_time_is_now(tmp_path: Path) -> None:
    board = Switchboard(make_settings(tmp_path), EventBus(), clock=lambda: NOW)
    await board.refresh(FakeAmi(_member("1001", 1)))
    before = board.agents()
    board.observe(_message(Event="CEL", Queue="public", Interface="PJSIP/1001"))
    assert board.agents() == before
    removed = {"Event": "QueueMemberRemoved", "Queue": "public", "Interface": "PJSIP/1001"}
    board.observe(_message(**removed, Timestamp="soon"))
    assert board.agents()[0].kind is AgentKind.SIGNED_OUT
    assert board.agents()[0].since == NOW
