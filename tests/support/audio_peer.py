"""A switch of the tests that brings sound, or anything else, to live audio's door."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

from hotline.telephony.ami_errors import AmiError
from hotline.telephony.ami_message import AmiMessage
from hotline.telephony.audio_ports import FRAME_BYTES

SOUND = bytes(range(160)) * 2


def frame(kind: int, payload: bytes) -> bytes:
    return bytes((kind, len(payload) >> 8, len(payload) & 0xFF)) + payload


VOICE = frame(0x10, SOUND)
assert len(SOUND) == FRAME_BYTES


class Caller:
    """One connection to the door."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, *parts: bytes) -> None:
        with suppress(ConnectionError):
            self.writer.write(b"".join(parts))
            await self.writer.drain()

    async def end(self, limit_s: float = 20.0) -> bytes:
        """Wait until the other side has closed; returns what it said."""
        with suppress(ConnectionError):
            async with asyncio.timeout(limit_s):
                return await self.reader.read()
        return b""

    async def is_open(self) -> bool:
        """Whether nothing has been said yet, and nobody has closed."""
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(0.05):
                return bool(await self.reader.read(1))
        return not self.reader.at_eof() and self.reader.exception() is None

    def close(self) -> None:
        self.writer.transport.abort()


@asynccontextmanager
async def caller(port: int, *first: bytes) -> AsyncGenerator[Caller]:
    one = Caller(*await asyncio.open_connection("127.0.0.1", port))
    try:
        await one.say(*first)
        yield one
    finally:
        one.close()


class FakeSwitch:
    """An ``AmiPort`` whose Originate makes a connection, as the switch would.

    ``refuses`` is raised instead; ``deaf`` answers and never connects. ``bridges`` are told by Status.
    """

    def __init__(self) -> None:
        self.connected = True
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self.callers: dict[str, Caller] = {}
        """The latest connection for each channel."""
        self._all: list[Caller] = []
        self.bridges: dict[str, str] = {}
        self.refuses: AmiError | None = None
        self.deaf = False

    async def action(
        self, name: str, fields: Mapping[str, Any] | None = None, *, limit_s: float = 5.0
    ) -> list[AmiMessage]:
        given = fields or {}
        self.asked.append((name, given))
        if name == "Status":
            said = f"Event: Status\r\nChannel: {given['Channel']}\r\nBridgeID: "
            return [AmiMessage((said + self.bridges.get(given["Channel"], "")).encode())]
        if self.refuses is not None:
            raise self.refuses
        if name == "Originate" and not self.deaf:
            _, where, secret, _ = given["Channel"].split("/")
            host, port = where.rsplit(":", 1)
            one = Caller(*await asyncio.open_connection(host, int(port)))
            await one.say(frame(0x01, UUID(secret).bytes))
            self.callers[given["Data"].split(",")[0]] = one
            self._all.append(one)
        return []

    def originated(self) -> list[str]:
        """Whom the switch was to listen to, in order."""
        return [given["Data"] for name, given in self.asked if name == "Originate"]

    def close(self) -> None:
        for one in self._all:
            one.close()
