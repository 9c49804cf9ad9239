"""The service is killed in the middle of twenty calls: nothing is lost, nothing is there twice."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sqlalchemy import func, select

from hotline.core.db import Database
from hotline.core.jobs import JobRow
from hotline.telephony.installation import Asterisk
from hotline.telephony.runtime import Runtime
from hotline.telephony.tables import CallRow, RecordingRow
from support import sipp
from support.asterisk import free_ports, make_settings
from support.load_compare import rows_of_journal_alone, stored_rows
from support.load_metronome import Metronome, metronome
from support.load_node import until
from support.load_recount import Span
from support.node import Node
from support.sipp_agents import answering_agents, desk_phones

pytestmark = [pytest.mark.asterisk, pytest.mark.heavy(2)]

CALLS = 20
AUDIO = Path(__file__).parent.parent / "data" / "audio"


@pytest.fixture
async def node(asterisk_binary: Asterisk) -> AsyncGenerator[Node]:
    folder = Path(tempfile.mkdtemp(prefix="hotline-"))
    phones = free_ports(1)[0]
    settings = make_settings(
        folder / "state",
        agents=desk_phones(CALLS + 2, phones),
        agents_work={"wrap_up_seconds": 0},
        queues=[{"name": "public", "label": "综合受理"}],
    )
    node = Node(settings)
    try:
        async with answering_agents(phones):
            yield node
    finally:
        await node.kill()
        await Runtime(settings, asterisk_binary).stop(limit_s=10)
        print(node.log.read_text(encoding="utf-8")[-6000:])
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.takes(120)
@pytest.mark.clause("R-IVR-8")
async def test_a_killed_service_loses_and_doubles_nothing(node: Node, asterisk_binary: Asterisk) -> None:
    runtime = Runtime(node.settings, asterisk_binary)
    database = Database(node.settings.database)
    await node.start()
    for agent in node.settings.agents:
        await node.sign_in(agent.number)
    await until("every desk phone reachable", lambda: _reachable(runtime, len(node.settings.agents)), 60)

    speech = await asyncio.to_thread(_alaw, AUDIO / "base0016.wav", node.settings.state.parent)
    # Half of the calls end while there is no service, the other half after it is back.
    folder = node.settings.state.parent
    async with metronome(folder, runtime.paths.pid_file) as clock:
        short = asyncio.create_task(
            _calls(node, CALLS // 2, [sipp.Wait(2), sipp.Speak(speech), sipp.Wait(13)])
        )
        long = asyncio.create_task(
            _calls(node, CALLS // 2, [sipp.Wait(2), sipp.Speak(speech), sipp.Wait(48)])
        )
        await until("twenty calls with agents", lambda: _channels(runtime, 2 * CALLS), 30)

        pid = await runtime.pid()
        await node.kill()
        assert await _channels(runtime, 2 * CALLS), "a call dropped when the service was killed"
        result = await short
        assert result.ok, result.errors
        await node.start()
        assert await runtime.pid() == pid, "the running switch was not adopted"
        assert not long.done(), "the calls were over before the service came back; the test proves too little"
        result = await long
        assert result.ok, result.errors
    await until("a draft ticket for each call", lambda: _tickets(node, CALLS), 180)

    async with database.read() as session:
        calls = list(await session.scalars(select(CallRow)))
        recordings = list(await session.scalars(select(RecordingRow)))
        jobs = (await session.execute(select(JobRow.kind, func.count()).group_by(JobRow.kind))).all()
    assert len(calls) == CALLS
    assert {call.outcome for call in calls} == {"answered"}
    assert all(call.t0 and call.t1 and call.t3 and call.t4 and call.ended_at for call in calls)
    assert {(row.call, row.kind) for row in recordings} == {
        (call.id, kind) for call in calls for kind in ("mix", "citizen", "agent")
    }
    assert len(recordings) == 3 * CALLS
    assert {row.state for row in recordings} == {"ready"}
    assert holes(calls, recordings, clock) == []
    assert dict(map(tuple, jobs)) == {"transcribe": CALLS, "draft": CALLS}

    alone = f"sqlite+aiosqlite:///{node.settings.state.parent}/alone.db"
    assert await stored_rows(database) == await rows_of_journal_alone(node.settings, alone)
    await database.close()


def holes(calls: list[CallRow], recordings: list[RecordingRow], clock: Metronome) -> list[str]:
    """Return which recordings are shorter than from their beginning to their call's end; all talk for 10 s.

    By more than a second, and what the machine kept the telephones waiting: then there was no sound.
    """
    ends: dict[str, datetime] = {}
    for call in calls:
        assert call.t3
        assert call.ended_at
        assert (call.ended_at - call.t3).total_seconds() > 10
        ends[call.id] = call.ended_at
    found = []
    for row in recordings:
        assert row.call
        assert row.begun_at
        whole = Span(row.begun_at.timestamp(), ends[row.call].timestamp())
        if row.duration_ms / 1000 < whole.width - 1 - clock.late(whole):
            found.append(f"{row.path}: {row.duration_ms / 1000:.1f} s of {whole.width:.1f} s")
    return found


async def _calls(node: Node, count: int, steps: list[sipp.Step]) -> sipp.SippResult:
    trunk = f"127.0.0.1:{node.settings.asterisk.trunk_port}"
    return await sipp.call(trunk, steps, calls=count, rate=5, limit_s=120)


async def _channels(runtime: Runtime, count: int) -> bool:
    return (await runtime.status()).channels == count


async def _reachable(runtime: Runtime, count: int) -> bool:
    return (await runtime.console("queue show public")).count("(Not in use)") == count


async def _tickets(node: Node, count: int) -> bool:
    return len((await node.api("GET", "tickets"))["tickets"]) == count


def _alaw(wav: Path, folder: Path) -> Path:
    """A sentence and a minute of silence: as a telephone does, the sound never stops."""
    target = folder / "speech.al"
    sound, rate = soundfile.read(wav)
    sound = np.concatenate([sound, np.zeros(60 * rate)])
    soundfile.write(target, sound, rate, format="RAW", subtype="ALAW")
    return target
