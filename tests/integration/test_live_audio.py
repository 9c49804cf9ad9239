"""Each voice of a talk comes alone, in 20 ms frames, and no call knows of it."""

from __future__ import annotations

import asyncio
import signal

import pytest

from support.journal import seconds_with, until_console, until_idle
from support.live_ears import AGENTS, CITIZEN, FIRST, LINE, SECOND, WORD, Scene, ears, until
from support.live_ears_process import listening_process
from support.load_compare import rows_of_journal_alone
from support.third_line_phones import Leg

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-T-2")]

STREAM = "AudioSocket/"
LATE = 15
"""So many frames may be on their way, or late on a busy machine, when two telephones are compared."""


class Talk:
    """Whether two telephones go on hearing each other, counted in frames played and heard."""

    def __init__(self, one: Leg, other: Leg) -> None:
        self._pairs = [(one.sound, other.sound), (other.sound, one.sound)]
        self._begin = [(mine.sent, len(theirs.heard)) for mine, theirs in self._pairs]

    def missed(self) -> int:
        """How many frames were played and not heard as they were."""
        worst = 0
        for (mine, theirs), (sent, heard) in zip(self._pairs, self._begin, strict=True):
            arrived = sum(look.tones == {mine.hertz} for look in theirs.heard[heard:])
            worst = max(worst, mine.sent - sent - arrived)
        return worst


async def streams(scene: Scene, count: int) -> None:
    async with asyncio.timeout(60):  # a process begins
        while len(await scene.channels(STREAM)) != count:  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.1)


async def test_each_voice_comes_on_its_own_and_a_killed_stream_comes_back(running_asterisk, tmp_path):
    async with ears(running_asterisk) as scene, scene.listening() as (parts, live):
        citizen, agent = await scene.talk()
        await until(lambda: (one := scene.sink("citizen")) and one.heard(CITIZEN) > 20)
        await until(lambda: (one := scene.sink("agent", AGENTS[0])) and one.heard(FIRST) > 20)
        mine, theirs = scene.sink("citizen"), scene.sink("agent", AGENTS[0])
        assert mine is not None
        assert theirs is not None
        call = await parts.call()
        assert (mine.leg.call, mine.leg.leg, theirs.leg.call) == (call, call, call)
        talk = Talk(citizen, agent)

        theirs_now = next(line for line in await listeners(scene) if theirs.leg.channel in line)
        await scene.switch.console(f"channel request hangup {theirs_now.split('!')[0]}")
        await until(lambda: live.figures().again_total == 1)
        before = len(theirs.frames)
        await until(lambda: theirs.heard(FIRST, after=before) > 50)
        assert talk.missed() < LATE
        assert len(scene.sinks) == 2

        scene.band.sounds.discard(agent.sound)  # on hold a telephone sends nothing
        before = len(theirs.losses)
        await until(lambda: len(theirs.losses) > before)
        scene.band.sounds.add(agent.sound)
        before = len(theirs.frames)
        await until(lambda: theirs.heard(FIRST, after=before) > 20)

        assert (mine.tones, theirs.tones) == ({CITIZEN}, {FIRST})
        assert (mine.unaccounted_us(), theirs.unaccounted_us()) == (0, 0)
        assert "1 of " in await scene.switch.console("core show calls")
        await citizen.hang_up()
        await until(lambda: mine.ended == theirs.ended == 1)
        await streams(scene, 0)
        assert scene.switch.faults() == []
        assert await scene.switch.runtime.stop(graceful=True, limit_s=20), "a stream kept the switch"
        await equal_without_the_streams(scene, tmp_path)


async def listeners(scene: Scene) -> list[str]:
    lines = (await scene.switch.console("core show channels concise")).splitlines()
    return [line for line in lines if line.startswith(STREAM)]


async def equal_without_the_streams(scene: Scene, folder) -> None:
    """What the journal says of calls is the same with the streams' own lines and without them."""
    settings = scene.switch.settings
    whole = await rows_of_journal_alone(settings, f"sqlite+aiosqlite:///{folder}/whole.db")
    lines = scene.switch.journal.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if "hotline-ear-" not in line]
    assert len(lines) - len(kept) >= 12
    scene.switch.journal.write_text("".join(kept), encoding="utf-8")
    assert await rows_of_journal_alone(settings, f"sqlite+aiosqlite:///{folder}/without.db") == whole
    assert "AudioSocket" not in str(whole)


async def test_a_transfer_and_a_room_are_heard_and_their_recording_is_whole(running_asterisk):
    """The second telephone's RTP numbers lie behind the first one's, as for half of all (adr/0023)."""
    async with (
        ears(running_asterisk, agent2000=20_000, agent2001=100) as scene,
        scene.listening() as (_, live),
    ):
        citizen, agent = await scene.talk()
        await until(lambda: (one := scene.sink("agent", AGENTS[0])) and one.heard(FIRST) > 50)
        await agent.keys("*7")
        await asyncio.sleep(0.5)
        await agent.keys(AGENTS[1])
        await until(lambda: (one := scene.sink("agent", AGENTS[1])) and one.heard(SECOND) > 50)
        mine = scene.sink("citizen")
        assert mine
        before = len(mine.frames)
        await until(lambda: mine.heard(CITIZEN, after=before) > 50)
        desk = scene.desks.legs[-1]
        await desk.keys("*110")
        await until(lambda: (one := scene.sink("third")) and one.heard(LINE) > 50)
        before, other = len(mine.frames), scene.sink("agent", AGENTS[1])
        assert other
        again = len(other.frames)
        await until(lambda: mine.heard(CITIZEN, after=before) > 50 < other.heard(SECOND, after=again))
        assert [sink.leg.speaker for sink in scene.sinks] == ["citizen", "agent", "agent", "third"]
        assert [sink.tones for sink in scene.sinks] == [{CITIZEN}, {FIRST}, {SECOND}, {LINE}]
        assert [sink.unaccounted_us() for sink in scene.sinks] == [0] * 4
        await until(lambda: sum(WORD in look.tones for look in desk.sound.heard) > 30)
        await citizen.hang_up()
        await until(lambda: all(sink.ended == 1 for sink in scene.sinks))
        await until_idle(scene.switch)
        recorded = {file.stem.split("-", 2)[2]: file for file in scene.switch.recordings.rglob("*.wav")}
        assert seconds_with(recorded["agent"], SECOND) > 2
        assert seconds_with(recorded["mix"], SECOND) > 0.5
        assert seconds_with(recorded["agent"], LINE) > 0.8
        assert seconds_with(recorded["citizen"], CITIZEN) > 4
        assert live.figures().legs == 0


async def test_a_consultation_is_not_heard_and_who_comes_into_the_talk_is(running_asterisk):
    async with ears(running_asterisk) as scene, scene.listening() as (parts, live):
        citizen, agent = await scene.talk()
        await until(lambda: (one := scene.sink("agent", AGENTS[0])) and one.heard(FIRST) > 20)
        await agent.keys("*8")
        await asyncio.sleep(0.5)
        await agent.keys(AGENTS[1])
        await until(lambda: sum(leg.talks for leg in scene.desks.legs) == 2)
        await until(lambda: live.figures().apart == 2)
        mine, theirs = scene.sinks
        before, again = len(mine.frames), len(theirs.frames)
        await scene.desks.legs[
            -1
        ].hang_up()  # the agent goes back to the citizen, in the bridge that both had
        await until(lambda: mine.heard(CITIZEN, after=before) > 20 < theirs.heard(FIRST, after=again))
        supervisor = {"Channel": f"PJSIP/{AGENTS[1]}", "Context": "from-agent", "Exten": f"*33{AGENTS[0]}"}
        await parts.actions.action("Originate", {**supervisor, "Priority": "1"})
        await until(lambda: (one := scene.sink("agent", AGENTS[1])) and one.heard(SECOND) > 20)
        assert [sink.tones for sink in scene.sinks] == [{CITIZEN}, {FIRST}, {SECOND}]
        await citizen.hang_up()
        await until(lambda: all(sink.ended == 1 for sink in scene.sinks))


async def test_with_the_service_dead_the_talk_goes_on_and_no_stream_remains(running_asterisk):
    async with ears(running_asterisk) as scene:
        citizen, agent = await scene.talk()
        async with listening_process(scene.switch.settings) as service:
            await streams(scene, 2)
            talk = Talk(citizen, agent)
            service.send_signal(signal.SIGKILL)
            await service.wait()
            await streams(scene, 0)
        async with scene.listening() as (_, live):
            await until(lambda: (one := scene.sink("citizen")) and one.heard(CITIZEN) > 20)
            await until(lambda: (one := scene.sink("agent", AGENTS[0])) and one.heard(FIRST) > 20)
            assert live.figures().failed_total == 0
            assert talk.missed() < LATE
        await streams(scene, 0)
        assert talk.missed() < LATE
        await citizen.hang_up()
        await until_console(scene.switch, "core show channels count", "0 active channels")
