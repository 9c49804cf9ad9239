"""Live audio on a real switch, with telephones that play tones and sinks that tell which tones came when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from hotline import ivr
from hotline.telephony.audio import FRAME_BYTES, FRAME_US, LegOfCall, LegSink, LiveAudio
from support.asterisk import Switch
from support.attached import Attached, attached
from support.journal import write_tone
from support.ports import free_ports
from support.sipp_agents import desk_phones
from support.third_line_phones import Leg, Site, site
from support.third_line_sound import TONES, Band, playing

CITIZEN, FIRST, SECOND, LINE, WORD = 600, 1100, 1150, 2300, 2450
"""The tones of citizen, first and second agent, third line, and of what is whispered to an agent."""
AGENTS = ("2000", "2001")

_ANGLES = 2 * np.pi * np.outer(np.arange(FRAME_BYTES // 2), np.array(TONES)) / 8000
_PROBE = np.concatenate([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1) * (4 / FRAME_BYTES)


def tones_of(pcm: bytes) -> frozenset[int]:
    """The tones in 20 ms."""
    parts = np.frombuffer(pcm, dtype="<i2") @ _PROBE
    strength = np.hypot(parts[: len(TONES)], parts[len(TONES) :])
    return frozenset(tone for tone, one in zip(TONES, strength, strict=True) if one > 2000)


@dataclass
class Heard:
    """A sink that notes every frame's moment and tones, every loss, and the end."""

    leg: LegOfCall
    frames: list[tuple[int, frozenset[int]]] = field(default_factory=list)
    losses: list[tuple[int, float]] = field(default_factory=list)
    ended: int = 0

    def feed(self, pcm: bytes, at_us: int) -> None:
        assert len(pcm) == FRAME_BYTES
        self.frames.append((at_us, tones_of(pcm)))

    def lost(self, seconds: float, at_us: int) -> None:
        self.losses.append((at_us, seconds))

    def end(self) -> None:
        self.ended += 1

    def heard(self, *tones: int, after: int = 0) -> int:
        """How many frames hold just these tones, of those after the first ``after``."""
        return sum(found == set(tones) for _, found in self.frames[after:])

    @property
    def tones(self) -> frozenset[int]:
        return frozenset[int]().union(*(found for _, found in self.frames))

    def unaccounted_us(self) -> int:
        """How much of the time from the first to the last frame is neither a frame nor told as lost."""
        first, last = self.frames[0][0], self.frames[-1][0]
        lost = sum(round(seconds * 1_000_000) for at_us, seconds in self.losses if first <= at_us <= last)
        return last + FRAME_US - first - len(self.frames) * FRAME_US - lost


@dataclass
class Scene:
    """A switch, its telephones, and what follows its calls in this process."""

    switch: Switch
    band: Band
    citizens: Site
    desks: Site
    lines: Site
    sinks: list[Heard] = field(default_factory=list)

    def open_sink(self, leg: LegOfCall) -> LegSink:
        sink = Heard(leg)
        self.sinks.append(sink)
        return sink

    def sink(self, speaker: str, agent: str = "") -> Heard | None:
        """The latest sink of a speaker."""
        found = [one for one in self.sinks if one.leg.speaker == speaker and one.leg.agent == agent]
        return found[-1] if found else None

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[tuple[Attached, LiveAudio]]:
        """The service's parts that live audio needs, and it."""
        async with attached(self.switch.settings) as parts:
            live = LiveAudio(self.switch.settings, parts.actions, parts.tracker, self.open_sink)
            parts.bus.listen(live.hear)
            task = asyncio.create_task(live.run())
            try:
                yield parts, live
            finally:
                task.cancel()
                await asyncio.wait([task])

    async def sign_in(self, *agents: str) -> None:
        for agent in agents:
            await self.switch.console(f"queue add member PJSIP/{agent} to public")

    async def talk(self) -> tuple[Leg, Leg]:
        """A citizen and the first agent who talk."""
        await self.sign_in(AGENTS[0])
        citizen = await self.citizens.call("13800000001", "12345", CITIZEN)
        await until(lambda: any(leg.talks for leg in self.desks.legs))
        return citizen, next(leg for leg in self.desks.legs if leg.talks)

    async def channels(self, prefix: str = "") -> list[str]:
        lines = (await self.switch.console("core show channels concise")).splitlines()
        return sorted(name for line in lines if (name := line.split("!", 1)[0]).startswith(prefix))


async def until(find: Callable[[], object], *, limit_s: float = 30.0) -> None:
    async with asyncio.timeout(limit_s):
        while not find():  # noqa: ASYNC110  # what is waited for comes from other processes
            await asyncio.sleep(0.05)


@asynccontextmanager
async def ears(
    running_asterisk: Callable[..., Any], *, agents: int = 2, citizen: int = 0, **first_numbers: int
) -> AsyncGenerator[Scene]:
    """A switch with agents and the line *110; RTP numbers begin behind those given (``agent2000=…``)."""
    home, desk, line = free_ports(3)
    switch: Switch = await running_asterisk(
        agents=[{**one, "role": "supervisor"} for one in desk_phones(agents, desk)],
        agents_work={"wrap_up_seconds": 0},
        queues=[{"name": "public", "label": "综合受理", "max_wait_seconds": 120}],
        trunks=[
            {"name": "test", "host": "127.0.0.1", "port": home, "numbers": ["12345"]},
            {"name": "line", "host": "127.0.0.1", "match": ["127.0.0.11"], "port": line, "emergency": True},
        ],
        third_lines=[
            {
                "name": "police",
                "code": "110",
                "label": "公安",
                "kind": "emergency",
                "routes": [{"trunk": "line", "number": "110"}],
            }
        ],
    )
    prompts = Path(next(iter(ivr.__path__))) / "system_prompts.yaml"
    for name in yaml.safe_load(prompts.read_text(encoding="utf-8")):
        is_word = name == "room-calling"
        file = switch.runtime.paths.sounds / "hotline" / f"{name}.wav"
        write_tone(file, WORD if is_word else 440.0, 1.0 if is_word else 0.2)
    tone = {AGENTS[1]: SECOND}
    ports = switch.settings.asterisk

    def answers(leg: Leg) -> None:
        leg.sound.first = first_numbers.get(f"agent{leg.called}", 0)
        leg.site.task(leg.accept())

    async with AsyncExitStack() as stack:
        band = await stack.enter_async_context(playing())
        sites = [
            await stack.enter_async_context(site(band, *where))
            for where in (
                (home, ports.trunk_port, lambda _: CITIZEN),
                (desk, ports.phone_port, lambda told: tone.get(told.number("To"), FIRST)),
                (line, ports.trunk_port, lambda _: LINE),
            )
        ]
        for one in sites:
            one.each, one.incoming = 1, answers
        sites[0].first = citizen
        yield Scene(switch, band, *sites)
