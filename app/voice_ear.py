"""One citizen who is asked what is wanted: the sound that comes in, and what the recogniser makes of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import TypeVar

from ..asr.engine import Engine, Partial, Session
from ..core.errors import HotlineError
from ..ivr.voice import Token
from ..telephony.audio_ports import FRAME_BYTES, RATE
from ..telephony.audio_server import Peer

T = TypeVar("T")

PIECE_BYTES = 8 * FRAME_BYTES
"""160 ms: less at a time costs more than it gains."""
MOST_BYTES = 5 * 2 * RATE
"""So much sound waits for a thread at most; the oldest is dropped."""


class Ear:
    """Takes one stream (``audio_server.Receiver``); ``listen`` recognises it until it is closed.

    The recogniser works in threads of ``pool``; ``in_thread_since`` tells when the piece began that is in one
    now, by ``time.monotonic``, so that whoever looks sees one that does not come back.
    """

    def __init__(self, call: str) -> None:
        self.call = call
        self.in_thread_since: float | None = None
        self.dropped_bytes = 0
        self._sound = bytearray()
        self._more = asyncio.Event()
        self._peer: Peer | None = None
        self._closed = False

    @property
    def is_closed(self) -> bool:
        """Whether nothing is taken any more."""
        return self._closed

    def connected(self, peer: Peer) -> None:
        """Take the stream in, or end it when it comes too late."""
        self._peer = peer
        if self._closed:
            peer.close()

    def audio(self, frames: Sequence[bytes]) -> None:
        """Take frames of 20 ms."""
        for frame in frames:
            self._sound += frame
        if (over := len(self._sound) - MOST_BYTES) > 0:
            del self._sound[:over]
            self.dropped_bytes += over
        if len(self._sound) >= PIECE_BYTES:
            self._more.set()

    def closed(self, peer: Peer, why: str) -> None:
        """Note that the stream has ended."""
        self._peer = None
        self.close()

    def close(self) -> None:
        """Take no more, and end the stream."""
        self._closed = True
        self._more.set()
        if self._peer is not None:
            self._peer.close()

    async def listen(
        self,
        engine: Engine,
        pool: Executor,
        said: Callable[[Sequence[Token]], None],
        speaks: Callable[[], None],
    ) -> None:
        """Recognise until it is closed: ``speaks`` at each new guess, ``said`` with each finished utterance.

        Raises what the recogniser raises (``HotlineError``).
        """
        session = await self._in_thread(pool, lambda: engine.open(rate=RATE, partials=True))
        while await self._wait():
            sound = bytes(self._sound[: 4 * PIECE_BYTES])
            del self._sound[: len(sound)]
            await self._recognise(session, sound, pool, said, speaks)

    async def _wait(self) -> bool:
        while not self._closed and len(self._sound) < PIECE_BYTES:
            self._more.clear()
            await self._more.wait()
        return not self._closed

    async def _recognise(
        self,
        session: Session,
        sound: bytes,
        pool: Executor,
        said: Callable[[Sequence[Token]], None],
        speaks: Callable[[], None],
    ) -> None:
        for heard in await self._in_thread(pool, lambda: session.accept(sound)):
            if self._closed:
                return
            if not heard.text:
                continue
            if isinstance(heard, Partial):
                speaks()
            else:
                said([Token(word.text, word.confidence) for word in heard.words])

    async def _in_thread(self, pool: Executor, work: Callable[[], T]) -> T:
        self.in_thread_since = time.monotonic()
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work)
        except RuntimeError as error:  # the pool was shut down meanwhile
            raise HotlineError("speech is not recognised any more") from error
        finally:
            self.in_thread_since = None
