"""What tests of three-way calls share: a switch with third lines, their phones, what everybody hears."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

from hotline.demo.phones import Phone, SipAccount
from support.flow import AGENT_HZ, AGENTS, CITIZEN_HZ, QUEUES, Flow
from support.journal import Line, journal, seconds_with, until, write_tone
from support.ports import free_ports

LINE_HZ = 2300.0
HEARD = {"room-calling": 900.0, "room-last": 350.0, "room-alone": 800.0, "room-line-left": 1400.0}
"""Prompts with a tone of their own, long enough to be found."""


async def room_flow(running_asterisk, tmp_path: Path, **overrides: Any) -> Flow:
    """Start a switch with 110 (two routes), 119 (one), and utilities; no agent is there yet."""
    first, second = _free_port(), _free_port()
    two = [{"trunk": "first", "number": "110"}, {"trunk": "second", "number": "110"}]
    lines = [
        {"name": "police", "code": "110", "label": "公安", "kind": "emergency", "routes": two},
        {"name": "fire", "code": "119", "label": "消防", "kind": "emergency", "routes": two[1:]},
        {
            "name": "water",
            "code": "961",
            "label": "水务",
            "kind": "utility",
            "routes": [{"trunk": "first", "number": "96116"}],
        },
    ]
    values: dict[str, Any] = {
        "queues": QUEUES,
        "agents": AGENTS,
        "agents_work": {"wrap_up_seconds": 2},
        "trunks": [
            {"name": "test", "host": "127.0.0.1", "port": 5060, "numbers": ["12345"]},
            *(
                {"name": name, "host": "127.0.0.1", "match": [match], "port": port, "emergency": True}
                for name, match, port in (("first", "127.0.0.11", first), ("second", "127.0.0.12", second))
            ),
        ],
        "third_lines": lines,
    }
    flow = Flow(await running_asterisk(**(values | overrides)), tmp_path)
    for name, hertz in HEARD.items():
        write_tone(flow.switch.runtime.paths.sounds / "hotline" / f"{name}.wav", hertz, 0.8)
    return flow


def _free_port() -> int:
    """Return a port that is free for UDP and TCP: baresip binds both, and an AMI port may linger."""
    while True:
        (port,) = free_ports(1)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def port_of(flow: Flow, trunk: str = "first") -> int:
    return next(one.port for one in flow.switch.settings.trunks if one.name == trunk)


def third_phone(
    flow: Flow,
    number: str = "110",
    *,
    trunk: str = "first",
    answer_after_s: float | None = 0.3,
    hertz: float = LINE_HZ,
) -> Phone:
    """Return the telephone behind a trunk; it plays its own tone."""
    account = SipAccount(number, "127.0.0.1", port_of(flow, trunk), register=False)
    folder = flow.folder / f"line-{trunk}-{number}"
    speech = write_tone(folder.with_suffix(".wav"), hertz, 100)
    return Phone(
        account,
        folder,
        speech=speech,
        answer_after_s=answer_after_s,
        listen_port=port_of(flow, trunk),
    )


async def talk(flow: Flow, number: str = "1001", citizen_number: str = "13800000001") -> tuple[Phone, Phone]:
    """Return agent and citizen, who talk: both sides are in the recording."""
    agent = await flow.agent(number)
    citizen = await flow.citizen(citizen_number)
    await citizen.call("12345")
    await agent.wait_for("established")
    await until(lambda: "mix" in flow.files() and flow.files()["mix"].stat().st_size > 30_000)
    return agent, citizen


def talks(phone: Phone) -> bool:
    """Whether a phone's last call goes on (an agent's first one was to sign in)."""
    kinds = [event.kind for event in phone.events if event.kind in ("established", "closed")]
    return kinds[-1] == "established"


def room_marks(flow: Flow, *names: str) -> list[Line]:
    """The marks of rooms in the journal's order, all or those of these names (without ``HL_3W_``)."""
    wanted = {f"HL_3W_{name}" for name in names}
    return [
        line
        for line in journal(flow.switch)
        if line.event.startswith("HL_3W_") and (not wanted or line.event in wanted)
    ]


async def room_mark(flow: Flow, name: str, count: int = 1, *, limit_s: float = 20.0) -> Line:
    """Wait for so many marks of a name; returns the last."""
    found = await until(
        lambda: found if len(found := room_marks(flow, name)) >= count else [], limit_s=limit_s
    )
    return found[-1]


def steps(flow: Flow) -> list[str]:
    """The room's marks as short text: ``MOVED citizen``, ``DIAL 1``, ``FAILED 1 busy``."""
    told = []
    for line in room_marks(flow):
        values = line.values
        words = [line.event.removeprefix("HL_3W_"), *(values.get(key, "") for key in ("who", "route", "why"))]
        told.append(" ".join(word for word in words if word))
    return told


def hears(phone: Phone, *hertz: float) -> list[float]:
    """The seconds of each tone in what a phone heard in its last call."""
    return [seconds_with(phone.heard()[-1], one) for one in hertz]


async def ami(flow: Flow, name: str, *fields: tuple[str, str]) -> dict[str, str]:
    """Send one action as the service's own user may; returns its answer."""
    settings = flow.switch.settings.asterisk
    reader, writer = await asyncio.open_connection(settings.ami_host, settings.ami_port)
    login = (("Username", "hotline-actions"), ("Secret", settings.ami_action_secret))
    answer: dict[str, str] = {}
    async with asyncio.timeout(10):
        await reader.readline()
        for action, values in (("Login", login), (name, fields)):
            lines = [f"Action: {action}", *(f"{key}: {value}" for key, value in values)]
            writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
            text = (await reader.readuntil(b"\r\n\r\n")).decode()
            answer = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
    writer.close()
    return answer


async def channels(flow: Flow, name: str) -> list[str]:
    """The names of the channels that begin so."""
    lines = (await flow.switch.console("core show channels concise")).splitlines()
    return sorted(channel for line in lines if (channel := line.split("!", 1)[0]).startswith(name))


__all__ = ["AGENT_HZ", "CITIZEN_HZ", "LINE_HZ"]
