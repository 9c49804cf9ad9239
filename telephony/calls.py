"""The record of a call: a set of slots, each filled by the fact that stands (``facts.join``).

The record is a join-semilattice: ``apply`` is commutative and idempotent, and live facts followed by the
journal give what the journal alone gives. What the slots mean (clock points, visits, outcome) is derived
in ``call_figures``; what happened is told by ``call_news``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .facts import (
    CALLBACK,
    ENDED,
    HANGUP,
    INTERNAL,
    LINKEDID_END,
    RESTART,
    RESTART_EXACT,
    STEP,
    UNTERMINATED,
    Fact,
    Source,
    join,
    step_of,
)

T = TypeVar("T")

ARRIVED = "HL_ARRIVED"
SECOND_US = 1_000_000
_ARRIVED_STEP = f":{ARRIVED}"
_NO_SLOTS: Mapping[tuple[str, str], Fact] = {}


@dataclass(frozen=True, slots=True)
class CallRecord:
    """Everything known about one Linkedid; never changed, only replaced by ``apply``.

    ``slots`` maps (leg, slot) to the fact that fills it. ``citizen`` is the Uniqueid of the citizen's
    channel, empty while no ``HL_ARRIVED`` mark was seen: such a call is internal or still beginning.
    """

    id: str
    slots: Mapping[tuple[str, str], Fact] = field(default_factory=lambda: _NO_SLOTS)
    citizen: str = ""
    began_us: int = 0
    _derived: dict[object, Any] | None = field(default=None, init=False, repr=False, compare=False)

    def derived(self, make: Callable[[CallRecord], T]) -> T:
        """Return what ``make`` says of this record; it is asked once, as a record never changes."""
        known = self._derived
        if known is None:
            known = dict[object, Any]()
            object.__setattr__(self, "_derived", known)
        if make not in known:
            known[make] = make(self)
        return known[make]

    def at(self, leg: str, slot: str) -> int | None:
        """Return when a slot was filled (microseconds), or None."""
        fact = self.slots.get((leg, slot))
        return None if fact is None else fact.at_us

    def find(self, leg: str, slot: str) -> Fact | None:
        """Return the fact in a slot."""
        return self.slots.get((leg, slot))

    def steps(self, name: str | None = None) -> list[Fact]:
        """Return the citizen's marks in the order of their number, all or those of one name."""
        return [fact for _, name_, fact in self.derived(_marks) if name is None or name_ == name]

    def first_step(self, name: str) -> Fact | None:
        """Return the first mark of a name, or None."""
        return next(iter(self.steps(name)), None)

    @property
    def is_journalled(self) -> bool:
        """Whether the journal has told anything of this call yet."""
        return any(fact.source is Source.JOURNAL for fact in self.slots.values())

    @property
    def has_own_end(self) -> bool:
        """Whether the journal itself tells the end of the citizen's channel."""
        return any(
            (fact := self.slots.get((self.citizen, slot))) is not None and fact.source is Source.JOURNAL
            for slot in (ENDED, HANGUP)
        )

    def journalled(self) -> CallRecord:
        """Return what the journal alone has told: that is what is stored."""
        if all(fact.source is Source.JOURNAL for fact in self.slots.values()):
            return self
        told = (fact for fact in self.slots.values() if fact.source is Source.JOURNAL)
        return merge_all(CallRecord(self.id), told)

    @property
    def is_internal(self) -> bool:
        """Whether it is known to be no citizen's call."""
        return not self.citizen and (("", INTERNAL) in self.slots or ("", LINKEDID_END) in self.slots)

    @property
    def restart_us(self) -> int | None:
        """When the switch was gone under this call, or None.

        The noticed death, or the first channel of the next process. Of a start known only to its second,
        the beginning of that second, or the call's own last line within it.
        """
        second, exact = self.at("", RESTART), self.at("", RESTART_EXACT)
        if second is None or (exact is not None and exact < second + SECOND_US):
            return exact
        return min(max(second, self._last_us), second + SECOND_US - 1)

    @property
    def _last_us(self) -> int:
        """The last line that the switch wrote of this call."""
        return max(
            (
                fact.at_us
                for (_, slot), fact in self.slots.items()
                if slot != UNTERMINATED and not slot.startswith((RESTART, CALLBACK))
            ),
            default=0,
        )

    @property
    def ended_us(self) -> int | None:
        """t5: the end of the citizen's channel, else the switch's restart, else the 4 h limit; or None.

        A call whose own end was never written but whose Linkedid was retired ended at that moment; this
        counts only once the limit is over, because a merged call retires its Linkedid while it goes on.
        """
        for slot in (ENDED, HANGUP):
            if (fact := self.slots.get((self.citizen, slot))) is not None:
                return fact.at_us
        if (restart := self.restart_us) is not None:
            return restart
        if (limit := self.slots.get(("", UNTERMINATED))) is not None:
            retired = self.slots.get(("", LINKEDID_END))
            return limit.at_us if retired is None else retired.at_us
        return None

    @property
    def is_open(self) -> bool:
        """Whether it is a citizen's call in progress."""
        return bool(self.citizen) and self.ended_us is None


def _marks(record: CallRecord) -> list[tuple[int, str, Fact]]:
    """Return number, name and fact of the citizen's marks, in order."""
    mine = record.citizen
    return sorted(
        (*step_of(slot), fact)
        for (leg, slot), fact in record.slots.items()
        if leg == mine and slot.startswith(STEP)
    )


def merge(record: CallRecord, fact: Fact) -> CallRecord:
    """Return the record with one more fact; the same record when it changes nothing."""
    key = (fact.leg, fact.slot)
    old = record.slots.get(key)
    if old is not None:
        stands = join(old, fact)
        if stands == old:
            return record
        fact = stands
    slots = {**record.slots, key: fact}
    citizen = record.citizen
    if fact.slot.endswith(_ARRIVED_STEP) and fact.slot.startswith(STEP) and fact.leg:
        citizen = min(citizen, fact.leg) if citizen else fact.leg
    # A limit lies behind the call's beginning, and the same moment differs a little live and in the
    # journal: the beginning is the least of the facts that stand.
    if old is None and 0 < record.began_us <= fact.at_us:
        began = record.began_us
    elif old is not None and old.at_us == record.began_us:
        began = min(kept.at_us for kept in slots.values())
    else:
        began = min(record.began_us or fact.at_us, fact.at_us)
    return CallRecord(record.id, slots, citizen, began)


def merge_all(record: CallRecord, facts: Iterable[Fact]) -> CallRecord:
    """Return the record with many more facts."""
    for fact in facts:
        record = merge(record, fact)
    return record
