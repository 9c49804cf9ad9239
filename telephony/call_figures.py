"""What a call's record means: clock points, visits, legs, recordings and the one outcome (metrics).

Times are microseconds since 1970 by the switch's clock, waits are microseconds; None is "not (yet)".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from .call_legs import number_of
from .calls import ARRIVED, CallRecord
from .evaluation import asked_us
from .facts import (
    AGENT,
    ANSWERED,
    CALLBACK,
    CREATED,
    ENDED,
    ENTER,
    HANGUP,
    UNTERMINATED,
    Fact,
)
from .rooms import went_on

Outcome = Literal[
    "answered",
    "abandoned",
    "timed_out",
    "no_agent",
    "queue_full",
    "overflowed_unanswered",
    "callback_accepted",
    "system_error",
]
"""Of every call that asked for a human, exactly one."""
EndedBy = Literal["citizen", "agent", "switch", "switch_restart", "unterminated"]
Apart = Literal["self_service", "ended_in_menu", "system_error"]
"""What became of a call that never asked for a human; such calls are in no rate."""

_MILLISECONDS = re.compile(r"[0-9]{13}")
_STATUS_OUTCOME: dict[str, Outcome] = {
    "TIMEOUT": "timed_out",
    "FULL": "queue_full",
    "JOINEMPTY": "no_agent",
    "LEAVEEMPTY": "no_agent",
    "JOINUNAVAIL": "no_agent",
    "LEAVEUNAVAIL": "no_agent",
    "KEY": "abandoned",
    "WITHDRAW": "timed_out",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """A stay in a queue; ``left_us`` and ``status`` are None when the call ended or was answered in it."""

    number: int
    queue: str
    entered_us: int
    left_us: int | None
    status: str | None


def t0(record: CallRecord) -> int | None:
    """Return the arrival on the trunk."""
    if not record.citizen:
        return None
    created = record.at(record.citizen, CREATED)
    arrived = record.first_step(ARRIVED)
    return created if created is not None else arrived and arrived.at_us


def t1(record: CallRecord) -> int | None:
    """Return when a human was first asked for."""
    return _at(record.first_step("HL_HUMAN"))


def t2(record: CallRecord) -> int | None:
    """Return the first queue entry."""
    return _at(record.first_step("HL_QUEUE"))


def answers(record: CallRecord) -> list[tuple[int, Fact]]:
    """Return every human answer: the moment the agent's phone was answered, and the mark, in order."""
    return record.derived(_answers)


def _answers(record: CallRecord) -> list[tuple[int, Fact]]:
    found: list[tuple[int, Fact]] = []
    for (leg, slot), fact in record.slots.items():
        if slot == AGENT:
            answered = record.at(leg, ANSWERED)
            found.append((fact.at_us if answered is None else answered, fact))
    return sorted(found)


def t3(record: CallRecord) -> int | None:
    """Return the first human answer."""
    found = answers(record)
    return found[0][0] if found else None


def bridged_with(record: CallRecord) -> tuple[int, str] | None:
    """Return when the citizen first shared a bridge with an answering agent, and that agent's leg."""
    return record.derived(_bridged_with)


def _bridged_with(record: CallRecord) -> tuple[int, str] | None:
    marks = answers(record)
    if not marks:
        return None
    agents = {mark.leg for _, mark in marks}
    mine: dict[str, int] = {}
    theirs: list[tuple[str, int, str]] = []
    for (leg, slot), fact in record.slots.items():
        if slot.startswith(ENTER):
            if leg == record.citizen:
                mine[slot] = fact.at_us
            elif leg in agents:
                theirs.append((slot, fact.at_us, leg))
    return min(((max(mine[slot], at), leg) for slot, at, leg in theirs if slot in mine), default=None)


def t4(record: CallRecord) -> int | None:
    """Return when citizen and agent first heard each other."""
    found = bridged_with(record)
    return found and found[0]


def t5(record: CallRecord) -> int | None:
    """Return the end."""
    return record.ended_us


def wait_human(record: CallRecord) -> int | None:
    """Return t3 - t1 in microseconds; overflow to another queue does not restart it."""
    return _difference(t1(record), t3(record))


def wait_citizen(record: CallRecord) -> int | None:
    """Return t3 - t0 in microseconds, menus and announcements included."""
    return _difference(t0(record), t3(record))


def talk(record: CallRecord) -> int | None:
    """Return the talk's length in microseconds: t5 - t4, of an evaluated call up to the question.

    The agent has left by then. None for a call that is open or has no known end.
    """
    end = t5(record)
    if end is None or ended_by(record) == "unterminated":
        return None
    asked = asked_us(record)
    return _difference(t4(record), end if asked is None else min(asked, end))


def visits(record: CallRecord) -> list[Visit]:
    """Return the stays in queues, in order."""
    ends = {mark.get("visit"): mark for mark in record.steps("HL_QUEUE_END")}
    found: list[Visit] = []
    for mark in record.steps("HL_QUEUE"):
        end = ends.get(mark.get("visit"))
        number = number_of(mark.get("visit")) or 0
        found.append(Visit(number, mark.get("queue"), mark.at_us, _at(end), end and end.get("status")))
    return found


def waiting_in(record: CallRecord) -> str | None:
    """Return the queue that a citizen who has no answer yet waits in, empty before the first one.

    None: a key has led out of the queue, or of the offer after it, to a message or a call-back.
    """
    stays = visits(record)
    if not stays:
        return ""
    offers = record.steps("HL_OFFER")
    by_key = stays[-1].status == "KEY" or (offers and offers[-1].at_us > stays[-1].entered_us)
    return None if by_key else stays[-1].queue


def ended_by(record: CallRecord) -> EndedBy | None:
    """Return who or what ended the call; None while it is open.

    An agent who left a room that went on without him has not ended the call. A citizen who hangs up at the
    question for an evaluation has not either: the agent had.
    """
    return record.derived(_ended_by)


def _ended_by(record: CallRecord) -> EndedBy | None:
    if record.ended_us is None:
        return None
    hangup = record.find(record.citizen, HANGUP)
    if hangup is None:
        return _cut_by(record)
    if _by_itself(hangup) and asked_us(record) is None:
        return "citizen"
    agents = [record.find(mark.leg, HANGUP) for _, mark in answers(record)]
    left = [other.at_us for other in agents if other and _by_itself(other)]
    return "agent" if any(not went_on(record, at_us) for at_us in left) else "switch"


def _cut_by(record: CallRecord) -> EndedBy:
    """Tell what ended a call whose citizen's hang-up was never written."""
    if record.at(record.citizen, ENDED) is None:
        if record.restart_us is not None:
            return "switch_restart"
        if record.find("", UNTERMINATED) is not None:
            return "unterminated"
    return "switch"


def _by_itself(hangup: Fact) -> bool:
    """Tell whether a channel was hung up by its own phone."""
    return bool(hangup.get("source")) and hangup.get("source") == hangup.get("channel")


def outcome(record: CallRecord) -> Outcome | None:
    """Return the outcome of a call that asked for a human; None without t1, and while it is undecided.

    The first of: a human answers; a call-back is promised; the citizen hangs up while wanting a human
    (abandoned); the plan ends with the status of the last visit. A call cut by the switch, or never seen to
    end, is a system error. An answer outside of this node is none of ours (docs/adr/0105).
    """
    if t1(record) is None:
        return None
    if answers(record):
        return "answered"
    by = ended_by(record)
    return None if by is None else _unanswered(record, by)


def _unanswered(record: CallRecord, by: EndedBy) -> Outcome:
    if _was_promised(record):
        return "callback_accepted"
    if by in ("switch_restart", "unterminated"):
        return "system_error"
    stays = visits(record)
    status = stays[-1].status if stays else None
    if status is None:
        return "abandoned"
    if status != "KEY" and (len({stay.queue for stay in stays}) > 1 or record.first_step("HL_OUTSIDE")):
        return "overflowed_unanswered"
    return _STATUS_OUTCOME.get(status, "system_error")


def callback_answered(record: CallRecord) -> int | None:
    """Return when the citizen answered the promised call-back, an agent being on the line; or None."""
    return record.at("", f"{CALLBACK}ANSWERED")


def callback_agent(record: CallRecord) -> str:
    """Return the agent of the call-back's talk, empty while there was none."""
    fact = record.find("", f"{CALLBACK}ANSWERED")
    return "" if fact is None else fact.get("agent")


def callback_ended(record: CallRecord) -> tuple[int, str] | None:
    """Return when the call-back's talk ended and its recording (file without ending and sign), or None."""
    fact = record.find("", f"{CALLBACK}END")
    return None if fact is None else (fact.at_us, fact.get("file"))


def awaits_callback(record: CallRecord) -> bool:
    """Tell whether a call-back was promised of which neither the answer nor the failure is known."""
    return (
        _was_promised(record)
        and callback_answered(record) is None
        and record.at("", f"{CALLBACK}FAILED") is None
    )


def _was_promised(record: CallRecord) -> bool:
    """Tell whether a call-back was promised: by its mark, or because it was tried or given up.

    A switch that dies between the promise and its mark keeps the one and never writes the other.
    """
    return record.first_step("HL_CALLBACK") is not None or any(
        slot.startswith(CALLBACK) for _, slot in record.slots
    )


def apart(record: CallRecord) -> Apart | None:
    """Return what became of an ended call that never asked for a human; None for all others."""
    if t1(record) is not None or (by := ended_by(record)) is None:
        return None
    if record.first_step("HL_SELF") is not None:
        return "self_service"
    refused = record.first_step("HL_FULL") is not None
    return "system_error" if refused or by in ("switch_restart", "unterminated") else "ended_in_menu"


def recording_marks(record: CallRecord) -> list[tuple[str, int]]:
    """Return (file without ending, when it began) of every recording of the call's talk."""
    return [(mark.get("file"), _since(mark)) for mark in record.steps("HL_REC") if mark.get("file")]


def _since(mark: Fact) -> int:
    """Return when a recording began: at its mark, or before, in milliseconds (dialplans/robot.conf.j2)."""
    since = mark.get("since")
    return int(since) * 1000 if _MILLISECONDS.fullmatch(since) else mark.at_us


def message_marks(record: CallRecord) -> list[tuple[str, int]]:
    """Return (file without ending, when the mark was made) of every spoken message."""
    return [(mark.get("file"), mark.at_us) for mark in record.steps("HL_MESSAGE") if mark.get("file")]


def _at(fact: Fact | None) -> int | None:
    return None if fact is None else fact.at_us


def _difference(begin: int | None, end: int | None) -> int | None:
    return None if begin is None or end is None else max(end - begin, 0)
