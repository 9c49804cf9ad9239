"""What an answer by voice means in the survey: as it is understood, or one of the file's choices. Pure."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from ..listen.conversation import Asking
from ..model import HUMAN, LATER, NEW_DEMAND, REFUSE, UNCLEAR, Question
from ..understanding.meaning import Meaning
from ..understanding.understand import LEAST_CONFIDENCE, understand
from .ways import AT

_WISHES = (HUMAN, REFUSE, NEW_DEMAND)


def interpret(asking: Asking, text: str, confidence: float, now: datetime, *, zone: ZoneInfo) -> Meaning:
    """Return what an utterance means as the answer to what is asked; ``zone`` is the citizen's."""
    local = now.astimezone(zone)
    match asking.question:
        case Question.REASON:
            return _reason(asking, text, confidence, local)
        case Question.WHEN:
            meaning = understand(Question.CONSENT, text, confidence=confidence, now=local)
            if meaning.value in _WISHES:
                return meaning
            value = AT if meaning.when is not None else LATER if meaning.value == LATER else UNCLEAR
            return Meaning(value, meaning.confidence, text, meaning.asides, meaning.when)
        case Question.REASON_WORDS | Question.REMARKS:
            return understand(Question.MORE, text, confidence=confidence, now=local)
        case question:
            return understand(question, text, levels=asking.levels, confidence=confidence, now=local)


def _reason(asking: Asking, text: str, confidence: float, now: datetime) -> Meaning:
    """Return the one choice whose words are in the text; a wish comes first, two choices are unclear."""
    meaning = understand(Question.MORE, text, confidence=confidence, now=now)
    if meaning.value == HUMAN:
        return meaning
    found = [choice for choice, words in asking.reasons.items() if any(word in text for word in words)]
    if len(found) == 1:
        value = found[0] if confidence >= LEAST_CONFIDENCE else UNCLEAR
        return Meaning(value, confidence, text, meaning.asides)
    value = meaning.value if meaning.value in _WISHES else UNCLEAR
    return Meaning(value, meaning.confidence, text, meaning.asides)
