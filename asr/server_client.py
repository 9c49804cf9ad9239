"""Recognition by servers that speak vosk-server's protocol, behind the engine port."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import soxr

from ..core.asr_settings import AsrServerSettings
from ..core.errors import InvalidInputError
from .audio import HIGHEST_RATE, LOWEST_RATE
from .engine import Heard, Partial, Spoken
from .server_link import Link, ServerError
from .server_loop import begin
from .server_pool import ServerPool
from .server_protocol import Answer, config
from .spoken import join_words, mark_garbage, utterances
from .transcripts import Word
from .vosk_session import LONGEST_S

_HIGHEST_SENT = 16_000
_LIVE_S, _RECORDED_S = 0.1, 0.25
"""Sound is gathered to messages of this length."""
_AHEAD_S = 2.0
"""A recording is sent so far ahead of its answers."""
_BEHIND_S = 10.0
"""A live stream whose answers are so far behind has failed."""


class ServerEngine:
    """An ``Engine`` whose recognisers run in other processes, chosen anew for each connection.

    Opening a session never waits: the connection is made while the first sound is gathered.
    """

    sample_rate = 8000

    def __init__(
        self, settings: AsrServerSettings, *, name: str = "vosk-server", language: str = "zh-CN"
    ) -> None:
        self.name = name
        self.language = language
        self._settings = settings
        self._pool = ServerPool(settings)

    def open(
        self, *, rate: int | None = None, partials: bool = False, phrases: Sequence[str] = ()
    ) -> ServerSession:
        """Begin a session; with ``partials`` it is live: its ``accept`` never waits for a server."""
        rate = rate or self.sample_rate
        if not LOWEST_RATE <= rate <= HIGHEST_RATE:
            raise InvalidInputError(f"{rate} samples a second are outside {LOWEST_RATE} to {HIGHEST_RATE}")
        return ServerSession(
            self._pool,
            rate=rate,
            partials=partials,
            answer_s=self._settings.answer_seconds,
            phrases=tuple(phrases),
        )

    def recognise(self, pcm_frames: Iterable[bytes]) -> list[Spoken]:
        """Recognise a whole stream of 8 kHz."""
        session = self.open()
        heard = [piece for pcm in pcm_frames for piece in session.accept(pcm)]
        heard.extend(session.finish())
        return [piece for piece in heard if isinstance(piece, Spoken)]

    def load(self) -> None:
        """Do nothing: the servers have their models already."""

    def look(self) -> dict[str, str]:
        """Return for each server why it cannot be used now, empty for one that can. Blocks."""
        return begin(self._pool.look()).result()


class ServerSession:
    """A ``Session`` over connections to servers: one for each stretch of sound, or for all of them.

    In vosk-server's protocol the end of an utterance is the end of the connection. A server that can go on
    after it keeps its recogniser, which spares 0.3 s of work a stretch. An error ends the stretch; the
    session can be used on, for the sound after it.
    """

    def __init__(
        self,
        pool: ServerPool,
        *,
        rate: int,
        partials: bool,
        answer_s: float,
        phrases: tuple[str, ...] = (),
    ) -> None:
        self._pool = pool
        self._rate = rate
        self._sent_rate = min(rate, _HIGHEST_SENT)
        self._partials = partials
        self._answer_s = answer_s
        self._config = config(self._sent_rate, phrases)
        self._message = round((_LIVE_S if partials else _RECORDED_S) * self._sent_rate) * 2
        self._resampler = self._new_resampler()
        self._gathered = bytearray()
        self._link: Link | None = None
        self._leave: weakref.finalize[[], ServerSession] | None = None
        self._clock_s = 0.0
        self._begun_s = 0.0
        """Where on the session's clock the connection's first sound would be, had all of it come in one."""
        self._sent_s = 0.0
        """Sound given over this connection."""
        self._is_between = True
        """Nothing was given since the last utterance was ended."""
        self._spoken_until_s = 0.0
        self._guess = ""

    def accept(self, pcm: bytes) -> tuple[Heard, ...]:
        """Take the next sound; see ``Session``. Raises ``AsrError`` when the server failed."""
        if len(pcm) % 2:
            raise InvalidInputError("sound of 16 bits has an even number of bytes", size=len(pcm))
        self._clock_s += len(pcm) / 2 / self._rate
        if self._resampler is not None:
            pcm = self._resampler.resample_chunk(np.frombuffer(pcm, dtype="<i2")).tobytes()
        self._gathered += pcm
        if len(self._gathered) < self._message:
            return () if self._is_between else self._taken()
        self._send()
        heard = self._taken()
        if self._clock_s - self._spoken_until_s >= LONGEST_S:
            return heard + self._end(go_on=True)
        return heard

    def skip(self, seconds: float) -> tuple[Heard, ...]:
        """Move the clock on over sound not given; see ``Session``. Waits for the server."""
        heard = self._end(go_on=True)
        self._clock_s += seconds
        return heard

    def finish(self) -> tuple[Heard, ...]:
        """End the utterance; see ``Session``. Waits for the server, ``answer_s`` at most."""
        return self._end(go_on=False)

    def _end(self, *, go_on: bool) -> tuple[Heard, ...]:
        if self._resampler is not None:
            last = self._resampler.resample_chunk(np.zeros(0, dtype=np.int16), last=True)
            self._gathered += last.tobytes()
            self._resampler = self._new_resampler()
        if self._gathered:
            self._send()
        link = self._link
        if link is None or (self._is_between and go_on):
            return ()
        if self._is_between:
            self.close()
            return ()
        try:
            goes_on = link.end(go_on=go_on)
            link.wait(-1)
            heard = self._taken()
        except BaseException:
            self.close()
            raise
        self._is_between = True
        if not goes_on:
            if self._leave is not None:
                self._leave.detach()
            self._leave = self._link = None
        return heard

    def close(self) -> None:
        """Leave the server, whatever it still owes; what is given later goes over a new connection."""
        self._drop()
        self._gathered.clear()
        self._guess = ""
        self._is_between = True

    def _drop(self) -> None:
        if self._leave is not None:
            self._leave()
        self._leave = self._link = None

    def _send(self) -> None:
        if self._link is not None and self._is_between and not self._link.goes_on:
            self._drop()
        if self._link is None:
            self._sent_s = 0.0
            self._link = Link(self._pool, self._config, rate=self._sent_rate, answer_s=self._answer_s)
            self._leave = weakref.finalize(self, self._link.close)
            self._leave.atexit = False
        if self._is_between:
            self._is_between = False
            gathered_s = len(self._gathered) / 2 / self._sent_rate
            self._begun_s = self._clock_s - gathered_s - self._sent_s
            self._spoken_until_s = self._clock_s - gathered_s
        self._sent_s += len(self._gathered) / 2 / self._sent_rate
        link, sound = self._link, bytes(self._gathered)
        self._gathered.clear()
        try:
            link.give(sound)
            if not self._partials:
                link.wait(_AHEAD_S)
            elif link.owed_s > _BEHIND_S:
                raise ServerError("the recognition server does not keep up", seconds=_BEHIND_S)
        except BaseException:
            self.close()
            raise

    def _taken(self) -> tuple[Heard, ...]:
        if self._link is None:
            return ()
        try:
            answers = self._link.taken()
        except BaseException:
            self.close()
            raise
        heard: list[Heard] = []
        for answer in answers:
            heard += self._final(answer) if answer.is_final else self._partial(answer.text)
        if not self._partials:
            return tuple(one for one in heard if isinstance(one, Spoken))
        return tuple(heard)

    def _partial(self, text: str) -> list[Heard]:
        guess = join_words(mark_garbage(text.split()))
        if guess == self._guess:
            return []
        self._guess = guess
        return [Partial(guess)]

    def _final(self, answer: Answer) -> list[Heard]:
        guessed, self._guess = self._guess, ""
        if answer.words is None:
            until_s = self._clock_s - (self._link.owed_s if self._link is not None else 0.0)
            text = join_words(mark_garbage(answer.text.split()))
            found = [Spoken(round(self._spoken_until_s, 3), round(until_s, 3), text, ())]
        else:
            found = utterances([self._later(word) for word in answer.words])
        if found:
            self._spoken_until_s = max(self._spoken_until_s, found[-1].end_s)
            return list[Heard](found)
        return [Partial("")] if guessed else []

    def _later(self, word: Word) -> Word:
        start_s, end_s = self._begun_s + word.start_s, self._begun_s + word.end_s
        return Word(word.text, round(start_s, 3), round(end_s, 3), round(word.confidence, 3))

    def _new_resampler(self) -> Any:
        if self._rate == self._sent_rate:
            return None
        return soxr.ResampleStream(self._rate, self._sent_rate, 1, dtype="int16")
