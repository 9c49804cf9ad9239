"""What the engines' sessions share: sound at a model's rate, and guesses told once."""

from __future__ import annotations

import numpy as np
import pytest

from hotline.asr.engine import Partial, Spoken
from hotline.asr.session_parts import Incoming, ToldGuess
from hotline.core.errors import InvalidInputError


def test_sound_of_the_models_rate_is_given_as_it_is() -> None:
    incoming = Incoming(8000, 8000, np.int16)
    assert incoming.take(np.array([1, -2, 32767], dtype="<i2").tobytes()).tolist() == [1, -2, 32767]
    assert len(incoming.rest()) == 0


def test_samples_between_minus_one_and_one() -> None:
    incoming = Incoming(8000, 8000, np.float32)
    found = incoming.take(np.array([-32768, 0, 16384], dtype="<i2").tobytes())
    assert found.tolist() == [-1.0, 0.0, 0.5]


@pytest.mark.parametrize("kind", [np.int16, np.float32])
def test_resampled_sound_is_complete_with_the_rest_and_begins_anew(kind) -> None:
    tone = np.round(8000 * np.sin(np.arange(1600) / 4)).astype("<i2").tobytes()
    incoming = Incoming(8000, 16000, kind)
    for _ in range(2):
        pieces = [incoming.take(tone[:1000]), incoming.take(tone[1000:]), incoming.rest()]
        assert {piece.dtype for piece in pieces} == {np.dtype(kind)}
        assert abs(sum(map(len, pieces)) - 3200) <= 2
        assert np.abs(np.concatenate(pieces)).max() > 7000 / (32768 if kind is np.float32 else 1)


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        Incoming(8000, 8000, np.int16).take(b"\0\0\0")


def test_a_guess_is_told_when_it_changes_and_taken_back_when_nothing_came_of_it() -> None:
    guess = ToldGuess()
    assert guess.changed("") == ()
    assert guess.changed("你") == (Partial("你"),)
    assert guess.changed("你") == ()
    assert guess.ended(()) == (Partial(""),)
    assert guess.ended(()) == ()
    said = Spoken(0.0, 1.0, "你好", ())
    guess.changed("你")
    assert guess.ended((said,)) == (said,)
    assert guess.changed("你") == (Partial("你"),)
