"""Refuses a dialogue that breaks the standard, naming file, line, rule and mend (R-CB-1 to R-CB-5, R-CB-7).

Rules: ``R-CB-1`` consent first, with the recording told; ``R-CB-2`` the questions; ``R-CB-3`` the levels, and
the reason of a bad mark; ``R-CB-4`` neutral words; ``R-CB-5`` a new demand reaches an agent; ``R-CB-7`` every
answer by key and by voice; ``personal`` nothing of a person before the person has confirmed who that is;
``ending`` every way ends; ``reference``, ``text`` and ``format`` what does not exist or cannot be read.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from pathlib import Path

from ...ivr.check import advertising
from ...ivr.model import Human
from ...ivr.source import FileRefusedError, Problem, Source, load_checked
from ..model import NEW_DEMAND, REFUSE, Question
from ..speech.speech_lines import PERSONAL, faults
from .dialogue import FIRST, Asked, Dialogue, targets
from .dialogue_parse import parse
from .dialogue_ways import check_ways
from .leading import leading, one_sided
from .ways import MOST_CHOICES

FOLDER = Path(__file__).with_name("dialogues")
"""The dialogues that are delivered, by their names."""
NEEDED = (
    *(Question.IDENTITY, Question.CONSENT, Question.CONTACTED, Question.SOLVED, Question.SATISFIED),
    *(Question.WHEN, Question.DEMAND),
)
_ANY_VALUE = frozenset({REFUSE, NEW_DEMAND})
"""What a key may mean besides a question's own values."""


class DialogueRefusedError(FileRefusedError):
    """A dialogue breaks a rule; ``problems`` has every one of them."""

    error_id = "robot.dialogue_refused"


def load(path: Path, queues: Collection[str] | None) -> Dialogue:
    """Read and check a dialogue; raises ``DialogueRefusedError`` with all its problems."""
    return load_checked(path, "dialogue", partial(check, queues=queues), DialogueRefusedError)


def check(
    text: str, file: str, queues: Collection[str] | None
) -> tuple[Dialogue | None, tuple[Problem, ...]]:
    """Return the dialogue and its problems in the order of their lines; without problems it may be used.

    ``queues`` are the queues of the configuration; None checks everything but their existence.
    """
    source = Source(file)
    dialogue = parse(text, source)
    if dialogue is not None:
        _questions(dialogue, source)
        for question in dialogue.questions.values():
            if isinstance(question, Asked):
                _answers(dialogue, question, source)
        _queues(dialogue, queues, source)
        _texts(dialogue, source)
        check_ways(dialogue, source)
    return dialogue, tuple(sorted(set(source.problems)))


def _questions(dialogue: Dialogue, source: Source) -> None:
    line = dialogue.lines.get("questions", 1)
    for name in NEEDED:
        if name not in dialogue.questions:
            source.refuse(line, "R-CB-2", f"'{name}' is not asked", f"add the question `{name}:`")
    if not {Question.MORE, Question.REMARKS} & dialogue.questions.keys():
        source.refuse(line, "R-CB-2", "other remarks are not asked for", "add `more:` or `remarks:`")
    consent = dialogue.questions.get(Question.CONSENT)
    if consent is not None and "录音" not in (consent.general or consent.ask):
        mend = "say that the call is recorded (录音), also in `general`"
        source.refuse(consent.line, "R-CB-1", "consent is asked without telling of the recording", mend)
    first = dialogue.questions.get(Question.IDENTITY)
    if first is not None and "12345" not in first.ask:
        source.refuse(first.line, "R-CB-1", "the first words do not tell who calls", "name 12345")
    if Question.REASON in dialogue.questions and not 1 < len(dialogue.reasons) <= MOST_CHOICES:
        at = dialogue.lines.get("reasons", line)
        source.refuse(at, "R-CB-3", f"there must be 2 to {MOST_CHOICES} reasons", "add or remove `reasons:`")
    for reason in dialogue.reasons.values():
        if not reason.words:
            mend = "add `words: […]`, as people say it"
            source.refuse(reason.line, "R-CB-7", f"reason '{reason.id}' cannot be said", mend)


def _answers(dialogue: Dialogue, question: Asked, source: Source) -> None:
    """Every answer has a key that is told, a meaning by voice, and a place that it leads to."""
    what = f"question '{question.name}'"
    values = dialogue.values(question.name)
    for key, value in question.keys.items():
        if value not in values and value not in _ANY_VALUE:
            mend = f"known: {', '.join((*values, *sorted(_ANY_VALUE)))}"
            source.refuse(question.line, "reference", f"key {key} of {what} means no answer", mend)
        if f"按{key}" not in question.by_key:
            source.refuse(question.line, "R-CB-7", f"`by_key` of {what} does not tell of key {key}", "add it")
    for value in values:
        if value not in question.keys.values():
            source.refuse(question.line, "R-CB-7", f"{what} has no key for '{value}'", "add one to `keys:`")
        if question.target(value) is None:
            mend = "add it to `to:`, or `any: …`"
            source.refuse(question.line, "ending", f"'{value}' of {what} leads nowhere", mend)
    for value in question.to.keys() - set(values) - _ANY_VALUE - {"any"}:
        source.refuse(
            question.line, "reference", f"{what} has no answer '{value}'", f"known: {', '.join(values)}"
        )
    if question.name == Question.SATISFIED and [*question.keys.values()][: len(values)] != [*values]:
        mend = f"write them in the order {', '.join(values)}"
        source.refuse(question.line, "R-CB-4", "the levels do not stand in their order", mend)


def _queues(dialogue: Dialogue, queues: Collection[str] | None, source: Source) -> None:
    if queues is None:
        return
    ways = [way for question in dialogue.questions.values() for way in targets(question)]
    named = [(way.queue, way.line) for way in (*ways, *dialogue.anywhere.values()) if isinstance(way, Human)]
    for name, line in ((dialogue.queue, dialogue.lines.get("human", 1)), *named):
        if name and name not in queues:
            mend = f"queues of hotline.toml: {', '.join(sorted(queues)) or 'none'}"
            source.refuse(line, "reference", f"there is no queue '{name}'", mend)


def _texts(dialogue: Dialogue, source: Source) -> None:
    for line in dialogue.prompts():
        at = dialogue.lines.get(line.id, 1)
        for fault in faults((line,)):
            source.refuse(at, "text", fault, "see docs/callbacks-dialogue.md")
        for text in {line.text, line.general}:
            if word := leading(text):
                source.refuse(at, "R-CB-4", f"prompt {line.id} leads to an answer: {word}", "ask neutrally")
            if word := advertising(text):
                source.refuse(at, "R-CB-4", f"prompt {line.id} holds advertising: {word}", "take it out")
    for question in dialogue.questions.values():
        by_key = question.by_key if isinstance(question, Asked) else ""
        for text in (question.ask, question.general, by_key):
            if one_sided(text, dialogue.levels):
                mend = "ask 是否满意, and name every level or none"
                source.refuse(
                    question.line, "R-CB-4", f"question '{question.name}' names one side only", mend
                )
    for line in dialogue.prompts():
        if line.id not in dialogue.questions and line.places:
            message = f"prompt {line.id} has a placeholder"
            source.refuse(dialogue.lines.get(line.id, 1), "personal", message, "only questions may have one")
    if dialogue.by_name and (first := dialogue.questions.get(Question.IDENTITY)) is not None:
        said = next(line for line in dialogue.prompts() if line.id == Question.IDENTITY)
        if said.places & PERSONAL - {"person"}:
            at = dialogue.lines.get(FIRST, first.line)
            source.refuse(at, "personal", "the first question tells what it is about", "name only {person}")
