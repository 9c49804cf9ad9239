"""What became of every call of a load, counted again from SIPp's own timestamps and nothing else.

SIPp sees each clock point from both sides: when it sent a message and when the switch's answer to it came.
In between the switch took it in. A moment is therefore a ``Span``, some milliseconds long on an idle machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from support.load_plan import CALLBACK, OFFER, PROMPT_S, QUEUES, Queue
from support.load_sipp import Caller
from support.sipp_process import Moment

CROSSING_S = 0.1
"""What two sides do within so little of each other may cross on its way: either may count."""
_HANGS_UP_S = 2.0
"""The switch passes an agent's end of the talk on to the citizen within this."""
NOT_STORED = "not stored"
"""For a call that a killed switch may never have noted."""
_OFFER_S = sum(PROMPT_S[name] for name in OFFER) + 2.0
_TIMEOUT_LATE_S = 2.5
"""The switch's queues count whole seconds and look around once a second."""


class Span(NamedTuple):
    """When something happened: between these moments, seconds since 1970."""

    first: float
    last: float

    @property
    def width(self) -> float:
        return self.last - self.first


@dataclass(frozen=True)
class Counted:
    """A call as SIPp saw it. Clock points as in the definitions; None for what did not happen."""

    number: str
    kind: str
    verdicts: frozenset[str]
    """The outcome, or ``apart:…`` for a call that asked for no human; several when messages crossed."""
    agent: str | None
    t0: Span
    t1: Span | None
    t3: Span | None
    t5: Span
    called_back: Span | None = None
    """When the citizen answered the promised call-back."""
    machine_late: bool = False
    """Whether there are several verdicts only because the machine kept somebody waiting."""

    @property
    def wait_human(self) -> float | None:
        return None if self.t1 is None or self.t3 is None else self.t3.first - self.t1.first


class Death(NamedTuple):
    """Killed at ``at``, which the service noted at ``noted``; the switch took calls again by ``back``."""

    at: float
    noted: float
    back: float


Log = Mapping[str, Mapping[str, float]]


class Recount:
    """Counts a load again.

    ``citizens``, ``phones`` and ``called_back`` (the citizens' own telephones) are what the SIPps wrote down;
    ``late`` tells for how long the machine kept everybody waiting around a moment.
    """

    def __init__(
        self,
        callers: Iterable[Caller],
        citizens: Sequence[Moment],
        phones: Sequence[Moment],
        called_back: Sequence[Moment],
        death: Death | None = None,
        *,
        late: Callable[[Span], float] = lambda _: 0.0,
    ) -> None:
        self._callers = {one.number: one for one in callers}
        self._death = death
        self._late = late
        self._log: dict[str, dict[str, float]] = {number: {} for number in self._callers}
        for found in citizens:
            self._log[found.words[0]].setdefault(found.name, found.at)
        self._answers = _answers(phones, number=0, agent=1)
        self._agents_ends: dict[str, list[float]] = {}
        for found in phones:
            if found.name == "bye":
                self._agents_ends.setdefault(found.words[0], []).append(found.at)
        self._called_back = _answers(called_back, number=1, agent=0)

    def calls(self) -> dict[str, Counted]:
        """Return every call that reached the switch, by the citizen's number."""
        return {
            number: self._count(one) for number, one in self._callers.items() if "trying" in self._log[number]
        }

    def refused(self) -> list[str]:
        """Return who called and got no answer at all, but for those who called while there was no switch."""
        silent = (number for number, log in self._log.items() if "trying" not in log)
        return [number for number in silent if not self._called_in_vain(self._log[number])]

    def _called_in_vain(self, log: Mapping[str, float]) -> bool:
        return self._death is not None and self._death.at - CROSSING_S < log["invite"] < self._death.back

    def _count(self, caller: Caller) -> Counted:
        log = self._log[caller.number]
        t0 = Span(log["invite"], log["trying"])
        if self._death is not None and t0.first < self._death.at < t0.last:
            t0 = Span(t0.last, t0.last)  # a repeated INVITE: the first ones found nobody
        t1 = self._asked(log)
        t5 = self._end(caller.number, log)
        # An agent who answers a promised call-back is shown the citizen's number as well.
        answers = [one for one in self._answers.get(caller.number, []) if one[0].first < t5.last]
        t3, agent = answers[0] if answers else (None, None)
        called = self._called_back.get(caller.number, [])
        verdicts = self._verdict(caller, t1, t3, t5)
        machine_late = False
        # Whom the switch hung up on had been answered: the agent ended that talk.
        if t3 is not None and "hung_up" not in log:
            talked_s = t5.first - t3.first
            machine_late = CROSSING_S <= talked_s < CROSSING_S + self._late(t5)
            if talked_s < CROSSING_S or machine_late:
                verdicts |= self._verdict(caller, t1, None, t5)
        if verdicts == {"callback_accepted"} and self._pressed_too_soon(log):
            verdicts, machine_late = verdicts | {"abandoned"}, True
        if self._death is not None and self._at_death(log, t3):
            verdicts |= {"system_error", "apart:system_error"}
            verdicts |= set() if "connected" in log else {NOT_STORED}
            t5 = Span(t5.first, max(t5.last, self._death.noted))
        back = called[0][0] if called else None
        points = (t0, t1, t3, t5, back)
        return Counted(caller.number, caller.kind, frozenset(verdicts), agent, *points, machine_late)

    def _pressed_too_soon(self, log: Mapping[str, float]) -> bool:
        """Tell whether who hung up may have confirmed the call-back before a late switch asked for it."""
        return "hung_up" not in log and self._late(Span(log["key1"], log["key2"])) > 0

    def _at_death(self, log: Mapping[str, float], t3: Span | None) -> bool:
        """Tell whether the switch was killed so shortly after something that it may not have noted it.

        A machine that kept somebody waiting all the time from then to the death made that longer.
        """
        assert self._death is not None
        moments = [*log.values(), *([t3.last] if t3 is not None else [])]
        dead = self._death.at
        return any(0 < dead - at < CROSSING_S + self._late(Span(at, dead)) for at in moments)

    @staticmethod
    def _asked(log: Mapping[str, float]) -> Span | None:
        if "key0_taken" not in log:
            return None
        return Span(log["key0"], log["key0_taken"])

    def _died(self, log: Mapping[str, float]) -> bool:
        if self._death is None or log["trying"] >= self._death.at:
            return False
        return min(log.get("gone", float("inf")), log.get("hung_up", float("inf"))) > self._death.at

    def _end(self, number: str, log: Mapping[str, float]) -> Span:
        if self._death is not None and self._died(log):
            return Span(self._death.at, self._death.noted)
        if "hung_up" in log:
            at = log["hung_up"]
            causes = [end for end in self._agents_ends.get(number, ()) if 0 < at - end < _HANGS_UP_S]
            return Span(max(causes, default=at), at)
        return Span(log["bye"], log.get("gone", log["bye"]))

    def _verdict(self, caller: Caller, t1: Span | None, t3: Span | None, t5: Span) -> set[str]:
        log = self._log[caller.number]
        if t1 is not None and t3 is not None:
            return {"answered"}
        if len(caller.keys) > 1 and caller.keys[1].key == CALLBACK and "key2_taken" in log:
            return {"callback_accepted"}
        if self._died(log):
            return {"system_error" if t1 is not None else "apart:system_error"}
        if t1 is None:
            return {"apart:ended_in_menu"}
        deed = log.get("key1", t5.first)
        return self._unanswered(QUEUES[caller.keys[0].key], t1, deed, caller.number)

    def _unanswered(self, queue: Queue, t1: Span, deed: float, number: str) -> set[str]:
        """Return the outcome of who waited in vain and, at ``deed``, hung up or chose to speak a message.

        Two of them when that was so near to a step of the dialplan that a late machine made it luck.
        """
        limit = queue.settings.get("max_callers")
        full = bool(limit) and self._waiting(queue, t1.first, number) >= limit
        offer_s = 0.0 if full else queue.offer_s
        if offer_s is None:
            return {"abandoned"}
        since = deed - t1.first - offer_s
        late = 0.0 if full else _TIMEOUT_LATE_S
        in_vain = "queue_full" if full else "timed_out" if queue.tried == 1 else "overflowed_unanswered"
        if late < since < _OFFER_S - 1.5:
            return {in_vain}
        return {"abandoned"} if since < -1.5 or since > _OFFER_S + late else {"abandoned", in_vain}

    def _waiting(self, queue: Queue, moment: float, number: str) -> int:
        """Return how many others stood in a queue without an offer at a moment."""
        found = 0
        for other, log in self._log.items():
            keys = self._callers[other].keys
            if other == number or "key0_taken" not in log or QUEUES[keys[0].key] is not queue:
                continue
            done = log.get("key1") or log.get("bye") or log["hung_up"]
            if self._death is not None and self._died(log):
                done = self._death.at
            found += log["key0"] < moment < done
        return found


def _answers(phones: Sequence[Moment], *, number: int, agent: int) -> dict[str, list[tuple[Span, str]]]:
    """Return when a phone answered and was heard, by the number that stands at a place of its notes."""
    answered: dict[tuple[str, ...], float] = {}
    found: dict[str, list[tuple[Span, str]]] = {}
    for note in phones:
        if note.name == "answered":
            answered[note.words] = note.at
        elif note.name == "acknowledged":
            span = Span(answered.pop(note.words), note.at)
            found.setdefault(note.words[number], []).append((span, note.words[agent]))
    return found
