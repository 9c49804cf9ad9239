"""The service is killed in the middle of twenty calls: nothing is lost, nothing is there twice."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator
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
from support.load_node import until
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
    short = asyncio.create_task(_calls(node, CALLS // 2, [sipp.Wait(2), sipp.Speak(speech), sipp.Wait(13)]))
    long = asyncio.create_task(_calls(node, CALLS // 2, [sipp.Wait(2), sipp.Speak(speech), sipp.Wait(48)]))
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
    assert all(row.duration_ms > 14_000 for row in recordings), "a recording has a hole"
    assert dict(map(tuple, jobs)) == {"transcribe": CALLS, "draft": CALLS}

    alone = f"sqlite+aiosqlite:///{node.settings.state.parent}/alone.db"
    assert await stored_rows(database) == await rows_of_journal_alone(node.settings, alone)
    await database.close()


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
