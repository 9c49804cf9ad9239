"""The port of speech recognition: sound in, words with their second out.

A ``Session`` takes sound as it comes, so the same port serves recordings and live legs. All methods
block: run them in threads. One session is used by one thread at a time; an engine by any number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from .transcripts import Word


@dataclass(frozen=True)
class Spoken:
    """What was said between two silences, of one speaker not yet named; times on the session's clock."""

    start_s: float
    end_s: float
    text: str
    words: tuple[Word, ...]


@dataclass(frozen=True)
class Partial:
    """The best guess so far of an utterance that goes on; it may still change."""

    text: str


Heard = Spoken | Partial


class Session(Protocol):
    """The recognition of one leg's sound, in order. Its clock counts the sound given and skipped."""

    def accept(self, pcm: bytes) -> tuple[Heard, ...]:
        """Take the next sound, 16-bit little-endian mono, of any length; return what became known."""
        ...

    def skip(self, seconds: float) -> tuple[Heard, ...]:
        """Move the clock on over sound not given (silence), which ends the utterance."""
        ...

    def finish(self) -> tuple[Heard, ...]:
        """End the utterance and return the rest."""
        ...


class Engine(Protocol):
    """A recogniser of one language with one model."""

    @property
    def name(self) -> str:
        """The model's name as written into transcripts."""
        ...

    @property
    def language(self) -> str:
        """BCP 47 tag, ``und`` when unknown."""
        ...

    @property
    def sample_rate(self) -> int:
        """Samples a second that the model was trained on."""
        ...

    def load(self) -> object:
        """Make ready what ``open`` needs (a model takes 0.1 to 20 s); may be left out, or done again."""
        ...

    def open(
        self, *, rate: int | None = None, partials: bool = False, phrases: Sequence[str] = ()
    ) -> Session:
        """Begin a session for sound of ``rate`` samples a second (the model's own when None).

        ``phrases``: nothing else is to be heard, and other speech becomes ``□``; not every engine can.
        """
        ...

    def recognise(self, pcm_frames: Iterable[bytes]) -> list[Spoken]:
        """Recognise a whole stream at the model's own rate."""
        ...
