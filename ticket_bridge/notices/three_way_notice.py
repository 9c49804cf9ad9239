"""Makes what goes along with a three-way call: pure, from the call's record and what was said (R-3W-3).

Whatever is missing is null; nothing is made up. The first message needs no speech and goes at once, the
update holds the last minute and what was drafted from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from ...asr.conversation import Conversation
from ...core.clock import from_us
from ...core.settings import Settings
from ...telephony.call_figures import answers, t0, t1, t3
from ...telephony.calls import CallRecord
from ...telephony.facts import ROOM
from ..assist.caller_state import CallerState, caller_states
from ..context import CallContext
from ..draft import Draft, draft
from ..fields import FieldName, FieldValue, Origin
from ..talk import Talk
from .notice_message import (
    FIRST,
    UPDATE,
    Notice,
    NoticeAgent,
    NoticeCall,
    NoticeCaller,
    NoticeLine,
    NoticeMatter,
    NoticeSpeech,
    NoticeState,
    NoticeTraffic,
    NoticeUtterance,
    notice_id,
)

_SHORTEST_NUMBER = 7


@dataclass(frozen=True)
class Asked:
    """A third line was asked for: the mark HL_3W_ASKED of a call."""

    call: str
    line: str
    target: str
    agent: str
    how: str
    mode: str
    at_us: int

    @property
    def at(self) -> datetime:
        """The moment of the request."""
        return from_us(self.at_us)


@dataclass(frozen=True)
class Heard:
    """What became of the speech; ``reason`` says why there is none."""

    state: str = "pending"
    reason: str | None = None
    conversation: Conversation | None = None
    draft: Draft | None = None
    states: tuple[CallerState, ...] = ()


@dataclass(frozen=True)
class Names:
    """What people call the agents, queues and third lines of a site."""

    site: str
    node: str
    timezone: str
    agents: dict[str, str] = field(default_factory=dict[str, str])
    queues: dict[str, str] = field(default_factory=dict[str, str])
    lines: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """Label and kind."""

    @staticmethod
    def of(settings: Settings) -> Names:
        """Return the names of a configuration."""
        return Names(
            settings.site.name,
            settings.site.node,
            settings.site.timezone,
            {agent.number: agent.name for agent in settings.agents},
            {queue.name: queue.label for queue in settings.queues},
            {line.name: (line.label, line.kind) for line in settings.third_lines},
        )


def asked_of(record: CallRecord, line: str) -> Asked | None:
    """Return the request of a line; None when it was refused, or is not known (yet)."""
    fact = record.find("", f"{ROOM}{line}:ASKED")
    if fact is None:
        return None
    values = dict(fact.params)
    return Asked(
        record.id,
        line,
        values.get("target", ""),
        values.get("agent", ""),
        values.get("how", ""),
        values.get("mode", ""),
        fact.at_us,
    )


def hear(asked: Asked, record: CallRecord | None, said: Conversation, names: Names) -> Heard:
    """Draw place, kind, summary and the caller's state from what was said; takes up to a second."""
    arrived_us = None if record is None else t0(record)
    context = CallContext(
        asked.call,
        _number(record) or "",
        from_us(asked.at_us if arrived_us is None else arrived_us).astimezone(ZoneInfo(names.timezone)),
        agent=asked.agent or None,
    )
    transcript = said.transcript()
    return Heard("ready", None, said, draft(transcript, context), caller_states(Talk(transcript)))


def build(
    asked: Asked,
    names: Names,
    heard: Heard,
    *,
    record: CallRecord | None,
    traffic: NoticeTraffic | None,
    now: datetime,
) -> Notice:
    """Return the message: the first one while speech is pending, else the update."""
    label, kind = names.lines.get(asked.target, (asked.target, ""))
    is_first = heard.state == "pending"
    return Notice(
        id=notice_id(asked.call, asked.line),
        event=FIRST if is_first else UPDATE,
        revision=1 if is_first else 2,
        made_at=now,
        site=names.site,
        node=names.node,
        line=NoticeLine(
            id=asked.line,
            target=asked.target,
            label=label,
            kind=kind,
            asked_at=asked.at,
            how=asked.how,
            mode=asked.mode,
        ),
        call=_call(asked, names, record),
        caller=_caller(record, heard),
        matter=None if heard.draft is None else _matter(heard.draft),
        speech=_speech(heard),
        traffic=traffic,
    )


def _call(asked: Asked, names: Names, record: CallRecord | None) -> NoticeCall:
    number = asked.agent or _last_agent(record)
    human = None if record is None else record.first_step("HL_HUMAN")
    pushed = None if record is None else record.first_step("HL_PUSHED")
    queue = human.get("queue") if human else ""
    return NoticeCall(
        id=asked.call,
        arrived_at=None if record is None else _moment(t0(record)),
        answered_at=None if record is None else _moment(t3(record)),
        queue=queue or None,
        queue_label=names.queues.get(queue),
        agent=NoticeAgent(number=number, name=names.agents.get(number)) if number else None,
        case=(pushed.get("case") or None) if pushed else None,
    )


def _caller(record: CallRecord | None, heard: Heard) -> NoticeCaller:
    made = heard.draft
    number = _number(record)
    promised = record.first_step("HL_CALLBACK") if record is not None else None
    reached = (promised.get("number") if promised else "") or number or _text(made, FieldName.PHONE)
    confidential = _said(made, FieldName.CONFIDENTIAL)
    return NoticeCaller(
        number=number,
        callback_number=reached if reached and len(reached) >= _SHORTEST_NUMBER else None,
        phone_said=_text(made, FieldName.PHONE),
        name=_text(made, FieldName.NAME),
        confidential=confidential if isinstance(confidential, bool) else None,
        on_line=record is None or record.is_open,
        states=tuple(
            NoticeState(state=one.state, words=one.evidence.words, at_s=round(one.evidence.start_s, 3))
            for one in heard.states
        ),
    )


def _matter(made: Draft) -> NoticeMatter:
    people = _said(made, FieldName.PEOPLE)
    return NoticeMatter(
        kind=_text(made, FieldName.KIND),
        domain=_text(made, FieldName.DOMAIN),
        urgency=_text(made, FieldName.URGENCY),
        emergency_line=_text(made, FieldName.EMERGENCY_LINE),
        place=_text(made, FieldName.PLACE),
        address=_text(made, FieldName.ADDRESS),
        occurred_at=_text(made, FieldName.OCCURRED_AT),
        people=people if isinstance(people, int) and not isinstance(people, bool) else None,
        party=_text(made, FieldName.PARTY),
        threat=_text(made, FieldName.THREAT_QUOTE),
        title=_text(made, FieldName.TITLE),
        summary=_text(made, FieldName.SUMMARY),
    )


def _speech(heard: Heard) -> NoticeSpeech:
    said = heard.conversation
    state = "ready" if said is not None else "pending" if heard.state == "pending" else "unavailable"
    if said is None:
        return NoticeSpeech(state=state, reason=heard.reason)
    return NoticeSpeech(
        state=state,
        reason=heard.reason,
        model=said.model,
        from_s=said.from_s,
        to_s=said.until_s,
        utterances=tuple(
            NoticeUtterance(
                speaker=one.speaker, from_s=round(one.start_s, 3), to_s=round(one.end_s, 3), text=one.text
            )
            for one in said.utterances
        ),
    )


def traffic_of(open_calls: list[CallRecord]) -> NoticeTraffic:
    """Return how much goes on: the citizens' calls in progress, and how many of them wait for a human."""
    waiting = sum(1 for one in open_calls if t1(one) is not None and not answers(one))
    return NoticeTraffic(open_calls=len(open_calls), waiting=waiting)


def _number(record: CallRecord | None) -> str | None:
    """Return who calls: as 110 said of a call it put through, else as the network did."""
    if record is None:
        return None
    marks = (record.first_step("HL_PUSHED"), "caller"), (record.first_step("HL_ARRIVED"), "number")
    return next((said for mark, name in marks if mark and (said := mark.get(name))), None)


def _last_agent(record: CallRecord | None) -> str:
    found = [] if record is None else answers(record)
    return found[-1][1].get("agent") if found else ""


def _said(made: Draft | None, name: FieldName) -> FieldValue | None:
    """Return a field that stands on words; what every ticket begins with (一般, 不保密) was not said."""
    one = None if made is None else made.fields.get(name)
    return None if one is None or one.origin is Origin.INITIAL else one.value


def _text(made: Draft | None, name: FieldName) -> str | None:
    value = _said(made, name)
    return None if value is None or isinstance(value, bool) else str(value)


def _moment(at_us: int | None) -> datetime | None:
    return None if at_us is None else from_us(at_us)
