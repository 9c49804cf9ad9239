"""What an answer by voice means in the survey, by the citizen's clock. Pure."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from ..listen.conversation import FREE, Asking
from ..model import Question
from ..understanding.meaning import Meaning
from ..understanding.understand import understand


def interpret(asking: Asking, text: str, confidence: float, now: datetime, *, zone: ZoneInfo) -> Meaning:
    """Return what an utterance means as the answer to what is asked; ``zone`` is the citizen's.

    Of free speech only what it wants of the call is understood.
    """
    return understand(
        Question.MORE if asking.question in FREE else asking.question,
        text,
        levels=asking.levels,
        confidence=confidence,
        now=now.astimezone(zone),
        reasons=asking.reasons,
    )
