"""Recordings by recognition servers that are killed, stopped, hung or away: every transcript is complete."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from hotline.app.doctor_speech import model as doctor_model
from hotline.app.health import Health
from hotline.app.service import Service
from hotline.app.speech_servers import PART, told, watch
from hotline.asr import tables
from hotline.asr.audio import Audio
from hotline.asr.catalogue import open_engine
from hotline.asr.choice import chosen_engine, fallback_engine
from hotline.asr.engine import Engine
from hotline.asr.transcribe import Leg, hear
from hotline.asr.transcripts import Transcript
from hotline.asr.worker import MOST_ATTEMPTS, TranscribeWorker
from hotline.core.asr_settings import AsrSettings
from hotline.core.clock import utc_now
from hotline.core.db import Base, Database
from hotline.core.events import EventBus
from hotline.core.jobs import JobRow, Jobs
from support.asterisk import make_settings
from support.ports import free_ports
from support.recognition import client, talking
from support.speech import AUDIO, LAMPS, PAPERS, error_rate, silence, speech, write

pytestmark = [pytest.mark.heavy(2), pytest.mark.takes(60)]

CALL = "node1-1700000000.99"


@dataclass
class Serving:
    """``hotline asr serve`` in a process of its own."""

    process: asyncio.subprocess.Process
    url: str

    async def streams(self) -> int:
        address = self.url.replace("ws:", "http:") + "/health"
        async with aiohttp.ClientSession() as session, session.get(address) as answer:
            return (await answer.json())["connections"]


@asynccontextmanager
async def command(*options: str) -> AsyncGenerator[Serving]:
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "hotline",
            "asr",
            "serve",
            "--port",
            "0",
            "--model",
            "mini-cn-synthetic",
            "--json",
        ),
        *options,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            started = json.loads(await process.stdout.readline())
        yield Serving(process, started["url"])
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def server_settings(*urls: str, **settings: Any) -> AsrSettings:
    return AsrSettings.model_validate({"engine": "server", "server": {"urls": urls, **settings}})


class Office:
    """A store with one recorded call to be transcribed, and a clock that is moved."""

    def __init__(self, folder: Path) -> None:
        self.settings = make_settings(folder)
        self.database = Database(f"sqlite+aiosqlite:///{folder / 'office.db'}")
        self.later = timedelta()
        self.jobs = Jobs(self.database, node="node1", clock=lambda: utc_now() + self.later)

    async def begin(self) -> None:
        async with self.database.write() as session:
            await (await session.connection()).run_sync(Base.metadata.create_all)
        folder = self.settings.state / "recordings"
        lamps, papers = speech("base0016.wav"), speech("base0216.wav")
        legs = {
            "citizen": write(folder / "c.wav", *([lamps, silence(2)] * 2)),
            "agent": write(folder / "a.wav", silence(10), papers),
        }
        async with self.database.write() as session:
            payload = {"call": CALL, "legs": {name: str(path) for name, path in legs.items()}}
            await self.jobs.put(session, "transcribe", CALL, payload)

    def worker(self, engine: Engine, fallback: Engine | None = None) -> TranscribeWorker:
        return TranscribeWorker(
            *(self.settings, self.database, self.jobs, engine, EventBus()),
            fallback=fallback,
            clock=lambda: utc_now() + self.later,
        )

    async def job(self) -> JobRow:
        async with self.database.read() as session:
            return (await session.scalars(select(JobRow).where(JobRow.kind == "transcribe"))).one()

    async def transcript(self) -> Transcript:
        async with self.database.read() as session:
            found = await tables.load(session, CALL)
        assert found is not None
        return found


@pytest.fixture
async def office(tmp_path: Path) -> AsyncGenerator[Office]:
    made = Office(tmp_path)
    await made.begin()
    yield made
    await made.database.close()


def is_complete(transcript: Transcript) -> bool:
    texts = {
        speaker: [one.text for one in transcript.utterances if one.speaker == speaker]
        for speaker in ("citizen", "agent")
    }
    rates = [error_rate(LAMPS * 2, "".join(texts["citizen"])), error_rate(PAPERS, "".join(texts["agent"]))]
    return max(rates) <= 0.15


async def test_a_server_hears_what_the_process_hears() -> None:
    """The same words at the same seconds for shipped recordings of every kind, through the real command."""
    local = open_engine("mini-cn-synthetic", None)
    async with command() as serving:
        remote = client(serving.url, answer_seconds=60)
        for file in sorted(AUDIO.glob("*.wav"))[::8]:
            leg = Leg(Audio(file))
            here, there = [
                [(word.text, word.start_s, word.end_s) for one in heard.spoken for word in one.words]
                for heard in [await asyncio.to_thread(hear, leg, one) for one in (local, remote)]
            ]
            assert [word for word, *_ in there] == [word for word, *_ in here], file.name
            for one, other in zip(there, here, strict=True):  # Vosk sets the bounds of words by its pieces
                assert one[1:] == pytest.approx(other[1:], abs=0.06), file.name
        serving.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            assert await serving.process.wait() == 0


@pytest.mark.parametrize("how", ["killed", "stopped"])
async def test_a_server_lost_in_the_middle_of_a_recording(office: Office, how: str) -> None:
    """The job is done again by the server that is left, and by nobody twice."""
    async with command("--stop-seconds", "0") as first, command() as second:
        asr = server_settings(first.url, second.url, fallback=False, answer_seconds=60)
        worker = office.worker(chosen_engine(asr, None), fallback_engine(asr, None))
        work = asyncio.create_task(worker.run_once())
        async with asyncio.timeout(60):
            while not await first.streams() and not await second.streams():  # noqa: ASYNC110  # they are asked
                await asyncio.sleep(0.01)
            busy = first if await first.streams() else second
            busy.process.send_signal(signal.SIGKILL if how == "killed" else signal.SIGTERM)
            await work
            for _ in range(3):
                office.later += timedelta(seconds=60)
                await worker.run_once()
        await worker.close()
    assert (await office.job()).state == "done"
    transcript = await office.transcript()
    assert transcript.model == "vosk-server"
    assert is_complete(transcript)


async def test_the_local_model_does_at_once_what_no_server_does(office: Office) -> None:
    let_go = asyncio.Event()

    async def hang(_connection: Any, _request: Any) -> None:
        await let_go.wait()

    async with talking(hang) as url:
        asr = server_settings(url, answer_seconds=1.0)
        worker = office.worker(chosen_engine(asr, None), fallback_engine(asr, None))
        assert await worker.run_once()
        let_go.set()
    await worker.close()
    job = await office.job()
    assert (job.state, job.attempts) == ("done", 1)
    transcript = await office.transcript()
    assert transcript.model == "mini-cn-synthetic", "the transcript says who heard it"
    assert is_complete(transcript)


async def test_while_all_servers_are_away_a_recording_waits_and_is_never_given_up(office: Office) -> None:
    (port,) = free_ports(1)
    asr = server_settings(f"ws://127.0.0.1:{port}", fallback=False, answer_seconds=60)
    worker = office.worker(chosen_engine(asr, None), fallback_engine(asr, None))
    for _ in range(MOST_ATTEMPTS + 2):
        assert await worker.run_once()
        assert not await worker.run_once(), "it waits between"
        office.later += timedelta(seconds=60)
    job = await office.job()
    assert (job.state, job.attempts) == ("pending", 0)
    assert "no recognition server can be used" in (job.error or "")
    async with command("--port", str(port)):
        office.later += timedelta(seconds=60)
        assert await worker.run_once()
    await worker.close()
    assert is_complete(await office.transcript())


async def test_a_service_whose_servers_are_away_starts_says_so_and_transcribes(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    url = f"ws://127.0.0.1:{port}"
    settings = make_settings(
        tmp_path, asr={"engine": "server", "server": {"urls": [url]}}, asterisk={"mode": "external"}
    )
    statuses = [one.status for one in doctor_model(settings) if url in one.message]
    assert statuses == ["warn"], "the local model stands in"
    leg = write(tmp_path / "recordings" / "c.wav", speech("base0016.wav"))
    async with Service(settings, None) as service, asyncio.timeout(60):
        while not any(url in line for line in service.live().problems):  # noqa: ASYNC110  # a part tells it
            await asyncio.sleep(0.05)
        async with service.database.write() as session:
            await service.jobs.put(session, "transcribe", CALL, {"call": CALL, "legs": {"citizen": str(leg)}})
        transcript = None
        while transcript is None:
            await asyncio.sleep(0.05)
            async with service.database.read() as session:
                transcript = await tables.load(session, CALL)
    assert error_rate(LAMPS, "".join(one.text for one in transcript.utterances)) <= 0.15


async def test_health_follows_the_servers() -> None:
    (port,) = free_ports(1)
    health, asr = Health(), server_settings(f"ws://127.0.0.1:{port}")
    watching = asyncio.create_task(watch(asr, health, look_s=0.05))
    async with asyncio.timeout(30):
        while not health.lines():  # noqa: ASYNC110  # the health of a part has no event
            await asyncio.sleep(0.02)
        assert "全部不可用" in health.lines()[0]
        async with command("--port", str(port)):
            while health.lines():  # noqa: ASYNC110  # the same
                await asyncio.sleep(0.02)
    watching.cancel()
    assert PART == "speech servers"
    assert told({"ws://a": "x"}, 2, fallback=True).startswith("部分")
