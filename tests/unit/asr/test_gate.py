from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hotline.asr.gate import levels, sounding

RATE = 8000


def tone(seconds: float, height: float) -> NDArray[np.int16]:
    return (height * np.sin(np.arange(round(seconds * RATE)) * 0.8)).astype(np.int16)


def spans(*parts: NDArray[np.int16]) -> list[tuple[float, float]]:
    return sounding(levels(np.concatenate(parts), RATE))


def test_silence_is_not_recognised() -> None:
    assert spans(tone(30, 0)) == []
    assert spans(np.full(30 * RATE, 8, dtype=np.int16)) == [], "the zero of A-law"
    assert sounding(levels(np.zeros(0, dtype=np.int16), RATE)) == []


def test_speech_keeps_the_quiet_around_it() -> None:
    assert spans(tone(5, 0), tone(2, 3000), tone(5, 0)) == [(4.7, 7.4)]


def test_short_silences_stay_inside_and_long_ones_part() -> None:
    assert len(spans(tone(2, 3000), tone(0.8, 0), tone(2, 3000))) == 1
    assert len(spans(tone(2, 3000), tone(1.2, 0), tone(2, 3000))) == 2


def test_a_click_is_not_speech() -> None:
    assert spans(tone(5, 0), tone(0.02, 9000), tone(5, 0)) == []


def test_a_quiet_voice_on_a_quiet_line_is_kept() -> None:
    assert spans(tone(4, 5), tone(1, 120), tone(4, 5)) == [(3.7, 5.4)]


def test_speech_over_loud_noise_is_kept_whole() -> None:
    assert spans(tone(4, 400), tone(1, 3000), tone(4, 400)) == [(0.0, 9.0)]


def test_a_noisy_line_between_words_is_silence() -> None:
    assert spans(tone(4, 70), tone(1, 3000), tone(4, 70)) == [(3.7, 5.4)]


@given(st.lists(st.tuples(st.floats(0.02, 3), st.sampled_from([0, 0, 9, 100, 3000])), max_size=12))
def test_spans_are_in_order_and_hold_everything_loud(parts: list[tuple[float, int]]) -> None:
    samples = np.concatenate([np.zeros(0, np.int16), *(tone(seconds, height) for seconds, height in parts)])
    found = sounding(levels(samples, RATE))
    assert all(start < end for start, end in found)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(found))
    now = 0.0
    for seconds, height in parts:
        length = len(tone(seconds, height)) / RATE
        if height == 3000 and length > 0.12:
            middle = now + length / 2
            assert any(start <= middle <= end for start, end in found)
        now += length


@pytest.mark.parametrize("rate", [8000, 11025, 44100])
def test_levels_count_seconds_at_any_rate(rate: int) -> None:
    assert len(levels(np.zeros(rate * 3, np.int16), rate)) == pytest.approx(150, abs=1)
