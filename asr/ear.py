"""One leg that is listened to for its answers: its sound, and what the recogniser makes of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import TypeVar

from ..core.errors import HotlineError
from ..telephony.audio_ports import FRAME_BYTES, RATE
from ..telephony.audio_server import Peer
from .engine import Engine, Heard, Partial, Session, Spoken
from .sparing import SparingSession

T = TypeVar("T")

PIECE_BYTES = 8 * FRAME_BYTES
"""160 ms: less at a time costs more than it gains."""
MOST_BYTES = 5 * 2 * RATE
"""So much sound waits for a thread at most; the oldest is dropped."""

Said = Callable[[Spoken], None]
Speaks = Callable[[Partial], None]
Taste = Callable[[bytes], None]


class Ear:
    """Takes one stream (``audio_server.Receiver``); ``listen`` recognises it until it is closed.

    The recogniser works in threads of ``pool``; ``in_thread_since`` tells when the piece began that is in one
    now, by ``time.monotonic``, so that whoever looks sees one that does not come back. ``taste`` is given
    each piece of sound in such a thread, before it is recognised; without an engine that is all that happens.
    """

    def __init__(self, call: str, *, taste: Taste | None = None) -> None:
        self.call = call
        self.in_thread_since: float | None = None
        self.dropped_bytes = 0
        self.taken_bytes = 0
        """How much sound came in so far, dropped sound too: the stream's clock."""
        self._taste = taste
        self._offset_s = 0.0
        """What was dropped before the recogniser began."""
        self._sound = bytearray()
        self._more = asyncio.Event()
        self._peer: Peer | None = None
        self._closed = False

    def connected(self, peer: Peer) -> None:
        """Take the stream in, or end it when it comes too late."""
        self._peer = peer
        if self._closed:
            peer.close()

    def audio(self, frames: Sequence[bytes]) -> None:
        """Take frames of 20 ms."""
        for frame in frames:
            self._sound += frame
            self.taken_bytes += len(frame)
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

    async def listen(self, engine: Engine | None, pool: Executor, said: Said, speaks: Speaks) -> None:
        """Recognise until it is closed: ``speaks`` at each new guess, ``said`` with each finished utterance.

        Its times are seconds since the stream began. Raises what the recogniser raises (``HotlineError``).
        """
        session = None if engine is None else await self._open(engine, pool)
        while await self._wait():
            sound = bytes(self._sound[: 4 * PIECE_BYTES])
            del self._sound[: len(sound)]
            for heard in await self._in_thread(pool, lambda s=session, pcm=sound: self._work(s, pcm)):
                if self._closed:
                    return
                self._tell(heard, said, speaks)

    async def _open(self, engine: Engine, pool: Executor) -> Session:
        self._offset_s = self.dropped_bytes / (2 * RATE)
        session = await self._in_thread(pool, lambda: engine.open(rate=RATE, partials=True))
        return SparingSession(session, rate=RATE)

    async def _wait(self) -> bool:
        while not self._closed and len(self._sound) < PIECE_BYTES:
            self._more.clear()
            await self._more.wait()
        return not self._closed

    def _work(self, session: Session | None, sound: bytes) -> tuple[Heard, ...]:
        if self._taste is not None:
            self._taste(sound)
        return session.accept(sound) if session is not None else ()

    def _tell(self, heard: Heard, said: Said, speaks: Speaks) -> None:
        if not heard.text:
            return
        if isinstance(heard, Partial):
            speaks(heard)
        else:
            begun = self._offset_s
            said(Spoken(begun + heard.start_s, begun + heard.end_s, heard.text, heard.words))

    async def _in_thread(self, pool: Executor, work: Callable[[], T]) -> T:
        self.in_thread_since = time.monotonic()
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work)
        except RuntimeError as error:  # the pool was shut down meanwhile
            raise HotlineError("speech is not recognised any more") from error
        finally:
            self.in_thread_since = None
