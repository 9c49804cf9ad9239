"""What is to be done with what is heard on one attempt's line: who is there, and what was answered. Pure.

``Talk`` is told of sound, words and of the survey's own steps, and returns orders for the switch. The survey
does not need any of them: without orders it asks by keys and ends well (docs/callbacks-dialplan.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from ..dial.attempt import Overheard
from ..model import ASKS_BACK, HUMAN, LEVELS, SWEARING, UNCLEAR, Answer, Given, Question
from ..survey.ways import NOBODY, said
from ..understanding.meaning import Aside, Meaning
from .line_sounds import LineEar, Verdict

FREE = frozenset({Question.REASON_WORDS, Question.REMARKS})
"""Recorded by the switch itself; only the wish for a human is understood meanwhile."""
GREETING = frozenset("喂你您好啊呀哎")
"""Said by who picks up the telephone; it answers nothing, and does not interrupt."""
HOLD_MS, SPEAKS_MS = 8000, 1500
"""So long is waited on for who says 等一下; and after each sign of speech."""
LEAST_CHARS = 2
"""A guess of so much stops the prompt; less may be noise."""


@dataclass(frozen=True)
class Say:
    """Write ``HL_SAID``, and stop the prompt."""

    value: str


@dataclass(frozen=True)
class Speaks:
    """Write that somebody speaks, for so long; ``stop``: the prompt, too."""

    for_ms: int
    stop: bool


@dataclass(frozen=True)
class HangUp:
    """End the line: nobody is there to be asked."""


Order = Say | Speaks | HangUp


@dataclass(frozen=True)
class Asking:
    """The question that is being asked by voice."""

    question: Question
    turn: int
    levels: Sequence[str] = LEVELS[3]
    reasons: Mapping[str, Sequence[str]] = field(default_factory=dict[str, "Sequence[str]"])
    """The choices of ``reason`` in the file's order, each with the words by which it is heard."""


@dataclass(frozen=True)
class Words:
    """What was recognised; moments in seconds of the caller's clock."""

    text: str
    confidence: float
    start_s: float
    end_s: float


Understand = Callable[[Asking, str, float, datetime], Meaning]


class Talk:
    """One attempt's line, from its first sound to the end of the survey."""

    def __init__(self, understand: Understand) -> None:
        self._understand = understand
        self._ear = LineEar()
        self._asking: Asking | None = None
        self._asked_s = 0.0
        self._answered = False
        self._hangs_up = False
        self.overheard: Overheard | None = None
        self.heard: dict[int, Words] = {}
        """What was taken for the answer of each turn."""

    def frame(self, pcm: bytes) -> list[Order]:
        """Take 20 ms of the line's sound."""
        return self._judged(self._ear.frame(pcm))

    def answer(self) -> None:
        """Take note that the line was answered."""
        self._answered = True
        self._ear.answer()

    def key(self) -> None:
        """Take note of a key."""
        self._ear.key()
        self._asking = None

    def asked(self, asking: Asking | None, at_s: float) -> list[Order]:
        """Take note of the question that is asked by voice from now on, or that none is."""
        self._asking = asking
        self._asked_s = at_s
        return self._told_nobody() if self.overheard is not None and self._asking is not None else []

    def guess(self, text: str) -> list[Order]:
        """Take the best guess so far of what is being said."""
        if orders := self._judged(self._ear.guess(text), text):
            return orders
        if self._asking is None or self._asking.question in FREE or self._is_greeting(text):
            return []
        return [Speaks(SPEAKS_MS, stop=len(text) >= LEAST_CHARS)]

    def words(self, words: Words, now: datetime) -> list[Order]:
        """Take a finished utterance."""
        orders = self._judged(self._ear.words(words.text), words.text)
        asking = self._asking
        if orders or asking is None or words.end_s < self._asked_s or self._is_greeting(words.text):
            return orders
        meaning = self._understand(asking, words.text, words.confidence, now)
        value = _value_of(meaning)
        if asking.question in FREE and value != HUMAN:
            return []
        if value == UNCLEAR and Aside.HOLD in meaning.asides:
            return [Speaks(HOLD_MS, stop=True)]
        at = 0 if meaning.when is None else int(meaning.when.timestamp())
        self.heard[asking.turn] = replace(words, confidence=meaning.confidence)
        self._asking = None
        return [Say(said(asking.turn, value, choices=tuple(asking.reasons), at=at))]

    def _is_greeting(self, text: str) -> bool:
        asking = self._asking
        return asking is not None and asking.question is Question.IDENTITY and not set(text) - GREETING

    def _judged(self, verdict: Verdict | None, words: str = "") -> list[Order]:
        """Return what a sure verdict on the line asks for, once."""
        if verdict is None or verdict.outcome is None or self.overheard is not None:
            return []
        self.overheard = Overheard(verdict.outcome, words)
        return self._told_nobody()

    def _told_nobody(self) -> list[Order]:
        """Let the survey end by itself where it asks, else end the line."""
        if self.overheard is None or self._hangs_up:
            return []
        outcome, asking = self.overheard.outcome, self._asking
        if self._answered and outcome in NOBODY:
            if asking is None:
                return []
            self._asking = None
            return [Say(said(asking.turn, outcome))]
        self._hangs_up = True
        return [HangUp()]


def with_words(answers: Sequence[Answer], heard: Mapping[int, Words], begun_s: float) -> tuple[Answer, ...]:
    """Return the journal's answers with the words of those that were spoken.

    ``begun_s`` is when the recording began, by the clock of ``heard``.
    """
    return tuple(_with_words(answer, heard.get(answer.turn), begun_s) for answer in answers)


def _with_words(answer: Answer, words: Words | None, begun_s: float) -> Answer:
    if words is None or answer.given is not Given.SPEECH:
        return answer
    return replace(
        answer,
        words=words.text,
        confidence=words.confidence,
        start_ms=max(round(1000 * (words.start_s - begun_s)), 0),
        end_ms=max(round(1000 * (words.end_s - begun_s)), 0),
    )


def _value_of(meaning: Meaning) -> str:
    """Return the value that the survey is told: a question back, and swearing, have ways of their own."""
    if meaning.value != UNCLEAR:
        return meaning.value
    if Aside.ASKS_BACK in meaning.asides:
        return ASKS_BACK
    return SWEARING if Aside.SWEARING in meaning.asides else UNCLEAR
