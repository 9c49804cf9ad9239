"""Starts real Asterisks for tests, each on free ports and with a state folder of its own."""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hotline.core.settings import Settings
from hotline.telephony.installation import Asterisk
from hotline.telephony.process import gone
from hotline.telephony.runtime import Runtime
from hotline.telephony.tones import write_tones
from support.ports import free_ports, free_range

EVENT_SECRET = "event-secret-for-tests"
ACTION_SECRET = "action-secret-for-tests"
PHONE_SECRET = "phone-secret-for-tests"
RTP_PORTS = 200


@dataclass
class Switch:
    """A started Asterisk."""

    settings: Settings
    runtime: Runtime
    pid: int

    @property
    def journal(self) -> Path:
        return self.runtime.paths.log / "cel-custom" / "hotline.csv"

    @property
    def queue_log(self) -> Path:
        return self.runtime.paths.log / "queue_log"

    @property
    def recordings(self) -> Path:
        return self.runtime.paths.recordings

    @property
    def trunk(self) -> str:
        """Where a citizen's call comes in, ``host:port``."""
        return f"127.0.0.1:{self.settings.asterisk.trunk_port}"

    @property
    def phones(self) -> str:
        """Where agents register, ``host:port``."""
        return f"127.0.0.1:{self.settings.asterisk.phone_port}"

    def log_text(self) -> str:
        return self.runtime.paths.messages.read_text(encoding="utf-8", errors="replace")

    def faults(self, *expected: str) -> list[str]:
        """The log's warnings and errors, but for lines with one of these texts in them."""
        bad = [line for line in self.log_text().splitlines() if " WARNING[" in line or " ERROR[" in line]
        return [line for line in bad if not any(text in line for text in expected)]

    async def console(self, command: str) -> str:
        return await self.runtime.console(command)


def make_settings(state: Path, **overrides: Any) -> Settings:
    """Return settings on free ports: one trunk from this host, two queues, three agents."""
    phone_port, trunk_port = free_ports(2)
    rtp_first = free_range(RTP_PORTS)
    values: dict[str, Any] = {
        "site": {"node": "node1"},
        "state": state,
        "menu": state / "menu.yaml",
        "prompts": state / "prompts",
        "database": f"sqlite+aiosqlite:///{state}/hotline.db",
        "recording": {"directory": state / "recordings"},
        "asterisk": {
            "bind": "127.0.0.1",
            "phone_port": phone_port,
            "trunk_port": trunk_port,
            "rtp_first": rtp_first,
            "rtp_last": rtp_first + RTP_PORTS - 1,
            "max_calls": RTP_PORTS // 4,
            "ami_port": free_ports(1, socket.SOCK_STREAM)[0],
            "ami_event_secret": EVENT_SECRET,
            "ami_action_secret": ACTION_SECRET,
        },
        "trunks": [{"name": "test", "host": "127.0.0.1", "port": 5060, "numbers": ["12345"]}],
        "queues": [
            {"name": "public", "label": "综合受理", "overflow": "enterprise"},
            {"name": "enterprise", "label": "涉企服务"},
        ],
        "agents": [
            {"number": number, "name": name, "secret": PHONE_SECRET, "queues": ["public", "enterprise"]}
            for number, name in (("1001", "王芳"), ("1002", "李强"), ("1003", "赵敏"))
        ],
        # A question after each talk would only make calls longer here; test_evaluation.py asks it.
        "evaluation": {"enabled": False},
        "web": {"port": free_ports(1, socket.SOCK_STREAM)[0], "token": "web-token-for-tests"},
    }
    return Settings.model_validate(_merged(values, overrides))


async def end_switch(runtime: Runtime) -> None:
    """End a switch that no test needs any more, at once: its own stop takes a second, in every test."""
    if (pid := await runtime.pid()) is not None:
        os.kill(pid, signal.SIGKILL)
        await gone(pid)


@asynccontextmanager
async def started_switch(asterisk: Asterisk, /, **overrides: Any) -> AsyncGenerator[Switch]:
    """Start an Asterisk, give it, and stop it; its log is printed, so a failed test shows it.

    A Unix socket's path is short, so the state folder is not pytest's ``tmp_path``.
    """
    folder = Path(tempfile.mkdtemp(prefix="hotline-"))
    runtime = Runtime(make_settings(folder / "state", **overrides), asterisk)
    try:
        _lend_tones(runtime)
        switch = Switch(runtime.settings, runtime, await runtime.start())
        yield switch
    finally:
        await end_switch(runtime)
        _show_log(runtime)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def shared_switch(asterisk: Asterisk, /, **overrides: Any) -> Generator[Switch]:
    """Do the same outside of an event loop, for fixtures of a whole session."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-"))
    runtime = Runtime(make_settings(folder / "state", **overrides), asterisk)
    try:
        _lend_tones(runtime)
        yield Switch(runtime.settings, runtime, asyncio.run(runtime.start()))
    finally:
        asyncio.run(end_switch(runtime))
        _show_log(runtime)
        shutil.rmtree(folder, ignore_errors=True)


@cache
def _tones() -> Path:
    """The computed sounds, made once for the whole session."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-tones-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write_tones(folder / "moh", folder / "sounds")
    return folder


def _lend_tones(runtime: Runtime) -> None:
    shutil.copytree(_tones() / "moh", runtime.paths.moh, dirs_exist_ok=True)
    shutil.copytree(_tones() / "sounds", runtime.paths.sounds, dirs_exist_ok=True)


def _show_log(runtime: Runtime) -> None:
    if runtime.paths.messages.exists():
        lines = runtime.paths.messages.read_text(encoding="utf-8", errors="replace").splitlines()
        print("\n".join(["--- asterisk log ---", *lines[-60:]]), file=sys.stderr)


def _merged(base: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in extra.items():
        old = result.get(key)
        result[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, Mapping) else value
    return result
