"""Live speech as a whole over an engine that hears letters: who is heard, what is lost, what fails alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from hotline.asr.live import LiveSpeech
from hotline.asr.live_admission import Limits
from hotline.asr.live_events import LiveSpeechChanged, SpeechHeard, SpeechPartial
from hotline.asr.live_leg import MOST_HELD_S
from hotline.core.events import DomainEvent
from support.live_speech import BEGIN_US, FakeEngine, Speaking, Told, leg_of, until

pytestmark = pytest.mark.clause("R-T-2")


class Live(Told):
    """Live speech that runs, with its events; ``engine`` may be taken away."""

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.engine: FakeEngine | None = FakeEngine()
        self.now = 0.0
        self.speech = LiveSpeech(
            lambda: self.engine, self.events.append, monotonic=lambda: self.now, look_s=0.01, **options
        )

    def speaker(self, call: str, **options: Any) -> Speaking:
        sink = self.speech.open(leg_of(call, **options))
        assert sink is not None
        return Speaking(sink)

    def changes(self, call: str = "") -> list[str]:
        return self.texts(LiveSpeechChanged, call)

    def said(self, call: str = "") -> list[str]:
        return self.texts(SpeechHeard, call)


@asynccontextmanager
async def living(**options: Any) -> AsyncIterator[Live]:
    live = Live(**options)
    running = asyncio.create_task(live.speech.run())
    try:
        yield live
    finally:
        running.cancel()
        await asyncio.wait({running})
        if live.engine is not None:
            live.engine.gate.set()
        await live.speech.close()


async def test_partials_then_the_final_with_times_and_speaker() -> None:
    async with living() as live:
        agent = live.speaker("c", speaker="agent")
        agent.quiet(2)
        agent.say("hallo")
        agent.quiet(1)
        await until(live.said)
        agent.say("du")
        agent.sink.end()
        await until(lambda: live.changes()[-1:] == ["off ended"])
    assert live.said() == ["hallo", "du"]
    assert live.texts(SpeechPartial)[-1] in ("du", "hallo")
    (first, second) = [event for event in live.events if isinstance(event, SpeechHeard)]
    assert (first.call, first.leg, first.speaker, first.agent) == ("c", "c.agent", "agent", "1001")
    assert (first.start_us, first.end_us) == (BEGIN_US + 2_000_000, BEGIN_US + 2_100_000)
    assert second.start_us == BEGIN_US + 3_100_000
    assert live.changes() == ["on begun", "off ended"]
    assert live.speech.figures().legs == 0


async def test_many_legs_share_the_threads_and_each_is_in_order() -> None:
    async with living(threads=2, most_legs=100, limits=Limits(100, 2, share=0, shed_behind_s=1e9)) as live:
        legs = {f"c{n}": live.speaker(f"c{n}") for n in range(20)}
        for turn in range(10):
            for leg in legs.values():
                leg.say(chr(ord("a") + turn) * 3)
                leg.quiet(1)
        for leg in legs.values():
            leg.sink.end()
        await until(lambda: live.speech.figures().legs == 0)
        for name in legs:
            assert live.said(name) == [chr(ord("a") + turn) * 3 for turn in range(10)]
        figures = live.speech.figures()
        assert (figures.begun, figures.utterances, figures.lost_s) == (20, 200, 0)
        assert figures.lag_p95_s is not None


async def test_a_leg_that_waits_long_loses_its_oldest_sound_and_says_how_much() -> None:
    async with living(limits=Limits(8, 1, shed_behind_s=1e9)) as live:
        assert live.engine is not None
        live.engine.gate.clear()
        leg = live.speaker("c")
        for n in range(60):
            leg.say(chr(ord("a") + n // 10) * 50)
        held_s = live.speech.figures().behind_s
        assert held_s <= MOST_HELD_S
        lost_s = live.speech.figures().lost_s
        assert lost_s == pytest.approx(60 - MOST_HELD_S, abs=1.5)
        live.engine.gate.set()
        leg.sink.end()
        await until(lambda: live.speech.figures().legs == 0)
        assert live.said()[-1].endswith("f" * 50)
        last = [event for event in live.events if isinstance(event, SpeechHeard)][-1]
        assert last.end_us == BEGIN_US + 60_000_000, "the clock is right over what was lost"
        assert live.speech.figures().lost_s == pytest.approx(lost_s)


async def test_a_hold_ends_what_was_said_and_words_after_it_have_their_time() -> None:
    async with living() as live:
        leg = live.speaker("c")
        leg.say("vorher")
        leg.hold(30)
        await until(live.said)
        leg.say("nachher")
        leg.sink.end()
        await until(lambda: len(live.said()) == 2)
    first, second = [event for event in live.events if isinstance(event, SpeechHeard)]
    assert (first.text, second.text) == ("vorher", "nachher")
    assert second.start_us - first.start_us == 30_120_000
    assert live.speech.figures().lost_s == 30


async def test_a_few_frames_that_are_missing_do_not_end_a_sentence() -> None:
    async with living() as live:
        leg = live.speaker("c")
        leg.say("gu")
        leg.hold(0.2)
        leg.say("ten")
        for _ in range(10):
            leg.hold(0.1)
        leg.say("tag")
        leg.sink.end()
        await until(lambda: len(live.said()) == 2)
    assert live.said() == ["guten", "tag"]
    last = [event for event in live.events if isinstance(event, SpeechHeard)][-1]
    assert last.start_us == pytest.approx(BEGIN_US + 1_300_000, abs=50_000)


async def test_an_engine_that_fails_on_a_leg_is_tried_again_and_others_go_on() -> None:
    async with living() as live:
        assert live.engine is not None
        bad = live.speaker("bad")
        good = live.speaker("good")
        live.engine.errors.append(RuntimeError("broken"))
        bad.say("a" * 8)
        await until(lambda: live.changes("bad") == ["on begun", "off engine"])
        good.say("g" * 8)
        good.quiet(1)
        await until(lambda: live.said("good"))
        bad.say("b" * 50)
        live.now += 3
        await until(lambda: live.speech.figures().resting == 0)
        bad.say("c" * 8)
        bad.quiet(1)
        await until(lambda: live.said("bad"))
        assert live.said("bad") == ["c" * 8]
        assert live.changes("bad") == ["on begun", "off engine", "on begun"]
        figures = live.speech.figures()
        assert (figures.failures, figures.threads_lost) == (1, 0)
        assert figures.lost_s == pytest.approx(1.0)


async def test_a_thread_that_dies_is_replaced_and_its_leg_is_heard_again() -> None:
    async with living() as live:
        assert live.engine is not None
        leg = live.speaker("c")
        live.engine.errors.append(SystemExit())
        leg.say("a" * 8)
        await until(lambda: live.changes() == ["on begun", "off engine"])
        live.now += 3
        await until(lambda: live.speech.figures().resting == 0)
        leg.say("b" * 8)
        leg.quiet(1)
        await until(live.said)
        assert live.speech.figures().threads_lost == 1


async def test_a_model_that_is_away_is_refused_and_taken_up_when_it_comes() -> None:
    async with living() as live:
        engine, live.engine = live.engine, None
        assert live.speech.open(leg_of("c")) is None
        assert live.speech.open(leg_of("c")) is None
        assert live.changes() == ["off engine"], "told once"
        live.engine = engine
        leg = live.speaker("c")
        live.engine = None
        leg.say("a" * 8)
        await until(lambda: live.changes()[-1] == "off engine" and len(live.changes()) == 3)
        live.now += 3
        await asyncio.sleep(0.01)
        assert live.speech.figures().resting == 1
        live.engine = engine
        await until(lambda: live.speech.figures().resting == 0)
        leg.say("b" * 8)
        leg.sink.end()
        await until(live.said)
        assert live.speech.figures().failures == 1


async def test_when_it_is_too_much_the_newest_call_goes_and_comes_back() -> None:
    limits = Limits(most_legs=20, threads=1, shed_behind_s=2.0)
    async with living(limits=limits) as live:
        assert live.engine is not None
        old = live.speaker("old"), live.speaker("old", speaker="agent")
        live.now += 10
        new = live.speaker("new"), live.speaker("new", speaker="agent")
        live.engine.gate.clear()
        for leg in (*old, *new):
            leg.say("a" * 150)
        live.now += 1
        await until(lambda: live.changes("new").count("shed behind") == 2)
        assert "shed behind" not in live.changes("old")
        assert live.speech.open(leg_of("third call")) is None
        assert live.changes("third call") == ["off full"]
        live.engine.gate.set()
        await until(lambda: live.speech.figures().behind_s < 0.2)
        figures = live.speech.figures()
        assert (figures.calls_shed, figures.legs_shed, figures.legs_refused, figures.resting) == (1, 2, 1, 2)
        assert figures.lost_s == pytest.approx(6.0, abs=1.3)
        live.now += 30
        await until(lambda: live.speech.figures().resting == 0)
        for leg in (*old, *new):
            leg.say("b" * 8)
            leg.sink.end()
        await until(lambda: live.speech.figures().legs == 0)
        assert live.said("new") == ["b" * 8] * 2
        assert all(text.startswith("a" * 50) for text in live.said("old")[:2])


async def test_closing_lets_every_leg_go_and_nothing_hangs() -> None:
    live = Live()
    running = asyncio.create_task(live.speech.run())
    leg = live.speaker("c")
    leg.say("a" * 8)
    await until(lambda: live.texts(SpeechPartial))
    running.cancel()
    await live.speech.close()
    leg.say("b" * 80)
    leg.sink.lost(1.0, leg.at_us)
    leg.sink.end()
    assert live.changes() == ["on begun", "off closed"]
    assert live.speech.open(leg_of("d")) is None
    assert live.said() == []


async def test_a_leg_that_comes_anew_replaces_itself() -> None:
    async with living() as live:
        first = live.speaker("c")
        first.say("a" * 8)
        await until(lambda: live.texts(SpeechPartial))
        second = live.speaker("c")
        first.say("x" * 80)
        first.sink.end()
        second.say("b" * 8)
        second.sink.end()
        await until(lambda: live.speech.figures().legs == 0)
        assert live.said() == ["b" * 8]


def test_events_are_of_one_call_and_leg() -> None:
    for kind in (SpeechHeard, SpeechPartial, LiveSpeechChanged):
        assert issubclass(kind, DomainEvent)
        assert {"call", "leg"} <= set(kind.__dataclass_fields__)
