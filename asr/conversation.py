"""The port to what was said in a call that goes on: who needs it now does not wait for the call's end.

Whatever hears a call in progress gives the same: utterances with their leg and second. The recording read
so far (``recorded_so_far.py``) is one such source, live speech (``live_transcripts.py``) the quicker one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .transcripts import Speaker, Transcript, Utterance


@dataclass(frozen=True)
class Sounding:
    """A leg of a call that is being recorded; the second 0 of the call's clock is its file's beginning."""

    speaker: Speaker
    path: Path


@dataclass(frozen=True)
class Conversation:
    """What was said from ``from_s`` to ``until_s``, in the order of time; seconds of the call's recording."""

    call: str
    model: str
    language: str
    from_s: float
    until_s: float
    utterances: tuple[Utterance, ...]

    def transcript(self) -> Transcript:
        """Return it as a transcript, for the extractors of the draft ticket."""
        return Transcript(self.call, self.model, self.language, self.utterances, self.until_s)


class Conversations(Protocol):
    """Tells what has been said so far."""

    async def so_far(
        self,
        call: str,
        legs: Sequence[Sounding],
        *,
        from_s: float,
        until_s: float,
        begun_us: int | None = None,
    ) -> Conversation:
        """Return what was said in a stretch of a call; waits a little for its end to be heard.

        ``begun_us`` is when second 0 of the recording was: who knows speech by the clock needs it.

        Raises ``HotlineError`` when nothing can be known of it.
        """
        ...
