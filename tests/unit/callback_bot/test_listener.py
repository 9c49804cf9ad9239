"""Who listens to attempts: whom it hears, what it promises, what it tells the switch, what it never does."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hotline.asr.ears import Ears
from hotline.asr.engine import Heard, Partial, Spoken
from hotline.asr.transcripts import Word
from hotline.callback_bot.listen.conversation import Asking
from hotline.callback_bot.listen.listener import Listener
from hotline.callback_bot.model import Answer, Given, Outcome, Question
from hotline.callback_bot.survey.interpret import interpret
from hotline.core.clock import from_us
from hotline.telephony.ami_errors import AmiRefusedError
from hotline.telephony.ami_message import AmiMessage
from hotline.telephony.audio_ports import FRAME_BYTES
from support.asterisk import make_settings

NOW_US = 1_790_000_000_000_000
ID = "robot-node1-01ARZ3NDEKTSV4RRFFQ69G5FAV"
OTHER = "robot-node1-01ARZ3NDEKTSV4RRFFQ69G5FAW"
CHANNEL = "PJSIP/trunk-city-0000000a"
SOUND = [random.Random(frame).randbytes(FRAME_BYTES) for frame in range(8)]  # noqa: S311  # noise


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

    def named(self, name: str) -> list[Mapping[str, Any]]:
        return [fields for sent, fields in self.sent if sent == name]


class FakeEngine:
    """Says one thing for each piece of sound."""

    name, language, sample_rate = "fake", "zh-CN", 8000

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.gate = threading.Event()
        self.gate.set()

    def open(self, **_: object) -> FakeEngine:
        return self

    def accept(self, pcm: bytes) -> tuple[Heard, ...]:
        self.gate.wait(10)
        return (self.heard.pop(0),) if self.heard else ()

    def skip(self, seconds: float) -> tuple[Heard, ...]:
        return ()


def spoken(text: str) -> Spoken:
    return Spoken(0.0, 9.0, text, (Word(text, 0.0, 9.0, 0.9),))


class Room:
    """A listener with everything around it in the test's hands."""

    def __init__(self, folder: Path, *, engine: bool = True) -> None:
        self.ami, self.engine = FakeAmi(), FakeEngine()
        settings = make_settings(folder)
        self.listener = Listener(
            Ears(settings.live_audio, self.ami, "robot"),
            self.ami,
            lambda: self.engine if engine else None,  # type: ignore[arg-type,return-value]  # a small fake
            partial(interpret, zone=ZoneInfo("Asia/Shanghai")),
            lambda version, question, turn: Asking(question, turn) if version == "0123abcd" else None,
            at_once=2,
            recordings=folder / "recordings",
            clock=lambda: from_us(NOW_US),
        )

    def event(self, name: str, attempt: str = ID, **values: str) -> None:
        mark = name.startswith("HL_")
        extra = "&".join(f"{key}={value}" for key, value in {"n": "3", **values}.items())
        fields = {
            "Event": "CEL",
            "Timestamp": "1790000000.000000",
            "EventName": "USER_DEFINED" if mark else name,
            "Channel": CHANNEL,
            "UniqueID": attempt,
            "LinkedID": attempt,
            **({"UserDefType": name, "Extra": f'{{"extra":"{extra}"}}'} if mark else {}),
        }
        text = "\r\n".join(f"{key}: {value}" for key, value in fields.items())
        self.listener.observe(AmiMessage(text.encode()))

    def ask(self, question: str = "satisfied", turn: str = "3", **values: str) -> None:
        given = {"question": question, "turn": turn, "by": "voice", "version": "0123abcd", **values}
        self.event("HL_ROBOT_ASK", **given)

    async def hear(self, *heard: Heard) -> None:
        """Let so many pieces of sound come in, each with what is recognised."""
        self.engine.heard.extend(heard)
        for _ in heard:
            await self.until(lambda: ID in self.listener._lines)
            left = len(self.engine.heard)
            self.listener._lines[ID].ear.audio(SOUND)
            await self.until(lambda left=left: len(self.engine.heard) < left)

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not true():  # noqa: ASYNC110  # threads and tasks of the other side
                await asyncio.sleep(0.01)


@pytest.fixture
async def room(tmp_path):
    made = Room(tmp_path)
    yield made
    await end(made)


async def end(room: Room) -> None:
    room.engine.gate.set()
    await room.listener._tasks.stop()
    room.listener.close()


async def test_an_attempt_is_heard_from_its_beginning_and_answered_by_what_is_said(room):
    room.event("CHAN_START")
    await room.until(lambda: room.ami.set("HL_HEARS"))
    assert room.ami.set("HL_HEARS") == [str(NOW_US // 1_000_000 + 12)]
    assert room.ami.named("Originate")[0]["Data"].split(",")[0] == CHANNEL
    room.event("ANSWER")
    room.ask()
    await room.hear(Partial("挺满意"))
    await room.until(lambda: room.ami.named("ControlPlayback"))
    assert room.ami.set("HL_SPEAKS") == [str(NOW_US // 1000 + 1500)]
    await room.hear(spoken("挺满意的"))
    await room.until(lambda: room.ami.set("HL_SAID"))
    assert room.ami.set("HL_SAID") == ["3-5-0"]
    assert [name for name, _ in room.ami.sent][-2:] == ["Setvar", "ControlPlayback"]
    answer = Answer(Question.SATISFIED, "满意", Given.SPEECH, 3)
    [told] = room.listener.with_words(ID, [answer], NOW_US - 20_000_000)
    assert told.words == "挺满意的"
    assert 0.5 < told.confidence <= 0.9
    assert told.end_ms > told.start_ms
    room.listener.over(ID)
    assert room.listener.listening == 0
    assert room.listener.with_words(ID, [answer], 0) == [answer]


async def test_after_a_restart_it_begins_with_the_next_question(room):
    room.ask("solved", "5")
    await room.hear(spoken("解决了"))
    await room.until(lambda: room.ami.set("HL_SAID"))
    assert room.ami.set("HL_SAID") == ["5-1-0"]


async def test_an_announcement_before_the_answer_ends_the_line(room):
    room.event("CHAN_START")
    await room.hear(spoken("您好您拨打的电话已关机"))
    await room.until(lambda: room.ami.named("Hangup"))
    assert room.ami.named("Hangup") == [{"Channel": CHANNEL, "Cause": "16"}]
    overheard = room.listener.overheard(ID)
    assert overheard is not None
    assert overheard.outcome is Outcome.SWITCHED_OFF


@pytest.mark.parametrize("event", ["CHAN_END", "HL_ROBOT_END", "HL_HUMAN"])
async def test_who_is_past_the_survey_is_listened_to_no_more(room, event):
    room.event("CHAN_START")
    await room.until(lambda: room.listener.listening == 1)
    room.event(event)
    assert room.listener.listening == 0


async def test_more_than_fit_are_asked_by_keys_until_there_is_room(room):
    third = OTHER[:-1] + "X"
    for attempt in (ID, OTHER, third):
        room.event("CHAN_START", attempt)
    assert room.listener.listening == 3
    assert [line.recognised for line in room.listener._lines.values()] == [True, True, False]
    await room.until(lambda: len(room.ami.named("Originate")) == 3)
    assert len(room.ami.set("HL_HEARS")) == 2
    room.event("ANSWER", third)
    room.event("CHAN_END", OTHER)
    room.event("HL_ROBOT_ASK", third, question="solved", turn="2", by="keys", version="0123abcd")
    assert room.listener._lines[third].recognised
    await room.until(lambda: len(room.ami.set("HL_HEARS")) == 3)


LOUD_SOUND = [bytes([0, 0x40]) * (FRAME_BYTES // 2)] * 8


@pytest.mark.clause("R-CB-3")
@pytest.mark.parametrize("answered", [False, True])
async def test_what_sounds_before_an_end_without_answer_is_kept(room, tmp_path, answered):
    room.event("CHAN_START")
    line = room.listener._lines[ID]
    for _ in range(5):
        before = len(line.early.wav())
        line.ear.audio(LOUD_SOUND)
        await room.until(lambda before=before: len(line.early.wav()) > before)
    base = room.listener.early(ID)
    assert base.endswith(f"/{ID}")
    if answered:
        room.event("ANSWER")
    room.event("CHAN_END")
    file = tmp_path / "recordings" / f"{base}-early.wav"
    if answered:
        await asyncio.sleep(0)
        assert room.listener.early(ID) == ""
        assert not file.exists()
        return
    await room.until(file.is_file)
    assert file.stat().st_size == 44 + 40 * FRAME_BYTES
    assert room.listener.early(ID) == base
    room.listener.over(ID)
    assert room.listener.early(ID) == ""


async def test_strange_channels_versions_and_questions_are_none_of_ours(room):
    room.event("CHAN_START", "node1-1790000000.1")
    room.event("CHAN_START", f"{ID};2")
    assert room.listener.listening == 0
    room.event("CHAN_START")
    for values in ({"version": "ffffffff"}, {"by": "keys"}, {"question": "shoe_size"}, {"turn": "x"}):
        room.ask(**values)
        await room.hear(spoken("满意"))
    assert room.ami.set("HL_SAID") == []


async def test_a_key_answers_first(room):
    room.event("CHAN_START")
    room.event("ANSWER")
    room.ask()
    room.event("HL_ROBOT_ANSWER", question="satisfied", value="satisfied", given="key", turn="3")
    await room.hear(spoken("不满意"))
    assert room.ami.set("HL_SAID") == []


async def test_without_a_model_nothing_is_promised(tmp_path):
    room = Room(tmp_path, engine=False)
    room.event("CHAN_START")
    await room.until(lambda: room.ami.named("Originate"))
    assert room.ami.set("HL_HEARS") == []
    await end(room)


async def test_a_switch_that_refuses_leaves_the_survey_to_its_keys(room):
    room.ami.refuses = {"Originate"}
    room.event("CHAN_START")
    await room.until(lambda: room.listener.listening == 0)
    room.ami.refuses = set()
    room.ask()
    await room.hear(spoken("满意"))
    await room.until(lambda: room.ami.set("HL_SAID"))


async def test_a_recogniser_that_hangs_is_promised_for_no_more(room, monkeypatch):
    monkeypatch.setattr("hotline.asr.ears.STUCK_S", 0.0)
    room.event("CHAN_START")
    await room.until(lambda: room.ami.set("HL_HEARS"))
    room.engine.gate.clear()
    room.listener._lines[ID].ear.audio(SOUND)
    await room.until(lambda: room.listener._ears.is_stuck)
    before = len(room.ami.set("HL_HEARS"))
    assert not await room.listener._promise(room.listener._lines[ID])
    assert len(room.ami.set("HL_HEARS")) == before
    room.event("CHAN_START", OTHER)
    assert room.listener.listening == 1
