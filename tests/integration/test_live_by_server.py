"""Live legs by a recognition server: heard as in the process, told when it is lost, heard again after it."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import pytest

from hotline.asr.live import LiveSpeech
from hotline.asr.live_events import LiveSpeechChanged, SpeechHeard, SpeechPartial
from hotline.core.events import DomainEvent
from hotline.telephony.audio_ports import FRAME_BYTES, FRAME_US, LegOfCall, LegSink
from support.ports import free_ports
from support.recognition import client
from support.speech import LAMPS, error_rate, silence, speech

pytestmark = [pytest.mark.heavy(2), pytest.mark.takes(25)]


@asynccontextmanager
async def server(port: int) -> AsyncGenerator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hotline", "asr", "serve", "--port", str(port), "--json"),
        *("--model", "mini-cn-synthetic"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            assert json.loads(await process.stdout.readline())["pid"] == process.pid
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class Talking:
    """Speaks into a leg at four times the pace of speech."""

    def __init__(self, sink: LegSink) -> None:
        self.sink = sink
        self._at_us = 1_700_000_000_000_000

    async def say(self, pcm: bytes) -> None:
        for start in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES):
            self.sink.feed(pcm[start : start + FRAME_BYTES], self._at_us)
            self._at_us += FRAME_US
            await asyncio.sleep(0.005)

    async def say_until(self, pcm: bytes, true: Callable[[], object], limit_s: float = 60) -> None:
        async with asyncio.timeout(limit_s):
            while not true():
                await self.say(pcm)


async def test_a_live_leg_outlives_the_server_that_hears_it() -> None:
    (port,) = free_ports(1)
    engine = client(f"ws://127.0.0.1:{port}", answer_seconds=60)
    events: list[DomainEvent] = []
    live = LiveSpeech(lambda: engine, events.append, threads=1, look_s=0.05)
    running = asyncio.create_task(live.run())
    pcm = speech("base0016.wav").tobytes() + silence(1.5).tobytes()
    sink = live.open(LegOfCall("c1", "l1", "PJSIP/l1", "citizen", ""))
    assert sink is not None
    talking = Talking(sink)

    def heard() -> list[str]:
        return [one.text for one in events if isinstance(one, SpeechHeard)]

    def states() -> list[str]:
        return [one.state for one in events if isinstance(one, LiveSpeechChanged)]

    async with server(port) as first:
        await talking.say(pcm)
        await talking.say_until(silence(0.5).tobytes(), heard)
        assert error_rate(LAMPS, "".join(heard())) <= 0.15
        assert any(isinstance(one, SpeechPartial) and one.text for one in events)
        await talking.say(pcm[: len(pcm) // 4])
        first.send_signal(signal.SIGKILL)
        await talking.say_until(pcm[:8000], lambda: "off" in states())
    assert states() == ["on", "off"]
    count = len(heard())
    async with server(port):
        await talking.say_until(silence(0.5).tobytes(), lambda: states()[-1] == "on")
        await talking.say(pcm)
        await talking.say_until(silence(0.5).tobytes(), lambda: len(heard()) > count)
        assert error_rate(LAMPS, "".join(heard()[count:])) <= 0.15
        sink.end()
        async with asyncio.timeout(30):
            while live.figures().legs:  # noqa: ASYNC110  # the leg ends by a thread's work
                await asyncio.sleep(0.02)
    running.cancel()
    await live.close()
