"""From when to when each leg of a call was heard live: tells whether anything of a stretch is missing."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..telephony.audio_ports import LegOfCall
from .transcripts import Speaker

_JOIN_US = 250_000
_MOST_SPANS = 200


@dataclass
class LegHeard:
    """What was heard of a leg: the spans of sound that were recognised, in order, and what is being said."""

    leg: LegOfCall
    spans: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    is_on: bool = False
    guess: str = ""
    guess_us: int = 0
    """Since when there has been a guess without a final result."""

    @property
    def speaker(self) -> Speaker:
        """Whose voice it is."""
        return self.leg.speaker

    @property
    def until_us(self) -> int:
        """Until when it was heard; 0 for nothing yet."""
        return self.spans[-1][1] if self.spans else 0

    def add(self, from_us: int, until_us: int) -> None:
        """Take note of sound that was heard."""
        if self.spans and abs(from_us - self.spans[-1][1]) <= _JOIN_US:
            self.spans[-1] = (self.spans[-1][0], max(until_us, self.spans[-1][1]))
            return
        self.spans.append((from_us, until_us))
        if len(self.spans) > _MOST_SPANS:
            del self.spans[: _MOST_SPANS // 2]


def missing_us(legs: list[LegHeard], speaker: Speaker, from_us: int, until_us: int) -> int:
    """Return how much of a stretch no leg of a speaker was heard, the longest piece of it."""
    spans = sorted(span for leg in legs if leg.speaker == speaker for span in leg.spans)
    longest, reached = 0, from_us
    for begin, end in spans:
        if end <= reached:
            continue
        if begin >= until_us:
            break
        longest = max(longest, begin - reached)
        reached = end
    return max(longest, until_us - reached, 0)
