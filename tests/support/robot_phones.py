"""Citizens' telephones whom the robot calls: SIP and sound of their own, led by what they are asked.

All are behind one trunk. Some are baresips: their calls are passed on, and their sound and keys are theirs.
"""

from __future__ import annotations

import asyncio
import io
import itertools
import re
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
import soundfile
from numpy.typing import NDArray

from support.third_line_phones import Leg, Site
from support.third_line_sound import FRAME, Band, Sound
from support.third_line_wire import answer, parse, sdp

_tags = itertools.count(1)
QUIET = b"\xd5" * FRAME
ALAW = 8
"""The payload type of A-law."""
_VIA = re.compile(rb"^Via: [^\r\n]*\r\n", re.MULTILINE | re.IGNORECASE)


def alaw(pcm: NDArray[np.float32]) -> list[bytes]:
    """Return frames of A-law."""
    content = io.BytesIO()
    soundfile.write(content, np.clip(pcm, -1, 1), 8000, subtype="ALAW", format="RAW")
    data = content.getvalue()
    return [data[at : at + FRAME].ljust(FRAME, b"\xd5") for at in range(0, len(data), FRAME)]


@dataclass(eq=False)
class Voice(Sound):
    """Plays what it is given, and silence else; keeps all that it hears, as A-law."""

    waits: deque[bytes] = field(default_factory=deque)
    kept: bytearray = field(default_factory=bytearray)

    port: int = 0

    async def open(self) -> int:
        """Take a port, once."""
        self.port = self.port or await super().open()
        return self.port

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) == FRAME + 12 and data[1] & 0x7F == ALAW:
            self.kept += data[12:]
        super().datagram_received(data, addr)

    def say(self, frames: list[bytes]) -> None:
        """Say something after what is being said."""
        self.waits.extend(frames)

    def play(self) -> None:
        self._frame = self.waits.popleft() if self.waits else QUIET
        super().play()


class Telephones(Site):
    """``passed`` are the ports of baresips by the numbers that they stand for."""

    def __init__(self, band: Band, switch_port: int) -> None:
        super().__init__(band, switch_port, lambda _: 600)
        self.passed: dict[str, int] = {}

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Take a message, or pass it on between the switch and a baresip, as a proxy does."""
        if addr[1] in self.passed.values():
            self.send(_VIA.sub(b"", data, count=1))
            return
        message = parse(data)
        to = None if message is None or message.is_answer else self.passed.get(message.number("To"))
        if to is None or message is None:
            super().datagram_received(data, addr)
        elif self._transport is not None:
            branch = message["Via"].rpartition("branch=")[2].partition(";")[0]
            via = f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch={branch}p\r\n".encode()
            line, _, rest = data.partition(b"\r\n")
            self._transport.sendto(line + b"\r\n" + via + rest, ("127.0.0.1", to))

    def _new(self, call_id: str, hertz: int) -> Leg:
        leg = Leg(self, call_id, Voice(hertz, each=50), f"c{next(_tags)}")
        self.legs.append(leg)
        self._by_id[call_id] = leg
        return leg


def voice_of(leg: Leg) -> Voice:
    """Return what a telephone says."""
    assert isinstance(leg.sound, Voice)
    return leg.sound


async def early(leg: Leg, frames: list[bytes]) -> None:
    """Be a network that says something before anybody answers, and wait until it is said or cancelled."""
    if leg.ended_at or leg.invite is None:
        return
    leg.site.band.sounds.add(leg.sound)
    leg.last = answer(leg.invite, 183, leg.tag, leg.site.contact, sdp(await leg.sound.open()))
    leg.site.send(leg.last)
    voice_of(leg).say(frames)
    while voice_of(leg).waits and not leg.ended_at:  # noqa: ASYNC110  # the band plays it
        await asyncio.sleep(0.05)


@asynccontextmanager
async def telephones(
    band: Band, port: int, switch_port: int, incoming: Callable[[Leg], None]
) -> AsyncGenerator[Telephones]:
    """Be the citizens at ``port``; ``incoming`` is told of each call."""
    one = Telephones(band, switch_port)
    one.port, one.incoming = port, incoming
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: one, local_addr=("127.0.0.1", port))
    try:
        yield one
    finally:
        await one.close()
