"""A node for trials of third lines: a switch, the service beside it, and telephones that see everything.

Every agent has a third line of its own, with two routes, so that a called third line tells whose room it is.
All of them lead to local telephones only; ``emergency`` is said of test trunks alone.
"""

from __future__ import annotations

import asyncio
import csv
import shutil
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from hotline import ivr
from hotline.telephony.installation import Asterisk
from hotline.telephony.journal_columns import JOURNAL_COLUMNS, JOURNAL_FILE
from hotline.telephony.runtime import Runtime
from hotline.telephony.tones import write_tones
from support.asterisk import free_ports, make_settings
from support.journal import write_tone
from support.load_node import until
from support.node import Node
from support.sipp_agents import desk_phones
from support.third_line_phones import Site, site
from support.third_line_plan import RING_SECONDS
from support.third_line_sound import AGENTS, CITIZENS, LINES, Band, playing
from support.third_line_wire import Message

FIRST_AGENT = 2000
MUSIC_HZ = 500.0
RTP = (62_800, 64_401)
"""The last blocks of ``load_ports``; who shares them passes over ports in use. A room has up to ten channels
with a dialplan, which all count for the switch as calls."""

_COLUMNS = [name for name, _ in JOURNAL_COLUMNS]
_NUMBER, _CALL = _COLUMNS.index("number"), _COLUMNS.index("uniqueid")


def code_of(agent: str) -> str:
    """The key of an agent's own third line, and its number."""
    return str(300 + int(agent) - FIRST_AGENT)


def agent_of(number: str) -> str:
    return str(FIRST_AGENT + int(number) - 300)


class Cutter:
    """Stands before the switch's manager interface; ``cut`` breaks every connection at once."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self.cuts = 0
        self._target = target
        self._open: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        self.cuts += len(self._open)
        for writer in self._open:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        mine = {writer, back}
        self._open |= mine
        try:
            ways = [asyncio.create_task(_forward(*way)) for way in ((reader, back), (there, writer))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
        finally:
            self._open -= mine
            for one in mine:
                one.transport.abort()


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


@dataclass
class Scene:
    """The node and its telephones."""

    node: Node
    runtime: Runtime
    band: Band
    cutter: Cutter
    citizens: Site
    desks: Site
    first: Site
    second: Site
    folder: Path
    sessions: dict[str, aiohttp.ClientSession] = field(default_factory=dict)
    _read: int = 0
    _arrived: dict[str, str] = field(default_factory=dict)

    async def post(self, path: str, body: dict[str, Any], *, method: str = "POST") -> tuple[int, Any]:
        """Ask the API; the status is 0 when nobody answers there."""
        settings = self.node.settings
        if "" not in self.sessions:
            headers = {"Authorization": f"Bearer {settings.web.token}"}
            limit = aiohttp.ClientTimeout(total=20)
            self.sessions[""] = aiohttp.ClientSession(headers=headers, timeout=limit)
        url = f"http://127.0.0.1:{settings.web.port}/api/v1/{path}"
        try:
            async with self.sessions[""].request(method, url, json=body) as answer:
                return answer.status, await answer.json()
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0, {}

    async def attached(self) -> None:
        """Wait until the service is connected to the switch."""

        async def connected() -> bool:
            status, told = await self.post("status", {}, method="GET")
            return status == 200 and told["switch_connected"]

        await until("the service is connected to the switch", connected, 60)

    async def call_of(self, number: str) -> str:
        """The switch's id of a citizen's call, from its journal."""
        journal = self.runtime.paths.log / JOURNAL_FILE

        async def read() -> bool:
            with journal.open("rb") as file:
                file.seek(self._read)
                whole, _, _ = file.read().rpartition(b"\n")
            self._read += len(whole) + 1 if whole else 0
            for row in csv.reader(whole.decode("utf-8", "replace").splitlines()):
                if row[0] == "HL_ARRIVED":
                    self._arrived[row[_NUMBER]] = row[_CALL]
            return number in self._arrived

        await until("the call is in the journal", read, 30)
        return self._arrived[number]

    async def ready(self, agents: Sequence[str]) -> None:
        """Sign agents in and wait until their phones are known to be there."""
        await self.attached()
        await asyncio.gather(*(self.node.sign_in(number) for number in agents))

        async def reachable() -> bool:
            shown = await self.runtime.console("queue show public")
            return "Unavailable" not in shown and shown.count("(Not in use)") >= len(agents)

        await until("every desk phone reachable", reachable, 60)


@asynccontextmanager
async def scene(
    asterisk: Asterisk, *, agents: int, more_agents: Sequence[dict[str, Any]] = (), **overrides: Any
) -> AsyncGenerator[Scene]:
    """Start it all; every agent but ``more_agents`` is signed in, and nobody calls yet."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-"))
    home, desk, first, second = free_ports(4)
    async with AsyncExitStack() as stack:
        settings = make_settings(
            folder / "state",
            **{
                "asterisk": {"rtp_first": RTP[0], "rtp_last": RTP[1], "max_calls": (RTP[1] - RTP[0]) // 4},
                "agents": [*desk_phones(agents, desk), *more_agents],
                "agents_work": {"wrap_up_seconds": 1},
                "queues": [{"name": "public", "label": "综合受理", "max_wait_seconds": 120}],
                "trunks": [
                    {"name": "test", "host": "127.0.0.1", "port": home, "numbers": ["12345"]},
                    _line_trunk("first", "127.0.0.11", first),
                    _line_trunk("second", "127.0.0.12", second),
                ],
                "third_lines": [_third_line(str(FIRST_AGENT + index)) for index in range(agents)],
                **overrides,
            },
        )
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        runtime = Runtime(settings, asterisk)
        _write_sounds(runtime.paths.sounds / "hotline")
        write_tone(runtime.paths.moh / "hotline.wav", MUSIC_HZ, 20)
        write_tones(runtime.paths.moh, runtime.paths.sounds)
        stack.push_async_callback(runtime.stop, limit_s=10)
        await runtime.start()
        cutter = Cutter(settings.asterisk.ami_port)
        server = await asyncio.start_server(cutter.serve, "127.0.0.1", 0)
        stack.callback(server.close)
        cutter.port = server.sockets[0].getsockname()[1]
        beside = settings.asterisk.model_copy(update={"mode": "external", "ami_port": cutter.port})
        node = Node(settings.model_copy(update={"asterisk": beside}))
        settings.menu.unlink()  # nobody is to press a key before an agent comes, nor need the voice speak
        stack.push_async_callback(node.kill)
        band = await stack.enter_async_context(playing())
        switch = settings.asterisk
        sites = [
            await stack.enter_async_context(site(band, *where))
            for where in (
                (home, switch.trunk_port, lambda _: CITIZENS[0]),
                (desk, switch.phone_port, lambda told: AGENTS[int(_called(told)) % 4]),
                (first, switch.trunk_port, lambda told: LINES[int(_called(told)) % 4]),
                (second, switch.trunk_port, lambda told: LINES[int(_called(told)) % 4]),
            )
        ]
        await node.start()
        one = Scene(node, runtime, band, cutter, *sites, folder)
        try:
            await one.ready([str(FIRST_AGENT + index) for index in range(agents)])
            yield one
        finally:
            for session in one.sessions.values():
                await session.close()


def _called(message: Message) -> str:
    return message.start.split("sip:", 1)[1].split("@", 1)[0]


def _line_trunk(name: str, match: str, port: int) -> dict[str, Any]:
    return {"name": name, "host": "127.0.0.1", "match": [match], "port": port, "emergency": True}


def _third_line(agent: str) -> dict[str, Any]:
    code = code_of(agent)
    routes = [{"trunk": trunk, "number": code} for trunk in ("first", "second")]
    named = {"name": f"line{code}", "code": code, "label": f"试线{code}", "kind": "emergency"}
    return {**named, "routes": routes, "ring_seconds": RING_SECONDS}


def _write_sounds(folder: Path) -> None:
    system = Path(next(iter(ivr.__path__))) / "system_prompts.yaml"
    for name in yaml.safe_load(system.read_text(encoding="utf-8")):
        write_tone(folder / f"{name}.wav", 440.0, 0.25)
