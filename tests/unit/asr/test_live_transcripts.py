"""Transcripts of calls that go on: order, times, bounds, and when the recording is asked instead."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from hotline.asr import live_transcripts
from hotline.asr.conversation import Conversation, Sounding
from hotline.asr.live_events import LiveSpeechChanged, SpeechHeard
from hotline.asr.live_record import LegHeard
from hotline.asr.live_transcripts import LiveTranscripts
from hotline.asr.transcripts import Speaker, Word
from hotline.core.clock import from_us
from hotline.telephony.events import CallEnded
from support.live_speech import BEGIN_US, FakeEngine, leg_of

S = 1_000_000
LEGS = (Sounding("citizen", Path("c.wav")), Sounding("agent", Path("a.wav")))


class Behind:
    """The recording so far."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, float]] = []

    async def so_far(
        self,
        call: str,
        legs: Sequence[Sounding],
        *,
        from_s: float,
        until_s: float,
        begun_us: int | None = None,
    ) -> Conversation:
        self.asked.append((from_s, until_s))
        return Conversation(call, "recorded", "zh-CN", from_s, until_s, ())


class Live:
    def __init__(self) -> None:
        self.now = 0.0
        self.engine: FakeEngine | None = FakeEngine()
        self.behind = Behind()
        self.under_test = LiveTranscripts(
            lambda: self.engine, self.behind, heard_late_s=0.0, monotonic=lambda: self.now
        )

    def on(self, call: str = "c", at_s: float = 0.0, speaker: Speaker = "citizen") -> LegHeard:
        record = LegHeard(leg_of(call, speaker), is_on=True)
        self.under_test.record(record)
        at = from_us(BEGIN_US + round(at_s * S))
        self.under_test.hear(LiveSpeechChanged(at=at, call=call, leg=record.leg.leg, state="on", why="begun"))
        return record

    def say(self, text: str, at_s: float, call: str = "c", speaker: Speaker = "citizen") -> None:
        start_us = BEGIN_US + round(at_s * S)
        self.under_test.hear(
            SpeechHeard(
                at=from_us(start_us + 2 * S),
                call=call,
                leg=f"{call}.{speaker}",
                speaker=speaker,
                agent="",
                text=text,
                start_us=start_us,
                end_us=start_us + S,
                words=(Word(text, 0.0, 1.0, 0.9),),
            )
        )

    async def so_far(self, from_s: float, until_s: float) -> Conversation:
        return await self.under_test.so_far(
            "c", LEGS, from_s=from_s, until_s=until_s, begun_us=BEGIN_US + 2 * S
        )


def over(call: str) -> CallEnded:
    return CallEnded(at=from_us(BEGIN_US), call=call, node="n", outcome=None, ended_by="citizen")


def test_sentences_stand_in_the_order_of_time_whoever_is_recognised_first() -> None:
    live = Live()
    assert live.under_test.transcript("c") is None
    live.on(at_s=1)
    live.on(at_s=0.5, speaker="agent")
    live.say("三", 9)
    live.say("二", 5, speaker="agent")
    live.say("一", 1.5)
    made = live.under_test.transcript("c")
    assert made is not None
    assert [(one.text, one.speaker, one.start_s, one.end_s) for one in made.utterances] == [
        ("一", "citizen", 0.5, 1.5),
        ("二", "agent", 4.0, 5.0),
        ("三", "citizen", 8.0, 9.0),
    ]
    assert made.utterances[1].words == (Word("二", 4.0, 5.0, 0.9),)
    assert (made.model, made.duration_s) == ("fake", 9.0)
    assert live.under_test.begun_us("c") == BEGIN_US + S
    assert live.under_test.transcript("c") is made
    live.say("四", 20)
    assert live.under_test.transcript("c") is not made


def test_it_is_bounded_in_sentences_and_calls_and_forgets_after_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live_transcripts, "MOST_UTTERANCES", 10)
    monkeypatch.setattr(live_transcripts, "MOST_CALLS", 5)
    live = Live()
    for n in range(30):
        live.say(str(n), n)
    made = live.under_test.transcript("c")
    assert made is not None
    assert [one.text for one in made.utterances] == [str(n) for n in range(20, 30)]
    assert made.utterances[0].start_s == 20.0, "second 0 stays where it was"
    for n in range(20):
        live.say("x", 0, call=f"c{n}")
        live.under_test.record(LegHeard(leg_of(f"waiting {n}")))
    assert len(live.under_test) == 5
    live.under_test.hear(over("c19"))
    live.now += live_transcripts.KEPT_S - 1
    live.say("y", 0, call="c18")
    assert live.under_test.transcript("c19") is not None
    live.now += 2
    live.say("y", 1, call="c18")
    assert live.under_test.transcript("c19") is None
    assert live.under_test.transcript("c17") is not None, "its end was not told"
    live.now += live_transcripts.IDLE_S
    live.say("y", 2, call="c18")
    assert len(live.under_test) == 1


def heard(live: Live) -> tuple[LegHeard, LegHeard]:
    citizen, agent = live.on(), live.on(speaker="agent")
    citizen.add(BEGIN_US, BEGIN_US + 60 * S)
    agent.add(BEGIN_US + 2 * S, BEGIN_US + 60 * S)
    live.say("早", 3)
    live.say("路灯", 30)
    live.say("请讲", 28, speaker="agent")
    return citizen, agent


async def test_a_stretch_that_was_heard_whole_comes_from_live_speech_on_the_recordings_clock() -> None:
    live = Live()
    heard(live)
    found = await live.so_far(20.0, 58.0)
    assert [(one.text, one.start_s, one.words[0].start_s) for one in found.utterances] == [
        ("请讲", 26.0, 26.0),
        ("路灯", 28.0, 28.0),
    ]
    assert (found.model, found.from_s, found.until_s) == ("fake", 20.0, 58.0)
    assert (live.behind.asked, live.under_test.from_live) == ([], 1)


async def test_what_is_being_said_comes_along_as_it_is_guessed() -> None:
    live = Live()
    citizen, _ = heard(live)
    citizen.guess, citizen.guess_us = "着火了", BEGIN_US + 57 * S
    found = await live.so_far(20.0, 58.0)
    assert [(one.text, one.start_s) for one in found.utterances][-1] == ("着火了", 55.0)


async def test_anything_missing_is_asked_of_the_recording() -> None:
    live = Live()
    citizen, agent = heard(live)
    agent.spans[-1] = (BEGIN_US + 20 * S, BEGIN_US + 60 * S)
    assert (await live.so_far(0.0, 58.0)).model == "recorded"
    assert (await live.so_far(18.0, 58.0)).model == "fake"
    citizen.spans[-1] = (BEGIN_US, BEGIN_US + 50 * S)
    assert (await live.so_far(18.0, 58.0)).model == "recorded", "its end was not heard in time"
    assert (await live.so_far(18.0, 48.0)).model == "fake"
    live.engine = None
    assert (await live.so_far(18.0, 48.0)).model == "recorded"
    live.engine = FakeEngine()
    unknown = await live.under_test.so_far("other", LEGS, from_s=0, until_s=5, begun_us=BEGIN_US)
    assert unknown.model == "recorded"
    without = await live.under_test.so_far("c", LEGS, from_s=18, until_s=48)
    assert without.model == "recorded", "no clock of the recording"
    assert live.under_test.from_recording == 5
