"""Requests beside each other and after one another: same lines, keys, limits, and services that die."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from hotline.core.action_log import actions
from hotline.core.errors import NotFoundError
from hotline.telephony import conference_driver
from hotline.telephony.conference_adoption import adopt
from hotline.telephony.conference_errors import AlreadyThereError, NotYoursError
from hotline.telephony.conference_events import RequestChanged
from hotline.telephony.conference_policy import RateError, ReasonError, UnknownTargetError
from support.room_calls import AGENT_CHANNEL, AGENT_LEG, CALL
from support.room_scene import BOTH, POLICE, WAIT_S, Scene, scene_of, settings_of
from support.room_switch import CITIZEN_CHANNEL


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Scene]:
    monkeypatch.setattr(conference_driver, "ACTION_LIMIT_S", 0.5)
    monkeypatch.setattr(conference_driver, "TOLD_LIMIT_S", 0.2)
    async with scene_of(tmp_path) as made:
        yield made


@pytest.mark.clause("R-3W-2")
async def test_a_restart_gives_no_free_minute_and_an_emergency_is_never_counted(
    scene: Scene, tmp_path: Path
) -> None:
    await scene.conference.request(CALL, "gas", reason="闻到燃气味")
    await scene.until("called")
    for service in (scene.conference, scene.new_service(settings_of(tmp_path))):
        await adopt(service, scene, scene.database, clock=lambda: scene.now)
        with pytest.raises(RateError) as caught:
            await service.request(CALL, "water", reason="爆管")
        assert caught.value.fields["seconds"] == 60
    await scene.conference.request(CALL, "110")
    scene.now += timedelta(seconds=61)
    await scene.conference.request(CALL, "water", reason="爆管")
    assert (await scene.entries("three_way.request")) == [
        ("accepted", ""),
        ("refused", "three_way.rate"),
        ("refused", "three_way.rate"),
        ("accepted", ""),
        ("accepted", ""),
    ]


async def test_what_is_refused_leaves_no_number_in_the_log(scene: Scene) -> None:
    for target, agent, error in (
        ("13800000000", "", UnknownTargetError),
        ("gas", "", ReasonError),
        ("gas", "13900000000", NotFoundError),
        ("gas", "1002", NotYoursError),
    ):
        with pytest.raises(error):
            await scene.conference.request(CALL, target, agent=agent)
    await scene.log.put("test", "written", limit_s=WAIT_S)
    found = str(await actions(scene.database))
    assert "13800000000" not in found
    assert "13900000000" not in found
    assert [why for _, why in await scene.entries("three_way.request")] == [
        "three_way.unknown_target",
        "three_way.reason",
        "not_found",
        "three_way.not_yours",
    ]
    assert scene.switch.done == []


@pytest.mark.parametrize("state", ["asked", "moving", "mending", "calling", "called"])
async def test_a_service_that_dies_in_any_state_is_followed_by_one_that_goes_on(
    scene: Scene, tmp_path: Path, state: str
) -> None:
    """The service is ended at the moment at which it enters a state; what it sent may be done or not."""
    if state == "mending":
        scene.switch.faults["Redirect"] = ["split"]
    first = scene.conference
    reached = asyncio.Event()

    def ends(event: object) -> None:
        if isinstance(event, RequestChanged) and event.state == state:
            reached.set()

    scene.bus.listen(ends)
    asking = asyncio.create_task(first.request(CALL, "110"))
    await reached.wait()
    await first.close()
    request = await asking
    assert len(await scene.entries("three_way.request")) == 1

    second = scene.new_service(settings_of(tmp_path))
    await adopt(second, scene, scene.database, clock=lambda: scene.now + timedelta(seconds=3))
    await scene.until("called")
    second.hear(scene.told(request.id, request.line))
    await scene.until("running")
    assert scene.switch.places == {CITIZEN_CHANNEL: "citizen", AGENT_CHANNEL: "agent"}
    assert scene.switch.done.count(POLICE) == 1
    assert "BROKEN A TALK" not in scene.switch.done

    assert ("running", "") in await scene.entries("three_way.state")
    third = scene.new_service(settings_of(tmp_path))
    await adopt(third, scene, scene.database, clock=lambda: scene.now)
    assert third.requests(CALL) == []
    await third.close()
    await second.close()


async def test_a_request_made_before_the_log_was_read_is_not_begun_twice(scene: Scene) -> None:
    """The API takes requests as soon as it is up; what the one before left is looked for later."""
    request = await scene.conference.request(CALL, "110")
    await adopt(scene.conference, scene, scene.database, clock=lambda: scene.now)
    await scene.until("called")
    scene.conference.hear(scene.told(request.id, request.line))
    await scene.until("running")
    assert scene.switch.done == [*BOTH, POLICE]
    states = [state for state, _ in await scene.entries("three_way.state")]
    assert "looking" not in states, "nothing was in doubt"
    await adopt(scene.conference, scene, scene.database, clock=lambda: scene.now)
    assert scene.conference.requests(CALL) == []


async def test_who_is_between_talk_and_room_when_a_service_begins_is_looked_for(scene: Scene) -> None:
    """The one before has moved both and died; they have left their bridge, no mark says where they are."""
    scene.switch.story.event("BRIDGE_EXIT", bridge_id="b-1").event("BRIDGE_EXIT", AGENT_LEG, bridge_id="b-1")
    scene.switch.places = {CITIZEN_CHANNEL: "citizen", AGENT_CHANNEL: "agent"}
    scene.log.note(
        *("1001", "three_way.request", CALL, {"line": "1", "target": "police", "mode": "direct"}),
        scene.now - timedelta(seconds=1),
        request="first",
        result="accepted",
    )
    await scene.log.put("test", "written", limit_s=WAIT_S)
    await adopt(scene.conference, scene, scene.database, clock=lambda: scene.now)
    await scene.until("called", "failed")
    assert scene.states[-1] == "called"
    assert scene.switch.done == [POLICE]


async def test_an_old_request_is_not_carried_out_late(scene: Scene, tmp_path: Path) -> None:
    scene.log.note(
        *("1001", "three_way.request", CALL, {"line": "1", "target": "police", "mode": "direct"}),
        scene.now - timedelta(seconds=40),
        request="old",
        result="accepted",
    )
    await scene.log.put("test", "written", limit_s=WAIT_S)
    await adopt(scene.conference, scene, scene.database, clock=lambda: scene.now)
    assert (await scene.entries("three_way.state")) == [("failed", "late")]
    assert scene.switch.done == []


async def test_a_second_request_for_the_same_line_is_refused_with_its_id(scene: Scene) -> None:
    first = asyncio.create_task(scene.conference.request(CALL, "110"))
    await asyncio.sleep(0)
    with pytest.raises(AlreadyThereError) as caught:
        await scene.conference.request(CALL, "*110")
    asked = await first
    assert caught.value.fields["line"] == asked.line
    assert (await scene.entries("three_way.request")) == [
        ("accepted", ""),
        ("refused", "three_way.already"),
    ]


async def test_a_key_pressed_before_is_seen_and_not_doubled(scene: Scene) -> None:
    scene.switch.story.ask_for("1795320029000").move()
    with pytest.raises(AlreadyThereError):
        await scene.conference.request(CALL, "police")
    await scene.conference.request(CALL, "gas", reason="闻到燃气味")
    await scene.until("called")
    assert scene.switch.done == ["call Local/gas@hotline-line/n"]


async def test_two_requests_of_one_call_follow_each_other(scene: Scene) -> None:
    scene.switch.ami.delay_s = 0.02
    await asyncio.gather(
        scene.conference.request(CALL, "110"), scene.conference.request(CALL, "gas", reason="漏气")
    )
    async with asyncio.timeout(WAIT_S):
        while len(scene.switch.lines) < 2:  # noqa: ASYNC110  # the switch's state
            await asyncio.sleep(0.01)
    assert scene.switch.done[0:3] == [*BOTH, POLICE]
    assert scene.switch.done[-1] == "call Local/gas@hotline-line/n"
