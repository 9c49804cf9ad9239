"""A live call's utterances as lines, bounded, each with what a suggestion needs of it (``assist.py``)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ...asr.live_events import SpeechHeard
from ...asr.transcripts import Transcript, Utterance, Word
from ..fields import Evidence
from ..talk import Line, Talk
from .assist_events import Grounds
from .danger import Standing, read

MOST_LINES = 2000
"""An hour and a half of talk; what is said later is not read for suggestions any more."""


@dataclass(frozen=True)
class HeardLine:
    """One utterance with the leg that said it."""

    line: Line
    leg: str


class LinesOfCall:
    """The lines of one call in the order they were heard; seconds count from its first sound."""

    def __init__(self, begun_us: Callable[[], int | None] = lambda: None) -> None:
        self._begins_us = begun_us
        self.begun_us: int | None = None
        self.heard: list[HeardLine] = []
        self.dangers = Standing()

    def add(self, event: SpeechHeard) -> HeardLine | None:
        """Take what was heard; None when the call is too long to be read on."""
        if len(self.heard) >= MOST_LINES:
            return None
        if self.begun_us is None:
            begun = self._begins_us()
            self.begun_us = event.start_us if begun is None else begun
        start = max((event.start_us - self.begun_us) / 1e6, 0.0)
        words = tuple(Word(w.text, start + w.start_s, start + w.end_s, w.confidence) for w in event.words)
        end = max((event.end_us - self.begun_us) / 1e6, start)
        line = line_of(len(self.heard), Utterance(event.speaker, start, end, event.text, words))
        kept = HeardLine(line, event.leg)
        if event.speaker == "citizen":
            self.dangers.add(read(line))
        self.heard.append(kept)
        return kept

    def turn(self) -> Sequence[Line]:
        """Return the agent's lines since the citizen last spoke."""
        turn: list[Line] = []
        for one in reversed(self.heard):
            if one.line.speaker == "citizen":
                break
            if one.line.speaker == "agent":
                turn.append(one.line)
        return turn[::-1]

    def agent(self) -> list[Line]:
        """Return the agent's lines."""
        return [one.line for one in self.heard if one.line.speaker == "agent"]

    def grounds(self, evidence: Iterable[Evidence]) -> tuple[Grounds, ...]:
        """Return pieces of evidence with the legs that said them."""
        return tuple(
            Grounds(one.words, one.speaker, one.start_s, one.end_s, self._leg(one)) for one in evidence
        )

    def _leg(self, evidence: Evidence) -> str:
        return self.heard[evidence.utterance].leg if 0 <= evidence.utterance < len(self.heard) else ""


def line_of(index: int, utterance: Utterance) -> Line:
    """Return one utterance as the line of that index."""
    alone = Talk(Transcript("", "", "zh", (dataclasses.replace(utterance, speaker="citizen"),), 0.0)).lines[0]
    return dataclasses.replace(alone, index=index, utterance=utterance)
