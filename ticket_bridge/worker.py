"""Makes the draft ticket of every transcribed call: takes ``draft`` jobs by lease.

Ticket and end of the job are one transaction: a worker killed at any moment leaves a lease that ends,
and whoever takes it next makes the same one draft.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from ..asr import tables as transcripts
from ..asr.transcripts import Transcript
from ..core.aio import background_pool, supervise, woken
from ..core.clock import Clock, IdMaker, new_id, utc_now
from ..core.db import Database
from ..core.errors import HotlineError
from ..core.events import EventBus
from ..core.jobs import Job, Jobs
from ..core.settings import Settings
from . import tables
from .call_facts import StoredCalls
from .checks.check_tables import apply_checks
from .context import CallContext
from .draft import Draft, warm_up
from .events import DraftFailed, TicketDrafted
from .extractor import DraftExtractor, RulesExtractor
from .fields import FieldName
from .repeats.repeat_watch import Repeats

log = structlog.get_logger(__name__)

KIND = "draft"
MOST_ATTEMPTS = 8
_FIRST_RETRY_S, _LONGEST_RETRY_S = 2.0, 600.0

ContextSource = Callable[[AsyncSession, str], Awaitable[CallContext | None]]
"""Looks up what the switch knows of a call; None while its record is not written yet."""


class NotYetError(HotlineError):
    """The transcript or the call's record is not in the store yet."""

    error_id = "ticket.not_yet"
    retryable = True


class _LeaseLostError(Exception):
    """Another worker has the job; its result counts."""


class DraftWorker:
    """Drafts ``at_once`` calls at a time; ``wake()`` makes a waiting worker look for jobs at once.

    ``extractor`` makes the drafts, the rules in a thread when none is given. It has to end well within
    ``lease_s``. What people said of the draft while the call went on is taken over.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        jobs: Jobs,
        bus: EventBus,
        *,
        extractor: DraftExtractor | None = None,
        at_once: int = 1,
        context_of: ContextSource | None = None,
        clock: Clock = utc_now,
        make_id: IdMaker = new_id,
        lease_s: float = 30.0,
        poll_s: float = 0.5,
    ) -> None:
        self._site = settings.site
        self._repeats = Repeats(settings.tickets.repeats)
        self._database = database
        self._jobs = jobs
        self._bus = bus
        self._context_of = context_of or StoredCalls(settings)
        self._clock = clock
        self._make_id = make_id
        self._lease_s = lease_s
        self._poll_s = poll_s
        self._owner = f"{self._site.node}-{os.getpid()}-{make_id()[-8:]}"
        self._woken = asyncio.Event()
        self._pool = background_pool(1, name="draft")
        self._at_once = at_once
        self._extractor = extractor or RulesExtractor(self._pool)

    def wake(self) -> None:
        """Look for jobs now instead of at the next poll."""
        self._woken.set()

    async def run(self) -> None:
        """Load the dictionaries, then take and do jobs until cancelled."""
        await asyncio.get_running_loop().run_in_executor(self._pool, warm_up)
        if self._at_once == 1:
            await self._work()
            return
        async with asyncio.TaskGroup() as group:
            for _ in range(self._at_once):
                group.create_task(supervise("drafts at once", self._work))

    async def _work(self) -> None:
        while True:
            if not await self.run_once():
                await woken(self._woken, self._poll_s)

    async def run_once(self) -> bool:
        """Take and do one job; False when there is none."""
        job = await self._jobs.lease(KIND, owner=self._owner, lease_s=self._lease_s)
        if job is None:
            return False
        try:
            if job.attempt > MOST_ATTEMPTS:
                await self._give_up(job, f"{MOST_ATTEMPTS} attempts ended without an answer; see the log")
            else:
                await self._do(job)
        except _LeaseLostError:
            log.warning("draft left to another worker", call=job.key, attempt=job.attempt)
        except HotlineError as error:
            await (self._try_again(job, error) if error.retryable else self._give_up(job, str(error)))
        except Exception as error:  # a fault of ours on one call must not stop the others
            log.exception("draft failed", call=job.key)
            await self._try_again(job, error)
        return True

    async def _do(self, job: Job) -> None:
        call = str(job.payload["call"])
        transcript, context = await self._read(call)
        made = await self._extractor.draft(transcript, context)
        await self._save(job, transcript, made)

    async def _read(self, call: str) -> tuple[Transcript, CallContext]:
        async with self._database.read() as session:
            transcript = await transcripts.load(session, call)
            context = await self._context_of(session, call)
        if transcript is None:
            raise NotYetError("the call has no transcript yet", call=call)
        if context is None:
            raise NotYetError("the call's record is not written yet", call=call)
        return transcript, context

    async def _save(self, job: Job, transcript: Transcript, made: Draft) -> None:
        now, ticket_id = self._clock(), self._make_id()
        async with self._database.write(derived=True) as session:
            if not await self._jobs.done(session, job):
                raise _LeaseLostError
            made = await self._repeats.graded(session, await apply_checks(session, made), now)
            fresh = await tables.save_draft(
                session,
                made,
                ticket_id=ticket_id,
                timezone=self._site.timezone,
                node=self._site.node,
                model=transcript.model,
                now=now,
            )
            if fresh:
                number = tables.ticket_number(ticket_id, now, self._site.timezone)
                await self._repeats.remember(
                    session, made, ticket=ticket_id, number=number, node=self._site.node, now=now
                )
        if not fresh:
            log.warning("call has a ticket already", call=made.call)
            return
        log.info(
            "ticket drafted",
            call=made.call,
            ticket=ticket_id,
            filled=len(made.fields),
            extractor=made.made.extractor,
            fallback=made.made.fallback,
        )
        kind, title = made.value(FieldName.KIND), made.value(FieldName.TITLE)
        self._bus.publish(
            TicketDrafted(
                at=now,
                call=made.call,
                ticket=ticket_id,
                number=tables.ticket_number(ticket_id, now, self._site.timezone),
                kind=None if kind is None else str(kind),
                title=None if title is None else str(title),
                filled=len(made.fields),
            )
        )

    async def _try_again(self, job: Job, error: Exception) -> None:
        if job.attempt >= MOST_ATTEMPTS:
            await self._give_up(job, f"{type(error).__name__}: {error}")
            return
        retry_s = min(_FIRST_RETRY_S * 3 ** (job.attempt - 1), _LONGEST_RETRY_S)
        log.warning("draft will be tried again", call=job.key, retry_s=retry_s, reason=str(error))
        await self._jobs.failed(job, f"{type(error).__name__}: {error}", retry_s=retry_s)

    async def _give_up(self, job: Job, reason: str) -> None:
        if await self._jobs.failed(job, reason, retry_s=None):
            log.error("draft failed for good", call=job.key, reason=reason)
            self._bus.publish(DraftFailed(at=self._clock(), call=job.key, reason=reason))
