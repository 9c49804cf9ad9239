"""Drafts made again at every sentence while the citizen talks, with what is still to be asked (R-T-2, R-T-4).

Best effort, beside the call path: of a call no more than one draft is in work, the newest words win, and a
draft after the call is made from the recording whatever happens here. A model server, when there is one, is
asked at most every ``every_s`` seconds of a call and once at its end; the rules do not wait for it.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ...asr.live_events import SpeechHeard
from ...asr.transcripts import Transcript
from ...core.aio import TaskKeeper, woken
from ...core.clock import Clock, utc_now
from ...core.events import DomainEvent, EventBus
from ...telephony.events import CallEnded
from ..context import CallContext
from ..draft import Draft
from ..events import DraftFailed, TicketDrafted
from ..extractor import DraftExtractor
from ..fields import FieldName, FieldValue
from .live_draft_state import LiveDraft
from .live_events import DraftChanged, DraftChecked

log = structlog.get_logger(__name__)

Right = Mapping[FieldName, FieldValue | None]
"""What people said of a draft's fields."""


class Improver(Protocol):
    """What adds to the rules' draft (``model_server_extractor.ModelExtractor``)."""

    async def improve(self, by_rules: Draft, transcript: Transcript, context: CallContext) -> Draft:
        """Return a draft with what it can add; never raises for what a server does."""
        ...


@dataclass(frozen=True)
class LiveLimits:
    """Seconds, and how much is held at most."""

    every_s: float = 10.0
    least_pause_s: float = 0.5
    most_pause_s: float = 5.0
    share: float = 0.2
    """Of a call's time so much is spent on drafting it, within these pauses: long calls are drafted less
    often, and all calls are when there are many."""
    most_calls: int = 1000
    idle_s: float = 3600.0
    """A call that nothing is heard of for so long is forgotten, as is one that ended ``keep_s`` ago."""
    keep_s: float = 600.0
    store_s: float = 2.0
    """So long the store may take; while it is away it is asked again after ``store_again_s``."""
    store_again_s: float = 30.0
    at_once: int = 2


@dataclass
class _Call:
    draft: LiveDraft = field(default_factory=LiveDraft)
    is_dirty: bool = False
    is_working: bool = False
    is_asking: bool = False
    is_over: bool = False
    is_known: bool = False
    """Whether the store was asked for what people said of it before this process began."""
    learn_at: float = float("-inf")
    not_before: float = 0.0
    asked_at: float = float("-inf")
    asked_of: Transcript | None = None
    touched: float = 0.0


class LiveDrafts:
    """The drafts of the calls in progress: ``hear`` is a listener of the bus, ``run`` is supervised.

    ``transcript_of`` and ``context_of`` answer at once; ``said_of`` reads what people said of a draft.
    """

    def __init__(
        self,
        bus: EventBus,
        transcript_of: Callable[[str], Transcript | None],
        context_of: Callable[[str], CallContext],
        rules: DraftExtractor,
        model: Improver | None = None,
        *,
        said_of: Callable[[str], Awaitable[Right]] | None = None,
        limits: LiveLimits | None = None,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bus = bus
        self._transcript_of = transcript_of
        self._context_of = context_of
        self._rules = rules
        self._model = model
        self._said_of = said_of
        self._limits = limits or LiveLimits()
        self._clock = clock
        self._now = monotonic
        self._calls: OrderedDict[str, _Call] = OrderedDict()
        """Those heard of last come last."""
        self._woken = asyncio.Event()
        self._tasks = TaskKeeper()
        self.made = 0
        self.failed = 0
        self.refused = 0
        """Sentences of calls that were too many to be drafted live."""

    def hear(self, event: DomainEvent) -> None:
        """Take in an event; returns at once."""
        match event:
            case SpeechHeard():
                self._heard(event.call)
            case CallEnded() if event.call in self._calls:
                state = self._calls[event.call]
                state.is_over = state.is_dirty = True
                state.not_before = 0.0
                self._touch(event.call, state)
            case DraftChecked() if event.call in self._calls:
                self._calls[event.call].draft.right.update(event.right)
                self._show(event.call, self._calls[event.call])
            case TicketDrafted() | DraftFailed():
                self._calls.pop(event.call, None)
            case _:
                pass

    def draft_of(self, call: str) -> Draft | None:
        """Return a call's draft as it is shown now; None when there is none."""
        state = self._calls.get(call)
        return None if state is None or state.draft.shown is None else state.draft.shown.draft

    def state_of(self, call: str) -> dict[str, Any] | None:
        """Return what a page that comes later needs of a call's draft, as ``DraftChanged`` told it."""
        state = self._calls.get(call)
        if state is None or (shown := state.draft.shown) is None:
            return None
        return {
            "fields": shown.fields_json(),
            "missing": [hint.to_json() for hint in shown.missing],
            "made": shown.draft.made.to_json(),
        }

    def figures(self) -> dict[str, int]:
        """Return what was done since the beginning, and how much is held."""
        return {
            "calls": len(self._calls),
            "made": self.made,
            "failed": self.failed,
            "refused": self.refused,
            "asking": len(self._tasks),
        }

    async def run(self) -> None:
        """Draft what is due, until cancelled; a call that fails harms no other."""
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._limits.at_once):
                    group.create_task(self._work())
        finally:
            await self._tasks.stop()
            for state in self._calls.values():
                state.is_working = state.is_asking = False

    def _heard(self, call: str) -> None:
        state = self._calls.get(call)
        if state is None:
            self._forget_old()
            if len(self._calls) >= self._limits.most_calls:
                self.refused += 1
                if str(self.refused).strip("0") == "1":
                    log.warning("call not drafted live, too many at once", call=call, count=self.refused)
                return
            state = self._calls[call] = _Call()
        state.is_dirty = True
        self._touch(call, state)

    def _touch(self, call: str, state: _Call) -> None:
        state.touched = self._now()
        self._calls.move_to_end(call)
        self._woken.set()

    def _forget_old(self) -> None:
        now = self._now()
        for call, state in list(self._calls.items()):
            if now - state.touched < self._limits.keep_s:
                break
            if state.is_over or now - state.touched >= self._limits.idle_s:
                del self._calls[call]

    async def _work(self) -> None:
        while True:
            call, wait_s = self._due()
            if call is None:
                await woken(self._woken, min(wait_s, 5.0))
                continue
            state = self._calls[call]
            state.is_dirty, state.is_working = False, True
            try:
                await self._draft(call, state)
            except Exception as error:  # whatever is wrong with one call, the others are drafted
                self.failed += 1
                state.not_before = self._now() + 10 * self._limits.least_pause_s
                if str(self.failed).strip("0") == "1":
                    log.error("live draft failed", call=call, count=self.failed, exc_info=error)
            finally:
                state.is_working = False

    def _due(self) -> tuple[str | None, float]:
        """Return the call to draft next, the one due for longest; else how long to wait."""
        self._forget_old()
        now = self._now()
        waiting = (
            (state.not_before, call)
            for call, state in self._calls.items()
            if state.is_dirty and not state.is_working
        )
        at, call = min(waiting, default=(now + 5.0, None))
        return (call, 0.0) if call is not None and at <= now else (None, max(at - now, 0.01))

    async def _draft(self, call: str, state: _Call) -> None:
        transcript = self._transcript_of(call)
        if transcript is None or not transcript.utterances:
            return
        await self._learn(call, state)
        context = self._context_of(call)
        begun = self._now()
        if state.draft.transcript is None or transcript.utterances != state.draft.transcript.utterances:
            by_rules = await self._rules.draft(transcript, context)
            self.made += 1
            state.draft.take_rules(by_rules, transcript)
            limits, now = self._limits, self._now()
            pause = min(max(limits.least_pause_s, (now - begun) / limits.share), limits.most_pause_s)
            state.not_before = 0.0 if state.is_over else now + pause
            self._show(call, state)
        self._ask_when_due(call, state, context)

    async def _learn(self, call: str, state: _Call) -> None:
        """Ask the store for what people said before this process began, until it answers."""
        if state.is_known or self._said_of is None or self._now() < state.learn_at:
            return
        state.learn_at = self._now() + self._limits.store_again_s
        try:
            async with asyncio.timeout(self._limits.store_s):
                state.draft.right = {**await self._said_of(call), **state.draft.right}
            state.is_known = True
        except (TimeoutError, SQLAlchemyError, OSError) as error:
            log.debug("live draft without the store", call=call, error=type(error).__name__)

    def _ask_when_due(self, call: str, state: _Call, context: CallContext) -> None:
        by_rules, transcript = state.draft.by_rules, state.draft.transcript
        if self._model is None or by_rules is None or transcript is None or state.is_asking:
            return
        early = self._now() - state.asked_at < self._limits.every_s and not state.is_over
        if early or state.asked_of is transcript:
            return
        state.is_asking, state.asked_at, state.asked_of = True, self._now(), transcript
        asking = self._ask(self._model, call, state, (by_rules, transcript, context))
        self._tasks.start(asking, name=f"model draft {call}")

    async def _ask(
        self, model: Improver, call: str, state: _Call, question: tuple[Draft, Transcript, CallContext]
    ) -> None:
        try:
            made = await model.improve(*question)
        finally:
            state.is_asking = False
        state.draft.take_model(made, question[0])
        self._show(call, state)
        if state.is_over and state.draft.transcript is not question[1]:
            state.is_dirty = True
            self._woken.set()

    def _show(self, call: str, state: _Call) -> None:
        if (news := state.draft.show()) is None or self._calls.get(call) is not state:
            return
        shown, changed = news
        self._bus.publish(
            DraftChanged(
                at=self._clock(),
                call=call,
                fields=shown.fields_json(),
                changed=changed,
                missing=shown.missing,
            )
        )
