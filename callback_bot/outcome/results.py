"""What came of a callback: the answers of its attempt made one result, and what follows for the ticket. Pure.

满意 and 基本满意 close the matter (GB 7.5, R-H-9). A bad mark with a matter that is not solved goes to a
person of the hotline first, who decides whether it is handled again (R-CB-6). Without a level it is 未评
(R-CB-3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ..model import (
    ANYWHERE,
    BAD_LEVELS,
    HUMAN,
    LEVELS,
    NEW_DEMAND,
    NO,
    REFUSE,
    YES,
    Answer,
    CallbackState,
    Question,
    Result,
)

KNOWN_LEVELS = frozenset(LEVELS[5])
LONGEST_WORDS = 2000
_CLEARED = str.maketrans(dict.fromkeys([*range(32), *range(0x7F, 0xA0), 0x2028, 0x2029], " "))


class Verdict(StrEnum):
    """What follows from a result for its ticket."""

    CLOSE = "close"
    """The mark is taken and the matter is over (办结)."""
    CHECK = "check"
    """A person looks at it before anything else (人工核查)."""
    REOPEN = "reopen"
    """The person found it unsolved: it is handled again (重新办理)."""
    UNRATED = "unrated"
    """未评."""
    REFUSED = "refused"
    """The person wants no callback (拒绝回访)."""


VERDICT_NAMES: Mapping[Verdict, str] = {
    Verdict.CLOSE: "办结",
    Verdict.CHECK: "人工核查",
    Verdict.REOPEN: "重新办理",
    Verdict.UNRATED: "未评",
    Verdict.REFUSED: "拒绝回访",
}


@dataclass(frozen=True)
class Decision:
    """What a person found when checking; empty ``level`` and ``solved`` leave what the citizen said."""

    who: str
    at: datetime
    reopen: bool
    note: str
    level: str = ""
    solved: str = ""


def result_of(
    callback: str,
    attempt: str,
    answers: Sequence[Answer],
    *,
    recording: str = "",
    ended_at: datetime | None = None,
) -> Result:
    """Return what the answers of an attempt come to, in the order in which they were given.

    Of a question asked more than once the last answer counts that was one; what was not understood, silence,
    and a wish for something else are none.
    """
    last: dict[Question, str] = {}
    for one in answers:
        if one.value not in ANYWHERE:
            last[one.question] = one.value
    level = last.get(Question.SATISFIED, "")
    reasons = dict.fromkeys(
        one.value for one in answers if one.question is Question.REASON and one.value not in ANYWHERE
    )
    return Result(
        callback=callback,
        attempt=attempt,
        contacted=_yes_or_no(last.get(Question.CONTACTED, "")),
        solved=_yes_or_no(last.get(Question.SOLVED, "")),
        level=level if level in KNOWN_LEVELS else "",
        reasons=tuple(reasons) if level in BAD_LEVELS else (),
        remarks=_remarks(answers),
        answers=tuple(answers),
        recording=recording,
        ended_at=ended_at,
    )


def verdict_of(result: Result, state: CallbackState) -> Verdict:
    """Return what follows from a result as the citizen gave it; ``state`` is that of the callback."""
    if state is CallbackState.REFUSED:
        return Verdict.REFUSED
    if not result.level:
        return Verdict.UNRATED
    return Verdict.CHECK if needs_check(result) else Verdict.CLOSE


def needs_check(result: Result) -> bool:
    """Tell whether a person looks at it first: a bad mark, not said to be solved (R-CB-6)."""
    return result.level in BAD_LEVELS and result.solved != YES


def state_of(result: Result) -> CallbackState | None:
    """Return the state that a callback ends in by its answers; None when they do not end it."""
    if not result.level:
        return None
    return CallbackState.CHECK if needs_check(result) else CallbackState.DONE


def decided(result: Result, decision: Decision) -> tuple[Result, Verdict]:
    """Return the result as a check leaves it, and what follows."""
    corrected = replace(
        result,
        level=decision.level or result.level,
        solved=decision.solved or result.solved,
    )
    if decision.reopen:
        return corrected, Verdict.REOPEN
    return corrected, Verdict.CLOSE if corrected.level else Verdict.UNRATED


def asks_for(answers: Sequence[Answer]) -> tuple[str, ...]:
    """Return what a person wanted beside the questions: an agent, a new report, no more calls."""
    said = {one.value for one in answers}
    return tuple(wish for wish in (HUMAN, NEW_DEMAND, REFUSE) if wish in said)


def said(answers: Sequence[Answer], question: Question) -> str:
    """Return the value that counts of a question, empty when it was not answered."""
    found = [one.value for one in answers if one.question is question and one.value not in ANYWHERE]
    return found[-1] if found else ""


def plain_words(text: str) -> str:
    """Return words as one line that nothing in it can break, at most ``LONGEST_WORDS`` characters."""
    clear = text.encode("utf-8", "replace").decode().translate(_CLEARED)
    return " ".join(clear.split())[:LONGEST_WORDS]


def _remarks(answers: Sequence[Answer]) -> str:
    words = dict.fromkeys(
        plain_words(one.words)
        for question in (Question.REASON_WORDS, Question.REMARKS)
        for one in answers
        if one.question is question and one.words.strip()
    )
    return "；".join(words)[:LONGEST_WORDS]


def _yes_or_no(value: str) -> str:
    return value if value in (YES, NO) else ""
