"""The parts of live speech that need no engine: sound on its way, the gate, the clock, admission, threads."""

from __future__ import annotations

import time
from threading import Event, get_ident

import numpy as np
import pytest

from hotline.asr.live_admission import Admission, Limits, Load
from hotline.asr.live_gate import LiveGate
from hotline.asr.live_hearing import Guess, LegHearing, Said
from hotline.asr.live_record import LegHeard, missing_us
from hotline.asr.live_sound import Gap, LegSound, Piece
from hotline.asr.live_threads import FairThreads, ThreadGoneError
from support.live_speech import BEGIN_US, QUIET, FakeEngine, FakeSession, frame, leg_of

S = 1_000_000
LIMITS = Limits(most_legs=8, threads=2)
EASY = Load()


def sound(**options: float) -> LegSound:
    return LegSound(piece_s=options.get("piece_s", 0.1), most_s=options.get("most_s", 1.0))


def test_frames_become_pieces_and_a_jump_of_time_parts_them() -> None:
    under_test = sound()
    ready = [under_test.feed(frame("a"), BEGIN_US + n * 20_000, n) for n in range(5)]
    assert ready == [False] * 4 + [True]
    under_test.feed(frame("b"), BEGIN_US + 100_000, 5)
    under_test.feed(frame("c"), BEGIN_US + 900_000, 6)
    assert under_test.take(0.05) == [Piece(BEGIN_US, frame("a") * 5, 4)]
    assert under_test.take(1.0) == [Piece(BEGIN_US + 100_000, frame("b"), 6)]
    assert under_test.held_s == pytest.approx(0.02)
    under_test.gap(7)
    under_test.gap(8)
    assert under_test.take(1.0) == [Piece(BEGIN_US + 900_000, frame("c"), 7), Gap()]
    assert (under_test.held_s, under_test.has_more()) == (0.0, False)


def test_pieces_that_wait_and_follow_each_other_come_as_one() -> None:
    """A recogniser does longer pieces at less cost, and there are some only when it is behind."""
    under_test = sound()
    for n in range(10):
        under_test.feed(frame("a"), BEGIN_US + n * 20_000, n)
    for n in range(5):
        under_test.feed(frame("b"), BEGIN_US + 206_000 + n * 20_000, 10 + n)
    joined, later = under_test.take(1.0)
    assert joined == Piece(BEGIN_US, frame("a") * 10, 4), "it waits since its first part came"
    assert later == Piece(BEGIN_US + 206_000, frame("b") * 5, 14), "a clock that was set keeps them apart"


def test_what_nobody_takes_is_bounded_and_counted_and_the_oldest_goes() -> None:
    under_test = sound(most_s=0.5)
    for n in range(100):
        under_test.feed(frame("a"), BEGIN_US + n * 20_000, n)
        assert under_test.held_s <= 0.5
    assert under_test.dropped_s == pytest.approx(1.5)
    (first, *_) = under_test.take(10)
    assert isinstance(first, Piece)
    assert first.at_us == BEGIN_US + 1_500_000
    assert under_test.clear() == 0.0


def noise(seconds: float, height: float, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, height, round(seconds * 8000)).astype(np.int16)


def test_the_gate_learns_the_lines_noise_and_lets_speech_through() -> None:
    gate = LiveGate(8000)
    assert gate.quiet_s(np.zeros(1280, dtype=np.int16)) is None
    assert gate.quiet_s(noise(0.16, 60)) == 0.0, "not known for noise yet"
    for n in range(40):
        gate.quiet_s(noise(0.16, 60, n))
    assert gate.quiet_s(noise(0.16, 60)) is None
    assert gate.quiet_s(np.concatenate((noise(0.08, 400), noise(0.08, 60)))) == pytest.approx(0.08)
    loud = LiveGate(8000)
    for n in range(40):
        loud.quiet_s(noise(0.16, 3000, n))
    assert loud.quiet_s(noise(0.16, 250)) == 0.0, "speech is never taken for noise, however loud the line"


def hear(text: str, **options: bool) -> tuple[list[Said | Guess], LegHearing]:
    hearing = LegHearing(FakeSession(FakeEngine()), **options)
    said: list[Said | Guess] = []
    for at in range(0, len(text), 8):
        pcm = b"".join(QUIET if letter == " " else frame(letter) for letter in text[at : at + 8])
        said += hearing.hear(Piece(BEGIN_US + at * 20_000, pcm, 0))
    return said + hearing.finish(), hearing


@pytest.mark.parametrize("gated", [True, False])
def test_words_have_the_switchs_time_whatever_silence_was_left_out(gated: bool) -> None:
    said, hearing = hear(" " * 500 + "ab" + " " * 3000 + "cd" + " " * 70 + "e", gated=gated)
    found = [
        (one.text, one.start_us - BEGIN_US, one.end_us - BEGIN_US) for one in said if isinstance(one, Said)
    ]
    assert found == [
        ("ab", 10 * S, 10 * S + 40_000),
        ("cd", 70 * S + 40_000, 70 * S + 80_000),
        ("e", 71 * S + 480_000, 71 * S + 500_000),
    ]
    first = next(one for one in said if isinstance(one, Said))
    assert [(word.text, word.start_s, word.end_s) for word in first.words] == [
        ("a", 0, 0.02),
        ("b", 0.02, 0.04),
    ]
    assert any(isinstance(one, Guess) and one.text == "ab" for one in said)
    given_s = hearing.given_s
    assert given_s < 8 if gated else given_s == pytest.approx(71.5)
    assert hearing.given_s + hearing.quiet_s == pytest.approx(71.5, abs=0.5)


def test_a_gap_ends_what_was_said_and_moves_the_clock() -> None:
    hearing = LegHearing(FakeSession(FakeEngine()))
    said = hearing.hear(Piece(BEGIN_US, frame("a") * 8, 0))
    said += hearing.hear(Piece(BEGIN_US + 30 * S, frame("b") * 8, 0))
    said += hearing.hear(Gap())
    assert hearing.hear(Gap()) == []
    said += hearing.hear(Piece(BEGIN_US + 60 * S, frame("c") * 8, 0)) + hearing.finish()
    found = [(one.text, one.start_us - BEGIN_US) for one in said if isinstance(one, Said)]
    assert found == [("a" * 8, 0), ("b" * 8, 30 * S), ("c" * 8, 60 * S)]


def test_a_clock_that_drifts_or_is_set_back_harms_no_words() -> None:
    hearing = LegHearing(FakeSession(FakeEngine()))
    said: list[Said | Guess] = []
    at_us = BEGIN_US
    for n in range(3000):
        said += hearing.hear(Piece(at_us, (frame("a") if n % 10 == 0 else QUIET) * 8, 0))
        at_us += 166_000
    found = [one.start_us for one in said if isinstance(one, Said)]
    assert found == pytest.approx([BEGIN_US + n * 1_660_000 for n in range(300)], abs=60_000)
    said = hearing.hear(Piece(at_us - 3600 * S, frame("b") * 8, 0)) + hearing.finish()
    (last,) = [one for one in said if isinstance(one, Said) and one.text.startswith("b")]
    assert last.start_us == pytest.approx(at_us - 3600 * S, abs=60_000)


def test_both_legs_of_a_call_have_their_place_from_the_first_one_on() -> None:
    policy = Admission(LIMITS)
    now = 0.0
    for n in range(4):
        assert policy.admit(f"c{n}", "citizen", EASY, now)
        now += 10
    assert policy.places == 8
    assert not policy.admit("c4", "citizen", EASY, now)
    assert all(policy.admit(f"c{n}", "agent", Load(busy=1.0), now) for n in range(4)), (
        "they belong to their call"
    )
    assert policy.admit("c0", "third", Load(busy=1.0, behind_s=3), now)
    policy.left("c1", "citizen")
    assert policy.places == 9, "the agent is still there"
    policy.left("c1", "agent")
    policy.left("c0", "third")
    assert policy.admit("c4", "citizen", EASY, now)


@pytest.mark.parametrize("load", [Load(busy=0.85), Load(behind_s=2.0), Load(machine_full=True)])
def test_a_full_machine_begins_nothing_new(load: Load) -> None:
    policy = Admission(LIMITS)
    assert not policy.admit("a", "citizen", load, 0)
    assert policy.admit("a", "citizen", EASY, 1)


def test_many_at_once_are_not_all_let_in_before_the_load_shows_them() -> None:
    policy = Admission(Limits(most_legs=1000, threads=1))
    begun = [policy.admit(f"c{n}", "citizen", EASY, 0.0) for n in range(20)]
    assert 3 <= sum(begun) <= 10
    assert policy.admit("later", "citizen", Load(busy=0.5), 10.0)


def test_the_newest_call_is_let_go_first_and_one_at_a_time() -> None:
    policy = Admission(LIMITS)
    for n in range(3):
        policy.admit(f"c{n}", "citizen", EASY, n * 10)
    bad = Load(busy=1.0, behind_s=5.0)
    assert policy.shed(Load(busy=1.0, behind_s=2.0), 30) is None
    assert policy.shed(bad, 30) == "c2"
    assert policy.shed(bad, 31) is None, "its effect is waited for"
    assert policy.shed(bad, 34) == "c1"
    assert (policy.is_shed("c2"), policy.is_shed("c0")) == (True, False)
    assert not policy.admit("c2", "agent", EASY, 35)
    assert not policy.admit("new", "citizen", EASY, 40), "not so soon after trouble"
    assert policy.admit("c1", "citizen", EASY, 50)
    assert not policy.is_shed("c1")
    assert policy.shed(bad, 60) == "c1"
    assert policy.shed(bad, 64) is None, "one is always heard, however late"


def test_a_stretch_is_known_whole_only_where_it_was_heard() -> None:
    citizen, agent = LegHeard(leg_of("c")), LegHeard(leg_of("c", "agent"))
    for begin in range(0, 20):
        citizen.add(BEGIN_US + begin * S, BEGIN_US + (begin + 1) * S)
    agent.add(BEGIN_US + 5 * S, BEGIN_US + 10 * S)
    agent.add(BEGIN_US + 14 * S, BEGIN_US + 18 * S)
    legs = [citizen, agent]
    assert len(citizen.spans) == 1
    assert missing_us(legs, "citizen", BEGIN_US, BEGIN_US + 20 * S) == 0
    assert missing_us(legs, "citizen", BEGIN_US, BEGIN_US + 23 * S) == 3 * S
    assert missing_us(legs, "agent", BEGIN_US + 5 * S, BEGIN_US + 18 * S) == 4 * S
    assert missing_us(legs, "agent", BEGIN_US + 6 * S, BEGIN_US + 9 * S) == 0
    assert missing_us(legs, "third", BEGIN_US, BEGIN_US + 9 * S) == 9 * S
    for n in range(1000):
        citizen.add(BEGIN_US + n * 100 * S, BEGIN_US + n * 100 * S + S)
    assert len(citizen.spans) <= 200


class Worker:
    """Has so many turns to do, and notes who was in which thread at the same time."""

    def __init__(self, name: str, log: list[str], turns: int) -> None:
        self.name, self.log, self.left = name, log, turns
        self.inside = 0
        self.most_inside = 0
        self.errors: list[BaseException] = []
        self.raises: BaseException | None = None
        self.waits: Event | None = None
        self.threads: set[int] = set()

    def turn(self) -> bool:
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        self.threads.add(get_ident())
        try:
            if self.waits is not None:
                self.waits.wait(30)
            if self.raises is not None:
                raised, self.raises = self.raises, None
                raise raised
            time.sleep(0.001)
            self.log.append(self.name)
            self.left -= 1
            return self.left > 0
        finally:
            self.inside -= 1

    def failed(self, error: BaseException) -> None:
        self.errors.append(error)


def wait(true: object, limit_s: float = 20.0) -> None:
    assert callable(true)
    end = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_turns_go_round_and_nobody_is_in_two_threads() -> None:
    log: list[str] = []
    busy = Worker("busy", log, 60)
    others = [Worker(f"o{n}", log, 20) for n in range(5)]
    threads = FairThreads(2, name="test")
    for who in (busy, *others):
        threads.ready(who)
        threads.ready(who)
    threads.look()
    wait(lambda: len(log) >= 160)
    for who in (busy, *others):
        assert who.most_inside == 1
    first = log[:100]
    counts = {name: first.count(name) for name in set(first)}
    assert max(counts.values()) - min(counts.values()) <= 3, counts
    assert len(busy.threads | {one for who in others for one in who.threads}) == 2
    assert threads.close()
    assert threads.busy_s() >= 0.16


def test_an_error_ends_one_turn_and_a_dead_thread_is_replaced() -> None:
    log: list[str] = []
    threads = FairThreads(1, name="test")
    threads.look()
    bad, good = Worker("bad", log, 1), Worker("good", log, 1)
    bad.raises = ValueError("no")
    threads.ready(bad)
    wait(lambda: bad.errors)
    assert isinstance(bad.errors[0], ValueError)
    bad.raises = SystemExit()
    threads.ready(bad)
    wait(lambda: threads.look() == 1)
    assert isinstance(bad.errors[1], ThreadGoneError)
    assert threads.died == 1
    threads.ready(good)
    threads.ready(bad)
    wait(lambda: sorted(log) == ["bad", "good"])
    assert threads.close()


def test_a_thread_that_hangs_is_left_alone_once_for_each() -> None:
    log: list[str] = []
    now = [0.0]
    threads = FairThreads(1, name="test", stuck_s=5.0, monotonic=lambda: now[0])
    threads.look()
    stuck, good = Worker("stuck", log, 1), Worker("good", log, 2)
    stuck.waits = Event()
    threads.ready(stuck)
    wait(lambda: stuck.inside)
    threads.ready(good)
    assert threads.look() == 0
    now[0] = 6.0
    assert threads.look() == 1
    assert isinstance(stuck.errors[0], ThreadGoneError)
    wait(lambda: log == ["good", "good"])
    good.left, good.waits = 1, Event()
    threads.ready(good)
    wait(lambda: good.inside)
    now[0] = 20.0
    assert threads.look() == 0, "no thread after thread"
    stuck.waits.set()
    wait(lambda: not stuck.inside)
    good.waits.set()
    wait(lambda: log.count("good") == 3)
    assert threads.close()
