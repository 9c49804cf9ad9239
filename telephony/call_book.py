"""The calls in memory: which fact goes to which record, what a restart of the switch closes, what may go.

Pure: time is passed in. The book is bounded: ended calls leave after a grace, calls without an end are
closed after the limit, calls that are no citizen's leave once their Linkedid is retired.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from .call_figures import awaits_callback, callback_answered, callback_ended
from .call_news import apply
from .calls import ARRIVED, SECOND_US, CallRecord, merge
from .events import CallEvent
from .facts import CREATED, RESTART, RESTART_EXACT, UNTERMINATED, Fact, Source
from .robot_facts import is_survey

UNTERMINATED_US = 4 * 3600 * 1_000_000
_GRACE_US = 60 * 1_000_000
_PROMISE_US = 48 * 3600 * 1_000_000
"""A call with a promised call-back stays in memory so long: what becomes of it is told by another call."""
_KNOWN_RESTARTS = 48
"""A death that was noticed gives up to three: it, the next start, and the first channel then."""
_FIRST_CHANNEL = re.compile(r"(?:.*-)?(\d{9,11})\.0")


class CallBook:
    """Records by Linkedid, and the moments at which the switch was started anew.

    ``dirty`` holds the citizens' calls whose journalled record changed since ``saved``, as it then was.
    Without ``tells`` no event is made, for who only wants the records.
    """

    def __init__(self, node: str, *, tells: bool = True) -> None:
        self._node = node
        self._tells = tells
        self.records: dict[str, CallRecord] = {}
        self.restarts: tuple[int, ...] = ()
        self.dirty: dict[str, CallRecord] = {}
        self._open: dict[str, CallRecord] = {}
        """Those in progress, so that who looks often does not go through the many that have just ended."""
        self._early: set[str] = set()
        """Calls of which live events alone have told yet that they are a citizen's."""

    def feed(self, fact: Fact) -> Sequence[CallEvent]:
        """Take a fact in; return what is new by it. A survey of the robot is no part of any call."""
        if is_survey(fact):
            return ()
        mine = self.records.get(fact.leg)
        if mine is not None and mine.citizen == fact.leg != fact.call:
            fact = fact._replace(call=mine.id)  # calls were merged by a transfer; the citizen's stays his
        news: Sequence[CallEvent] = ()
        if fact.source is Source.JOURNAL and fact.slot == CREATED and _is_first_channel(fact):
            news = self.restart(fact.at_us)
        told = self._apply(self.records.get(fact.call) or CallRecord(fact.call), fact)
        return [*news, *told] if news else told

    def restart(self, at_us: int) -> list[CallEvent]:
        """Note that the switch was gone, or started anew; calls that began before and have no end end then.

        A whole second is that of a start; anything else is an exact moment.
        """
        if at_us in self.restarts:
            return []
        self.restarts = tuple(sorted({*self.restarts, at_us})[-_KNOWN_RESTARTS:])
        return [told for record in list(self.records.values()) for told in self._cut(record, at_us)]

    def expire(self, now_us: int) -> list[CallEvent]:
        """Close calls over the limit, and forget what is over and saved. Call it when caught up."""
        news: list[CallEvent] = []
        for record in list(self.records.values()):
            old = now_us - record.began_us > UNTERMINATED_US
            if record.is_open and record.is_journalled and old:
                news.extend(self._close(record, UNTERMINATED, record.began_us + UNTERMINATED_US))
            if record.id in self.dirty:
                continue
            ended = record.ended_us
            over = ended is not None and now_us - ended > _GRACE_US
            if (
                over
                and now_us - record.began_us < _PROMISE_US
                and (awaits_callback(record) or _may_talk_in_callback(record, now_us))
            ):
                continue
            idle = record.is_internal and now_us - record.began_us > _GRACE_US
            if over or idle or (old and not record.is_open) or (old and not record.is_journalled):
                del self.records[record.id]
                self._open.pop(record.id, None)
                self._early.discard(record.id)
        return news

    def remember(self, records: Iterable[CallRecord], restarts: Iterable[int] = ()) -> list[CallEvent]:
        """Take in records from the store, and join what memory knows already; return what is new by that.

        What the store holds is no news. What was heard live of a call before it was known to be a
        citizen's is, and could not be told until now.
        """
        news: list[CallEvent] = []
        self.restarts = tuple(sorted({*self.restarts, *restarts})[-_KNOWN_RESTARTS:])
        for record in records:
            known = self.records.get(record.id)
            heard = sorted(known.slots.values(), key=lambda fact: fact.at_us) if known else []
            for fact in heard:
                record, told = self._merged(record, fact)  # noqa: PLW2901  # the join of both
                news.extend(told if known and not known.citizen else ())
            self._keep(record)
        return news

    def unsaved_calls(self, facts: Sequence[Fact]) -> set[str]:
        """Return the calls of facts of which memory has no journalled record: the store may have one.

        A leg that was not created under its call may be a citizen whose own call was merged into that one.
        """
        facts = [fact for fact in facts if not is_survey(fact)]
        legs = {fact.leg: fact.call for fact in facts if fact.leg}
        created = {fact.leg for fact in facts if fact.slot == CREATED}
        merged = {
            leg
            for leg, call in legs.items()
            if leg not in created
            and ((record := self.records.get(call)) is None or (leg, CREATED) not in record.slots)
        }
        return {
            call
            for call in {fact.call for fact in facts} | merged
            if (record := self.records.get(call)) is None or not record.is_journalled
        }

    def beginning(self, now_us: int) -> list[CallRecord]:
        """Return the young calls of which the journal has told, but not yet whether they are a citizen's."""
        return [
            record.journalled()
            for record in self.records.values()
            if (not record.citizen or record.id in self._early)
            and record.is_journalled
            and not record.is_internal
            and now_us - record.began_us < _GRACE_US
        ]

    def open_calls(self) -> list[CallRecord]:
        """Return the citizens' calls in progress, oldest first."""
        return sorted(self._open.values(), key=lambda record: (record.began_us, record.id))

    def saved(self, written: Mapping[str, CallRecord]) -> None:
        """Note that what ``dirty`` held is in the store; what changed meanwhile stays dirty."""
        for call_id, record in written.items():
            if self.dirty.get(call_id) is record:
                del self.dirty[call_id]

    def _apply(self, record: CallRecord, fact: Fact) -> Sequence[CallEvent]:
        after, news = self._merged(record, fact)
        self._keep(after)
        if after.citizen and fact.slot.endswith(ARRIVED):
            self._note_arrival(record, after, fact)
        if fact.source is Source.JOURNAL and after is not record and after.citizen:
            self.dirty[record.id] = after
        if self.restarts and self.restarts[-1] > after.began_us and fact.slot != UNTERMINATED:
            for at_us in self.restarts:
                news = [*news, *self._cut(self.records[record.id], at_us)]
        return news

    def _keep(self, record: CallRecord) -> None:
        self.records[record.id] = record
        if record.is_open:
            self._open[record.id] = record
        else:
            self._open.pop(record.id, None)

    def _merged(self, record: CallRecord, fact: Fact) -> tuple[CallRecord, Sequence[CallEvent]]:
        if self._tells:
            return apply(record, fact, node=self._node)
        return merge(record, fact), ()

    def _note_arrival(self, record: CallRecord, after: CallRecord, fact: Fact) -> None:
        if fact.source is Source.JOURNAL:
            self._early.discard(after.id)
        elif not record.citizen:
            self._early.add(after.id)

    def _cut(self, record: CallRecord, at_us: int) -> list[CallEvent]:
        """End a call that the journal gives no end of its own by a restart of the switch after it began.

        Of several restarts the first one stands, and the limit when even that came later, whatever the
        order in which they became known: reading the journal at once or bit by bit gives the same.
        """
        if at_us <= record.began_us or record.has_own_end:
            return []
        if at_us - record.began_us <= UNTERMINATED_US:
            return self._close(record, RESTART_EXACT if at_us % SECOND_US else RESTART, at_us)
        if record.citizen:
            return self._close(record, UNTERMINATED, record.began_us + UNTERMINATED_US)
        return []

    def _close(self, record: CallRecord, slot: str, at_us: int) -> list[CallEvent]:
        after, told = self._merged(record, Fact(record.id, "", slot, at_us, Source.JOURNAL))
        self._keep(after)
        if after.citizen and after is not record:
            self.dirty[record.id] = after
        return list(told)


def _may_talk_in_callback(record: CallRecord, now_us: int) -> bool:
    """Tell whether the talk of a kept promise may still go on: its rooms are told as this call's own."""
    answered = callback_answered(record)
    talks = answered is not None and callback_ended(record) is None
    return talks and now_us - (answered or 0) < UNTERMINATED_US


def _is_first_channel(fact: Fact) -> bool:
    """Tell whether this is the first channel of a process of the switch: its counter begins at 0."""
    found = _FIRST_CHANNEL.fullmatch(fact.leg)
    return found is not None and abs(int(found[1]) - fact.at_us // 1_000_000) <= 5
