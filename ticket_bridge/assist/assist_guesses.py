"""Dangers in what a citizen is still saying: a guess counts when it has stood for a moment. Pure.

The recogniser changes its mind from guess to guess and tells nothing while it does not: so what it says now
is believed when nothing else has come for ``HELD_FOR``, and forgotten with the guess that no longer has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ...asr.live_events import SpeechPartial
from ...asr.transcripts import Utterance
from .assist_lines import line_of
from .danger import Danger, of_lines

GUESS_CHARS = 30
"""So much of a guess's end is read: what came before was in the guesses before."""
HELD_FOR = timedelta(milliseconds=200)
"""A little longer than a piece of sound: at least one more was heard, and changed nothing."""


@dataclass(frozen=True)
class _Guess:
    """The last guess of a leg: the unmistakable dangers in it, and since when each of them stands."""

    text: str
    dangers: Mapping[str, Danger] = field(default_factory=dict[str, Danger])
    since: Mapping[str, datetime] = field(default_factory=dict[str, datetime])


class Guesses:
    """The last guess of each of a call's legs."""

    def __init__(self) -> None:
        self._guesses: dict[str, _Guess] = {}

    def add(self, event: SpeechPartial, second: float) -> bool:
        """Take a changed guess, said at that second of the call; tell whether it had or has a danger."""
        before = self._guesses.get(event.leg, _Guess(""))
        if event.text == before.text:
            return False
        utterance = Utterance("citizen", second, second, event.text[-GUESS_CHARS:])
        dangers = {one.danger: one for one in of_lines([line_of(-1, utterance)]) if one.sure}
        since = {name: before.since.get(name, event.at) for name in dangers}
        self._guesses[event.leg] = _Guess(event.text, dangers, since)
        return bool(before.dangers or dangers)

    def drop(self, leg: str) -> None:
        """Forget a leg's guess: its final words are there."""
        self._guesses.pop(leg, None)

    def held(self, now: datetime) -> list[tuple[Danger, str]]:
        """Return the dangers that have stood long enough, each with its leg."""
        return [
            (danger, leg)
            for leg, guess in self._guesses.items()
            for name, danger in guess.dangers.items()
            if now - guess.since[name] >= HELD_FOR
        ]

    def due(self, now: datetime) -> datetime | None:
        """Return when the next of the dangers that have not stood long enough will have; None without one."""
        ends = [since + HELD_FOR for guess in self._guesses.values() for since in guess.since.values()]
        return min((end for end in ends if end > now), default=None)
