"""Live audio with a fake switch: what it asks for, and that no fault of anybody spreads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import pytest

from hotline.core.clock import utc_now
from hotline.telephony import audio, audio_machine, audio_server
from hotline.telephony.ami_errors import AmiError, AmiNotConnectedError, AmiTimeoutError
from hotline.telephony.audio import LegOfCall, LiveAudio
from hotline.telephony.calls import CallRecord
from hotline.telephony.events import AgentAnswered
from support.asterisk import make_settings
from support.audio_peer import SOUND, VOICE, FakeSwitch
from support.heard_legs import AGENT, CITIZEN, record_of
from support.room_calls import AGENT_CHANNEL, AGENT_LEG, CALL, RoomStory


class Sink:
    def __init__(self, leg: LegOfCall) -> None:
        self.leg = leg
        self.frames: list[int] = []
        self.losses: list[float] = []
        self.ended = 0
        self.broken = False

    def feed(self, pcm: bytes, at_us: int) -> None:
        assert pcm == SOUND
        self.frames.append(at_us)
        if self.broken:
            raise RuntimeError("a broken recogniser")

    def lost(self, seconds: float, at_us: int) -> None:
        self.losses.append(seconds)

    def end(self) -> None:
        self.ended += 1
        if self.broken:
            raise RuntimeError("a broken recogniser")


class Calls:
    """The calls that are followed."""

    def __init__(self, *records: CallRecord) -> None:
        self.records = {record.id: record for record in records}

    def find(self, call: str) -> CallRecord | None:
        return self.records.get(call)

    def open_calls(self) -> list[CallRecord]:
        return [record for record in self.records.values() if record.is_open]


class Scene:
    def __init__(self, tmp_path, story: RoomStory) -> None:
        self.switch = FakeSwitch()
        self.calls = Calls(record_of(story))
        self.sinks: list[Sink] = []
        self.admits = True
        settings = make_settings(tmp_path)
        self.live = LiveAudio(settings, self.switch, self.calls, self.open_sink)

    def open_sink(self, leg: LegOfCall) -> Sink | None:
        if not self.admits:
            return None
        self.sinks.append(Sink(leg))
        return self.sinks[-1]

    def tell(self, story: RoomStory) -> None:
        self.calls.records[CALL] = record_of(story)

    def sink(self, speaker: str) -> Sink:
        return next(one for one in self.sinks if one.leg.speaker == speaker)

    async def say(self, channel: str, count: int = 1) -> None:
        await self.switch.callers[channel].say(VOICE * count)


async def until(find: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not find():  # noqa: ASYNC110  # sockets and timers
            await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def short_times(monkeypatch):
    monkeypatch.setattr(audio_machine, "FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(audio_machine, "ADMISSION_S", 0.2)
    monkeypatch.setattr(audio_machine, "ATTACH_S", 0.4)
    monkeypatch.setattr(audio_server, "GOODBYE_S", 0.2)


def talk() -> RoomStory:
    return RoomStory(CALL).begin()


@asynccontextmanager
async def running(tmp_path, story: RoomStory | None = None) -> AsyncGenerator[Scene]:
    scene = Scene(tmp_path, story or talk())
    task = asyncio.create_task(scene.live.run())
    try:
        yield scene
    finally:
        task.cancel()
        await asyncio.wait([task])
        scene.switch.close()
        assert all(sink.ended == 1 for sink in scene.sinks), "every sink is told its end, once"


async def both_up(scene: Scene) -> None:
    await until(lambda: scene.live.figures().up == 2)


async def test_both_legs_are_listened_to_each_alone_and_by_the_least_that_is_needed(tmp_path):
    async with running(tmp_path) as scene:
        await both_up(scene)
        assert {sink.leg for sink in scene.sinks} == {CITIZEN, AGENT}
        assert set(scene.switch.originated()) == {f"{CITIZEN.channel},qoESl", f"{AGENT_CHANNEL},qoESl"}
        secrets = set[str]()
        for name, given in scene.switch.asked:
            if name == "Originate":
                assert set(given) == {"Channel", "Application", "Data", "ChannelId", "Timeout"}
                assert given["Application"] == "ChanSpy"
                assert given["ChannelId"].startswith("hotline-ear-")
                secrets.add(given["Channel"].split("/")[2])
        named = {given["Channel"]: given["Value"] for name, given in scene.switch.asked if name == "Setvar"}
        port = scene.live.port
        assert {value.removeprefix(f"AudioSocket/127.0.0.1:{port}-") for value in named.values()} == secrets
        assert set(named) == {CITIZEN.channel, AGENT_CHANNEL}
        await scene.say(AGENT_CHANNEL, 5)
        await until(lambda: len(scene.sink("agent").frames) == 5)
        assert scene.sink("citizen").frames == []
        scene.tell(talk().ends())
        await until(lambda: all(sink.ended for sink in scene.sinks))
        assert await scene.switch.callers[AGENT_CHANNEL].reader.readexactly(3) == bytes(3)
    assert scene.live.figures().legs == 0


async def test_an_event_has_it_look_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr("hotline.telephony.audio.LOOK_S", 60.0)
    quiet = RoomStory(CALL).arrive().menu().ask().enter()
    async with running(tmp_path, quiet) as scene:
        await until(lambda: scene.live.port)
        scene.tell(talk())
        told = AgentAnswered(
            at=utc_now(), call=CALL, node="node1", agent="1001", leg=AGENT_LEG, queue="", visit=1
        )
        scene.live.hear(told)
        await both_up(scene)


async def test_a_stream_that_ends_comes_back_to_the_same_sink_and_the_hole_is_told(tmp_path):
    async with running(tmp_path) as scene:
        await both_up(scene)
        await scene.say(AGENT_CHANNEL, 3)
        await until(lambda: len(scene.sink("agent").frames) == 3)
        first = scene.switch.callers[AGENT_CHANNEL]
        first.close()
        await until(lambda: scene.switch.callers[AGENT_CHANNEL] is not first)
        await asyncio.sleep(0.7)  # so long is the hole at least
        await scene.say(AGENT_CHANNEL)
        await until(lambda: len(scene.sink("agent").frames) == 4)
        sink = scene.sink("agent")
        assert len(scene.sinks) == 2
        assert sum(sink.losses) >= 0.6
        gap_us = sink.frames[3] - sink.frames[2] - 20_000
        assert abs(gap_us / 1_000_000 - sum(sink.losses)) < 0.001
        figures = scene.live.figures()
        assert (figures.attached_total, figures.again_total) == (3, 1)
        assert figures.lost_seconds == pytest.approx(sum(sink.losses))


@pytest.mark.parametrize(
    "error", [AmiNotConnectedError("away"), AmiTimeoutError("silent"), AmiError("no such channel")]
)
async def test_a_switch_that_refuses_is_asked_again(tmp_path, error):
    async with running(tmp_path) as scene:
        scene.switch.refuses = error
        await until(lambda: scene.live.figures().failed_total >= 4)
        scene.switch.refuses = None
        await both_up(scene)


async def test_a_stream_that_never_comes_is_asked_for_again_with_another_secret(tmp_path):
    async with running(tmp_path) as scene:
        scene.switch.deaf = True
        await until(lambda: len(scene.switch.originated()) >= 4)
        scene.switch.deaf = False
        await both_up(scene)
        secrets = [given["Channel"] for name, given in scene.switch.asked if name == "Originate"]
        assert len(set(secrets)) == len(secrets)


async def test_a_leg_that_is_not_admitted_costs_the_switch_nothing(tmp_path):
    async with running(tmp_path) as scene:
        scene.admits = False
        scene.tell(talk())
        await until(lambda: scene.live.figures().refused == 2)
        assert scene.switch.asked == []
        scene.admits = True
        await both_up(scene)


async def test_a_broken_sink_harms_only_itself(tmp_path):
    async with running(tmp_path) as scene:
        await both_up(scene)
        scene.sink("agent").broken = True
        for _ in range(3):
            await scene.say(AGENT_CHANNEL)
            await scene.say(CITIZEN.channel)
        await until(lambda: len(scene.sink("citizen").frames) == 3)
        await until(lambda: scene.sink("agent").frames)
        assert len(scene.sink("agent").frames) == 1, "what is broken gets nothing more"
        assert scene.live.figures().up == 2


async def test_a_call_that_cannot_be_read_costs_the_others_nothing(tmp_path, monkeypatch):
    reads = audio.heard
    monkeypatch.setattr(audio, "heard", lambda record: reads(record) if record.id == CALL else 1 / 0)
    async with running(tmp_path) as scene:
        other = RoomStory("node1-1795320000.99").begin()
        scene.calls.records["node1-1795320000.99"] = record_of(other)
        await both_up(scene)
        assert {sink.leg for sink in scene.sinks} == {CITIZEN, AGENT}


async def test_whoever_opens_sinks_may_be_broken_too(tmp_path):
    async with running(tmp_path) as scene:
        opens, scene.live._open_sink = scene.live._open_sink, lambda _: 1 / 0
        await until(lambda: scene.live.figures().refused == 2)
        scene.live._open_sink = opens
        await both_up(scene)


async def test_an_agent_who_came_back_from_a_consultation_is_found_by_asking_the_switch(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("hotline.telephony.audio.ASK_SWITCH_S", 0.1)
    monkeypatch.setattr(audio_machine, "APART_S", 0.1)
    async with running(tmp_path) as scene:
        await both_up(scene)
        scene.tell(talk().event("BRIDGE_EXIT", AGENT_LEG, bridge_id="b-1"))
        await until(lambda: scene.live.figures().apart == 2)
        scene.switch.bridges = {CITIZEN.channel: "b-1", AGENT_CHANNEL: "b-1"}
        await both_up(scene)
        assert len(scene.sinks) == 2, "the same sinks go on"
