"""What the engines' sessions share: sound on its way to a model's rate, and the guess that was told last."""

from __future__ import annotations

from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from ..core.errors import InvalidInputError
from .engine import Heard, Partial

_FULL_SCALE = np.float32(32768)


class Incoming:
    """Sound as it comes (16 bits, little-endian, mono), given as samples of a model's rate and kind.

    ``kind`` is ``int16``, or ``float32`` for samples between -1 and 1.
    """

    def __init__(self, rate: int, model_rate: int, kind: type[np.int16 | np.float32]) -> None:
        self._rates = rate, model_rate
        self._kind = kind
        self._resampler = self._new_resampler()

    def take(self, pcm: bytes) -> NDArray[Any]:
        """Return what can be given of the sound so far; raises ``InvalidInputError`` for half a sample."""
        if len(pcm) % 2:
            raise InvalidInputError("sound of 16 bits has an even number of bytes", size=len(pcm))
        samples: NDArray[Any] = np.frombuffer(pcm, dtype="<i2")
        if self._kind is np.float32:
            samples = samples.astype(np.float32) / _FULL_SCALE
        return samples if self._resampler is None else self._resampler.resample_chunk(samples)

    def rest(self) -> NDArray[Any]:
        """Return what was held back, and begin anew."""
        nothing = np.zeros(0, dtype=self._kind)
        if self._resampler is None:
            return nothing
        samples = self._resampler.resample_chunk(nothing, last=True)
        self._resampler = self._new_resampler()
        return samples

    def _new_resampler(self) -> Any:
        rate, model_rate = self._rates
        if rate == model_rate:
            return None
        return soxr.ResampleStream(rate, model_rate, 1, dtype=np.dtype(self._kind).name)


class ToldGuess:
    """The guess that was told last: told again only when it changes, taken back when nothing comes of it."""

    def __init__(self) -> None:
        self._text = ""

    def changed(self, text: str) -> tuple[Heard, ...]:
        """Return what is to be told of the newest guess."""
        if text == self._text:
            return ()
        self._text = text
        return (Partial(text),)

    def ended(self, found: tuple[Heard, ...]) -> tuple[Heard, ...]:
        """Return what is to be told at the end of an utterance, of which this was found."""
        guessed, self._text = self._text, ""
        return found or ((Partial(""),) if guessed else ())
