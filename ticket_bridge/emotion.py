"""How the caller feels, by his words: one of ``STATES`` (LN 6.1.2 a, GB 7.1). A hint, no judgement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .fields import Evidence
from .talk import Talk
from .words import pattern, rules

STATES = ("平静", "焦急", "激动", "愤怒", "威胁")
"""From the weakest to the strongest."""
THREAT, CALM = "威胁", "平静"
_MOST_PIECES = 3


@dataclass(frozen=True)
class Emotion:
    """The citizen's strongest state; no evidence when calm. ``confidence`` as in ``fields``."""

    state: str
    confidence: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class _Sum:
    points: int
    evidence: tuple[Evidence, ...]


def words_emotion(talk: Talk, *, kind: str | None = None, threat: Evidence | None = None) -> Emotion:
    """Return the citizen's strongest state by words alone.

    ``kind`` is the kind of matter when it is known (投诉 is told with some heat, 咨询 with little);
    ``threat`` the words of a threat when there is one: then, and only then, the state is 威胁.
    """
    if threat is not None:
        return Emotion(THREAT, 0.8, (threat,))
    data = rules("emotion")
    limits = data["thresholds"].get(kind or "default", data["thresholds"]["default"])
    calm = _sum(talk, data["calm"]).points
    for state in ("愤怒", "激动", "焦急"):
        found = _sum(talk, data[state])
        points = found.points - (calm if state == "焦急" and kind != "求助" else 0)
        if points >= limits[state]:
            sure = min(0.4 + 0.1 * max(points - limits[state], 0), 0.8)
            return Emotion(state, sure, found.evidence[:_MOST_PIECES])
    return Emotion(CALM, 0.5)


def _sum(talk: Talk, entries: list[Any]) -> _Sum:
    """Add up the weights of different words of the citizen."""
    points, pieces = 0, list[tuple[int, Evidence]]()
    seen: set[str] = set()
    for weight, words in entries:
        for line in talk.citizen:
            for _, span in line.search(pattern(str(words))):
                if span.text not in seen:
                    seen.add(span.text)
                    points += int(weight)
                    pieces.append((int(weight), span.evidence))
    pieces.sort(key=lambda piece: -piece[0])
    return _Sum(points, tuple(evidence for _, evidence in pieces))
