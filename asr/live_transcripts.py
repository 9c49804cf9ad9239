"""What was said so far in calls that go on, from live speech; its last minute for whoever needs it now.

Bounded: of a call the newest sentences, of the calls those heard of last, and each until some minutes
after its end. The stored transcript is made from the recording and owes nothing to this one.
"""

from __future__ import annotations

import time
from bisect import insort
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import structlog

from ..core.aio import sought
from ..core.clock import Clock, to_us, utc_now
from ..core.events import DomainEvent
from ..telephony.events import CallEnded
from .conversation import Conversation, Conversations, Sounding
from .engine import Engine
from .live_events import LiveSpeechChanged, SpeechHeard
from .live_record import LegHeard, missing_us
from .transcripts import Speaker, Transcript, Utterance

log = structlog.get_logger(__name__)

MOST_CALLS = 2000
MOST_UTTERANCES = 4000
MOST_LEGS = 100
KEPT_S = 600.0
IDLE_S = 4 * 3600.0
"""A call that nothing was heard of for so long is forgotten though its end was not told."""
HEARD_LATE_S = 2.0
"""So long the last words of a stretch are waited for."""
_LOOK_S = 0.05
_MISSING_S = 1.5
"""So much at the edges of a stretch, or between two legs of one speaker, may be missing."""


@dataclass
class _Call:
    begun_us: int
    utterances: list[tuple[int, str, int, Utterance]] = field(
        default_factory=list[tuple[int, str, int, Utterance]]
    )
    """By the microsecond they began; the rest of the key only makes them comparable."""
    legs: list[LegHeard] = field(default_factory=list[LegHeard])
    until_us: int = 0
    count: int = 0
    left_out: int = 0
    touched: float = 0.0
    is_over: bool = False
    made: Transcript | None = None


class LiveTranscripts:
    """The transcripts of live calls; ``hear`` is a listener of the bus, ``record`` takes legs' records.

    As ``Conversations`` it answers from live speech when nothing of the stretch is missing, else it asks
    ``behind`` (the recording so far).
    """

    def __init__(
        self,
        engine: Callable[[], Engine | None],
        behind: Conversations,
        *,
        heard_late_s: float = HEARD_LATE_S,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._behind = behind
        self._heard_late_s = heard_late_s
        self._clock = clock
        self._monotonic = monotonic
        self._calls: OrderedDict[str, _Call] = OrderedDict()
        """Those heard of last come last."""
        self._waiting: dict[str, list[LegHeard]] = {}
        """Legs that were admitted and of which no sound came yet, by call."""
        self.from_live = 0
        self.from_recording = 0

    def hear(self, event: DomainEvent) -> None:
        """Take in what was said; returns at once."""
        match event:
            case LiveSpeechChanged(state="on"):
                self._of(event.call, to_us(event.at))
            case SpeechHeard():
                self._add(event)
            case CallEnded() if event.call in self._calls:
                self._calls[event.call].is_over = True
                self._touch(event.call)
            case _:
                pass

    def record(self, leg: LegHeard) -> None:
        """Take a leg's record, which goes on changing."""
        call = leg.leg.call
        if (known := self._calls.get(call)) is not None:
            known.legs.append(leg)
            del known.legs[:-MOST_LEGS]
            return
        self._waiting.setdefault(call, []).append(leg)
        while len(self._waiting) > MOST_CALLS:
            del self._waiting[next(iter(self._waiting))]

    def transcript(self, call: str) -> Transcript | None:
        """Return the final sentences so far, seconds from the call's first sound; None when there is none."""
        known = self._calls.get(call)
        if known is None:
            return None
        if known.made is None:
            name, language = self._model()
            duration_s = max(known.until_us - known.begun_us, 0) / 1_000_000
            said = tuple(utterance for *_, utterance in known.utterances)
            known.made = Transcript(call, name, language, said, round(duration_s, 3))
        return known.made

    def begun_us(self, call: str) -> int | None:
        """Return when second 0 of a call's live transcript was."""
        known = self._calls.get(call)
        return None if known is None else known.begun_us

    def legs(self, call: str) -> tuple[LegHeard, ...]:
        """Return what is known of the legs of a call, those that are over too."""
        known = self._calls.get(call)
        return () if known is None else tuple(known.legs)

    def __len__(self) -> int:
        return len(self._calls)

    async def so_far(
        self,
        call: str,
        legs: Sequence[Sounding],
        *,
        from_s: float,
        until_s: float,
        begun_us: int | None = None,
    ) -> Conversation:
        """Return a stretch from live speech, or what ``behind`` knows of it; see ``Conversations``."""
        if begun_us is not None and await self._is_whole(call, legs, begun_us, (max(from_s, 0.0), until_s)):
            self.from_live += 1
            return self._conversation(call, begun_us, max(from_s, 0.0), until_s)
        self.from_recording += 1
        return await self._behind.so_far(call, legs, from_s=from_s, until_s=until_s, begun_us=begun_us)

    async def _is_whole(
        self, call: str, legs: Sequence[Sounding], begun_us: int, stretch: tuple[float, float]
    ) -> bool:
        """Wait a little until a stretch is heard to its end; False when something of it is missing."""
        from_us, until_us = (begun_us + round(second * 1_000_000) for second in stretch)
        speakers: set[Speaker] = {leg.speaker for leg in legs}

        def missing_s(known: _Call) -> float:
            return max(missing_us(known.legs, one, from_us, until_us) for one in speakers) / 1_000_000

        async def look() -> bool | None:
            known = self._calls.get(call)
            if known is None or not speakers or self._model()[0] == "":
                return False
            late_us = until_us - min((leg.until_us for leg in known.legs if leg.is_on), default=until_us)
            if missing_s(known) - max(late_us / 1_000_000, 0.0) > _MISSING_S:
                return False
            speaks = any(leg.is_on and leg.guess for leg in known.legs)
            return missing_s(known) <= _MISSING_S if late_us <= 0 and not speaks else None

        whole = await sought(look, limit_s=self._heard_late_s, every_s=_LOOK_S, now=self._monotonic)
        return whole if whole is not None else missing_s(self._calls[call]) <= _MISSING_S

    def _conversation(self, call: str, begun_us: int, from_s: float, until_s: float) -> Conversation:
        known = self._calls[call]
        name, language = self._model()
        shift_s = (known.begun_us - begun_us) / 1_000_000
        said = [_later(utterance, shift_s) for *_, utterance in known.utterances]
        said += [
            Utterance(
                leg.speaker,
                begun_s := (leg.guess_us - begun_us) / 1_000_000,
                max(until_s, begun_s),
                leg.guess,
            )
            for leg in known.legs
            if leg.is_on and leg.guess
        ]
        kept = tuple(one for one in said if one.end_s > from_s and one.start_s < until_s)
        return Conversation(call, name, language, round(from_s, 3), round(until_s, 3), kept)

    def _add(self, event: SpeechHeard) -> None:
        known = self._of(event.call, event.start_us)
        start_s = max(event.start_us - known.begun_us, 0) / 1_000_000
        words = tuple(
            replace(word, start_s=round(word.start_s + start_s, 3), end_s=round(word.end_s + start_s, 3))
            for word in event.words
        )
        end_s = max((event.end_us - known.begun_us) / 1_000_000, start_s)
        said = Utterance(event.speaker, round(start_s, 3), round(end_s, 3), event.text, words)
        known.count += 1
        insort(known.utterances, (event.start_us, event.leg, known.count, said), key=lambda one: one[:3])
        known.until_us = max(known.until_us, event.end_us)
        if len(known.utterances) > MOST_UTTERANCES:
            del known.utterances[0]
            if not known.left_out:
                log.warning("live transcript too long, its beginning is left out", call=event.call)
            known.left_out += 1

    def _of(self, call: str, at_us: int) -> _Call:
        known = self._calls.get(call)
        if known is None:
            known = self._calls[call] = _Call(at_us, legs=self._waiting.pop(call, []))
        known.made = None
        self._touch(call)
        return known

    def _touch(self, call: str) -> None:
        now = self._monotonic()
        self._calls[call].touched = now
        self._calls.move_to_end(call)
        for name, known in list(self._calls.items()):
            age_s = now - known.touched
            if len(self._calls) <= MOST_CALLS and age_s < KEPT_S:
                break
            if known.is_over or age_s >= IDLE_S or len(self._calls) > MOST_CALLS:
                del self._calls[name]

    def _model(self) -> tuple[str, str]:
        engine = self._engine()
        return ("", "und") if engine is None else (engine.name, engine.language)


def _later(one: Utterance, seconds: float) -> Utterance:
    words = tuple(
        replace(word, start_s=round(word.start_s + seconds, 3), end_s=round(word.end_s + seconds, 3))
        for word in one.words
    )
    return replace(
        one, start_s=round(one.start_s + seconds, 3), end_s=round(one.end_s + seconds, 3), words=words
    )
