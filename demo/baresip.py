"""Runs one baresip: its private folder, its process, and its control channel (netstring JSON over TCP)."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from ..core.errors import HotlineError

log = structlog.get_logger(__name__)

START_LIMIT_S = 15.0
ANSWER_LIMIT_S = 20.0
LONGEST_MESSAGE = 1_000_000
_FORM = ("srate 8000", "channels 1", "format s16")
_MODULES = ("g711", "aufile", "aubridge", "sndfile")


class PhoneError(HotlineError):
    """A phone did not do what it was asked to do, or not in time."""

    error_id = "phone.failed"
    retryable = True
    status = 503


@dataclass(frozen=True)
class SipAccount:
    """Who a phone is and where its switch listens; ``register`` False for a peer that only calls in."""

    user: str
    host: str
    port: int
    password: str = ""
    display: str = ""
    register: bool = True

    def line(self) -> str:
        """Return the account as baresip reads it; what could end its quotes or brackets is taken out."""
        display = "".join(c for c in self.display if c.isprintable() and c not in '"<>\\;')
        name = f'"{display}" ' if display else ""
        options = ["answermode=manual", f"regint={120 if self.register else 0}"]
        if self.password:
            options += [f"auth_user={self.user}", f"auth_pass={self.password}"]
        return f"{name}<sip:{self.user}@{self.host}:{self.port};transport=udp>;{';'.join(options)}\n"


def module_folder() -> Path:
    """Return where baresip's modules are, or say how to get them."""
    folders = [Path("/usr/lib/baresip/modules"), *Path("/usr/lib").glob("*/baresip/modules")]
    found = next((folder for folder in folders if (folder / "ctrl_tcp.so").exists()), None)
    if found is None or shutil.which("baresip") is None:
        raise PhoneError("baresip is not installed", mend="apt-get install baresip-core")
    return found


def free_port(address: str, kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def write_config(
    folder: Path,
    *,
    address: str,
    control_port: int,
    source: Path,
    account: SipAccount,
    listen_port: int = 0,
) -> None:
    """Write the files of one phone: it plays ``source`` and writes what it hears into ``folder``.

    ``listen_port`` is where it is called when it does not register, 0 for any.
    """
    modules = module_folder()
    lines = [
        f"sip_listen {address}:{listen_port}",
        f"net_interface {address}",
        "rtp_ports 40000-59998",
        "call_max_calls 4",
        "call_local_timeout 180",
        f"audio_source aufile,{source}",
        "audio_player aubridge,unheard",
        *(
            f"{side}_{what}"
            for side in ("ausrc", "auplay")
            for what in ("srate 8000", "channels 1", "format s16")
        ),
        "auenc_format s16",
        "audec_format s16",
        "audio_buffer 20-160",
        f"snd_path {folder}",
        f"module_path {modules}",
        *(f"module {name}.so" for name in _MODULES),
        "module_tmp uuid.so",
        "module_tmp account.so",
        "module_app menu.so",
        "module_app ctrl_tcp.so",
        f"ctrl_tcp_listen 127.0.0.1:{control_port}",
        "statmode_default off",
        "ringback_disabled yes",
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config").write_text("\n".join(lines) + "\n", encoding="utf-8")
    accounts = folder / "accounts"
    accounts.touch(mode=0o600)
    accounts.write_text(account.line(), encoding="utf-8")
    (folder / "contacts").touch()


class Baresip:
    """One process and its control channel; ``on_event`` gets every event as a dict."""

    def __init__(self, folder: Path, control_port: int, on_event: Callable[[dict[str, Any]], None]) -> None:
        self._folder = folder
        self._port = control_port
        self._on_event = on_event
        self._tokens = itertools.count(1)
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the process and reach its control channel, or raise ``PhoneError``."""
        with (self._folder / "baresip.log").open("wb") as output:
            self._process = await asyncio.create_subprocess_exec(
                "baresip", "-f", str(self._folder),
                stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        try:
            async with asyncio.timeout(START_LIMIT_S):
                reader, self._writer = await self._connect()
        except TimeoutError:
            await self.stop()
            raise PhoneError("a phone did not start", mend=f"see {self._folder}/baresip.log") from None
        except BaseException:
            await self.stop()
            raise
        self._reading = asyncio.create_task(self._read(reader), name=f"baresip {self._port}")

    async def command(self, name: str, params: str = "") -> str:
        """Run one command and return what it prints; raises ``PhoneError`` when it fails or is silent."""
        if self._writer is None or self._writer.is_closing():
            raise PhoneError("the phone is not running")
        token = str(next(self._tokens))
        answer = asyncio.get_running_loop().create_future()
        self._answers[token] = answer
        body = json.dumps({"command": name, "params": params, "token": token}).encode()
        try:
            self._writer.write(b"%d:%s," % (len(body), body))
            async with asyncio.timeout(ANSWER_LIMIT_S):
                await self._writer.drain()
                said = await answer
        except (TimeoutError, ConnectionError):
            raise PhoneError(f"the phone did not answer to {name!r}") from None
        finally:
            self._answers.pop(token, None)
        if not said.get("ok"):
            raise PhoneError(f"the phone refused {name!r}: {said.get('data')}")
        return str(said.get("data", ""))

    async def kill(self) -> None:
        """End the process as a power cut would: the switch is told nothing."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()

    async def stop(self) -> None:
        """End the process, whatever it takes; safe to call twice."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})
            self._reading = None
        if self._writer is not None:
            body = b'{"command":"quit","params":"","token":"0"}'
            with suppress(ConnectionError):
                self._writer.write(b"%d:%s," % (len(body), body))
                await asyncio.wait_for(self._writer.drain(), 1)
        process, self._process = self._process, None
        if process is not None:
            await _end(process)
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while True:
            if self._process is not None and self._process.returncode is not None:
                raise PhoneError("a phone ended at its start", mend=f"see {self._folder}/baresip.log")
            with suppress(ConnectionError):
                return await asyncio.open_connection("127.0.0.1", self._port)
            await asyncio.sleep(0.05)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                size = int((await reader.readuntil(b":"))[:-1])
                if not 0 < size < LONGEST_MESSAGE:
                    raise ValueError(f"a message of {size} bytes")
                message = json.loads((await reader.readexactly(size + 1))[:-1].decode("utf-8", "replace"))
                if message.get("event"):
                    self._on_event(message)
                elif (waiting := self._answers.get(str(message.get("token")))) and not waiting.done():
                    waiting.set_result(message)
        except (asyncio.IncompleteReadError, ConnectionError):
            self._on_event({"event": True, "type": "EXIT", "param": "control channel closed"})


async def _end(process: asyncio.subprocess.Process) -> None:
    for limit_s, number in ((3.0, signal.SIGTERM), (2.0, signal.SIGKILL), (2.0, None)):
        try:
            async with asyncio.timeout(limit_s):
                await process.wait()
                return
        except TimeoutError:
            if number is not None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
    log.error("a phone's process does not end", pid=process.pid)
