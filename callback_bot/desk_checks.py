"""What people and programs say to the desk, checked at the border; each raises ``InvalidInputError``."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..core.errors import InvalidInputError
from .model import CallbackState
from .outcome.results import KNOWN_LEVELS, plain_words
from .phones import canonical
from .schedule.new_callback import NewCallback, checked

MOST_WHO, MOST_NOTE = 60, 500


def checked_who(who: str) -> str:
    """Return who asks, as the action log keeps it; raises ``InvalidInputError``."""
    name = who.strip()
    if not name or len(name) > MOST_WHO or not name.isprintable():
        raise InvalidInputError("who asks is missing or too long", mend=f"1 to {MOST_WHO} visible characters")
    return name


def callback_state(text: str) -> str:
    """Return a state's name; raises ``InvalidInputError``."""
    states = [one.value for one in CallbackState]
    if text and text not in states:
        raise InvalidInputError(f"no state {text[:20]!r}", mend=f"one of {', '.join(states)}")
    return text


def check_all(news: Sequence[NewCallback], patterns: Sequence[str], dialogues: Collection[str]) -> None:
    """Refuse the first callback that may not be called or has no dialogue, by its place from 1."""
    for place, new in enumerate(news, 1):
        try:
            checked(new, patterns, dialogues)
        except ValueError as error:
            raise InvalidInputError(f"第 {place} 条：{error}", place=place) from error


def found_words(text: str) -> str:
    """Return what a check found, as it is kept."""
    found = plain_words(text)
    if not found or len(text) > MOST_NOTE:
        raise InvalidInputError(
            "a check needs a word on what was found", mend=f"1 to {MOST_NOTE} characters, without numbers"
        )
    return found


def check_correction(level: str, solved: str) -> None:
    """Refuse a corrected mark that is none; empty leaves what the citizen said."""
    if level and level not in KNOWN_LEVELS:
        raise InvalidInputError(f"no level {level[:20]!r}", mend=f"one of {', '.join(sorted(KNOWN_LEVELS))}")
    if solved not in ("", "yes", "no"):
        raise InvalidInputError("solved must be yes or no", mend="leave it out when it stays as it is")


def phone_of(text: str) -> str:
    """Return a number in its one form, however it is written."""
    try:
        return canonical(text)
    except ValueError as error:
        raise InvalidInputError(str(error), mend="give it as it is dialled in China") from error
