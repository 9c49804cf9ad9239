"""A server that speaks AMI by script: it answers, replays recorded traces and misbehaves on demand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
TRACES = Path(__file__).resolve().parent.parent / "data" / "ami"

Action = dict[str, str]
Script = Callable[[Action], bytes | None]
"""Returns the bytes that answer an action; None: no answer, ever."""
Cut = Callable[[bytes], Iterable[bytes]]


def message(**headers: str) -> bytes:
    """Return one message; the headers in the order given."""
    return "".join(f"{key}: {value}\r\n" for key, value in headers.items()).encode() + b"\r\n"


def answer(action: Action, **headers: str) -> bytes:
    """Return a successful response to an action."""
    return message(Response="Success", ActionID=action["ActionID"], **headers)


def whole(data: bytes) -> Iterable[bytes]:
    """Send as given."""
    yield data


def byte_by_byte(data: bytes) -> Iterable[bytes]:
    """Cut at every place."""
    return (data[at : at + 1] for at in range(len(data)))


def trace(name: str) -> bytes:
    """Return a recorded stream of a real Asterisk, greeting and login response included."""
    return (TRACES / name).read_bytes()


@dataclass
class AmiSimulator:
    """The faults are attributes that may be changed at any time."""

    secret: str = "right"
    silent: bool = False
    """Reads, answers nothing: a stalled peer with its TCP connection open."""
    banner: bytes = BANNER
    after_login: bytes = b""
    """Sent in the same write as the login's response."""
    delay_s: float = 0.0
    cut: Cut = whole
    script: dict[str, Script] = field(default_factory=dict)
    received: list[Action] = field(default_factory=list)
    raw: bytearray = field(default_factory=bytearray)
    logins: int = 0
    port: int = 0
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _ended: set[asyncio.StreamWriter] = field(default_factory=set)
    _empty: asyncio.Event = field(default_factory=asyncio.Event)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self._empty.set()

    def names(self) -> list[str]:
        """Return the names of the actions that came, without logins and pings."""
        return [one["Action"] for one in self.received if one["Action"] not in ("Login", "Ping")]

    @property
    def connections(self) -> int:
        """How many connections are open now."""
        return len(self._writers)

    async def send(self, data: bytes) -> None:
        """Send bytes to every connection, cut as told."""
        for writer in list(self._writers):
            await self._write(writer, data)

    def reset(self) -> None:
        """Break every connection off without a farewell."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def hang_up(self) -> None:
        """End every connection so that what was written still arrives."""
        self._ended |= self._writers
        for writer in list(self._writers):
            writer.write_eof()
        await self.gone()

    async def gone(self) -> None:
        """Wait until no connection is left."""
        async with asyncio.timeout(10):
            await self._empty.wait()

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        async with self._turn:  # a message's pieces never mix with another's
            with suppress(ConnectionError):
                for piece in self.cut(data):
                    if writer in self._ended:
                        return
                    writer.write(piece)
                    await writer.drain()
                    if self.cut is byte_by_byte:
                        await asyncio.sleep(0)  # lets the other side read what is there

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak with one client until it or a fault ends the connection."""
        self._writers.add(writer)
        self._empty.clear()
        try:
            if not self.silent:
                await self._write(writer, self.banner)
            while True:
                data = await reader.readuntil(b"\r\n\r\n")
                self.raw += data
                action = dict(line.split(": ", 1) for line in data.decode().strip().split("\r\n"))
                self.received.append(action)
                reply = self._reply(action)
                if reply is not None and not self.silent:
                    await asyncio.sleep(self.delay_s)
                    await self._write(writer, reply)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self._writers.discard(writer)
            writer.close()
            if not self._writers:
                self._empty.set()

    def _reply(self, action: Action) -> bytes | None:
        name = action["Action"]
        if name in self.script:
            return self.script[name](action)
        if name == "Login":
            if action["Secret"] != self.secret:
                return message(Response="Error", ActionID=action["ActionID"], Message="Authentication failed")
            self.logins += 1
            return answer(action, Message="Authentication accepted") + self.after_login
        if name == "Ping":
            return answer(action, Ping="Pong", Timestamp="1700000000.000001")
        return answer(action)


@asynccontextmanager
async def simulator() -> AsyncGenerator[AmiSimulator]:
    """Start a simulator on a free port of this host and stop it."""
    one = AmiSimulator()
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        server.close()
        one.reset()
        await server.wait_closed()
        await one.gone()
