"""Faults of the world around a node: a connection that goes silent, a locked database, a full disk."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from hotline.telephony.tables import CallRow, CallStepRow, JournalPositionRow, LegRow


class SilentProxy:
    """Stands between the service and the switch's AMI port, and can stop forwarding without a word.

    A connection that was cut stays open and dead for ever; while it is cut, new ones are taken and dead too.
    """

    def __init__(self, target: int) -> None:
        self.port = 0
        self.connections = 0
        self._target = target
        self._silence = asyncio.Event()

    def cut(self) -> None:
        """Forward nothing any more on what is open and on what will be opened."""
        self._silence.set()

    def mend(self) -> None:
        """Forward on connections that are opened from now on."""
        self._silence = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until an end closes it."""
        self.connections += 1
        silence = self._silence
        async with AsyncExitStack() as stack:
            stack.push_async_callback(_closed, writer)
            with suppress(ConnectionError):
                there, back = await asyncio.open_connection("127.0.0.1", self._target)
                stack.push_async_callback(_closed, back)
                ways = ((reader, back), (there, writer))
                forwarding = [asyncio.create_task(_forward(*way, silence)) for way in ways]
                stack.push_async_callback(asyncio.wait, forwarding)
                for one in forwarding:
                    stack.callback(one.cancel)
                await asyncio.wait(forwarding, return_when=asyncio.FIRST_COMPLETED)


async def _forward(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, silence: asyncio.Event
) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            if silence.is_set():
                await asyncio.Event().wait()
            writer.write(data)
            await writer.drain()


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


@asynccontextmanager
async def silent_proxy(target: int) -> AsyncGenerator[SilentProxy]:
    """Run a proxy before a port of this machine."""
    proxy = SilentProxy(target)
    serving: set[asyncio.Task[None]] = set()

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.create_task(proxy.serve(reader, writer)))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        for one in serving:
            one.cancel()
        if serving:
            await asyncio.wait(serving)


@contextmanager
def locked_database(file: Path) -> Generator[None]:
    """Hold the write lock of a SQLite file from another process."""
    # SQLite's own wait looks ten times a second and may never find a busy service's gap.
    hold = (
        "import sqlite3, sys, time\n"
        "held = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)\n"
        "end = time.monotonic() + 30\n"
        "while not held.in_transaction:\n"
        "    try:\n"
        "        held.execute('BEGIN IMMEDIATE')\n"
        "    except sqlite3.OperationalError:\n"
        "        assert time.monotonic() < end\n"
        "        time.sleep(0.002)\n"
        "print('held', flush=True)\n"
        "sys.stdin.readline()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield
        assert holder.poll() is None, "the lock was lost"
        holder.stdin.close()


@asynccontextmanager
async def locked_tables(url: str) -> AsyncGenerator[None]:
    """Hold the tables that the service writes calls to, on PostgreSQL: nobody else reads or writes them."""
    engine = create_async_engine(url)
    try:
        async with engine.begin() as holder:
            for table in (CallRow, LegRow, CallStepRow, JournalPositionRow):
                await holder.execute(text(f"LOCK TABLE {table.__tablename__} IN ACCESS EXCLUSIVE MODE"))
            yield
            assert await holder.scalar(text("SELECT 1")) == 1, "the lock was lost"
    finally:
        await engine.dispose()


class SmallDisk:
    """A folder on a small disk of its own where that can be mounted; else the service may write no more.

    Without the right to mount, ``full`` takes from a process the right to let any file grow (EFBIG): it gets
    errors from every write, as on a full disk. The switch, which is another process, is left alone in both.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        command = ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(folder)]
        self.is_mounted = os.geteuid() == 0 and subprocess.run(command, check=False).returncode == 0

    @contextmanager
    def full(self, pid: int) -> Generator[None]:
        """Leave no room for the process's files for the length of the block."""
        if not self.is_mounted:
            before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
            yield
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
            return
        ballast = self.folder / "ballast"
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))
        yield
        ballast.unlink()

    def close(self) -> None:
        """Give the disk back."""
        if self.is_mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=True)
