"""Telephones that speak recorded sentences in a call, and a viewer of its stream who notes what came when."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import numpy as np
from numpy.typing import NDArray

from hotline.core.settings import Settings
from support.third_line_phones import Leg
from support.third_line_sound import _DECODED, _ORDER, FRAME, FRAME_S

SILENCE = bytes([0xD5]) * FRAME
_SORTED = _DECODED[_ORDER]
_MIDDLES = (_SORTED[1:] + _SORTED[:-1]) / 2


def a_law(samples: NDArray[np.int16]) -> list[bytes]:
    """Return sound as frames of A-law, the last one filled with silence."""
    codes = _ORDER[np.searchsorted(_MIDDLES, samples.astype(np.float32))].astype(np.uint8).tobytes()
    return [codes[at : at + FRAME].ljust(FRAME, b"\xd5") for at in range(0, len(codes), FRAME)]


class Voice:
    """Speaks instead of a leg's tone: silence, or what it was told to say."""

    def __init__(self, leg: Leg) -> None:
        self._band = leg.site.band
        self._sound = leg.sound
        self._frames: deque[bytes] = deque()
        self._begins: asyncio.Future[float] | None = None
        self.sent: list[float] = []
        """When each frame of what was said last left: the process may have been kept from playing."""
        self._closed = False
        self._band.sounds.discard(leg.sound)
        self._band.sounds.add(self)  # type: ignore[arg-type]

    def play(self) -> None:
        """Send the next frame."""
        if self._closed:
            return
        if self._frames and self._begins is not None and not self._begins.done():
            self._begins.set_result(time.time())
        if self._frames:
            self.sent.append(time.time())
        self._sound._frame = self._frames.popleft() if self._frames else SILENCE
        self._sound.play()

    async def say(self, samples: NDArray[np.int16]) -> float:
        """Say it to its end; returns the moment at which its first sample was spoken."""
        self._begins = asyncio.get_running_loop().create_future()
        self.sent = []
        self._frames.extend(a_law(samples))
        begun = await self._begins - FRAME_S  # a packet is sent when its sound is over
        while self._frames:  # noqa: ASYNC110  # the band plays them
            await asyncio.sleep(FRAME_S)
        return begun

    def close(self) -> None:
        """Say nothing more."""
        self._closed = True


@dataclass(frozen=True)
class Came:
    """An event of the stream and when it was here."""

    at: float
    name: str
    data: dict[str, Any]


@dataclass
class Stream:
    """What came on the stream of a call."""

    events: list[Came] = field(default_factory=list)

    def texts(self, name: str, speaker: str = "") -> list[str]:
        """Return the texts of events of a name, of one speaker or of all."""
        return [
            one.data.get("text", "")
            for one in self.events
            if one.name == name and (not speaker or one.data.get("speaker") == speaker)
        ]

    def of(self, name: str) -> list[Came]:
        """Return the events of a name."""
        return [one for one in self.events if one.name == name]

    def lives(self) -> list[str]:
        """Return what was told of legs: on, off, shed. Who comes late is told by the state who is heard."""
        before = ["on" for one in self.of("state") for leg in one.data["legs"] if leg["on"]]
        return before + [one.data["state"] for one in self.of("live")]


@asynccontextmanager
async def following(settings: Settings, call: str) -> AsyncGenerator[Stream]:
    """Look at the stream of a call for the length of the block."""
    found = Stream()
    url = f"http://127.0.0.1:{settings.web.port}/api/v1/calls/{call}/speech/stream"
    headers = {"Authorization": f"Bearer {settings.web.token}"}
    limit = aiohttp.ClientTimeout(total=None, sock_connect=20)

    async def read() -> None:
        async with aiohttp.ClientSession(headers=headers, timeout=limit) as session:
            while not found.events:
                with suppress(aiohttp.ClientError):
                    async with session.get(url) as answer:
                        await take(answer.content)
                await asyncio.sleep(0.1)  # the service may not know of the call yet

    async def take(lines: aiohttp.StreamReader) -> None:
        name = ""
        async for raw in lines:
            text = raw.decode().rstrip("\n")
            if text.startswith("event: "):
                name = text.removeprefix("event: ")
            elif text.startswith("data: "):
                found.events.append(Came(time.time(), name, json.loads(text.removeprefix("data: "))))

    task = asyncio.create_task(read())
    try:
        yield found
    finally:
        task.cancel()
        await asyncio.wait({task})


def words_of(stream: Stream, speaker: str = "citizen") -> list[tuple[str, float, float]]:
    """Return for each word of the finals the sentence up to it, its end, and when a partial first had it."""
    found: list[tuple[str, float, float]] = []
    since = 0
    for index, final in enumerate(stream.events):
        if final.name != "speech" or final.data["speaker"] != speaker:
            continue
        upto = ""
        for text, _start, end_s, _ in final.data["words"]:
            upto += text
            end = final.data["start_us"] / 1e6 + end_s
            first = next(
                (
                    one.at
                    for one in stream.events[since : index + 1]
                    if one.name in ("partial", "speech")
                    and one.data.get("speaker") == speaker
                    and one.data["text"].replace(" ", "").startswith(upto)
                ),
                final.at,
            )
            found.append((upto, end, first))
        since = index + 1
    return found
