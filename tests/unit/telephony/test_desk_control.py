"""The desk's commands as they go to the switch, and what is refused before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest

from hotline.core.action_log import ActionLog
from hotline.core.errors import HotlineError, InvalidInputError
from hotline.telephony.ami_errors import AmiRefusedError
from hotline.telephony.calls import CallRecord, merge_all
from hotline.telephony.cel import fact_of_row
from hotline.telephony.desk_control import DeskControl
from hotline.telephony.desk_errors import (
    NoCallError,
    NoSuchTargetError,
    NotConnectedError,
    NotConsultingError,
    SwitchRefusedError,
)
from support.asterisk import make_settings
from support.call_facts import Story, asking

CHANNEL = "PJSIP/1001-00000001"
CITIZEN = "PJSIP/trunk-local-0.12"
ATTACKS = [
    "1002\r\nAction: Originate",
    "1002\nVariable: x",
    "1002,1,System(id)",
    "${SHELL(id)}",
    "*110",
    "110",
    "hotline-line,police,1",
    "public&enterprise",
    "",
    "1001",
]


class Switch:
    """Notes every action; refuses what it is told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.refuses = ""
        self.leg = ""

    async def action(self, name: str, fields: Mapping[str, Any] | None = None, **_: object) -> list[Any]:
        self.sent.append((name, dict(fields or {})))
        if name == self.refuses:
            raise AmiRefusedError(name, "No such channel")
        return [{"Value": self.leg}] if name == "Getvar" else []


class Notes:
    """The action log."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, str, str]] = []

    def note(self, who: str, action: str, call: str, details: object, *, result: str) -> None:
        self.noted.append((who, action, result))


class World:
    """A control with one call at 1001's desk."""

    def __init__(self, tmp_path: Any, story: Story | None) -> None:
        facts = [] if story is None else [fact_of_row(row) for row in story.rows]
        record = merge_all(CallRecord(Story().call), (fact for fact in facts if fact is not None))
        self.records = [record] if story is not None else []
        self.switch, self.notes = Switch(), Notes()
        self.control = DeskControl(
            make_settings(tmp_path), cast("Any", self.switch), self, cast("ActionLog", self.notes)
        )

    def open_calls(self) -> list[CallRecord]:
        return self.records


def ringing() -> Story:
    return Story().arrive().ask().enter().ring(f"{Story().call}1")


@pytest.fixture
def world(tmp_path) -> World:
    return World(tmp_path, ringing().answer(f"{Story().call}1"))


@pytest.mark.parametrize("attack", ATTACKS)
async def test_nothing_but_an_agent_or_a_queue_is_a_target(world, attack) -> None:
    for way in ("blind", "consult"):
        with pytest.raises(NoSuchTargetError):
            await world.control.transfer("1001", attack, way, who="wangfang")
    assert world.switch.sent == []


@pytest.mark.parametrize("channel", ["PJSIP/1001-1\r\nAction: Ping", "PJSIP/1001 x", "PJSIP/a&b", "${X}", ""])
async def test_a_channel_that_is_no_channels_name_never_reaches_the_switch(tmp_path, channel) -> None:
    story = ringing().answer(f"{Story().call}1")
    story.rows = [[cell.replace(CHANNEL, channel) for cell in row] for row in story.rows]
    world = World(tmp_path, story)
    for command in (
        world.control.hang_up("1001", who="w"),
        world.control.mute("1001", on=True, who="w"),
        world.control.transfer("1001", "1002", "consult", who="w"),
    ):
        with pytest.raises((InvalidInputError, NoCallError, NotConnectedError)):
            await command
    assert world.switch.sent == []


async def test_a_lost_telephone_in_the_talk_of_a_call_back_is_known_to_the_switch_alone(tmp_path) -> None:
    world = World(tmp_path, None)
    world.switch.leg = CHANNEL
    assert await world.control.lose("1001", who="w", why="leaving")
    assert world.switch.sent[-1] == ("Hangup", {"Channel": CHANNEL, "Cause": "44"})
    world.switch.refuses = "Hangup"
    assert not await world.control.lose("1001", who="w", why="leaving")
    world.switch.leg = "PJSIP/1001-1\r\nAction: Originate"
    with pytest.raises(InvalidInputError):
        await world.control.lose("1001", who="w", why="leaving")
    world.switch.leg = "PJSIP/1002-00000001"
    assert not await world.control.lose("1001", who="w", why="leaving")


async def test_hanging_up_is_told_as_the_agents_own(world) -> None:
    await world.control.hang_up("1001", who="wangfang")
    assert world.switch.sent == [
        ("Setvar", {"Channel": CHANNEL, "Variable": "CHANNEL(hangupsource)", "Value": CHANNEL}),
        ("Hangup", {"Channel": CHANNEL, "Cause": "16"}),
    ]
    assert world.notes.noted == [("wangfang", "desk.hangup", "done")]


async def test_a_blind_transfer_moves_the_citizen_alone(world) -> None:
    await world.control.transfer("1001", "enterprise", "blind", who="w")
    (sent,) = world.switch.sent
    assert sent == (
        "Redirect",
        {"Channel": CITIZEN, "Context": "hotline-transfer", "Exten": "enterprise", "Priority": "1"},
    )


async def test_a_colleague_can_be_asked_first_and_a_queue_cannot(world) -> None:
    with pytest.raises(NoSuchTargetError):
        await world.control.transfer("1001", "enterprise", "consult", who="w")
    await world.control.transfer("1001", "1002", "consult", who="w")
    assert world.switch.sent == [
        ("Atxfer", {"Channel": CHANNEL, "Context": "hotline-transfer", "Exten": "1002"})
    ]
    with pytest.raises(NotConsultingError):
        await world.control.take_back("1001", who="w")


async def test_a_citizen_who_waits_is_taken_back_and_not_sent_on(tmp_path) -> None:
    world = World(tmp_path, asking())
    assert world.control.now("1001").consulting == "1002"
    with pytest.raises(NotConnectedError):
        await world.control.transfer("1001", "1002", "blind", who="w")
    await world.control.take_back("1001", who="w")
    assert world.switch.sent == [("CancelAtxfer", {"Channel": CHANNEL})]


async def test_a_muted_leg_is_known_and_its_successor_is_not_muted(world) -> None:
    told: list[str] = []
    world.control.changed = told.append
    await world.control.mute("1001", on=True, who="w")
    leg = world.control.now("1001").leg
    assert world.control.is_muted("1001", leg)
    assert not world.control.is_muted("1001", f"{leg}9")
    await world.control.mute("1001", on=False, who="w")
    assert not world.control.is_muted("1001", leg)
    assert set(told) == {"1001"}


async def test_a_telephone_that_rings_can_be_lost_and_hung_up_but_not_transferred(tmp_path) -> None:
    world = World(tmp_path, ringing())
    assert await world.control.lose("1001", who="w", why="leaving")
    await world.control.hang_up("1001", who="w")
    with pytest.raises(NotConnectedError):
        await world.control.transfer("1001", "1002", "blind", who="w")
    with pytest.raises(NotConnectedError):
        await world.control.mute("1001", on=True, who="w")
    assert [fields.get("Cause") for name, fields in world.switch.sent if name == "Hangup"] == ["44", "16"]


async def test_without_a_call_nothing_is_done(tmp_path) -> None:
    world = World(tmp_path, None)
    assert not await world.control.lose("1001", who="w", why="leaving")
    for command in (
        world.control.hang_up("1001", who="w"),
        world.control.mute("1001", on=True, who="w"),
        world.control.transfer("1001", "1002", "blind", who="w"),
    ):
        with pytest.raises(NoCallError):
            await command
    assert {name for name, _ in world.switch.sent} == {"Getvar"}


async def test_what_the_switch_refuses_is_noted_and_told(world) -> None:
    world.switch.refuses = "Hangup"
    with pytest.raises(SwitchRefusedError) as caught:
        await world.control.hang_up("1001", who="w")
    assert isinstance(caught.value, HotlineError)
    assert world.notes.noted == [("w", "desk.hangup", "refused")]
