"""What was said in a call: words with their second of the recording, speaker and confidence.

Times are seconds from the start of the call's recording; a speaker is told by the leg that carried
the sound, never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Speaker = Literal["citizen", "agent", "third"]
"""``third``: an emergency line, a utility or a department that was brought into the call."""


@dataclass(frozen=True)
class Word:
    """One recognised word; ``confidence`` is the engine's own, from 0 to 1."""

    text: str
    start_s: float
    end_s: float
    confidence: float


@dataclass(frozen=True)
class Utterance:
    """What one speaker said between two silences.

    ``text`` is the words joined as they are written: no blanks in Chinese. ``□`` stands for speech that
    was heard but not understood.
    """

    speaker: Speaker
    start_s: float
    end_s: float
    text: str
    words: tuple[Word, ...] = ()


@dataclass(frozen=True)
class Transcript:
    """A call's speech in the order of time; ``model`` names what recognised it."""

    call: str
    model: str
    language: str
    utterances: tuple[Utterance, ...]
    duration_s: float

    def to_json(self) -> dict[str, Any]:
        """Return a plain structure that ``from_json`` reads back."""
        return {
            "call": self.call,
            "model": self.model,
            "language": self.language,
            "duration_s": self.duration_s,
            "utterances": [
                {
                    "speaker": utterance.speaker,
                    "start_s": utterance.start_s,
                    "end_s": utterance.end_s,
                    "text": utterance.text,
                    "words": [
                        [word.text, word.start_s, word.end_s, word.confidence] for word in utterance.words
                    ],
                }
                for utterance in self.utterances
            ],
        }

    @staticmethod
    def from_json(data: dict[str, Any]) -> Transcript:
        """Read what ``to_json`` wrote."""
        return Transcript(
            call=data["call"],
            model=data["model"],
            language=data["language"],
            duration_s=data["duration_s"],
            utterances=tuple(
                Utterance(
                    speaker=utterance["speaker"],
                    start_s=utterance["start_s"],
                    end_s=utterance["end_s"],
                    text=utterance["text"],
                    words=tuple(Word(*word) for word in utterance["words"]),
                )
                for utterance in data["utterances"]
            ),
        )
