"""Turns recordings into transcripts: takes ``transcribe`` jobs by lease and puts ``draft`` jobs.

The transcript, the end of its job and the next job are one transaction, so a worker killed at any moment
leaves a lease that ends, and the next worker does the same work once more with one result.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from threading import Event

import structlog

from ..core.aio import TaskKeeper, background_pool, woken
from ..core.clock import Clock, new_id, utc_now
from ..core.db import Database
from ..core.errors import HotlineError
from ..core.events import EventBus
from ..core.jobs import Job, Jobs
from ..core.settings import Settings
from . import tables
from .engine import Engine
from .errors import AsrError, EngineAwayError, StoppedError
from .events import TranscriptFailed, TranscriptReady
from .requests import TranscribeRequest
from .transcribe import Result, legs_of, parts_of, transcribe_call

log = structlog.get_logger(__name__)

KIND, NEXT_KIND = "transcribe", "draft"
MOST_ATTEMPTS = 5
_FIRST_RETRY_S = 5.0
AWAY_RETRY_S = 30.0
"""So often a recording is tried again while no server of recognition can be used."""


class _LeaseLostError(Exception):
    """Another worker has the job; its result counts."""


class TranscribeWorker:
    """Recognises calls in at most ``settings.asr.threads`` threads over one engine.

    ``fallback`` does at once what the engine failed to do for a reason that may pass (its server is away).
    ``wake()`` makes a waiting worker look for jobs at once (call it when a recording was registered).
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        jobs: Jobs,
        engine: Engine,
        bus: EventBus,
        *,
        fallback: Engine | None = None,
        clock: Clock = utc_now,
        lease_s: float = 30.0,
        poll_s: float = 0.5,
    ) -> None:
        self._node = settings.site.node
        self._recordings = settings.recording.directory or settings.state / "recordings"
        self._database = database
        self._jobs = jobs
        self._engine = engine
        self._fallback = fallback
        self._is_away = False
        self._bus = bus
        self._clock = clock
        self._lease_s = lease_s
        self._poll_s = poll_s
        self._owner = f"{self._node}-{os.getpid()}-{new_id()[-8:]}"
        self._threads = settings.asr.threads
        self._pool = background_pool(self._threads, name="asr")
        self._woken = asyncio.Event()
        self._stop = Event()

    def wake(self) -> None:
        """Look for jobs now instead of at the next poll."""
        self._woken.set()

    async def run(self) -> None:
        """Take and do jobs until cancelled; as many at once as there are threads."""
        slots = asyncio.Semaphore(self._threads)
        tasks = TaskKeeper()
        try:
            while True:
                await slots.acquire()
                job = await self._lease()
                if job is None:
                    slots.release()
                    await woken(self._woken, self._poll_s)
                else:
                    task = tasks.start(self._do(job), name=f"transcribe {job.key}")
                    task.add_done_callback(lambda _task: slots.release())
        finally:
            await tasks.stop()

    async def run_once(self) -> bool:
        """Take and do one job; False when there is none."""
        job = await self._lease()
        if job is None:
            return False
        await self._do(job)
        return True

    async def close(self) -> None:
        """Stop the threads; what was not finished is leased again after its lease."""
        self._stop.set()
        await asyncio.to_thread(self._pool.shutdown)

    async def _lease(self) -> Job | None:
        return await self._jobs.lease(KIND, owner=self._owner, lease_s=self._lease_s)

    async def _do(self, job: Job) -> None:
        try:
            if job.attempt > MOST_ATTEMPTS:
                await self._give_up(job, f"{MOST_ATTEMPTS} attempts ended without an answer; see the log")
                return
            result = await self._recognise(job)
            self._is_away = False
            await self._save(job, result)
        except (_LeaseLostError, StoppedError):
            log.warning("transcription left to another worker", call=job.key, attempt=job.attempt)
        except EngineAwayError as error:
            if not self._is_away:
                self._is_away = True
                log.warning("no recognition server; recordings wait", call=job.key, error=str(error))
            await self._jobs.failed(job, str(error), retry_s=AWAY_RETRY_S, counts=False)
        except HotlineError as error:
            if error.retryable:
                await self._try_again(job, error)
            else:
                await self._give_up(job, str(error))
        except Exception as error:  # a fault of ours on one recording must not stop the others
            await self._try_again(job, error)

    async def _recognise(self, job: Job) -> Result:
        """Recognise in a thread, lengthening the lease; cancellation and a lost lease stop the thread."""
        stop = Event()
        request = TranscribeRequest.parse(job.payload, self._recordings)
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._pool, self._blocking(request, stop))
        work.add_done_callback(_take_error)
        try:
            while True:
                done, _ = await asyncio.wait({work}, timeout=self._lease_s / 3)
                if done:
                    return work.result()
                if not await self._jobs.extend(job, lease_s=self._lease_s):
                    raise _LeaseLostError
        finally:
            stop.set()

    def _blocking(self, request: TranscribeRequest, stop: Event) -> Callable[[], Result]:
        def work() -> Result:
            if self._stop.is_set():
                raise StoppedError("the service ends")
            try:
                return transcribe(self._engine)
            except AsrError as error:
                if self._fallback is None:
                    raise
                log.warning("recording left to the local model", call=request.call, error=str(error))
                return transcribe(self._fallback)

        def transcribe(engine: Engine) -> Result:
            legs, parts = legs_of(request.legs, request.mixed), parts_of(request.parts)
            return transcribe_call(request.call, legs, engine, parts=parts, from_s=request.from_s, stop=stop)

        return work

    async def _save(self, job: Job, result: Result) -> None:
        transcript = result.transcript
        async with self._database.write(derived=True) as session:
            if not await self._jobs.done(session, job):
                raise _LeaseLostError
            await tables.save(
                session, transcript, node=self._node, cost_ms=result.cost_ms, created_at=self._clock()
            )
            await self._jobs.put(session, NEXT_KIND, transcript.call, {"call": transcript.call})
        log.info(
            "call transcribed",
            call=transcript.call,
            utterances=len(transcript.utterances),
            duration_s=transcript.duration_s,
            recognised_s=round(result.recognised_s, 1),
            cost_ms=result.cost_ms,
        )
        self._bus.publish(
            TranscriptReady(
                at=self._clock(),
                call=transcript.call,
                model=transcript.model,
                utterances=len(transcript.utterances),
                duration_s=transcript.duration_s,
                cost_ms=result.cost_ms,
            )
        )

    async def _try_again(self, job: Job, error: Exception) -> None:
        if job.attempt >= MOST_ATTEMPTS:
            await self._give_up(job, f"{type(error).__name__}: {error}")
            return
        retry_s = _FIRST_RETRY_S * 3 ** (job.attempt - 1)
        log.warning(
            "transcription failed, will be tried again", call=job.key, retry_s=retry_s, exc_info=error
        )
        await self._jobs.failed(job, f"{type(error).__name__}: {error}", retry_s=retry_s)

    async def _give_up(self, job: Job, reason: str) -> None:
        if await self._jobs.failed(job, reason, retry_s=None):
            log.error("transcription failed for good", call=job.key, reason=reason)
            self._bus.publish(TranscriptFailed(at=self._clock(), call=job.key, reason=reason))


def _take_error(work: asyncio.Future[Result]) -> None:
    """Read the error of a thread that nobody waits for any more, so that asyncio does not report it."""
    if not work.cancelled():
        work.exception()
