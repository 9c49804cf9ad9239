"""Requests for third lines over a line to the switch that breaks, stalls and lies: one room, one line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hotline.app import schema
from hotline.core import calendar
from hotline.core.action_log import ActionLog, actions
from hotline.core.clock import from_us
from hotline.core.db import Database
from hotline.core.events import EventBus
from hotline.core.settings import Settings
from hotline.telephony import conference_driver
from hotline.telephony.ami import Ami
from hotline.telephony.ami_message import AmiMessage
from hotline.telephony.calls import CallRecord
from hotline.telephony.conference import Conference
from hotline.telephony.conference_adoption import adopt
from hotline.telephony.conference_errors import AlreadyThereError, NotInTalkError
from hotline.telephony.conference_events import RequestChanged
from hotline.telephony.events import LineChanged
from support.ami_line import LIMITS
from support.ami_simulator import byte_by_byte, message, simulator
from support.asterisk import make_settings
from support.room_calls import AGENT_CHANNEL, CALL
from support.room_switch import CITIZEN_CHANNEL, RoomSwitch

WAIT_S = 20.0
NOW = datetime(2026, 11, 22, 4, 0, 30, tzinfo=UTC)
BOTH = [f"{CITIZEN_CHANNEL} to citizen", f"{AGENT_CHANNEL} to agent"]
POLICE = "call Local/police@hotline-line/n"


def settings_of(folder: Path) -> Settings:
    return make_settings(
        folder / "state",
        trunks=[
            {"name": "test", "host": "127.0.0.1", "port": 5060, "numbers": ["12345"]},
            {"name": "emergency", "host": "127.0.0.1", "port": 5062, "numbers": [], "emergency": True},
        ],
        third_lines=[
            {
                "name": name,
                "code": code,
                "label": label,
                "kind": kind,
                "routes": [{"trunk": trunk, "number": number}],
            }
            for name, code, label, kind, trunk, number in (
                ("police", "110", "公安", "emergency", "emergency", "110"),
                ("gas", "31", "燃气", "utility", "test", "96777"),
            )
        ],
    )


class Scene:
    """A conference on a simulated switch, with its store and everything that it told."""

    def __init__(self, switch: RoomSwitch, ami: Ami, database: Database, settings: Settings) -> None:
        self.switch = switch
        self.ami = ami
        self.database = database
        self.log = ActionLog(database, node="node1")
        self.bus = EventBus()
        self.states: list[str] = []
        self.ended = asyncio.Event()
        self.bus.listen(self._hear)
        self.now = NOW
        self.conference = self.new_service(settings)

    def new_service(self, settings: Settings) -> Conference:
        self.conference = Conference(
            *(settings, self.ami, self, self.log, self.bus),
            calendar=calendar.load(),
            clock=lambda: self.now,
        )
        return self.conference

    def find(self, call: str) -> CallRecord | None:
        return self.switch.record(call)

    def open_calls(self) -> list[CallRecord]:
        found = self.find(CALL)
        return [found] if found is not None and found.is_open else []

    def told(self, request: str, number: str, step: str = "asked") -> LineChanged:
        """The switch's own mark of a line, in the record and on the bus."""
        self.switch.story.ask_for(number, how="api", request=request)
        at = from_us(self.switch.story.at_us)
        return LineChanged(
            at=at,
            call=CALL,
            node="node1",
            line=number,
            step=step,
            target="police",
            agent="1001",
            how="api",
            request=request,
        )

    async def until(self, *states: str) -> None:
        """Wait until a request has reached one of the states."""
        async with asyncio.timeout(WAIT_S):
            while not self.states or self.states[-1] not in states:
                self.ended.clear()
                await self.ended.wait()

    async def entries(self, action: str) -> list[tuple[str, str]]:
        await self.log.put("test", "written", limit_s=WAIT_S)
        return [
            (one.result, str((one.details or {}).get("why", "")))
            for one in await actions(self.database)
            if one.action == action
        ]

    def _hear(self, event: object) -> None:
        if isinstance(event, RequestChanged):
            self.states.append(event.state)
            self.ended.set()


@asynccontextmanager
async def scene_of(tmp_path: Path) -> AsyncGenerator[Scene]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'scene.db'}")
    await schema.upgrade(database)
    try:
        async with simulator() as peer:
            ami = Ami("127.0.0.1", peer.port, "hotline", "right", limits=LIMITS, chance=lambda: 0.0)
            scene = Scene(RoomSwitch(peer), ami, database, settings_of(tmp_path))
            running = [asyncio.create_task(ami.run()), asyncio.create_task(scene.log.run())]
            try:
                await ami.wait_connected(WAIT_S)
                yield scene
            finally:
                await scene.conference.close()
                for task in running:
                    task.cancel()
                await asyncio.wait(running)
    finally:
        await database.close()


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Scene]:
    monkeypatch.setattr(conference_driver, "ACTION_LIMIT_S", 0.5)
    monkeypatch.setattr(conference_driver, "TOLD_LIMIT_S", 0.2)
    async with scene_of(tmp_path) as made:
        yield made


async def called(scene: Scene, **fields: Any) -> str:
    """Ask for the police, wait until the switch has it, and tell of it as the switch does."""
    request = await scene.conference.request(CALL, "110", **fields)
    await scene.until("called", "running", "failed")
    if scene.states[-1] == "called":
        scene.conference.hear(scene.told(request.id, request.line))
        await scene.until("running")
    return request.line


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
        while scene.switch.places[CITIZEN_CHANNEL] != "hotline-transfer-back":  # noqa: ASYNC110  # the switch's state
            await asyncio.sleep(0.01)
    assert await scene.entries("three_way.sent_back") == [("done", "")]
    assert not scene.switch.lines


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


async def test_a_call_that_could_not_be_begun_fails_at_once(scene: Scene) -> None:
    request = await scene.conference.request(CALL, "110")
    await scene.until("called")
    scene.conference.observe(_failure(f"{CALL}-3w{request.line}-1"))
    await scene.until("failed")
    assert (await scene.entries("three_way.state"))[-1] == ("failed", "refused")


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


def _failure(channel: str) -> Any:
    raw = message(Event="OriginateResponse", Response="Failure", Uniqueid=channel, Reason="0")
    return AmiMessage(raw.rstrip(b"\r\n"))
