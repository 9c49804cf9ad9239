"""The door where sound comes in, attacked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack

import pytest

from hotline.telephony import audio_server
from hotline.telephony.audio_server import MOST_STRANGERS, AudioServer, Peer
from support.audio_peer import SOUND, VOICE, caller, frame

SECRET = bytes(range(16))
NAME = frame(0x01, SECRET)


class Ear:
    """Takes one stream."""

    def __init__(self) -> None:
        self.peer: Peer | None = None
        self.frames: list[bytes] = []
        self.why: list[str] = []
        self.came = asyncio.Event()
        self.went = asyncio.Event()

    def connected(self, peer: Peer) -> None:
        self.peer = peer

    def audio(self, frames: Sequence[bytes]) -> None:
        self.frames += frames
        self.came.set()

    def closed(self, peer: Peer, why: str) -> None:
        assert peer is self.peer
        self.why.append(why)
        self.went.set()


@pytest.fixture(autouse=True)
def short_limits(monkeypatch):
    for name in ("IDENTIFY_S", "UNFINISHED_S", "GOODBYE_S"):
        monkeypatch.setattr(audio_server, name, 0.2)
    monkeypatch.setattr(audio_server, "CHECK_S", 0.05)


@pytest.fixture
async def server() -> AsyncGenerator[AudioServer]:
    one = AudioServer()
    async with one.listening("127.0.0.1", 0):
        yield one
    assert one.port == 0


@pytest.fixture
async def ear(server) -> Ear:
    one = Ear()
    server.expect(SECRET, one)
    return one


async def gone(server: AudioServer) -> None:
    async with asyncio.timeout(20):
        while server.open:  # noqa: ASYNC110  # the system closes sockets when it likes
            await asyncio.sleep(0.01)


async def test_a_stream_that_is_expected_comes_in_and_its_frames_with_it(server, ear):
    async with caller(server.port, NAME, VOICE, frame(0x03, b"5"), frame(0x10, SOUND * 2)) as switch:
        async with asyncio.timeout(20):
            while len(ear.frames) < 3:
                await ear.came.wait()
                ear.came.clear()
        assert ear.frames == [SOUND] * 3
        await switch.say(frame(0x00, b""))
        await ear.went.wait()
    assert ear.why == [""]
    assert not server.refused


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ((frame(0x01, bytes(16)),), "unknown name"),
        ((VOICE,), "no name first"),
        ((frame(0x00, b""),), "no name first"),
        ((b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",), "unknown kind"),
        ((b"\x10\xff\xff",), "wrong length"),
        ((b"\x01\x00\x11" + bytes(17),), "wrong length"),
        ((b"\x16\x03\x01",), "unknown kind"),
        ((), "no name"),
        ((NAME[:7],), "no name"),
    ],
)
async def test_a_stranger_is_cut_off(server, ear, said, why):
    async with caller(server.port, *said) as stranger:
        assert await stranger.end() == b""
    await gone(server)
    assert server.refused == {why: 1}
    assert ear.peer is None
    async with caller(server.port, NAME, VOICE):
        await asyncio.wait_for(ear.came.wait(), 20)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ((frame(0x10, SOUND[:-1]),), "wrong length"),
        ((frame(0x10, b""),), "wrong length"),
        ((frame(0x11, SOUND * 2),), "unknown kind"),
        ((NAME,), "second name"),
        ((VOICE[:100],), "unfinished frame"),
        ((VOICE * 200,), "too much at a time"),
        ((frame(0x03, b"1") * 200,), "too much at a time"),
        ((frame(0xFF, b"\x01"),), ""),
    ],
)
async def test_a_stream_that_misbehaves_is_cut_off_and_its_ear_told(server, ear, said, why):
    async with caller(server.port, NAME, VOICE) as switch:
        await asyncio.wait_for(ear.came.wait(), 20)
        await switch.say(*said)
        await asyncio.wait_for(ear.went.wait(), 20)
        await switch.end()
    await gone(server)
    assert ear.why == [why]
    assert server.refused.total() == bool(why)


async def test_a_drip_of_bytes_does_not_keep_a_frame_open(server, ear):
    async with caller(server.port, NAME) as switch:
        for byte in VOICE:
            await switch.say(bytes((byte,)))
            await asyncio.sleep(0.02)
            if ear.went.is_set():
                break
        await asyncio.wait_for(ear.went.wait(), 20)
    assert ear.why == ["unfinished frame"]


async def test_a_name_is_good_for_one_connection(server, ear):
    async with caller(server.port, NAME, VOICE), caller(server.port, NAME) as second:
        assert await second.end() == b""
        await asyncio.wait_for(ear.came.wait(), 20)
    assert server.refused == {"unknown name": 1}


async def test_a_name_that_was_forgotten_is_unknown(server, ear):
    server.forget(SECRET)
    async with caller(server.port, NAME) as late:
        assert await late.end() == b""
    assert server.refused == {"unknown name": 1}


async def test_many_strangers_do_not_keep_a_stream_out_for_long(server, ear):
    async with AsyncExitStack() as stack:
        for _ in range(MOST_STRANGERS + 10):
            await stack.enter_async_context(caller(server.port))
        async with asyncio.timeout(20):
            while not ear.came.is_set():
                async with caller(server.port, NAME, VOICE):
                    await asyncio.sleep(0.05)
        assert server.refused["too many strangers"] >= 10
    await gone(server)


async def test_a_stream_that_is_ended_is_told_goodbye_and_read_to_its_end(server, ear):
    async with caller(server.port, NAME, VOICE) as switch:
        await asyncio.wait_for(ear.came.wait(), 20)
        ear.peer.close()
        assert await switch.reader.readexactly(3) == b"\x00\x00\x00"
        heard = len(ear.frames)
        await switch.say(VOICE * 10)
        switch.writer.write_eof()
        assert await switch.end() == b""
    await gone(server)
    assert len(ear.frames) == heard
    assert ear.why == []
    assert not server.refused


async def test_a_stream_that_does_not_take_its_leave_is_cut_off(server, ear):
    async with caller(server.port, NAME, VOICE) as switch:
        await asyncio.wait_for(ear.came.wait(), 20)
        ear.peer.close()
        await switch.end()
    await gone(server)


async def test_a_port_that_is_taken_is_told(server):
    with pytest.raises(OSError, match="in use"):
        async with AudioServer().listening("127.0.0.1", server.port):
            pass


async def test_who_closes_the_door_waits_for_the_switch_to_close_its_streams(ear):
    server = AudioServer()
    server.expect(SECRET, ear)
    async with server.listening("127.0.0.1", 0):
        async with asyncio.timeout(20):
            switch = await asyncio.open_connection("127.0.0.1", server.port)
            switch[1].write(NAME + VOICE)
            await ear.came.wait()

        async def end() -> None:
            assert await switch[0].readexactly(3) == bytes(3)
            switch[1].close()

        ending = asyncio.create_task(end())
    assert server.open == 0
    await ending
    assert ear.why == []
