"""One state of an agent at every moment, from layers that overlap: talks, rings and spells. Pure.

What outranks what: a citizen's call (talk or hold), then a ring, then being signed out, then a pause, then
the wrap-up, then an unreachable telephone, then ready. So a talk beneath a pause is a talk, and the whole
seconds of the switch's queue journal can never cut into a talk, which is known to the microsecond.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .agent_times import Spell, SpellKind
from .states import AgentKind

Layer = tuple[int, int]
"""From a moment (in it) to another (not in it), microseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One state of an agent, from ``began_us`` to ``ended_us``."""

    kind: AgentKind
    began_us: int
    ended_us: int
    reason: str = ""


@dataclass
class Layers:
    """All that is known of an agent in a period."""

    talks: list[Layer] = field(default_factory=list[Layer])
    rings: list[Layer] = field(default_factory=list[Layer])
    spells: list[Spell] = field(default_factory=list[Spell])

    def timeline(self, since_us: int, until_us: int) -> list[Stretch]:
        """Return the states that fill the period without a gap, in order; an open spell lasts to its end."""
        marks: list[tuple[int, int, str, str]] = []
        for name, began, ended, reason in self._all(until_us):
            low, high = max(began, since_us), min(ended, until_us)
            if low < high:
                marks += [(low, 1, name, reason), (high, -1, name, reason)]
        marks.sort()
        found: list[Stretch] = []
        held: Counter[str] = Counter()
        reasons: Counter[str] = Counter()
        at_us = since_us
        for moment, step, name, reason in [*marks, (until_us, 0, "", "")]:
            if moment > at_us:
                _extend(found, at_us, moment, *_state(held, reasons))
                at_us = moment
            held[name] += step
            if name == SpellKind.PAUSED:
                reasons[reason] += step
        return found

    def _all(self, until_us: int) -> Iterator[tuple[str, int, int, str]]:
        for began, ended in self.talks:
            yield "talk", began, ended, ""
        for began, ended in self.rings:
            yield "ring", began, ended, ""
        for spell in self.spells:
            if spell.kind is not SpellKind.NO_ANSWER:
                ended = until_us if spell.ended_us is None else spell.ended_us
                yield spell.kind.value, spell.began_us, ended, spell.reason


def _state(held: Mapping[str, int], reasons: Mapping[str, int]) -> tuple[AgentKind, str]:
    """Return the one state of what holds at a moment."""
    if held["talk"]:
        return (AgentKind.HELD if held[SpellKind.HELD] else AgentKind.TALKING), ""
    if held["ring"]:
        return AgentKind.RINGING, ""
    if not held[SpellKind.SIGNED_IN]:
        return AgentKind.SIGNED_OUT, ""
    if held[SpellKind.PAUSED]:
        return AgentKind.PAUSED, min(reason for reason, count in reasons.items() if count)
    if held[SpellKind.WRAPUP]:
        return AgentKind.WRAPUP, ""
    return (AgentKind.UNREACHABLE if held[SpellKind.UNREACHABLE] else AgentKind.READY), ""


def _extend(found: list[Stretch], began: int, ended: int, kind: AgentKind, reason: str) -> None:
    if found and (found[-1].kind, found[-1].reason) == (kind, reason):
        found[-1] = Stretch(kind, found[-1].began_us, ended, reason)
    else:
        found.append(Stretch(kind, began, ended, reason))


def totals(stretches: Iterable[Stretch]) -> dict[AgentKind, int]:
    """Return the microseconds of each kind, every kind named."""
    sums = dict.fromkeys(AgentKind, 0)
    for stretch in stretches:
        sums[stretch.kind] += stretch.ended_us - stretch.began_us
    return sums


def pauses(stretches: Sequence[Stretch]) -> dict[str, int]:
    """Return the microseconds of each reason of a pause."""
    sums: dict[str, int] = {}
    for stretch in stretches:
        if stretch.kind is AgentKind.PAUSED:
            sums[stretch.reason] = sums.get(stretch.reason, 0) + stretch.ended_us - stretch.began_us
    return sums
