"""One Vosk recogniser fed with sound of any rate; utterances always end, so memory stays bounded."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .engine import Heard
from .errors import AsrError
from .session_parts import Incoming, ToldGuess
from .spoken import join_words, mark_garbage, utterances
from .transcripts import Word

LONGEST_S = 60.0
"""An utterance without a pause is cut here at the latest: the decoder's memory grows with its length."""
_QUIETER_FROM_S = 30.0
_QUIET_SHARE = 0.25


class VoskSession:
    """A ``Session`` over ``vosk.KaldiRecognizer``; ``forced`` counts results that no pause brought."""

    def __init__(self, recogniser: Any, *, rate: int, model_rate: int, partials: bool = False) -> None:
        self._recogniser = recogniser
        self._model_rate = model_rate
        self._partials = partials
        self._guess = ToldGuess()
        self._incoming = Incoming(rate, model_rate, np.int16)
        self._shift_s = 0.0
        self._samples = 0
        self._loudness = 0.0
        self.forced = 0

    def accept(self, pcm: bytes) -> tuple[Heard, ...]:
        """Take the next sound; see ``Session``."""
        return self._feed(self._incoming.take(pcm))

    def skip(self, seconds: float) -> tuple[Heard, ...]:
        """Move the clock on over sound not given; see ``Session``."""
        heard = self.finish()
        self._shift_s += seconds
        return heard

    def finish(self) -> tuple[Heard, ...]:
        """End the utterance; see ``Session``."""
        heard = self._feed(self._incoming.rest())
        return heard + self._flush() if self._samples else heard

    def _feed(self, samples: NDArray[np.int16]) -> tuple[Heard, ...]:
        if not len(samples):
            return ()
        try:
            ended = self._recogniser.AcceptWaveform(samples.tobytes())
        except Exception as error:  # the binding raises nothing more precise
            raise AsrError("the recogniser failed on a piece of sound") from error
        self._samples += len(samples)
        if ended:
            return self._ended(self._recogniser.Result())
        if self._is_too_long(samples):
            self.forced += 1
            return self._flush()
        return self._new_partial() if self._partials else ()

    def _is_too_long(self, samples: NDArray[np.int16]) -> bool:
        """Tell whether to end the utterance now: in a dip of the sound if one comes, else at the limit."""
        energy = float(np.mean(np.square(samples, dtype=np.float64)))
        self._loudness += energy * len(samples)
        length_s = self._samples / self._model_rate
        if length_s >= LONGEST_S:
            return True
        mean = self._loudness / self._samples
        return length_s >= _QUIETER_FROM_S and energy < mean * _QUIET_SHARE**2

    def _flush(self) -> tuple[Heard, ...]:
        return self._ended(self._recogniser.FinalResult())

    def _ended(self, result: str) -> tuple[Heard, ...]:
        self._samples = 0
        self._loudness = 0.0
        words = [
            Word(
                word["word"],
                round(self._shift_s + word["start"], 3),
                round(self._shift_s + word["end"], 3),
                round(word["conf"], 3),
            )
            for word in json.loads(result).get("result", ())
        ]
        return self._guess.ended(tuple(utterances(words)))

    def _new_partial(self) -> tuple[Heard, ...]:
        text = join_words(mark_garbage(json.loads(self._recogniser.PartialResult())["partial"].split()))
        return self._guess.changed(text)
