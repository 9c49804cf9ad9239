"""A dialogue of the callback robot as data: what is asked, what may be answered, where it leads (R-CB-2).

The shapes hold what a file says, with its lines; whether that is allowed is ``dialogue_check``'s business,
and only a checked dialogue is rendered. What the values of a question are is fixed: results can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...ivr.model import Human
from ..model import (
    IN_AN_HOUR,
    LATER,
    LEVELS,
    NEW_DEMAND,
    NO,
    REFUSE,
    TOMORROW_AT,
    YES,
    Outcome,
    Question,
)
from ..speech.speech_lines import Line

ENDINGS = (Outcome.COMPLETED, Outcome.REFUSED, Outcome.WRONG_PERSON, Outcome.LATER, Outcome.SILENT)
"""How a file may end a call; each has its closing words."""
WHENS = (IN_AN_HOUR, *TOMORROW_AT)
"""What the keys of the question ``when`` may mean; by voice any moment can be named."""
WORDS = ("again", "by_keys", "invalid", "explain", "calm", "to_human")
"""Said around the questions: not understood; now by keys; wrong key; what this call is; to who swears; before
a human."""
FREE = (Question.REASON_WORDS, Question.REMARKS)
"""Answered in free speech, which the switch records."""
SIDEWAYS = (REFUSE, NEW_DEMAND)
"""Values that lead where ``anywhere`` says, unless a question says otherwise."""
ANY = "any"
"""In ``to``: every value that is not named."""
FIRST = Question.IDENTITY


@dataclass(frozen=True)
class Ask:
    """Goes on with a question."""

    question: str
    line: int


@dataclass(frozen=True)
class End:
    """Says an ending's words and hangs up; the ending is the attempt's outcome."""

    ending: str
    line: int


@dataclass(frozen=True)
class Back:
    """Goes back to the question that was left for this one."""

    line: int


Target = Ask | End | Human | Back


@dataclass(frozen=True)
class Asked:
    """A question that is answered by a key or a few words.

    ``general`` is said instead of ``ask`` where its placeholders cannot be filled; ``by_key`` tells the keys.
    """

    name: str
    ask: str
    general: str
    by_key: str
    keys: Mapping[str, str]
    to: Mapping[str, Target]
    otherwise: Target
    """Where it goes on without an answer."""
    line: int

    def target(self, value: str) -> Target | None:
        """Return where a value leads."""
        return self.to.get(value, self.to.get(ANY))


@dataclass(frozen=True)
class Free:
    """A question that is answered in free speech; what is said is recorded and leads to ``then``."""

    name: str
    ask: str
    general: str
    seconds: int
    then: Target
    line: int


@dataclass(frozen=True)
class Reason:
    """A reason for a bad mark: its name for people, and words by which it is heard."""

    id: str
    name: str
    words: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Dialogue:
    """A whole file."""

    levels: int
    queue: str
    """Of who asks for a human."""
    wait_seconds: int
    """Silence after a question that counts as no answer."""
    by_name: bool
    """Whether the first question may name the person; else nothing personal is said before it is answered."""
    words: Mapping[str, str]
    questions: Mapping[str, Asked | Free]
    reasons: Mapping[str, Reason]
    endings: Mapping[str, str]
    anywhere: Mapping[str, Target]
    lines: Mapping[str, int]
    """Where the file's parts and each prompt stand, for messages."""

    def values(self, question: str) -> tuple[str, ...]:
        """Return what may be answered to a question, but for what may be answered to any."""
        match question:
            case Question.CONSENT:
                return (YES, NO, LATER)
            case Question.SATISFIED:
                return LEVELS[self.levels]
            case Question.REASON:
                return tuple(self.reasons)
            case Question.WHEN:
                return WHENS
            case Question.REASON_WORDS | Question.REMARKS:
                return ()
            case _:
                return (YES, NO)

    def prompts(self) -> Iterator[Line]:
        """Give every prompt; those with placeholders are filled in for each call (``speech.Prompts``)."""
        for name, text in self.words.items():
            if name != "by_keys":
                yield Line(word_prompt(name), text)
        for question in self.questions.values():
            keys = question.by_key if isinstance(question, Asked) else ""
            general = question.general + keys if question.general else ""
            yield Line(question.name, question.ask + keys, general)
            if isinstance(question, Asked):
                yield Line(keys_prompt(question.name), self.words.get("by_keys", "") + keys)
        for name, text in self.endings.items():
            yield Line(end_prompt(name), text)


def targets(question: Asked | Free) -> Iterator[Target]:
    """Give every way out of a question but those of ``anywhere``."""
    if isinstance(question, Free):
        yield question.then
    else:
        yield from question.to.values()
        yield question.otherwise


def word_prompt(word: str) -> str:
    """Return the name of the prompt of one of ``WORDS``."""
    return f"word-{word.replace('_', '-')}"


def keys_prompt(question: str) -> str:
    """Return the name of the prompt that asks for a key alone."""
    return f"{question}-keys"


def end_prompt(ending: str) -> str:
    """Return the name of an ending's prompt."""
    return f"end-{ending.replace('_', '-')}"
