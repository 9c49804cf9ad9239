"""What a desk shows, and who is told what of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, cast

import pytest

from hotline.core.clock import from_us
from hotline.core.events import EventBus
from hotline.queue.states import AgentKind, AgentState
from hotline.telephony.calls import CallRecord, merge_all
from hotline.telephony.cel import fact_of_row
from hotline.telephony.events import AgentAnswered, CallEnded
from hotline.web import desk_stream
from hotline.web.call_streams import CallStreams, Kind
from hotline.web.desk_board import Board, Sources
from hotline.web.desk_callers import Known
from hotline.web.desk_state import DeskPeer, EarlierTicket
from hotline.web.desk_stream import DeskStreams, shown
from hotline.web.desk_tabs import Tabs
from support.asterisk import make_settings
from support.call_facts import NOON, Story, asking

NOW = from_us(NOON + 60_000_000)
NUMBER = "13812345678"
TICKET = EarlierTicket("t", "20261122-1", "c", "draft", True, "投诉", "路灯不亮", "东三环", NOW)


class World:
    """The parts behind a board, as a test sets them."""

    def __init__(self, tmp_path: Any) -> None:
        self.records: dict[str, CallRecord] = {}
        self.states: list[AgentState] = []
        self.device = 1
        self.known = Known(is_looked_up=True, tickets=(TICKET,))
        self.muted = False
        self.tabs = Tabs()
        settings = make_settings(tmp_path, agents_work={"wrap_up_seconds": 30})
        sources = Sources(
            cast("Any", self), lambda: self.states, lambda _number: self.device, lambda _call: NUMBER
        )
        self.board = Board(
            *(settings, sources, cast("Any", self), cast("Any", self), self.tabs), clock=lambda: NOW
        )

    def put(self, story: Story) -> None:
        facts = (fact_of_row(row) for row in story.rows)
        self.records[story.call] = merge_all(CallRecord(story.call), (fact for fact in facts if fact))

    def find(self, call: str) -> CallRecord | None:
        return self.records.get(call)

    def open_calls(self) -> list[CallRecord]:
        return [record for record in self.records.values() if record.is_open]

    def of(self, _call: str, _number: str) -> Known:
        return self.known

    def is_muted(self, _agent: str, _leg: str) -> bool:
        return self.muted

    def name_of(self, dialled: str) -> str:
        return dialled

    def targets(self, agent: str) -> Sequence[tuple[str, str]]:
        return [("agent", "1002"), ("queue", "public")] if agent == "1001" else []

    def state(self, kind: AgentKind, reason: str = "") -> None:
        self.states = [AgentState("1001", kind, NOW, reason, ("public",))]


@pytest.fixture
def world(tmp_path) -> World:
    return World(tmp_path)


def ringing() -> Story:
    return Story().arrive().ask().wait(4).enter(queue="public").ring(f"{Story().call}1")


def test_an_agent_whom_nobody_has_heard_of_is_signed_out(world) -> None:
    world.device = 0
    world.board.look()
    desk = world.board.of("1001")
    assert (desk.state, desk.call, desk.phone.state, desk.phone.kind) == ("signed_out", None, "away", "sip")


def test_a_ring_tells_who_calls_and_since_when_the_citizen_waits(world) -> None:
    world.put(ringing())
    world.state(AgentKind.RINGING)
    world.device = 6
    world.board.look()
    desk = world.board.of("1001")
    assert desk.call is not None
    assert (desk.call.state, desk.call.queue_label, desk.phone.state) == ("ringing", "综合受理", "ringing")
    assert (desk.call.caller.number, desk.call.caller.place) == (NUMBER, "东三环")
    assert desk.call.caller.tickets == (TICKET,)


def test_a_talk_on_hold_is_held_and_its_wait_is_over(world) -> None:
    world.put(ringing().wait(2).answer(f"{Story().call}1"))
    world.state(AgentKind.HELD)
    world.muted = True
    world.board.look()
    call = world.board.of("1001").call
    assert call is not None
    assert (call.state, call.muted) == ("held", True)
    assert call.waited_s == pytest.approx(6, abs=0.1)


def test_after_the_call_its_ticket_is_still_found_while_the_wrap_up_runs(world) -> None:
    story = ringing().answer(f"{Story().call}1")
    world.put(story)
    world.board.look()
    world.put(story.hang_up())
    world.state(AgentKind.WRAPUP, "wrapup")
    world.board.look()
    desk = world.board.of("1001")
    assert (desk.call, desk.last, desk.wrapup_ends_at) == (None, story.call, NOW + timedelta(seconds=30))
    assert world.board.call_of("1001") == story.call
    # Who called is known, too, after a reload, and when the record has left the memory.
    for _ in range(2):
        desk = world.board.of("1001")
        assert desk.last_call is not None
        assert (desk.last_call.call, desk.last_call.state) == (story.call, "over")
        assert (desk.last_call.caller.number, desk.last_call.caller.tickets) == (NUMBER, (TICKET,))
        masked = shown(desk, personal=False).last_call
        assert masked is not None
        assert masked.caller.number == "138****5678"
        world.records.clear()


def test_both_desks_tell_of_a_colleague_who_is_asked_first(world) -> None:
    world.put(asking())
    world.state(AgentKind.HELD)
    world.board.look()
    first, second = world.board.of("1001").call, world.board.of("1002").call
    assert first is not None
    assert second is not None
    assert (first.state, first.consulting, first.asked_by) == ("talking", DeskPeer("1002", "李强"), None)
    assert (second.consulting, second.asked_by) == (None, DeskPeer("1001", "王芳"))
    # Who was only asked has this call not as the last one.
    world.records.clear()
    world.board.look()
    assert (world.board.of("1001").last, world.board.of("1002").last) == (asking().call, None)


def test_a_number_is_whole_for_those_who_may_see_it_alone(world) -> None:
    world.put(ringing())
    world.board.look()
    desk = world.board.of("1001")
    for personal, number in ((True, NUMBER), (False, "138****5678")):
        call = shown(desk, personal=personal).call
        assert call is not None
        assert (call.caller.number, call.caller.masked) == (number, not personal)


def test_targets_are_told_with_their_names_and_states(world) -> None:
    told = [(one.to, one.kind, one.label, one.state) for one in world.board.targets("1001")]
    assert told == [("1002", "agent", "李强", "signed_out"), ("public", "queue", "综合受理", None)]


@asynccontextmanager
async def streams(world: World):
    """The streams over a bus, running."""
    bus = EventBus()

    def of(name: str) -> CallStreams:
        return CallStreams(bus, Kind(name, {AgentAnswered: name}, lambda call: {"call": call, "is": name}))

    made = DeskStreams(bus, world.board, world.tabs, of("speech"), of("room"))
    task = asyncio.create_task(made.run())
    try:
        yield bus, made
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Window:
    """One window's events."""

    def __init__(self, made: DeskStreams, tab: str) -> None:
        self.events: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()
        self.task = asyncio.create_task(made.answer(cast("Any", None), "1001", tab, personal=True))

    async def next(self, name: str) -> dict[str, Any]:
        async with asyncio.timeout(20):
            while (found := await self.events.get())[0] != name:
                pass
            return found[1]

    def take(self, data: bytes) -> None:
        text = data.decode()
        if text.startswith("event: "):
            name, told = text.removeprefix("event: ").split("\ndata: ", 1)
            self.events.put_nowait((name, json.loads(told)))


@pytest.fixture
def open_window(monkeypatch):
    """Open a window of the desk 1001 without a network."""
    opened: list[Window] = []
    waiting: list[Window] = []

    async def send(_request: Any, events: Any, **_more: Any) -> Any:
        window = waiting.pop()
        async for event in events:
            window.take(event)

    monkeypatch.setattr(desk_stream.sse, "send", send)

    def make(made: DeskStreams, tab: str) -> Window:
        window = Window(made, tab)
        waiting.insert(0, window)
        opened.append(window)
        return window

    yield make
    for window in opened:
        window.task.cancel()


async def test_a_window_gets_the_desk_and_whatever_changes_on_it(world, open_window) -> None:
    async with streams(world) as (bus, made):
        window = open_window(made, "window-1")
        assert (await window.next("desk"))["call"] is None
        story = ringing()
        world.put(story)
        made.nudge()
        assert (await window.next("desk"))["call"]["state"] == "ringing"
        told = await window.next("call")
        assert (told["call"], told["is"], told["three_way"]["is"]) == (story.call, "speech", "room")
        answered = AgentAnswered(
            at=NOW, call=story.call, node="n", agent="1001", leg="1", queue="public", visit=1
        )
        bus.publish(answered)
        assert (await window.next("speech"))["agent"] == "1001"
        bus.publish(CallEnded(at=NOW, call=story.call, node="n", outcome="answered", ended_by="citizen"))
        assert await window.next("ended") == {"call": story.call, "by": "citizen", "outcome": "answered"}


async def test_only_the_window_with_the_phone_is_told_to_use_it(world, open_window) -> None:
    async with streams(world) as (_, made):
        first, second = open_window(made, "window-1"), open_window(made, "window-2")
        await first.next("desk")
        await second.next("desk")
        assert not made.tell_phone("1001", "answer")
        world.tabs.claim("1001", "window-2", take=True, registered=False)
        assert made.tell_phone("1001", "answer")
        assert await second.next("phone") == {"do": "answer"}
        made.nudge()
        assert (await first.next("desk"))["phone"]["tab"] == "window-2"
        assert first.events.empty()
