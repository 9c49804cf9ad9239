"""A whole node as its users run it: a configuration file and the process ``hotline up``."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp

from hotline.core.settings import Settings

ZERO_LEVEL_MENU = """\
mode: zero_level
human: public
greeting:
  normal: 您好，请问您需要什么帮助？
  new_year: 新年好！请问您需要什么帮助？
  festival: 节日好！请问您需要什么帮助？
"""


def toml(values: Mapping[str, Any]) -> str:
    """Return plain values as TOML: scalars first, then tables and lists of tables."""
    lines = [f"{key} = {_inline(value)}" for key, value in values.items() if _is_plain(value)]
    for key, value in values.items():
        if isinstance(value, Mapping):
            lines += ["", f"[{key}]", *(f"{name} = {_inline(one)}" for name, one in value.items())]
        elif not _is_plain(value):
            for item in value:
                lines += ["", f"[[{key}]]", *(f"{name} = {_inline(one)}" for name, one in item.items())]
    return "\n".join(lines)


def _is_plain(value: object) -> bool:
    if isinstance(value, Mapping):
        return False
    return not (isinstance(value, Sequence) and value and isinstance(value[0], Mapping))


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_inline(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)


class Node:
    """``hotline up`` in a process of its own."""

    def __init__(self, settings: Settings, menu: str = ZERO_LEVEL_MENU) -> None:
        self.settings = settings
        self.file = settings.state.parent / "hotline.toml"
        settings.state.mkdir(parents=True, exist_ok=True)
        settings.menu.write_text(menu, encoding="utf-8")
        values = json.loads(settings.model_dump_json(exclude_none=True))
        self.file.write_text(toml(values), encoding="utf-8")
        self.file.chmod(0o600)
        self.log = settings.state.parent / "up.log"
        self.told: dict[str, Any] = {}
        """What it said when it was ready."""
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self, *, limit_s: float = 90.0) -> None:
        """Start it and wait until it says that it is ready."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "hotline", "up", "--config", str(self.file), "--json"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert self._process.stdout is not None
        text = b""
        async with asyncio.timeout(limit_s):
            while line := await self._process.stdout.readline():
                text += line
                if line == b"}\n":
                    self.told = json.loads(text)
                    assert self.told.get("ready"), f"{text.decode()}\n{self.log_text()[-3000:]}"
                    return
        raise AssertionError(f"hotline up ended:\n{self.log_text()[-3000:]}")

    def log_text(self) -> str:
        """What it wrote to standard error, at all its starts."""
        return self.log.read_text(encoding="utf-8")

    async def signal(self, number: signal.Signals) -> int:
        """Send a signal to the service alone and wait for its end; returns its status."""
        os.kill(self.pid, number)
        return await self.ended()

    async def ended(self, *, limit_s: float = 30.0) -> int:
        """Wait for the end of the service; returns its status."""
        assert self._process is not None
        async with asyncio.timeout(limit_s):
            return await self._process.wait()

    async def kill(self) -> None:
        """End it as a power cut would, if it runs."""
        if self._process is not None and self._process.returncode is None:
            await self.signal(signal.SIGKILL)

    async def sign_in(self, agent: str) -> None:
        """Sign an agent in as soon as the service is connected to its switch."""
        async with asyncio.timeout(60):
            while not (await self.api("GET", "status"))["switch_connected"]:  # noqa: ASYNC110  # another process
                await asyncio.sleep(0.1)
        await self.api("POST", f"agents/{agent}/sign-in")

    async def api(self, method: str, path: str) -> Any:
        """Ask the API; an error fails the test."""
        url = f"http://127.0.0.1:{self.settings.web.port}/api/v1/{path}"
        headers = {"Authorization": f"Bearer {self.settings.web.token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, url) as response,
        ):
            assert response.ok, f"{method} {path}: {response.status} {await response.text()}"
            return await response.json()
