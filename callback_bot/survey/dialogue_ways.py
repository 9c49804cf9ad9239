"""Walks a dialogue's ways: every question is reached, every way ends, and nothing comes before its time.

What must come first: the person has confirmed who that is before anything personal is said, and has consented
before anything of the survey is asked (R-CB-1).
"""

from __future__ import annotations

from collections.abc import Iterator

from ...ivr.model import Human
from ...ivr.source import Source
from ..model import BAD_LEVELS, NEW_DEMAND, REFUSE, YES, Question
from ..speech.speech_lines import Line
from .dialogue import FIRST, Ask, Asked, Back, Dialogue, End, Target, keys_prompt, targets

_SURVEY = (
    *(Question.CONTACTED, Question.SOLVED, Question.SATISFIED, Question.REASON),
    *(Question.REASON_WORDS, Question.MORE, Question.REMARKS),
)
_REASONS = (Question.REASON, Question.REASON_WORDS)


def check_ways(dialogue: Dialogue, source: Source) -> None:
    """Note every problem of the ways."""
    if FIRST not in dialogue.questions:
        return
    _references(dialogue, source)
    reached = _reached(dialogue)
    for question in dialogue.questions.values():
        if question.name not in reached:
            message = f"question '{question.name}' is reached by no answer"
            source.refuse(question.line, "ending", message, "lead an answer to it")
    _rings(dialogue, source)
    _early(dialogue, source)
    _sideways(dialogue, source)
    _bad_marks(dialogue, source)


def _references(dialogue: Dialogue, source: Source) -> None:
    for question in dialogue.questions.values():
        for way in targets(question):
            if isinstance(way, Ask) and way.question not in dialogue.questions:
                known = ", ".join(sorted(dialogue.questions))
                source.refuse(
                    way.line, "reference", f"there is no question '{way.question}'", f"known: {known}"
                )
            if isinstance(way, Back) and question.name != Question.DEMAND:
                message = f"question '{question.name}' leads back"
                source.refuse(way.line, "ending", message, "only `demand` comes from another question")


def _reached(dialogue: Dialogue, without: tuple[str, str] | None = None) -> set[str]:
    """Return the questions that can be reached; ``without`` is an answer that is not given."""
    seen: set[str] = set()
    left: list[str] = [FIRST]
    while left:
        name = left.pop()
        question = dialogue.questions.get(name)
        if question is None or name in seen:
            continue
        seen.add(name)
        for value, way in _ways(dialogue, name):
            if isinstance(way, Ask) and (name, value) != without:
                left.append(way.question)
    return seen


def _ways(dialogue: Dialogue, name: str) -> Iterator[tuple[str, Target]]:
    """Give every answer to a question with where it leads; without an answer it is empty."""
    question = dialogue.questions[name]
    if isinstance(question, Asked):
        for value in dialogue.values(name):
            if (way := question.target(value)) is not None:
                yield value, way
        yield "", question.otherwise
    else:
        yield "", question.then
    for value, way in dialogue.anywhere.items():
        own = question.to.get(value) if isinstance(question, Asked) else None
        if not (value == NEW_DEMAND and name == Question.DEMAND):
            yield value, own or way


def _rings(dialogue: Dialogue, source: Source) -> None:
    """Refuse ways that lead in a ring; the way back from ``demand`` is counted by the switch."""

    def walk(name: str, path: tuple[str, ...]) -> None:
        for way in targets(dialogue.questions[name]):
            if isinstance(way, Ask) and way.question in path:
                message = f"question '{name}' leads back to '{way.question}': a ring that need not end"
                source.refuse(way.line, "ending", message, "lead it on, or to an ending")
            elif isinstance(way, Ask) and way.question in dialogue.questions and way.question not in done:
                walk(way.question, (*path, way.question))
        done.add(name)

    done: set[str] = set()
    for name in dialogue.questions:
        if name not in done:
            walk(name, (name,))


def _early(dialogue: Dialogue, source: Source) -> None:
    before = _reached(dialogue, without=(Question.IDENTITY, YES))
    for line in dialogue.prompts():
        allowed = {"person"} if dialogue.by_name and line.id == FIRST else set[str]()
        if line.id in before and (told := line.places - allowed):
            mend = "say it after `identity` was answered by yes"
            message = f"'{line.id}' tells {', '.join(sorted(told))} to whoever answers"
            question = dialogue.questions[line.id]
            said = line.id if told & Line("", question.ask).places else keys_prompt(line.id)
            source.refuse(dialogue.lines.get(said, question.line), "personal", message, mend)
    unasked = _reached(dialogue, without=(Question.CONSENT, YES))
    for name in _SURVEY:
        if name in unasked:
            message = f"'{name}' can be asked without the person's consent"
            source.refuse(dialogue.questions[name].line, "R-CB-1", message, "lead to it from consent: yes")


def _sideways(dialogue: Dialogue, source: Source) -> None:
    refusal, demand = dialogue.anywhere.get(REFUSE), dialogue.anywhere.get(NEW_DEMAND)
    line = dialogue.lines.get("anywhere", 1)
    if refusal is not None and not (isinstance(refusal, End) and refusal.ending == "refused"):
        source.refuse(line, "R-CB-1", "a refusal does not end the call", "write `refuse: {end: refused}`")
    consent = dialogue.questions.get(Question.CONSENT)
    no = consent.target("no") if isinstance(consent, Asked) else None
    if no is not None and not (isinstance(no, End) and no.ending == "refused"):
        source.refuse(no.line, "R-CB-1", "consent: no does not end the call", "write `no: {end: refused}`")
    if demand is not None and not isinstance(demand, Human) and demand != Ask(Question.DEMAND, demand.line):
        mend = "write `new_demand: {ask: demand}`, or {human: QUEUE}"
        source.refuse(line, "R-CB-5", "a new demand is not taken up", mend)
    asked = dialogue.questions.get(Question.DEMAND)
    if isinstance(asked, Asked) and not isinstance(asked.target(YES), Human | None):
        source.refuse(
            asked.line, "R-CB-5", "'demand' does not lead to an agent", "write `yes: {human: QUEUE}`"
        )


def _bad_marks(dialogue: Dialogue, source: Source) -> None:
    asked = dialogue.questions.get(Question.SATISFIED)
    if not isinstance(asked, Asked):
        return
    for level in dialogue.values(Question.SATISFIED):
        way = asked.target(level)
        if (
            level in BAD_LEVELS
            and way is not None
            and not (isinstance(way, Ask) and way.question in _REASONS)
        ):
            message = f"the reason of '{level}' is not asked for"
            source.refuse(way.line, "R-CB-3", message, "lead it to `reason` or `reason_words`")
