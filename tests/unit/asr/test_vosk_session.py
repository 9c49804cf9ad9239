from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from hotline.asr.engine import Partial, Spoken
from hotline.asr.vosk_session import LONGEST_S, VoskSession
from hotline.core.errors import InvalidInputError

RATE = 8000


class FakeRecogniser:
    """Hears one word a result, as long as the sound since the last one; ends where it is told to."""

    def __init__(self, ends_at_s: tuple[float, ...] = ()) -> None:
        self.ends = list(ends_at_s)
        self.samples = 0
        self.begun = 0
        self.results = 0

    def AcceptWaveform(self, pcm: bytes) -> bool:
        self.samples += len(pcm) // 2
        if self.ends and self.samples >= self.ends[0] * RATE:
            del self.ends[0]
            return True
        return False

    def Result(self) -> str:
        self.results += 1
        word: dict[str, Any] = {
            "word": f"词{self.results}",
            "start": self.begun / RATE,
            "end": self.samples / RATE,
            "conf": 1.0,
        }
        self.begun = self.samples
        return json.dumps({"result": [word], "text": word["word"]})

    FinalResult = Result

    def PartialResult(self) -> str:
        return json.dumps({"partial": "路灯 不"})


def sound(seconds: float, height: int = 3000) -> bytes:
    return (height * np.sin(np.arange(round(seconds * RATE)))).astype("<i2").tobytes()


def session(recogniser: FakeRecogniser, **options: Any) -> VoskSession:
    return VoskSession(recogniser, rate=options.pop("rate", RATE), model_rate=RATE, **options)


def test_results_carry_the_recordings_time_over_skipped_silence() -> None:
    under_test = session(FakeRecogniser((1.0,)))
    assert under_test.skip(10.0) == ()
    heard = under_test.accept(sound(1.0))
    heard += under_test.accept(sound(0.5))
    heard += under_test.skip(5.0)
    heard += under_test.accept(sound(1.0)) + under_test.finish()
    times = [(one.start_s, one.end_s) for one in heard if isinstance(one, Spoken)]
    assert times == [(10.0, 11.0), (11.0, 11.5), (16.5, 17.5)]
    assert under_test.finish() == ()


def test_speech_without_a_pause_is_cut_at_the_limit() -> None:
    under_test = session(FakeRecogniser())
    heard = [piece for _ in range(4 * 200) for piece in under_test.accept(sound(0.25))]
    assert under_test.forced == 200 // LONGEST_S
    assert all(isinstance(one, Spoken) and one.end_s - one.start_s <= LONGEST_S for one in heard)


def test_a_dip_after_half_a_minute_is_the_better_place_to_cut() -> None:
    under_test = session(FakeRecogniser())
    for _ in range(4 * 40):
        assert under_test.accept(sound(0.25)) == ()
    (heard,) = under_test.accept(sound(0.25, 30))
    assert isinstance(heard, Spoken)
    assert heard.end_s == 40.25


def test_partials_come_once_for_each_change_and_only_on_demand() -> None:
    assert session(FakeRecogniser()).accept(sound(0.2)) == ()
    live = session(FakeRecogniser(), partials=True)
    assert live.accept(sound(0.2)) == (Partial("路灯不"),)
    assert live.accept(sound(0.2)) == ()


def test_sound_of_another_rate_is_resampled_without_losing_any() -> None:
    recogniser = FakeRecogniser()
    under_test = session(recogniser, rate=16000)
    for _ in range(50):
        under_test.accept(sound(0.04))
    under_test.finish()
    assert recogniser.samples == pytest.approx(RATE, abs=80)


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        session(FakeRecogniser()).accept(b"123")
