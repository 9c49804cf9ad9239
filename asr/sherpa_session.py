"""One stream of a sherpa-onnx recogniser fed with sound of any rate."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .engine import Heard
from .errors import AsrError
from .session_parts import Incoming, ToldGuess
from .spoken import join_words, utterances
from .transcripts import Word

_TAIL_S = 0.66
"""Silence after the last sound: a streaming model looks so far ahead."""
_LONGEST_TOKEN_S = 0.4
_WORD_BEGINS = "▁"


class SherpaSession:
    """A ``Session`` over a stream of ``sherpa_onnx.OnlineRecognizer``, which many sessions share.

    The library tells when a token begins; it ends where the next begins, 0.4 s later at most. Its
    confidence is the probability that the model gave it, where the model tells one.
    """

    def __init__(self, recogniser: Any, *, rate: int, model_rate: int, partials: bool = False) -> None:
        self._recogniser = recogniser
        self._rate = rate
        self._model_rate = model_rate
        self._partials = partials
        self._guess = ToldGuess()
        self._incoming = Incoming(rate, model_rate, np.float32)
        self._stream: Any = None
        self._clock_s = 0.0
        self._begun_s = 0.0

    def accept(self, pcm: bytes) -> tuple[Heard, ...]:
        """Take the next sound; see ``Session``."""
        samples = self._incoming.take(pcm)
        if self._stream is None:
            self._begun_s = self._clock_s
        self._clock_s += len(pcm) / 2 / self._rate
        return self._feed(samples)

    def skip(self, seconds: float) -> tuple[Heard, ...]:
        """Move the clock on over sound not given; see ``Session``."""
        heard = self.finish()
        self._clock_s += seconds
        return heard

    def finish(self) -> tuple[Heard, ...]:
        """End the utterance; see ``Session``."""
        if self._stream is None:
            return ()
        silence = np.zeros(round(_TAIL_S * self._model_rate), dtype=np.float32)
        heard = self._feed(np.concatenate([self._incoming.rest(), silence]), is_last=True)
        self._stream = None
        return heard

    def _feed(self, samples: NDArray[np.float32], *, is_last: bool = False) -> tuple[Heard, ...]:
        try:
            if self._stream is None:
                self._stream = self._recogniser.create_stream()
            self._stream.accept_waveform(self._model_rate, samples)
            if is_last:
                self._stream.input_finished()
            heard: tuple[Heard, ...] = ()
            while self._recogniser.is_ready(self._stream):
                self._recogniser.decode_stream(self._stream)
                if self._recogniser.is_endpoint(self._stream):
                    heard += self._ended()
                    self._recogniser.reset(self._stream)
            if is_last:
                return heard + self._ended()
            return heard + self._new_partial() if self._partials else heard
        except Exception as error:  # the library raises nothing more precise
            raise AsrError("the recogniser failed on a piece of sound") from error

    def _ended(self) -> tuple[Heard, ...]:
        return self._guess.ended(
            tuple(utterances(self._words(self._recogniser.get_result_all(self._stream))))
        )

    def _new_partial(self) -> tuple[Heard, ...]:
        text = join_words(_pieces(self._recogniser.get_result_all(self._stream).tokens))
        return self._guess.changed(text)

    def _words(self, result: Any) -> list[Word]:
        """Join the tokens of a result to words; times are those of the session's clock."""
        tokens = list(result.tokens)
        starts = [self._begun_s + result.start_time + one for one in result.timestamps]
        ends = [min(one + _LONGEST_TOKEN_S, after) for one, after in pairwise(starts)]
        ends += [min(one + _LONGEST_TOKEN_S, max(one, self._clock_s)) for one in starts[-1:]]
        chances = [min(math.exp(one), 1.0) for one in result.ys_probs]
        if len(chances) != len(tokens):
            chances = [1.0] * len(tokens)
        words: list[Word] = []
        for token, start_s, end_s, chance in zip(tokens, starts, ends, chances, strict=True):
            text, begins = _begins(token)
            if words and not begins and text:
                last = words.pop()
                least = min(last.confidence, round(chance, 3))
                words.append(Word(last.text + text, last.start_s, round(end_s, 3), least))
            elif text:
                words.append(Word(text, round(start_s, 3), round(end_s, 3), round(chance, 3)))
        return words


def _pieces(tokens: list[str]) -> list[str]:
    words: list[str] = []
    for token in tokens:
        text, begins = _begins(token)
        if words and not begins:
            words[-1] += text
        else:
            words.append(text)
    return [word for word in words if word]


def _begins(token: str) -> tuple[str, bool]:
    """Return a token's text, and whether it begins a word: a Chinese character always does."""
    text = token.lstrip(f"{_WORD_BEGINS} ")
    return text, text != token or not text[:1].isascii()
