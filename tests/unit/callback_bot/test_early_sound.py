"""What sounds before anybody answers is kept as a recording; silence and what follows the answer are not."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest

from hotline.callback_bot.listen.early_sound import MOST_S, EarlySound, write

LOUD = (8000 * np.sin(np.arange(8000) * 2 * np.pi * 450 / 8000)).astype("<i2").tobytes()
SILENCE = bytes(16000)


def made(*seconds: bytes) -> EarlySound:
    sound = EarlySound()
    for second in seconds:
        for begin in range(0, len(second), 2560):
            sound.take(second[begin : begin + 2560])
    return sound


@pytest.mark.clause("R-CB-3")
def test_what_sounded_is_a_file_with_the_silence_around_it(tmp_path):
    sound = made(SILENCE, LOUD, SILENCE)
    assert sound.is_worth_keeping
    write(tmp_path, "2026/11/22/robot-x", sound)
    with wave.open(str(tmp_path / "2026/11/22/robot-x-early.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (8000, 1, 24000)
        assert file.readframes(24000) == SILENCE + LOUD + SILENCE


def test_a_line_that_rings_in_silence_leaves_nothing():
    assert not made(SILENCE, SILENCE).is_worth_keeping
    assert not made(LOUD[:4800], SILENCE).is_worth_keeping
    assert not made(b"\x01").is_worth_keeping


def test_who_answers_is_recorded_by_the_switch_from_then_on():
    sound = made(LOUD)
    sound.answered()
    sound.take(LOUD)
    assert not sound.is_worth_keeping
    with wave.open(io.BytesIO(sound.wav())) as file:
        assert file.getnframes() == 0


def test_a_line_that_never_ends_is_not_kept_for_ever():
    sound = made(*[LOUD] * (int(MOST_S) + 5))
    assert len(sound.wav()) <= 16000 * MOST_S + 3000
