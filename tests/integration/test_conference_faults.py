"""Requests for third lines over a line to the switch that breaks, stalls and lies: one room, one line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from hotline.telephony import conference_driver
from hotline.telephony.ami_message import AmiMessage
from hotline.telephony.conference_errors import NotInTalkError
from support.ami_simulator import byte_by_byte, message
from support.room_calls import AGENT_CHANNEL, CALL
from support.room_scene import BOTH, POLICE, WAIT_S, Scene, called, scene_of
from support.room_switch import CITIZEN_CHANNEL


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Scene]:
    monkeypatch.setattr(conference_driver, "ACTION_LIMIT_S", 0.5)
    monkeypatch.setattr(conference_driver, "TOLD_LIMIT_S", 0.2)
    async with scene_of(tmp_path) as made:
        yield made


@pytest.mark.clause("R-3W-1")
async def test_both_are_moved_and_the_line_is_called_by_its_name(scene: Scene) -> None:
    line_id = await called(scene)
    assert scene.switch.done == [*BOTH, POLICE]
    assert scene.states == ["asked", "moving", "calling", "called", "running"]
    (sent,) = scene.switch.lines
    assert sent["ChannelId"] == f"{CALL}-3w{line_id}-1"
    assert sent["OtherChannelId"] == f"{CALL}-3w{line_id}-2"
    assert b"Variable: HL_AGENT_CHANNEL=" + AGENT_CHANNEL.encode() in bytes(scene.switch.ami.raw)
    assert b"96777" not in scene.switch.ami.raw
    assert (await scene.entries("three_way.request")) == [("accepted", "")]
    assert [result for result, _ in await scene.entries("three_way.state")] == scene.states[1:]


async def test_in_a_consultation_the_citizen_waits(scene: Scene) -> None:
    await called(scene, mode="consult")
    assert scene.switch.done == [f"{CITIZEN_CHANNEL} to wait", f"{AGENT_CHANNEL} to agent", POLICE]


@pytest.mark.parametrize("fault", ["lost", "cut", "stalled", "no"])
@pytest.mark.parametrize("action", ["Redirect", "Originate"])
async def test_whatever_becomes_of_an_answer_there_is_one_room_and_one_line(
    scene: Scene, action: str, fault: str
) -> None:
    scene.switch.faults[action] = [fault]
    await called(scene)
    assert scene.switch.places == {CITIZEN_CHANNEL: "citizen", AGENT_CHANNEL: "agent"}
    assert [done for done in scene.switch.done if done == POLICE] == [POLICE]
    assert "BROKEN A TALK" not in scene.switch.done


async def test_answers_that_come_byte_by_byte_are_understood(scene: Scene) -> None:
    scene.switch.ami.cut = byte_by_byte
    scene.switch.faults = {"Redirect": ["lost"], "Originate": ["lost"]}
    await called(scene)
    assert scene.switch.done == [*BOTH, POLICE]


async def test_answers_and_marks_that_come_twice_change_nothing(scene: Scene) -> None:
    scene.switch.ami.cut = lambda data: (data, data)
    scene.switch.faults = {"Redirect": ["stalled"], "Originate": ["stalled"]}
    request = await scene.conference.request(CALL, "110")
    await scene.until("called")
    mark = scene.told(request.id, request.line)
    for _ in range(3):
        scene.conference.hear(mark)
        scene.conference.observe(_failure(f"{CALL}-3w{request.line}-1"))
    await scene.until("running")
    assert scene.switch.done == [*BOTH, POLICE]
    assert await scene.entries("three_way.line") == [("asked", "")]


@pytest.mark.clause("R-3W-4")
async def test_one_who_was_moved_alone_gets_the_other(scene: Scene) -> None:
    scene.switch.faults["Redirect"] = ["split"]
    await called(scene)
    assert scene.switch.done == [*BOTH, POLICE]
    assert "mending" in scene.states


@pytest.mark.parametrize("faults", [["split", "lost"], ["split", "cut"], ["split", "no", "stalled"]])
async def test_the_way_back_may_fail_too(scene: Scene, faults: list[str]) -> None:
    scene.switch.faults["Redirect"] = faults
    await called(scene)
    assert scene.switch.places == {CITIZEN_CHANNEL: "citizen", AGENT_CHANNEL: "agent"}
    assert scene.switch.done.count(POLICE) == 1


@pytest.mark.clause("R-3W-4")
async def test_a_citizen_whose_agent_is_lost_on_the_way_goes_back_to_the_queue(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scene.conference._guard, "_pause_s", 0.05)  # pyright: ignore[reportPrivateUsage]  # a test waits less
    scene.switch.faults["Redirect"] = ["split"]
    act = scene.switch.ami.script["Redirect"]

    def gone(action: dict[str, str]) -> bytes | None:
        reply = act(action)
        scene.switch.places.pop(AGENT_CHANNEL, None)  # its telephone is hung up just now
        return reply

    scene.switch.ami.script["Redirect"] = gone
    await scene.conference.request(CALL, "110")
    await scene.until("failed")
    async with asyncio.timeout(WAIT_S):
        while not await scene.entries("three_way.sent_back"):  # noqa: ASYNC110  # rows of a table
            await asyncio.sleep(0.01)
    assert scene.switch.places[CITIZEN_CHANNEL] == "hotline-transfer-back"
    assert not scene.switch.lines


async def test_a_call_that_could_not_be_begun_fails_at_once(scene: Scene) -> None:
    request = await scene.conference.request(CALL, "110")
    await scene.until("called")
    scene.switch.lines.clear()
    scene.conference.observe(_failure(f"{CALL}-3w{request.line}-1"))
    await scene.until("failed")
    assert (await scene.entries("three_way.state"))[-1] == ("failed", "refused")


async def test_a_call_begun_twice_that_fails_once_goes_on(scene: Scene) -> None:
    """The service before this one had sent the same call; the switch took both, and says no to one."""
    request = await scene.conference.request(CALL, "110")
    await scene.until("called")
    scene.conference.observe(_failure(f"{CALL}-3w{request.line}-1"))
    await asyncio.sleep(0.5)
    assert scene.states[-1] == "called"
    scene.conference.hear(scene.told(request.id, request.line))
    await scene.until("running")


async def test_a_line_of_which_no_word_comes_is_looked_for(scene: Scene) -> None:
    request = await scene.conference.request(CALL, "110")
    await scene.until("called")
    scene.switch.lines.clear()  # it never really began
    await scene.until("failed")
    assert scene.switch.done.count(POLICE) == 1
    assert scene.conference.requests(CALL) == [] or scene.conference.requests(CALL)[0].id == request.id


async def test_the_citizen_hangs_up_while_the_switch_cannot_be_reached(scene: Scene) -> None:
    scene.switch.faults["Redirect"] = ["cut"]
    act = scene.switch.ami.script["Redirect"]

    def cut(action: dict[str, str]) -> bytes | None:
        scene.switch.places.clear()
        scene.switch.story.hang_up()
        return act(action)

    scene.switch.ami.script["Redirect"] = cut
    await scene.conference.request(CALL, "110")
    await scene.until("failed")
    assert scene.switch.done == []
    with pytest.raises(NotInTalkError):
        await scene.conference.request(CALL, "110")


def _failure(channel: str) -> Any:
    raw = message(Event="OriginateResponse", Response="Failure", Uniqueid=channel, Reason="0")
    return AmiMessage(raw.rstrip(b"\r\n"))
