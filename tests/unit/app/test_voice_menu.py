"""The service's half of voice navigation: whom it listens to, what it answers, when it promises to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hotline.app.voice_menu import VoiceMenu
from hotline.asr import ears
from hotline.asr.engine import Heard, Partial, Spoken
from hotline.asr.errors import AsrError
from hotline.asr.transcripts import Word
from hotline.core.clock import from_us
from hotline.ivr.voice import Ways, words_name
from hotline.telephony.ami_errors import AmiRefusedError
from hotline.telephony.ami_message import AmiMessage
from hotline.telephony.asterisk_config import Paths
from hotline.telephony.audio_ports import FRAME_BYTES
from hotline.telephony.events import HumanRequested, MenuStep, VoiceAsked
from support.asterisk import make_settings
from support.call_facts import NOON

NOW = from_us(NOON)
VERSION = "0123abcd"
CHANNEL = "PJSIP/trunk-test-0000000a"
SOUND = [b"\x00\x20" * (FRAME_BYTES // 2)] * 8


class FakeAmi:
    """Takes actions and notes them."""

    connected = True

    def __init__(self) -> None:
        self.sent: list[tuple[str, Mapping[str, Any]]] = []
        self.refuses: set[str] = set()

    async def action(
        self, name: str, fields: Mapping[str, Any] | None = None, *, limit_s: float = 5.0
    ) -> list[AmiMessage]:
        self.sent.append((name, fields or {}))
        if name in self.refuses:
            raise AmiRefusedError(name, "no such channel")
        return []

    def set(self, variable: str) -> list[str]:
        return [fields["Value"] for _, fields in self.sent if fields.get("Variable") == variable]


class FakeEngine:
    """Says one thing for each piece of sound; waits for ``gate`` before."""

    name, language, sample_rate = "fake", "zh-CN", 8000

    def __init__(self, *heard: Heard) -> None:
        self.heard = list(heard)
        self.gate = threading.Event()
        self.gate.set()
        self.broken = False

    def open(self, *, rate: int | None = None, partials: bool = False) -> FakeEngine:
        if self.broken:
            raise AsrError("no model")
        return self

    def accept(self, pcm: bytes) -> tuple[Heard, ...]:
        self.gate.wait(10)
        return (self.heard.pop(0),) if self.heard else ()


def said(text: str) -> Spoken:
    return Spoken(0.0, 1.0, text, (Word(text, 0.0, 1.0, 0.9),))


class Room:
    """A voice menu with everything around it in the test's hands."""

    def __init__(self, folder: Path, *heard: Heard, at_once: int = 2) -> None:
        settings = make_settings(folder)
        self.menus = Paths.of(settings).menus
        self.menus.mkdir(parents=True)
        (self.menus / words_name(VERSION)).write_text(
            Ways({"社保": 2, "人工": 0}).to_json(), encoding="utf-8"
        )
        self.ami, self.engine = FakeAmi(), FakeEngine(*heard)
        self.has_engine = True
        self.voice = VoiceMenu(
            settings,
            self.ami,
            lambda: self.engine if self.has_engine else None,  # type: ignore[arg-type,return-value]  # a small fake
            at_once=at_once,
            clock=lambda: NOW,
        )

    def ask(self, call: str = "c1", *, turn: int = 1, **changes: Any) -> None:
        values = {"menu": "main", "version": VERSION, "turn": turn, "channel": CHANNEL, "at": NOW} | changes
        self.voice.hear(VoiceAsked(call=call, node="node1", **values))

    async def hear(self, call: str = "c1") -> None:
        """Let a piece of sound come in."""
        await self.until(lambda: call in self.voice._ears)
        self.voice._ears[call].audio(SOUND)

    async def until(self, true: Any) -> None:
        async with asyncio.timeout(10):
            while not true():  # noqa: ASYNC110  # threads and tasks of the other side
                await asyncio.sleep(0.01)

    async def answered(self, *wanted: str) -> None:
        await self.until(lambda: len(self.ami.set("HL_SAID")) >= len(wanted))
        assert self.ami.set("HL_SAID") == list(wanted)


@pytest.fixture
async def room(tmp_path):
    made = Room(tmp_path, Partial("社"), said("社保"))
    yield made
    made.engine.gate.set()
    await made.voice._tasks.stop()
    await made.voice.close()


async def test_who_is_asked_is_listened_to_and_answered(room):
    room.ask()
    await room.hear()
    await room.until(lambda: room.ami.set("HL_SPEAKS"))
    await room.hear()
    await room.answered("1-2-1")
    assert room.voice.listening == 0
    originate = next(fields for name, fields in room.ami.sent if name == "Originate")
    assert originate["Data"].split(",")[0] == CHANNEL


async def test_what_is_unclear_is_told_and_the_second_turn_is_heard_by_the_same_ear(room):
    room.engine.heard = [said("路灯"), said("人工")]
    room.ask()
    await room.hear()
    await room.answered("1-98-0")
    room.voice.hear(MenuStep(at=NOW, call="c1", node="node1", menu="main", digit="voice", why="unclear"))
    room.ask(turn=2)
    await room.hear()
    await room.answered("1-98-0", "2-0-2")
    assert [name for name, _ in room.ami.sent].count("Originate") == 1


@pytest.mark.parametrize(
    "event",
    [
        MenuStep(at=NOW, call="c1", node="node1", menu="main", digit="1", why="key"),
        MenuStep(at=NOW, call="c1", node="node1", menu="main", digit="voice", why="silent"),
        HumanRequested(at=NOW, call="c1", node="node1", queue="public", why="zero"),
    ],
)
async def test_who_goes_on_is_listened_to_no_more(room, event):
    room.ask()
    await room.until(lambda: room.voice.listening == 1)
    room.voice.hear(event)
    assert room.voice.listening == 0


async def test_more_than_fit_are_led_on_to_the_keys_at_once(room):
    for call in ("c1", "c2", "c3"):
        room.ask(call)
    await room.answered("1-99-0")
    assert room.voice.listening == 2


async def test_old_questions_and_strange_channels_are_none_of_ours(room):
    room.ask(at=NOW - timedelta(seconds=6))
    for channel in ("", "Local/s@x-1;1", "PJSIP/a-0000000a,qS", "PJSIP/../x", f"{CHANNEL}\r\nAction: Logoff"):
        room.ask(channel=channel)
    assert room.voice.listening == 0
    assert room.ami.sent == []


@pytest.mark.parametrize("version", ["00000000", "../../../etc", "", "0123abc*"])
async def test_without_the_words_of_the_version_the_keys_follow_at_once(room, version):
    room.ask(version=version)
    await room.answered("1-99-0")
    assert room.voice.listening == 0


async def test_a_broken_recogniser_and_a_switch_that_refuses_lead_to_the_keys(room):
    room.engine.broken = True
    room.ask()
    await room.answered("1-99-0")
    room.engine.broken = False
    room.ami.refuses = {"Originate"}
    room.ask("c2")
    await room.answered("1-99-0", "1-99-0")
    assert room.voice.listening == 0


async def test_the_promise_is_made_while_somebody_can_listen(room, monkeypatch):
    async def promises() -> int:
        await room.voice._promise()
        return len(room.ami.set("HL_VOICE_UNTIL"))

    assert await promises() == 1
    assert room.ami.set("HL_VOICE_UNTIL") == [str(NOON // 1_000_000 + 12)]
    room.has_engine = False
    assert await promises() == 1
    room.has_engine = True
    monkeypatch.setattr(ears, "STUCK_S", 0.0)
    room.engine.gate.clear()
    room.ask()
    await room.hear()
    await room.until(lambda: room.voice._streams.is_stuck)
    assert await promises() == 1
    room.voice.hear(HumanRequested(at=NOW, call="c1", node="node1", queue="public", why="zero"))
    assert await promises() == 1, "a thread that hangs is seen after its citizen has gone on, too"
    room.engine.gate.set()
    await room.until(lambda: not room.voice._streams.is_stuck)
    assert await promises() == 2
    (room.menus / words_name(VERSION)).unlink()
    assert await promises() == 2
    await room.voice.close()
    assert room.ami.set("HL_VOICE_UNTIL")[-1] == "0"
