"""Single sound files to text, as ``hotline transcribe`` shows them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .audio import Audio
from .engine import Engine, Spoken
from .errors import AudioError
from .transcribe import Leg, hear
from .transcripts import Speaker, Word

StereoUse = Literal["citizen-agent", "agent-citizen", "mix"]
"""What the channels of a stereo file are, first to second; ``mix``: one sound."""


@dataclass(frozen=True)
class Line:
    """An utterance; ``speaker`` is None when the file does not tell who speaks."""

    speaker: Speaker | None
    start_s: float
    end_s: float
    text: str
    words: tuple[Word, ...]


@dataclass(frozen=True)
class FileTranscript:
    """What is said in one file; ``cost_s`` is processor time."""

    file: Path
    model: str
    language: str
    duration_s: float
    cost_s: float
    utterances: tuple[Line, ...]

    def to_json(self) -> dict[str, Any]:
        """Return a plain structure; words are lists of text, start, end and confidence."""
        return {
            "file": str(self.file),
            "model": self.model,
            "language": self.language,
            "duration_s": round(self.duration_s, 3),
            "cost_s": round(self.cost_s, 3),
            "utterances": [
                {
                    "speaker": line.speaker,
                    "start_s": line.start_s,
                    "end_s": line.end_s,
                    "text": line.text,
                    "words": [[word.text, word.start_s, word.end_s, word.confidence] for word in line.words],
                }
                for line in self.utterances
            ],
        }


def transcribe_file(
    file: Path,
    engine: Engine,
    *,
    stereo: StereoUse = "citizen-agent",
    progress: Callable[[float, float], None] | None = None,
) -> FileTranscript:
    """Recognise one file; ``progress`` gets seconds done and in all. Raises ``AudioError``, ``AsrError``."""
    audio = Audio(file)
    if audio.channels > 2 and stereo != "mix":
        raise AudioError(f"{file} has {audio.channels} channels", mend="use --stereo mix")
    legs: list[tuple[Speaker | None, Leg]] = [(None, Leg(audio))]
    if audio.channels == 2 and stereo != "mix":
        first, second = _SPEAKERS[stereo]
        legs = [(first, Leg(audio, 0)), (second, Leg(audio, 1))]
    whole_s = audio.duration_s * len(legs)
    begun = time.thread_time()
    lines: list[Line] = []
    for number, (speaker, leg) in enumerate(legs):
        before_s = audio.duration_s * number

        def show(done_s: float, before_s: float = before_s) -> None:
            if progress is not None:
                progress(before_s + done_s, whole_s)

        lines.extend(_line(speaker, spoken) for spoken in hear(leg, engine, progress=show).spoken)
    lines.sort(key=lambda line: line.start_s)
    cost_s = time.thread_time() - begun
    return FileTranscript(file, engine.name, engine.language, audio.duration_s, cost_s, tuple(lines))


_SPEAKERS: dict[StereoUse, tuple[Speaker, Speaker]] = {
    "citizen-agent": ("citizen", "agent"),
    "agent-citizen": ("agent", "citizen"),
}


def _line(speaker: Speaker | None, spoken: Spoken) -> Line:
    return Line(speaker, spoken.start_s, spoken.end_s, spoken.text, spoken.words)
