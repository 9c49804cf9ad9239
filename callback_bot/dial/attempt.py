"""One attempt to reach a person: what is known of it, how far it is, and how it ended. Pure.

What the journal told is a record that takes facts in any order and any number of times (``telephony.calls``).
What only the moment shows (the switch took the order, it rings, somebody heard a network's announcement, the
channel is not there) comes as news. The end follows from both, and is the same after any crash: what was in
memory alone can refine an unanswered attempt's end, and never whether there was a call.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from ...telephony.calls import CallRecord, merge
from ...telephony.facts import ANSWERED, CREATED, ENDED, HANGUP, Fact
from ..model import Outcome
from .causes import outcome_of_cause
from .survey_marks import END, marks, outcome_of, was_keyed

SECOND_US = 1_000_000
SETTLED_US = 15 * SECOND_US
"""A switch that was asked to dial has begun within so long, or never will."""
LOOKS, BETWEEN_LOOKS_US = 2, 5 * SECOND_US
"""A channel is gone when so many looks, so far apart, did not find it and the journal has nothing new."""


class Phase(StrEnum):
    """How far an attempt is; never goes back."""

    STORED = "stored"
    DIALLED = "dialled"
    """The switch has taken the order, or the channel is there."""
    RINGING = "ringing"
    EARLY_MEDIA = "early_media"
    """The network sends sound before anybody answers."""
    ANSWERED = "answered"
    SURVEYED = "surveyed"
    """The survey has told its end; the line may still be up (an agent talks with the person)."""
    OVER = "over"


_WEAK = (None, Outcome.SILENT, Outcome.HUNG_UP)
"""Ends that a machine on the line explains."""
_ORDER = {phase: place for place, phase in enumerate(Phase)}


@dataclass(frozen=True, slots=True)
class Told:
    """The journal, or a live event, has told a fact of the attempt's channel."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class Taken:
    """The switch has taken the order to dial."""


@dataclass(frozen=True, slots=True)
class Ringing:
    """The far side rings."""


@dataclass(frozen=True, slots=True)
class Sound:
    """There is sound before the answer."""


@dataclass(frozen=True, slots=True)
class Overheard:
    """The line's sound showed that no person is to be surveyed, and how the attempt therefore ends."""

    outcome: Outcome
    words: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """The switch was asked for its channels, and the journal was read to its end after that."""

    at_us: int
    there: bool
    up: bool = False


News = Told | Taken | Ringing | Sound | Overheard | Looked


@dataclass(frozen=True, slots=True)
class Course:
    """What is known of an attempt. ``stored_us`` is when it was stored, before anything was dialled."""

    id: str
    stored_us: int
    record: CallRecord
    seen: Phase = Phase.STORED
    """The furthest that news of the moment have shown."""
    had: bool = False
    """Whether a look has found the channel."""
    overheard: Overheard | None = None
    missed: int = 0
    """Looks in a row that did not find the channel."""
    missed_us: int = 0
    """When the last one of these was."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended; moments in microseconds since 1970 by the switch, None: never, or unknown."""

    outcome: Outcome
    cause: int | None = None
    answered_us: int | None = None
    ended_us: int | None = None
    words: str = ""


def begin(attempt: str, stored_us: int) -> Course:
    """Return the course of an attempt that is stored and of which nothing else is known."""
    return Course(attempt, stored_us, CallRecord(attempt))


def advance(course: Course, news: News) -> Course:
    """Return the course with what is new; what is known already changes nothing."""
    match news:
        case Told(fact):
            record = merge(course.record, fact) if fact.leg == course.id else course.record
            after = course if record is course.record else replace(course, record=record, missed=0)
        case Taken():
            after = _seen(course, Phase.DIALLED)
        case Ringing():
            after = _seen(course, Phase.RINGING)
        case Sound():
            after = _seen(course, Phase.EARLY_MEDIA)
        case Overheard():
            after = course if course.overheard else replace(course, overheard=news)
        case Looked():
            after = _looked(course, news)
    return after


def advance_all(course: Course, news: Iterable[News]) -> Course:
    """Return the course with many news."""
    for one in news:
        course = advance(course, one)
    return course


def phase(course: Course) -> Phase:
    """Return how far the attempt is, by everything that is known."""
    told = Phase.STORED
    if _at(course, ENDED) is not None:
        told = Phase.OVER
    elif marks(course.record, course.id, END):
        told = Phase.SURVEYED
    elif _at(course, ANSWERED) is not None:
        told = Phase.ANSWERED
    elif _at(course, CREATED) is not None:
        told = Phase.DIALLED
    return max(told, course.seen, key=_ORDER.__getitem__)


def answered_us(course: Course) -> int | None:
    """Return when somebody answered, in microseconds since 1970."""
    return _at(course, ANSWERED)


def ending(course: Course) -> Ending | None:
    """Return how the attempt ended, None while it goes on or that is not certain yet."""
    ended_us = _at(course, ENDED)
    if ended_us is None and course.missed < LOOKS:
        return None
    if course.record.slots or course.had:
        return _ended(course, ended_us)
    settled = course.missed_us - course.stored_us >= SETTLED_US
    return Ending(Outcome.NEVER_BEGUN) if settled else None


def _ended(course: Course, ended_us: int | None) -> Ending:
    """Return the end of a call that the switch had."""
    answered, created = _at(course, ANSWERED), _at(course, CREATED)
    cause = _cause(course)
    said = outcome_of(course.record, course.id)
    heard = course.overheard
    if heard is not None and was_keyed(course.record, course.id):
        heard = None  # whoever presses keys is no machine
    if heard is not None and said in _WEAK:
        outcome = heard.outcome
    elif said is not None:
        outcome = said
    elif answered is not None:
        outcome = Outcome.HUNG_UP
    elif ended_us is None or created is None:
        outcome = Outcome.UNKNOWN
    else:
        outcome = outcome_of_cause(cause, ended_us - created)
    return Ending(outcome, cause, answered, ended_us, heard.words if heard else "")


def _looked(course: Course, look: Looked) -> Course:
    if look.there:
        shown = _seen(course, Phase.ANSWERED if look.up else Phase.DIALLED)
        return replace(shown, had=True, missed=0)
    if course.missed and look.at_us - course.missed_us < BETWEEN_LOOKS_US:
        return course
    return replace(course, missed=course.missed + 1, missed_us=look.at_us)


def _seen(course: Course, seen: Phase) -> Course:
    further = _ORDER[seen] > _ORDER[course.seen]
    return replace(course, seen=seen) if further else course


def _at(course: Course, slot: str) -> int | None:
    return course.record.at(course.id, slot)


def _cause(course: Course) -> int | None:
    fact = course.record.find(course.id, HANGUP)
    told = fact.get("cause") if fact else ""
    return int(told) if told.isascii() and told.isdigit() else None
