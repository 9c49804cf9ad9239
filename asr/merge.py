"""Two legs become one conversation; who speaks is told by the leg."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .engine import Spoken
from .transcripts import Speaker, Transcript, Utterance


def merge(
    legs: Mapping[Speaker, Sequence[Spoken]], *, call: str, model: str, language: str, duration_s: float
) -> Transcript:
    """Return all utterances by the second they begin; the citizen first when both begin at once."""
    utterances = [
        Utterance(speaker, spoken.start_s, spoken.end_s, spoken.text, spoken.words)
        for speaker, heard in legs.items()
        for spoken in heard
        if spoken.text
    ]
    utterances.sort(key=lambda one: (one.start_s, one.speaker != "citizen", one.end_s))
    return Transcript(call, model, language, tuple(utterances), round(duration_s, 3))
