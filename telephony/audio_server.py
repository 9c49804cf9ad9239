"""Where the switch brings the sound: a small TCP server that takes in only whom it expects.

A stream names itself by a random UUID that is good for one connection within seconds. Whoever names none in
time, names another, sends what is no frame, sends too much, or stops within a frame is cut off. Nothing that
a stream does can hold more than a few kilobytes here.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Protocol, cast

import structlog

from .audio_ports import FRAME_BYTES
from .audio_timeline import Allowance
from .audio_wire import GOODBYE, FrameError, FrameReader, Kind

log = structlog.get_logger(__name__)

IDENTIFY_S = 2.0
"""A connection that has not said by then who it is, is cut off."""
MOST_STRANGERS = 32
"""Connections that have not said yet who they are."""
UNFINISHED_S = 2.0
"""A frame that was begun must be there by then."""
GOODBYE_S = 1.0
"""The switch closes a stream that is told to end within milliseconds; after this it is cut off."""
CHECK_S = 1.0
PIECE_S = 0.06
"""Sound is taken in pieces of so much: read at each frame a stream costs the service far more (docs)."""
_BUFFER = 64 * 1024
"""What the system holds for one connection: 4 s of sound."""


class Receiver(Protocol):
    """What takes one stream. Its methods return at once."""

    def connected(self, peer: Peer) -> None:
        """Take note that the stream is there."""
        ...

    def audio(self, frames: Sequence[bytes]) -> None:
        """Take frames of 20 ms that came together."""
        ...

    def closed(self, peer: Peer, why: str) -> None:
        """Take note that it has ended by itself or was cut off; not after ``Peer.close``."""
        ...


class AudioServer:
    """Expects streams by their UUIDs."""

    def __init__(self) -> None:
        self.port = 0
        self.refused = Counter[str]()
        """Connections that were cut off, by why."""
        self._expected: dict[bytes, Receiver] = {}
        self._peers: set[Peer] = set()
        self._resting: set[Peer] = set()
        self._rest: asyncio.TimerHandle | None = None
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self._peers)

    def expect(self, uuid: bytes, receiver: Receiver) -> None:
        """Let one connection in that names this UUID (16 bytes)."""
        self._expected[uuid] = receiver

    def forget(self, uuid: bytes) -> None:
        """Let nobody in by this UUID any more."""
        self._expected.pop(uuid, None)

    @asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncGenerator[None]:
        """Listen for the length of the block (port 0: any free one); raises ``OSError``."""
        loop = asyncio.get_running_loop()
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            listener.bind((host, port))
            server = await loop.create_server(lambda: Peer(self), sock=listener)
        except BaseException:
            listener.close()
            raise
        self.port = listener.getsockname()[1]
        checks = loop.create_task(self._check(), name="live audio checks")
        try:
            yield
        finally:
            checks.cancel()
            if self._rest is not None:
                self._rest.cancel()
            self._wake()
            server.close()
            self._expected.clear()
            self.port = 0
            await self._take_leave()

    async def _take_leave(self) -> None:
        """End every stream, and wait until the switch has closed them: it calls anything else an error."""
        for peer in tuple(self._peers):
            peer.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * GOODBYE_S):
                await self._empty.wait()

    async def _check(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(CHECK_S)
            for peer in tuple(self._peers):
                peer.check(loop.time())

    def let_in(self, peer: Peer) -> bool:
        """Tell whether one more stranger may stand at the door."""
        self._peers.add(peer)
        self._empty.clear()
        return sum(one.is_stranger for one in self._peers) <= MOST_STRANGERS

    def identify(self, uuid: bytes) -> Receiver | None:
        """Return who waits for this name, once."""
        return self._expected.pop(uuid, None)

    def rest(self, peer: Peer) -> None:
        """Read a stream again after a while, all that rest at the same moment."""
        self._resting.add(peer)
        if self._rest is None:
            self._rest = asyncio.get_running_loop().call_later(PIECE_S, self._wake)

    def _wake(self) -> None:
        self._rest = None
        resting, self._resting = self._resting, set()
        for peer in resting:
            peer.wake()

    def cut(self, why: str) -> None:
        """Count who was cut off; log the first, and then each tenfold."""
        self.refused[why] += 1
        if str(count := self.refused[why]).strip("0") == "1":
            log.warning("live audio connection cut off", why=why, count=count)

    def gone(self, peer: Peer) -> None:
        """Note that a connection is no more."""
        self._peers.discard(peer)
        if not self._peers:
            self._empty.set()


class Peer(asyncio.Protocol):
    """One connection."""

    def __init__(self, server: AudioServer) -> None:
        self._server = server
        self._reader = FrameReader()
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._receiver: Receiver | None = None
        self._allowance = Allowance(self._loop.time())
        self._unfinished_since: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closing = False

    @property
    def is_stranger(self) -> bool:
        """Whether it has not said yet who it is."""
        return self._receiver is None and not self._closing

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for its name."""
        self._transport = cast("asyncio.Transport", transport)
        if not self._server.let_in(self):
            self._end("too many strangers")
            return
        self._timer = self._loop.call_later(IDENTIFY_S, self._end, "no name")

    def data_received(self, data: bytes) -> None:
        """Take the next bytes."""
        if self._closing:
            return
        try:
            frames = self._reader.feed(data)
        except FrameError as error:
            self._end(str(error))
            return
        if not self._reader.held:
            self._unfinished_since = None
        elif frames or self._unfinished_since is None:
            self._unfinished_since = self._loop.time()
        if not self._allowance.take(len(frames), self._loop.time()):
            self._end("too much at a time")
            return
        sound: list[bytes] = []
        for kind, payload in frames:
            if self._receiver is None:
                self._named(kind, payload)
            elif kind is Kind.AUDIO:
                sound += [payload[at : at + FRAME_BYTES] for at in range(0, len(payload), FRAME_BYTES)]
            elif kind is not Kind.DTMF:
                self._hear(sound)
                self._end("second name" if kind is Kind.UUID else "")
            if self._closing:
                return
        self._hear(sound)
        if self._receiver is not None and self._transport is not None:
            self._transport.pause_reading()
            self._server.rest(self)

    def wake(self) -> None:
        """Read again."""
        if self._transport is not None:
            self._transport.resume_reading()

    def _named(self, kind: Kind, payload: bytes) -> None:
        receiver = self._server.identify(payload) if kind is Kind.UUID else None
        if receiver is None:
            self._end("unknown name" if kind is Kind.UUID else "no name first")
            return
        if self._timer is not None:
            self._timer.cancel()
        self._receiver = receiver
        receiver.connected(self)

    def _hear(self, sound: Sequence[bytes]) -> None:
        if sound and self._receiver is not None:
            self._receiver.audio(sound)

    def check(self, now: float) -> None:
        """Cut it off when it stopped within a frame."""
        since = self._unfinished_since
        if not self._closing and since is not None and now - since > UNFINISHED_S:
            self._end("unfinished frame")

    def close(self) -> None:
        """End the stream; its receiver hears nothing any more.

        What still comes is read and dropped until the switch has closed it: a socket closed over unread
        sound would be an error in the switch's log.
        """
        self._receiver = None
        if self._closing or self._transport is None:
            return
        self._closing = True
        self._transport.resume_reading()
        self._transport.write(GOODBYE)
        self._timer_off()
        self._timer = self._loop.call_later(GOODBYE_S, self._transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the receiver, unless we ended it."""
        self._timer_off()
        self._server.gone(self)
        receiver, self._receiver, self._closing = self._receiver, None, True
        if receiver is not None:
            receiver.closed(self, "")

    def _end(self, why: str) -> None:
        """Cut it off; ``why`` is empty when it said goodbye itself."""
        receiver, self._receiver, self._closing = self._receiver, None, True
        self._timer_off()
        if self._transport is not None:
            (self._transport.abort if why else self._transport.close)()
        if why:
            self._server.cut(why)
        if receiver is not None:
            receiver.closed(self, why)

    def _timer_off(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
