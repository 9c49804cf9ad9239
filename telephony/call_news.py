"""The domain events that a fact brings: ``apply`` is the reducer, ``(record, fact) -> (record, events)``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypedDict

from ..core.clock import from_us
from .call_figures import bridged_with, ended_by, outcome, t0
from .call_legs import number_of, phone_of
from .calls import CallRecord, merge
from .evaluation import ASKED, GIVEN, level_of
from .events import (
    AgentAnswered,
    AgentRinging,
    CallArrived,
    CallBridged,
    CallEnded,
    CallEvaluated,
    CallEvent,
    EvaluationAsked,
    HumanRequested,
    MenuStep,
    MessageLeft,
    OfferTaken,
    QueueEntered,
    QueueLeft,
    SelfServiceHeard,
    VoiceAsked,
)
from .facts import (
    AGENT,
    ANSWERED,
    CREATED,
    ENDED,
    ENTER,
    HANGUP,
    RESTART,
    ROOM,
    STEP,
    SUPERVISED,
    UNTERMINATED,
    Fact,
    step_of,
)
from .room_news import room_news


def apply(record: CallRecord, fact: Fact, *, node: str) -> tuple[CallRecord, Sequence[CallEvent]]:
    """Return the record with one more fact, and what is new by it.

    An event is given when its slot is filled for the first time. Nothing is told of a call before the
    citizen's arrival is known; then all that is known already is told, in the order of time.
    """
    after = merge(record, fact)
    if after is record or not after.citizen:
        return after, ()
    if not record.citizen:
        known = sorted(after.slots.values(), key=lambda known: (known.at_us, known.slot))
        before = CallRecord(record.id, {}, after.citizen, after.began_us)
        news = [event for slot in known for event in _told(after, slot, node)]
        return after, [*news, *_bridged(before, after, node), *_ended(before, after, node)]
    slot = fact.slot
    news = [] if (fact.leg, slot) in record.slots else _told(after, fact, node)
    if slot == AGENT or slot.startswith(ENTER):
        news = [*news, *_bridged(record, after, node)]
    elif fact.leg in ("", after.citizen) and (slot in _ENDING or slot.startswith(RESTART)):
        news = [*news, *_ended(record, after, node)]
    return after, news


_ENDING = frozenset({HANGUP, ENDED, UNTERMINATED})


def _bridged(before: CallRecord, after: CallRecord, node: str) -> list[CallEvent]:
    """Tell of the first bridge with an agent."""
    news: list[CallEvent] = []
    bridged = bridged_with(after)
    if bridged is not None and bridged_with(before) is None:
        news.append(CallBridged(at=from_us(bridged[0]), call=after.id, node=node, leg=bridged[1]))
    return news


def _ended(before: CallRecord, after: CallRecord, node: str) -> list[CallEvent]:
    """Tell of the end."""
    news: list[CallEvent] = []
    if after.ended_us is not None and before.ended_us is None:
        news.append(
            CallEnded(
                at=from_us(after.ended_us),
                call=after.id,
                node=node,
                outcome=outcome(after),
                ended_by=ended_by(after) or "switch",
            )
        )
    return news


def _told(record: CallRecord, fact: Fact, node: str) -> list[CallEvent]:
    """Return the event of one filled slot."""
    if fact.slot.startswith(STEP) and fact.leg == record.citizen:
        make = _STEPS.get(step_of(fact.slot)[1])
        event = make(record, fact, _Base(at=from_us(fact.at_us), call=record.id, node=node)) if make else None
        return [event] if event else []
    if fact.slot == AGENT:
        answered = record.at(fact.leg, ANSWERED)
        at = from_us(fact.at_us if answered is None else answered)
        base = _Base(at=at, call=record.id, node=node)
        return [AgentAnswered(agent=fact.get("agent"), leg=fact.leg, **_visit(fact), **base)]
    if fact.slot == CREATED and fact.leg != record.citizen and (agent := phone_of(fact.get("channel"))):
        base = _Base(at=from_us(fact.at_us), call=record.id, node=node)
        return [AgentRinging(agent=agent, leg=fact.leg, **base)]
    if fact.slot.startswith((ROOM, SUPERVISED)):
        return room_news(record, fact, node)
    return []


class _Base(TypedDict):
    at: datetime
    call: str
    node: str


class _Visit(TypedDict):
    queue: str
    visit: int


def _visit(mark: Fact) -> _Visit:
    return {"queue": mark.get("queue"), "visit": number_of(mark.get("visit")) or 0}


def _arrived(record: CallRecord, mark: Fact, base: _Base) -> CallEvent:
    if (begun := t0(record)) is not None:
        base["at"] = from_us(begun)
    return CallArrived(trunk=mark.get("trunk"), did=mark.get("did"), number=mark.get("number"), **base)


def _human(record: CallRecord, mark: Fact, base: _Base) -> CallEvent | None:
    others = [step for step in record.steps("HL_HUMAN") if step != mark]
    return None if others else HumanRequested(queue=mark.get("queue"), why=mark.get("why"), **base)


def _digit(_record: CallRecord, mark: Fact, base: _Base) -> CallEvent:
    return MenuStep(
        menu=mark.get("menu"),
        digit=mark.get("digit"),
        why=mark.get("why"),
        ms=number_of(mark.get("ms")),
        **base,
    )


def _said(_record: CallRecord, mark: Fact, base: _Base) -> CallEvent:
    return MenuStep(
        menu=mark.get("menu"), digit="voice", why=mark.get("why"), ms=number_of(mark.get("ms")), **base
    )


def _voice(record: CallRecord, mark: Fact, base: _Base) -> CallEvent:
    created = record.find(record.citizen, CREATED)
    return VoiceAsked(
        menu=mark.get("menu"),
        version=mark.get("version"),
        turn=number_of(mark.get("turn")) or 0,
        channel=created.get("channel") if created else "",
        **base,
    )


def _evaluated(_record: CallRecord, mark: Fact, base: _Base) -> CallEvent | None:
    level = level_of(mark)
    return None if level is None else CallEvaluated(level=level, **base)


_STEPS: dict[str, Callable[[CallRecord, Fact, _Base], CallEvent | None]] = {
    "HL_ARRIVED": _arrived,
    "HL_MENU": lambda _, mark, base: MenuStep(menu=mark.get("menu"), **base),
    "HL_DIGIT": _digit,
    "HL_VOICE": _voice,
    "HL_SAID": _said,
    "HL_SELF": lambda _, mark, base: SelfServiceHeard(service=mark.get("service"), **base),
    "HL_HUMAN": _human,
    "HL_QUEUE": lambda _, mark, base: QueueEntered(**_visit(mark), **base),
    "HL_QUEUE_END": lambda _, mark, base: QueueLeft(status=mark.get("status"), **_visit(mark), **base),
    "HL_OFFER": lambda _, mark, base: OfferTaken(key=mark.get("key"), **base),
    ASKED: lambda _record, _mark, base: EvaluationAsked(**base),
    GIVEN: _evaluated,
    "HL_MESSAGE": lambda _, mark, base: MessageLeft(file=mark.get("file"), **base),
}
