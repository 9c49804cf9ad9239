"""What the tests of the call path share: queues with short times, sounds for every prompt, phones."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from hotline import ivr
from hotline.demo.phones import Phone, agent_phone, citizen_phone
from support.asterisk import Switch
from support.journal import Line, marks, until, until_console, until_equal, write_tone

CITIZEN_HZ, AGENT_HZ, OTHER_AGENT_HZ, SUPERVISOR_HZ = 600.0, 1100.0, 1700.0, 2700.0

QUEUES: list[dict[str, Any]] = [
    {"name": "public", "label": "综合", "max_wait_seconds": 10, "ring_seconds": 5},
    {
        "name": "enterprise",
        "label": "涉企",
        "max_wait_seconds": 10,
        "ring_seconds": 5,
        "overflow": "public",
    },
]
AGENTS: list[dict[str, Any]] = [
    {
        "number": "1001",
        "name": "王芳",
        "secret": "phone-secret-for-tests",
        "queues": ["public", "enterprise"],
    },
    {"number": "1002", "name": "李强", "secret": "phone-secret-for-tests", "queues": ["public"]},
    {"number": "1003", "name": "赵敏", "secret": "phone-secret-for-tests", "queues": ["enterprise"]},
]
HERTZ = {"1001": AGENT_HZ, "1002": OTHER_AGENT_HZ, "1003": OTHER_AGENT_HZ, "1009": SUPERVISOR_HZ}


@cache
def _prompts() -> tuple[str, ...]:
    file = Path(next(iter(ivr.__path__))) / "system_prompts.yaml"
    return tuple(yaml.safe_load(file.read_text(encoding="utf-8")))


class Flow:
    """A switch with phones that all end with it. Every prompt is a short tone of 440 Hz."""

    def __init__(self, switch: Switch, folder: Path) -> None:
        self.switch = switch
        self.folder = folder
        self._stack = AsyncExitStack()
        for name in _prompts():
            write_tone(switch.runtime.paths.sounds / "hotline" / f"{name}.wav", 440.0, 0.2)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def agent(
        self, number: str, *, signed_in: bool = True, answer_after_s: float | None = 0.3
    ) -> Phone:
        speech = write_tone(self.folder / f"{number}.wav", HERTZ[number], 100)
        phone = agent_phone(
            self.switch.settings,
            number,
            self.folder / number,
            speech=speech,
            answer_after_s=answer_after_s,
        )
        await self._stack.enter_async_context(phone)
        # The switch answers a registration before it counts the telephone as reachable.
        await until_console(self.switch, f"pjsip show endpoint {number}", "Not in use")
        if signed_in:
            await self.key(phone, "*11")
        return phone

    async def citizen(self, number: str = "13800000001", *, display: str = "") -> Phone:
        speech = write_tone(self.folder / "citizen.wav", CITIZEN_HZ, 100)
        phone = citizen_phone(
            self.switch.settings, number, self.folder / number, speech=speech, display=display
        )
        return await self._stack.enter_async_context(phone)

    async def key(self, phone: Phone, code: str) -> None:
        """Dial a feature code and hear its announcement to the end."""
        await phone.call(code)
        await phone.wait_for("established")
        await phone.wait_for("closed")

    async def hears(self, phone: Phone, seconds: float) -> None:
        """Wait until a phone in a call has heard so much more: its time is the sound's, not the machine's."""
        before = phone.heard()[-1].stat().st_size
        wanted = before + int(seconds * 8000) * 2
        await until(lambda: phone.heard()[-1].stat().st_size >= wanted, limit_s=seconds + 20)

    async def queue(self, text: str, *, name: str = "public", limit_s: float = 20.0) -> str:
        """Wait until the queue shows a text."""
        return await until_console(self.switch, f"queue show {name}", text, limit_s=limit_s)

    def told(self) -> list[str]:
        """The names of the marks in order, without those of helpers."""
        return [line.event for line in marks(self.switch) if line.event != "HL_INTERNAL"]

    def mark(self, name: str) -> list[Line]:
        """The marks of a name so far. What a telephone sees comes before its mark: see ``marks``."""
        return marks(self.switch, name)

    async def marks(self, name: str, count: int = 1, *, limit_s: float = 20.0) -> list[Line]:
        """Wait until there are so many marks of a name, and no more; returns them."""
        await until_equal(lambda: len(self.mark(name)), count, limit_s=limit_s)
        return self.mark(name)

    async def values(self, name: str, key: str, *wanted: str) -> None:
        """Wait until the marks of a name have these values of a key, in this order, and no more."""
        await until_equal(lambda: [line.values[key] for line in self.mark(name)], list(wanted))

    def visits(self) -> list[tuple[str, str]]:
        """Each queue that was entered so far, and how the visit ended; empty while it lasts."""
        ended = {line.values["visit"]: line.values["status"] for line in self.mark("HL_QUEUE_END")}
        entered = [line.values for line in self.mark("HL_QUEUE")]
        return [(values["queue"], ended.get(values["visit"], "")) for values in entered]

    async def visited(self, *wanted: tuple[str, str], limit_s: float = 20.0) -> None:
        """Wait until the visits are these, and no more."""
        await until_equal(self.visits, list(wanted), limit_s=limit_s)

    def files(self) -> dict[str, Path]:
        """The recordings by the last part of their names."""
        return {file.stem.rsplit("-", 1)[1]: file for file in self.switch.recordings.rglob("*.wav")}
