"""Silence is not recognised; words keep their second, and nothing that sounds is lost."""

from __future__ import annotations

import numpy as np
import pytest

from hotline.asr.catalogue import open_engine
from hotline.asr.engine import Partial, Spoken
from hotline.asr.sparing import CLOSE_AFTER_S, SparingSession
from support.speech import RATE, silence, speech

PIECE = 2560


class Counting:
    """Notes what it is given: sound by its bytes, silence by its seconds."""

    def __init__(self) -> None:
        self.given = b""
        self.clock_s = 0.0
        self.ends = 0

    def accept(self, pcm: bytes) -> tuple[Partial, ...]:
        self.given += pcm
        self.clock_s += len(pcm) / 2 / RATE
        return ()

    def skip(self, seconds: float) -> tuple[Spoken, ...]:
        self.clock_s += seconds
        self.ends += seconds == 0
        return ()

    def finish(self) -> tuple[Spoken, ...]:
        return ()


def feed(session: SparingSession, *parts: np.ndarray) -> list[object]:
    pcm = np.concatenate(parts).astype("<i2").tobytes()
    heard: list[object] = []
    for at in range(0, len(pcm), PIECE):
        heard += session.accept(pcm[at : at + PIECE])
    return heard


def test_silence_is_passed_over_and_the_clock_goes_on() -> None:
    inner = Counting()
    session = SparingSession(inner, rate=RATE)
    loud = speech("sv0085.wav")
    feed(session, silence(10), loud, silence(10), loud, silence(10))
    session.skip(0.0)
    assert inner.clock_s == pytest.approx(30 + 2 * len(loud) / RATE, abs=0.2)
    given_s = len(inner.given) / 2 / RATE
    assert 2 * len(loud) / RATE - 0.5 < given_s < 2 * (len(loud) / RATE + 0.3 + CLOSE_AFTER_S + 0.4)
    assert inner.ends >= 2
    assert session.spared_s > 25


def test_what_sounds_is_given_with_the_moment_before_it() -> None:
    inner = Counting()
    loud = np.full(4000, 5000, dtype=np.int16)
    feed(SparingSession(inner, rate=RATE), silence(3), loud, silence(0.5), loud, silence(3))
    assert inner.given.count(loud.astype("<i2").tobytes()) == 2
    assert inner.given.index(loud.astype("<i2").tobytes()) >= 2 * RATE * 0.3


def test_words_are_those_that_are_heard_without_it_at_their_second() -> None:
    engine = open_engine("mini-cn-synthetic", None)
    parts = (silence(4), speech("sv0085.wav"), silence(3), speech("g20073.wav"), silence(3))
    found: list[list[tuple[str, float]]] = []
    for spared in (False, True):
        session = engine.open(rate=RATE, partials=True)
        session = SparingSession(session, rate=RATE) if spared else session
        heard = [*feed(session, *parts), *session.finish()]  # pyright: ignore[reportArgumentType]  # a session
        spoken = [one for one in heard if isinstance(one, Spoken) and one.text]
        found.append([(one.text, one.words[0].start_s) for one in spoken])
    plain, sparing = found
    assert [text for text, _ in sparing] == [text for text, _ in plain] == ["非常满意", "不同意"]
    assert [at for _, at in sparing] == pytest.approx([at for _, at in plain], abs=0.2)
