"""Live speech: every leg that is admitted is recognised while the call goes on, in a fixed set of threads.

Best effort beside the call: a leg that cannot be heard is counted and told, the transcript made from the
recording fills the gap. All methods but those of ``Owner`` that say otherwise are called in the event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import structlog

from ..core.clock import Clock, from_us, utc_now
from ..core.events import DomainEvent
from ..telephony.audio_ports import RATE, LegOfCall, LegSink
from .engine import Engine, Session
from .errors import AsrError
from .live_admission import Admission, Limits, Load
from .live_events import LiveSpeechChanged, SpeechHeard, SpeechPartial
from .live_figures import LiveFigures, Tally
from .live_hearing import Said
from .live_leg import LiveLeg, Rest, Turn
from .live_load import LoadMeter, Once
from .live_record import LegHeard
from .live_threads import FairThreads

log = structlog.get_logger(__name__)

LOOK_S = 0.5
_RETRY_S, _LONGEST_RETRY_S = 2.0, 60.0
_REFUSED_KEPT = 1000


class NoEngineError(AsrError):
    """There is no speech model in memory."""

    error_id = "asr.away"


class LiveSpeech:
    """The legs that are heard live. ``engine`` gives the model in use, None while there is none.

    ``machine_full`` tells whether the machine has no time to spare: nothing new is begun then. ``publish``
    takes the events, ``heard`` what becomes of each leg (``LegHeard``), for whoever keeps transcripts.
    """

    def __init__(
        self,
        engine: Callable[[], Engine | None],
        publish: Callable[[DomainEvent], None],
        *,
        threads: int = 1,
        most_legs: int = 64,
        limits: Limits | None = None,
        machine_full: Callable[[], bool] = lambda: False,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        stuck_s: float = 30.0,
        look_s: float = LOOK_S,
    ) -> None:
        self._engine = engine
        self._publish = publish
        self._clock = clock
        self._monotonic = monotonic
        self._threads = FairThreads(threads, name="live-asr", stuck_s=stuck_s, monotonic=monotonic)
        self._admission = Admission(limits or Limits(most_legs, threads))
        self._legs: dict[tuple[str, str], LiveLeg] = {}
        self._records: dict[LiveLeg, LegHeard] = {}
        self._refused: dict[tuple[str, str], None] = {}
        """The last legs that were refused, in order: each is told and counted once."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._meter = LoadMeter(threads, self._threads.busy_s, machine_full, monotonic)
        self._once = Once(monotonic)
        self._tally = Tally()
        self._closed = False
        self._look_s = look_s
        self.on_record: Callable[[LegHeard], None] = lambda _record: None
        """Told of each leg's record when it begins; the record goes on changing."""

    def open(self, leg: LegOfCall) -> LegSink | None:
        """Return where a leg's sound goes, None while it cannot be heard (``OpenSink``)."""
        key = (leg.call, leg.leg)
        if self._closed:
            return None
        self._loop = asyncio.get_running_loop()
        if self._engine() is None:
            self._refuse(leg, "engine")
            return None
        if not self._admission.admit(*key, self._load_now(), self._monotonic()):
            self._refuse(leg, "full")
            return None
        if (before := self._legs.get(key)) is not None:
            self._forget(before)
        found = LiveLeg(leg, self, self._monotonic)
        self._legs[key] = found
        self._records[found] = record = LegHeard(leg)
        self._threads.look()
        self.on_record(record)
        return found

    async def run(self) -> None:
        """Watch the load and the threads: let go what is too much, take up again what can be heard."""
        self._loop = asyncio.get_running_loop()
        while True:
            if self._threads.look():
                self._once.warn("live speech has lost a thread; another one is begun")
            now = self._monotonic()
            load = self._load_now()
            if (call := self._admission.shed(load, now)) is not None:
                self._shed(call, load, now)
            else:
                self._take_up_again(load, now)
            await asyncio.sleep(self._look_s)

    async def close(self) -> None:
        """Hear nothing any more; the calls go on."""
        self._closed = True
        if not await asyncio.to_thread(self._threads.close):
            log.error("a thread of live speech does not end")
        for leg in list(self._legs.values()):
            self._over(leg, "closed")

    def figures(self) -> LiveFigures:
        """Return how it does at this moment."""
        legs = list(self._legs.values())
        return self._tally.figures(
            legs=sum(leg.rest is None for leg in legs),
            resting=sum(leg.rest is not None for leg in legs),
            lost_s=sum(leg.lost_s + leg.dropped_s for leg in legs),
            threads_lost=self._threads.died,
            load=self._load_now(),
        )

    # ------------------------------------------------------------------ Owner

    def session(self) -> Session:
        """Open a session; in any thread."""
        engine = self._engine()
        if engine is None:
            raise NoEngineError("no speech model is loaded")
        return engine.open(rate=RATE, partials=True)

    def wants_turn(self, leg: LiveLeg) -> None:
        """Give a leg a turn."""
        self._threads.ready(leg)

    def begun(self, leg: LiveLeg, at_us: int) -> None:
        """Tell that a leg is heard."""
        self._records[leg].is_on = True
        self._tally.begun += 1
        self._change(leg, "on", "begun", at_us)

    def told(self, leg: LiveLeg, generation: int, turn: Turn) -> None:
        """Take what a turn brought; in any thread."""
        self._in_loop(self._hear, leg, generation, turn)

    def failed(self, leg: LiveLeg, generation: int, error: BaseException) -> None:
        """Take note that a turn went wrong; in any thread."""
        self._in_loop(self._fail, leg, generation, error)

    # ------------------------------------------------------------------ in the loop

    def _in_loop(self, what: Callable[..., None], *values: object) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and with it everybody who wants to know
                self._loop.call_soon_threadsafe(what, *values)

    def _hear(self, leg: LiveLeg, generation: int, turn: Turn) -> None:
        record = self._records.get(leg)
        if record is None or generation != leg.generation:
            return
        leg.failures = 0
        if turn.fed_at is not None:
            self._tally.heard(self._monotonic() - turn.fed_at, turn.given_s, turn.quiet_s)
        for span in turn.spans:
            record.add(*span)
        for one in turn.said:
            if isinstance(one, Said):
                record.guess = ""
                self._speech(leg.leg, one)
            else:
                if not record.guess:
                    record.guess_us = record.until_us
                record.guess = one.text
                self._guess(leg.leg, one.text)
        if turn.is_last:
            self._over(leg, "ended")

    def _speech(self, leg: LegOfCall, said: Said) -> None:
        self._tally.utterances += 1
        self._publish(
            SpeechHeard(
                at=self._clock(),
                call=leg.call,
                leg=leg.leg,
                speaker=leg.speaker,
                agent=leg.agent,
                text=said.text,
                start_us=said.start_us,
                end_us=said.end_us,
                words=said.words,
            )
        )

    def _guess(self, leg: LegOfCall, text: str) -> None:
        self._publish(
            SpeechPartial(
                at=self._clock(),
                call=leg.call,
                leg=leg.leg,
                speaker=leg.speaker,
                agent=leg.agent,
                text=text,
            )
        )

    def _fail(self, leg: LiveLeg, generation: int, error: BaseException) -> None:
        if leg not in self._records or generation != leg.generation:
            return
        self._tally.failures += 1
        self._once.warn("live speech failed on a leg; it is tried again", error)
        if leg.is_ended or self._closed:
            self._over(leg, "engine")
            return
        leg.failures += 1
        retry_s = min(_RETRY_S * 2 ** (leg.failures - 1), _LONGEST_RETRY_S)
        self._rest(leg, Rest("engine", self._monotonic() + retry_s), "off")

    def _shed(self, call: str, load: Load, now: float) -> None:
        self._once.warn("live speech is behind; the newest call is not heard live", behind_s=load.behind_s)
        self._tally.calls_shed += 1
        for leg in self._of(call):
            if leg.rest is None:
                self._tally.legs_shed += 1
                self._rest(leg, Rest("behind", now), "shed")

    def _take_up_again(self, load: Load, now: float) -> None:
        if self._engine() is None:
            return
        for leg in self._legs.values():
            if leg.rest is None or leg.rest.until > now or leg.is_ended:
                continue
            if leg.rest.why == "behind" and not self._admission.admit(leg.leg.call, leg.leg.leg, load, now):
                continue
            if leg.rest.why != "behind" and self._admission.is_shed(leg.leg.call):
                continue
            leg.resume()

    def _rest(self, leg: LiveLeg, rest: Rest, state: str) -> None:
        record = self._records[leg]
        was_on, record.is_on, record.guess = record.is_on, False, ""
        leg.stop(rest)
        if was_on or state == "shed":
            self._change(leg, state, rest.why)

    def _over(self, leg: LiveLeg, why: str) -> None:
        record = self._records[leg]
        was_on, record.is_on, record.guess = record.is_on, False, ""
        self._forget(leg)
        if was_on:
            self._change(leg, "off", why)

    def _forget(self, leg: LiveLeg) -> None:
        leg.stop(Rest("over", float("inf")))
        self._tally.lost_s += leg.lost_s + leg.dropped_s
        key = (leg.leg.call, leg.leg.leg)
        del self._records[leg]
        if self._legs.get(key) is leg:
            del self._legs[key]
            self._admission.left(*key)

    def _of(self, call: str) -> list[LiveLeg]:
        return [leg for leg in self._legs.values() if leg.leg.call == call]

    def _refuse(self, leg: LegOfCall, why: str) -> None:
        key = (leg.call, leg.leg)
        if key in self._refused:
            return
        self._refused[key] = None
        if len(self._refused) > _REFUSED_KEPT:
            del self._refused[next(iter(self._refused))]
        self._tally.legs_refused += 1
        if why == "full":
            self._once.warn("live speech has no time for more calls")
        self._publish(LiveSpeechChanged(at=self._clock(), call=leg.call, leg=leg.leg, state="off", why=why))

    def _change(self, leg: LiveLeg, state: str, why: str, at_us: int | None = None) -> None:
        at = self._clock() if at_us is None else from_us(at_us)
        told = "on" if state == "on" else "shed" if state == "shed" else "off"
        self._publish(LiveSpeechChanged(at=at, call=leg.leg.call, leg=leg.leg.leg, state=told, why=why))

    def _load_now(self) -> Load:
        return self._meter.load(lambda: [leg.held_s for leg in self._legs.values() if leg.rest is None])
