"""How the caller feels, by his words: one of ``STATES`` (LN 6.1.2 a, GB 7.1). A hint, no judgement."""

from __future__ import annotations

from dataclasses import dataclass

from ..fields import Evidence
from ..talk import Line, Span, Talk
from ..words import pattern, rules
from .wording import is_provoking, turn_faults

STATES = ("平静", "焦急", "激动", "愤怒", "威胁")
"""From the weakest to the strongest."""
THREAT, CALM = "威胁", "平静"
_BY_WORDS, _CALMING = ("愤怒", "激动", "焦急"), "calm"
_MOST_PIECES, _MOST_WORDS = 3, 2000


@dataclass(frozen=True)
class Emotion:
    """The citizen's strongest state; no evidence when calm. ``confidence`` as in ``fields``."""

    state: str
    confidence: float
    evidence: tuple[Evidence, ...] = ()


class Feelings:
    """Adds up a citizen's words line by line; a long call costs no more than its newest line."""

    def __init__(self) -> None:
        self._points: dict[str, int] = {}
        self._pieces: dict[str, list[tuple[int, Evidence]]] = {}
        self._seen: set[tuple[str, str]] = set()
        self._provoked = False

    def add(self, line: Line) -> None:
        """Take the next line; only the citizen's count, and each different word once."""
        if line.speaker != "citizen":
            return
        data = rules("emotion")
        for name in (*_BY_WORDS, _CALMING):
            for weight, words in data[name]:
                for _, span in line.search(pattern(str(words))):
                    self._count(name, int(weight), span)

    def provoke(self) -> None:
        """Take that the agent blamed or asked rhetorically: anger is then near; it counts once."""
        if not self._provoked:
            self._provoked = True
            angry = _BY_WORDS[0]
            self._points[angry] = self._points.get(angry, 0) + int(rules("emotion")["provoked"])

    def now(self, *, kind: str | None = None, threat: Evidence | None = None) -> Emotion:
        """Return the strongest state so far; ``kind`` and ``threat`` as in ``words_emotion``."""
        if threat is not None:
            return Emotion(THREAT, 0.8, (threat,))
        limits = rules("emotion")["thresholds"]
        limits = limits.get(kind or "default", limits["default"])
        calm = self._points.get(_CALMING, 0)
        for state in _BY_WORDS:
            points = self._points.get(state, 0) - (calm if state == "焦急" and kind != "求助" else 0)
            if points >= limits[state]:
                sure = min(0.4 + 0.1 * (points - limits[state]), 0.8)
                return Emotion(state, sure, self._strongest(state))
        return Emotion(CALM, 0.5)

    def _count(self, name: str, weight: int, span: Span) -> None:
        if (name, span.text) in self._seen or len(self._seen) >= _MOST_WORDS:
            return
        self._seen.add((name, span.text))
        self._points[name] = self._points.get(name, 0) + weight
        pieces = self._pieces.setdefault(name, [])
        pieces.append((weight, span.evidence))
        pieces.sort(key=lambda piece: -piece[0])
        del pieces[_MOST_PIECES:]

    def _strongest(self, state: str) -> tuple[Evidence, ...]:
        return tuple(evidence for _, evidence in self._pieces.get(state, []))


def words_emotion(talk: Talk, *, kind: str | None = None, threat: Evidence | None = None) -> Emotion:
    """Return the citizen's strongest state in a call, by words alone.

    ``kind`` is the kind of matter when it is known (投诉 is told with some heat, 咨询 with little);
    ``threat`` the words of a threat when there is one: then, and only then, the state is 威胁.
    """
    feelings = Feelings()
    for line in talk.citizen:
        feelings.add(line)
    if any(is_provoking(fault) for line in talk.agent for fault in turn_faults([line])):
        feelings.provoke()
    return feelings.now(kind=kind, threat=threat)
