"""The transcription worker on both databases: one result for each call, whatever happens to a worker."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from hotline.asr import tables
from hotline.asr.catalogue import open_engine
from hotline.asr.engine import Engine, Heard, Spoken
from hotline.asr.errors import AsrError, EngineAwayError
from hotline.asr.events import TranscriptFailed, TranscriptReady
from hotline.asr.transcripts import Transcript
from hotline.asr.worker import AWAY_RETRY_S, MOST_ATTEMPTS, TranscribeWorker
from hotline.core.clock import utc_now
from hotline.core.db import Database
from hotline.core.events import DomainEvent, EventBus
from hotline.core.jobs import JobRow, Jobs
from support.asterisk import make_settings
from support.speech import LAMPS, call_legs, error_rate, speech, write

CALL = "node1-1700000000.12"


class FakeSession:
    """Hears one word for each leg when it ends; calls ``during`` for each piece of sound."""

    def __init__(self, engine: FakeEngine) -> None:
        self._engine = engine

    def accept(self, pcm: bytes) -> tuple[Heard, ...]:
        assert pcm
        self._engine.during()
        return ()

    def skip(self, seconds: float) -> tuple[Heard, ...]:
        assert seconds >= 0
        return ()

    def finish(self) -> tuple[Heard, ...]:
        return (Spoken(1.0, 2.0, self._engine.word, ()),)


class FakeEngine:
    name = "fake"
    language = "zh-CN"
    sample_rate = 8000

    def __init__(self, word: str = "路灯") -> None:
        self.word = word
        self.errors: list[Exception] = []

    def during(self) -> None:
        if self.errors:
            raise self.errors.pop(0)

    def open(self, *, rate: int | None = None, partials: bool = False) -> FakeSession:
        assert rate
        assert not partials
        return FakeSession(self)

    def recognise(self, pcm_frames: Iterable[bytes]) -> list[Spoken]:
        return [Spoken(0, 1, self.word, ()) for _ in pcm_frames]


class BlockingEngine(FakeEngine):
    """Begins, says so, and goes on when it is let."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def during(self) -> None:
        self.begun.set()
        assert self.go_on.wait(60)


class Office:
    """A database, a clock that tests move, and the workers made on them."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.settings = make_settings(folder)
        self.later = timedelta()
        self.jobs = Jobs(database, node="node1", clock=self.clock)
        self.bus = EventBus()
        self.events: list[DomainEvent] = []
        self.bus.listen(self.events.append)
        self.workers: list[TranscribeWorker] = []

    def clock(self) -> datetime:
        return utc_now() + self.later

    def worker(self, engine: Engine, **options: Any) -> TranscribeWorker:
        made = TranscribeWorker(
            self.settings, self.database, self.jobs, engine, self.bus, clock=self.clock, **options
        )
        self.workers.append(made)
        return made

    async def put(self, legs: dict[str, str], *, from_s: float = 0.0, call: str = CALL) -> None:
        async with self.database.write() as session:
            await self.jobs.put(session, "transcribe", call, {"call": call, "legs": legs, "from_s": from_s})

    async def put_short(self, call: str = CALL) -> None:
        path = write(self.folder / f"{call}.wav", speech("sv0003.wav"))
        await self.put({"citizen": str(path)}, call=call)

    async def transcript(self, call: str = CALL) -> Transcript | None:
        async with self.database.read() as session:
            return await tables.load(session, call)

    async def all_jobs(self) -> dict[tuple[str, str], tuple[str, int]]:
        async with self.database.read() as session:
            rows = (await session.scalars(select(JobRow))).all()
        assert len(rows) == len({(row.kind, row.key) for row in rows})
        return {(row.kind, row.key): (row.state, row.attempts) for row in rows}

    async def has_events(self, count: int) -> bool:
        return len(self.events) >= count

    async def job(self) -> JobRow:
        async with self.database.read() as session:
            return (await session.scalars(select(JobRow).where(JobRow.kind == "transcribe"))).one()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110  # what is waited for is in the database, not in this loop
            await asyncio.sleep(0.02)


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> AsyncGenerator[Office]:
    made = Office(database, tmp_path)
    yield made
    for worker in made.workers:
        await worker.close()


@pytest.mark.clause("R-T-2")
async def test_a_recorded_call_becomes_a_transcript_and_a_draft_job(office: Office, tmp_path: Path) -> None:
    legs = call_legs(tmp_path / "recordings" / "2026/11/22")
    await office.put(
        {speaker: str(Path(path).relative_to(tmp_path / "recordings")) for speaker, path in legs.items()},
        from_s=8.0,
    )
    worker = office.worker(open_engine("mini-cn-synthetic", None))
    assert await worker.run_once()
    assert not await worker.run_once()
    transcript = await office.transcript()
    assert transcript is not None
    citizen = "".join(one.text for one in transcript.utterances if one.speaker == "citizen")
    assert error_rate(LAMPS, citizen) <= 0.15
    assert await office.all_jobs() == {("transcribe", CALL): ("done", 1), ("draft", CALL): ("pending", 0)}
    async with office.database.read() as session:
        row = (await session.scalars(select(tables.TranscriptRow))).one()
        draft = (await session.scalars(select(JobRow).where(JobRow.kind == "draft"))).one()
    assert (row.node, row.model, row.duration_s) == ("node1", "mini-cn-synthetic", 30.0)
    assert row.cost_ms > 0
    assert draft.payload == {"call": CALL}
    (event,) = office.events
    assert isinstance(event, TranscriptReady)
    assert (event.call, event.cost_ms) == (CALL, row.cost_ms)


_KILLED_WORKER = """
import asyncio, sys, time
from pathlib import Path
from hotline.asr.catalogue import open_engine
from hotline.asr.worker import TranscribeWorker
from hotline.asr import vosk_session
from hotline.core.db import Database
from hotline.core.events import EventBus
from hotline.core.jobs import Jobs
from hotline.core.settings import Settings

accept = vosk_session.VoskSession.accept
def slow(self, pcm):
    print("begun", flush=True)
    time.sleep(60)
    return accept(self, pcm)
vosk_session.VoskSession.accept = slow

async def main():
    database = Database(sys.argv[1])
    settings = Settings.model_validate_json(sys.argv[2])
    worker = TranscribeWorker(settings, database, Jobs(database, node="node1"),
                              open_engine("mini-cn-synthetic", None), EventBus())
    await worker.run_once()

asyncio.run(main())
"""


async def test_the_job_of_a_killed_worker_is_done_again_with_one_result(office: Office) -> None:
    await office.put_short()
    arguments = (str(office.database.engine.url), office.settings.model_dump_json())
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _KILLED_WORKER, *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    async with asyncio.timeout(60):
        assert await child.stdout.readline() == b"begun\n"
    child.kill()
    await child.wait()
    assert (await office.job()).state == "leased"
    worker = office.worker(open_engine("mini-cn-synthetic", None))
    assert not await worker.run_once(), "the lease still holds"
    office.later = timedelta(seconds=60)
    assert await worker.run_once()
    transcript = await office.transcript()
    assert transcript is not None
    assert [one.text for one in transcript.utterances] == ["满意"]
    assert await office.all_jobs() == {("transcribe", CALL): ("done", 2), ("draft", CALL): ("pending", 0)}


async def test_a_worker_that_lost_its_lease_writes_nothing(office: Office) -> None:
    await office.put_short()
    slow = BlockingEngine("旧")
    first = asyncio.create_task(office.worker(slow).run_once())
    assert await asyncio.to_thread(slow.begun.wait, 60)
    office.later = timedelta(seconds=60)
    assert await office.worker(FakeEngine("新")).run_once()
    slow.go_on.set()
    await first
    transcript = await office.transcript()
    assert transcript is not None
    assert [one.text for one in transcript.utterances] == ["新"]
    assert [type(event) for event in office.events] == [TranscriptReady]
    assert (await office.all_jobs())["transcribe", CALL] == ("done", 2)


async def test_a_long_recording_keeps_its_lease_and_stops_when_it_is_taken_away(office: Office) -> None:
    await office.put_short()
    slow = BlockingEngine("旧")
    work = asyncio.create_task(office.worker(slow, lease_s=0.6).run_once())
    assert await asyncio.to_thread(slow.begun.wait, 60)
    first_until = (await office.job()).lease_until
    assert first_until is not None

    async def is_longer() -> bool:
        return ((await office.job()).lease_until or first_until) > first_until

    await until(is_longer)
    async with office.database.write() as session:
        await session.execute(update(JobRow).values(lease_owner="another", attempts=2))
    await work
    slow.go_on.set()
    assert await office.transcript() is None
    assert (await office.job()).lease_owner == "another"
    assert office.events == []


@pytest.mark.parametrize(
    ("legs", "reason"),
    [
        ({"citizen": "2026/11/22/gone-citizen.wav"}, "there is no file"),
        ({"citizen": "noise.wav"}, "not a sound file"),
        ({}, "cannot be read"),
        ({"robot": "noise.wav"}, "cannot be read"),
    ],
)
async def test_a_recording_that_cannot_be_read_fails_with_its_reason(
    office: Office, tmp_path: Path, legs: dict[str, str], reason: str
) -> None:
    (tmp_path / "recordings").mkdir()
    (tmp_path / "recordings/noise.wav").write_bytes(b"no sound")
    await office.put(legs)
    assert await office.worker(FakeEngine()).run_once()
    job = await office.job()
    assert (job.state, job.attempts) == ("failed", 1)
    assert reason in (job.error or "")
    (event,) = office.events
    assert isinstance(event, TranscriptFailed)
    assert reason in event.reason


@pytest.mark.parametrize("error", [AsrError("engine fell over"), RuntimeError("engine fell over")])
async def test_a_failing_engine_is_tried_again_and_then_given_up(office: Office, error: Exception) -> None:
    await office.put_short()
    engine = FakeEngine()
    worker = office.worker(engine)
    pauses: list[timedelta] = []
    for attempt in range(1, MOST_ATTEMPTS + 1):
        engine.errors = [error]
        before = office.clock()
        assert await worker.run_once()
        job = await office.job()
        assert job.attempts == attempt
        assert "engine fell over" in (job.error or "")
        if attempt < MOST_ATTEMPTS:
            assert job.state == "pending"
            assert not await worker.run_once()
            pauses.append(job.not_before - before)
            office.later += pauses[-1] + timedelta(seconds=60)
    assert pauses == sorted(pauses)
    assert (await office.job()).state == "failed"
    assert [type(event) for event in office.events] == [TranscriptFailed]


async def test_what_is_the_engines_absence_is_not_counted_against_a_recording(office: Office) -> None:
    await office.put_short()
    engine = FakeEngine()
    worker = office.worker(engine)
    for _ in range(MOST_ATTEMPTS + 2):
        engine.errors = [EngineAwayError("no server")]
        assert await worker.run_once()
        assert not await worker.run_once()
        job = await office.job()
        assert (job.state, job.attempts, job.error) == ("pending", 0, "no server")
        office.later += timedelta(seconds=AWAY_RETRY_S + 1)
    assert await worker.run_once()
    assert (await office.job()).state == "done"


async def test_another_engine_stands_in_at_once_and_is_named(office: Office) -> None:
    await office.put_short()
    engine, other = FakeEngine(), FakeEngine("灭")
    engine.errors, other.name = [AsrError("broke off")], "local"
    assert await office.worker(engine, fallback=other).run_once()
    transcript = await office.transcript()
    assert transcript is not None
    assert (transcript.model, [one.text for one in transcript.utterances]) == ("local", ["灭"])
    assert (await office.job()).attempts == 1


async def test_a_recording_that_kills_every_worker_is_given_up(office: Office) -> None:
    await office.put_short()
    for _ in range(MOST_ATTEMPTS):
        assert await office.jobs.lease("transcribe", owner="dead", lease_s=1)
        office.later += timedelta(seconds=60)
    assert await office.worker(FakeEngine()).run_once()
    job = await office.job()
    assert (job.state, job.attempts) == ("failed", MOST_ATTEMPTS + 1)


async def test_the_worker_runs_as_many_calls_at_once_as_it_has_threads(office: Office) -> None:
    calls = [f"node1-1.{number}" for number in range(5)]
    running, most = 0, 0
    lock = threading.Lock()
    two = threading.Event()

    class CountingEngine(FakeEngine):
        def during(self) -> None:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
                if running == 2:
                    two.set()
            assert two.wait(30)
            with lock:
                running -= 1

    for call in calls:
        await office.put_short(call)
    office.settings = make_settings(office.folder, asr={"threads": 2})
    worker = office.worker(CountingEngine(), poll_s=0.05)
    task = asyncio.create_task(worker.run())
    await until(lambda: office.has_events(len(calls)))
    await office.put_short("node1-1.9")
    worker.wake()
    await until(lambda: office.has_events(len(calls) + 1))
    task.cancel()
    await asyncio.wait({task})
    assert most == 2
    assert {type(event) for event in office.events} == {TranscriptReady}
    states = await office.all_jobs()
    assert all(states["transcribe", call] == ("done", 1) for call in calls)
