"""Headless SIP phones with real sound, for the demo and the tests: agents' phones and citizens' lines.

A phone plays a WAV file once a call is up, writes what it hears to a WAV file, presses keys, answers by
itself or when told, hangs up and transfers. Every wait has a limit, and its process always ends.
"""

from __future__ import annotations

import asyncio
import struct
import wave
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import structlog

from ..core.aio import TaskKeeper
from ..core.clock import utc_now
from ..core.settings import Settings
from .baresip import Baresip, PhoneError, SipAccount, free_port, write_config

__all__ = ["Phone", "PhoneError", "PhoneEvent", "SipAccount", "agent_phone", "citizen_phone"]

log = structlog.get_logger(__name__)

RATE = 8000
SILENCE_AFTER_S = 300
"""A phone plays silence so long after its last sound; baresip hangs up when its source ends."""

Kind = Literal[
    "registered", "refused", "ringing", "progress", "established", "closed", "key", "transfer", "exit"
]
_KINDS: dict[str, Kind] = {
    "REGISTER_OK": "registered",
    "REGISTER_FAIL": "refused",
    "CALL_INCOMING": "ringing",
    "CALL_RINGING": "progress",
    "CALL_PROGRESS": "progress",
    "CALL_ESTABLISHED": "established",
    "CALL_CLOSED": "closed",
    "CALL_DTMF_START": "key",
    "CALL_TRANSFER": "transfer",
    "EXIT": "exit",
}


@dataclass(frozen=True)
class PhoneEvent:
    """What a phone saw: its kind, the moment, the other side's SIP address, and the detail (why closed)."""

    kind: Kind
    at: datetime
    peer: str
    detail: str
    call: str


class Phone:
    """One phone; use it as ``async with Phone(...) as phone``: registered (if it registers) inside.

    ``address`` is the local address it speaks from (127.0.0.2 … tell a trunk's lines from agents' phones);
    ``speech`` a WAV file, 8 kHz 16 bit mono, played from the moment a call is up; ``answer_after_s`` None:
    it rings until ``answer()``; ``listen_port`` is where a phone that does not register is called.
    """

    def __init__(
        self,
        account: SipAccount,
        folder: Path,
        *,
        address: str = "127.0.0.1",
        speech: Path | None = None,
        answer_after_s: float | None = None,
        listen_port: int = 0,
    ) -> None:
        self.account = account
        self.folder = folder
        self.address = address
        self.speech = speech
        self.answer_after_s = answer_after_s
        self.listen_port = listen_port
        self.events: list[PhoneEvent] = []
        self._seen = 0
        self._changed = asyncio.Event()
        self._tasks = TaskKeeper()
        self._sounds = 0
        self._baresip: Baresip | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self, *, limit_s: float = 15.0) -> None:
        """Start it and wait until it is registered; raises ``PhoneError``."""
        port = free_port("127.0.0.1")
        source = await self._padded(self.speech, lead_s=0.0)
        await asyncio.to_thread(
            write_config,
            self.folder,
            address=self.address,
            control_port=port,
            source=source,
            account=self.account,
            listen_port=self.listen_port,
        )
        self._baresip = Baresip(self.folder, port, self._on_event)
        await self._baresip.start()
        if self.account.register:
            try:
                await self._until_registered(limit_s)
            except BaseException:
                await self.stop()
                raise

    async def stop(self) -> None:
        """Hang up and end the process."""
        await self._tasks.stop()
        if self._baresip is not None:
            await self._baresip.stop()
            self._baresip = None

    async def vanish(self) -> None:
        """End the process as a power cut would: nobody is told."""
        if self._baresip is not None:
            await self._baresip.kill()

    async def call(self, number: str) -> None:
        """Begin a call; ``wait_for("established")`` tells when it is up."""
        await self._command("dial", number)

    async def answer(self) -> None:
        """Answer the call that rings."""
        await self._command("accept")

    async def hang_up(self) -> None:
        """End the present call, or refuse the one that rings."""
        await self._command("hangup")

    async def hold(self) -> None:
        """Put the present call on hold."""
        await self._command("hold")

    async def resume(self) -> None:
        """Take the call on hold back."""
        await self._command("resume")

    async def press(self, keys: str, *, pause_s: float = 0.25) -> None:
        """Press keys one after another (RFC 4733 events)."""
        for key in keys:
            await self._command("sndcode", key)
            await asyncio.sleep(pause_s)

    async def play(self, speech: Path, *, lead_s: float = 0.0) -> None:
        """Play another file from now on, after ``lead_s`` seconds of silence."""
        await self._command("ausrc", f"aufile,{await self._padded(speech, lead_s=lead_s)}")

    async def transfer(self, number: str) -> None:
        """Transfer the present call blind (SIP REFER)."""
        await self._command("transfer", number)

    async def wait_for(self, *kinds: Kind, limit_s: float = 20.0) -> PhoneEvent:
        """Return the next event of these kinds after the one last waited for."""
        try:
            async with asyncio.timeout(limit_s):
                while True:
                    while self._seen < len(self.events):
                        event = self.events[self._seen]
                        self._seen += 1
                        if event.kind in kinds:
                            return event
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            seen = ", ".join(event.kind for event in self.events) or "nothing"
            raise PhoneError(
                f"phone {self.account.user} waited {limit_s:g} s for {' or '.join(kinds)}; it saw: {seen}",
                mend=f"see {self.folder}/baresip.log",
            ) from None

    def happened(self, kind: Kind) -> list[PhoneEvent]:
        """Return all events of a kind so far."""
        return [event for event in self.events if event.kind == kind]

    def heard(self) -> list[Path]:
        """Return the files of what was heard, one per call, oldest first; whole once the call is over."""
        return sorted(self.folder.glob("dump-*-dec.wav"))

    async def _command(self, name: str, params: str = "") -> str:
        if self._baresip is None:
            raise PhoneError("the phone is not running")
        return await self._baresip.command(name, params)

    def _on_event(self, message: dict[str, Any]) -> None:
        kind = _KINDS.get(str(message.get("type")))
        if kind is None:
            return
        event = PhoneEvent(
            kind,
            utc_now(),
            str(message.get("peeruri", "")),
            str(message.get("param", "")),
            str(message.get("id", "")),
        )
        self.events.append(event)
        self._changed.set()
        if kind == "ringing" and self.answer_after_s is not None:
            self._tasks.start(self._answer_later(event), name=f"answer {self.account.user}")

    async def _answer_later(self, ringing: PhoneEvent) -> None:
        await asyncio.sleep(self.answer_after_s or 0.0)
        gone = any(event.kind == "closed" and event.call == ringing.call for event in self.events)
        if not gone:
            await self.answer()

    async def _until_registered(self, limit_s: float) -> None:
        # The answer may have come before the control channel was open; then no event tells it.
        if "OK" in await self._command("reginfo"):
            self._on_event({"type": "REGISTER_OK"})
        event = await self.wait_for("registered", "refused", "exit", limit_s=limit_s)
        if event.kind != "registered":
            raise PhoneError(f"phone {self.account.user} was not registered: {event.detail}")

    async def _padded(self, speech: Path | None, *, lead_s: float) -> Path:
        self._sounds += 1
        target = self.folder / f"source-{self._sounds}.wav"
        await asyncio.to_thread(write_padded, speech, target, lead_s=lead_s)
        return target


def write_padded(
    speech: Path | None, target: Path, *, lead_s: float, after_s: float = SILENCE_AFTER_S
) -> None:
    """Write silence, a sound (or none) and a long silence as one WAV file; the silence takes no disk.

    Raises ``PhoneError`` for a file that is not 8 kHz, 16 bit, mono.
    """
    frames = b""
    if speech is not None:
        with wave.open(str(speech), "rb") as stream:
            form = (stream.getframerate(), stream.getsampwidth(), stream.getnchannels())
            if form != (RATE, 2, 1):
                raise PhoneError(f"{speech} is not 8 kHz, 16 bit, mono")
            frames = stream.readframes(stream.getnframes())
    target.parent.mkdir(parents=True, exist_ok=True)
    lead = int(lead_s * RATE) * 2
    size = lead + len(frames) + int(after_s * RATE) * 2
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16)
    with target.open("wb") as file:
        file.write(
            struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE") + form + struct.pack("<4sI", b"data", size)
        )
        file.seek(lead, 1)
        file.write(frames)
        file.truncate(44 + size)


def agent_phone(
    settings: Settings,
    number: str,
    folder: Path,
    *,
    speech: Path | None = None,
    answer_after_s: float | None = 0.3,
    address: str = "127.0.0.1",
) -> Phone:
    """Return the phone of an agent of the settings, with that agent's password."""
    agent = next((one for one in settings.agents if one.number == number), None)
    if agent is None:
        raise PhoneError(f"there is no agent {number}", mend="add it to hotline.toml")
    account = SipAccount(number, _reach(settings), settings.asterisk.phone_port, agent.secret, agent.name)
    return Phone(account, folder, speech=speech, answer_after_s=answer_after_s, address=address)


def citizen_phone(
    settings: Settings,
    number: str,
    folder: Path,
    *,
    speech: Path | None = None,
    display: str = "",
    address: str = "127.0.0.1",
) -> Phone:
    """Return a line of the trunk whose match holds ``address``; ``number`` is the caller's."""
    account = SipAccount(
        number, _reach(settings), settings.asterisk.trunk_port, display=display, register=False
    )
    return Phone(account, folder, speech=speech, address=address)


def _reach(settings: Settings) -> str:
    return "127.0.0.1" if settings.asterisk.bind == "0.0.0.0" else settings.asterisk.bind  # noqa: S104  # compared
