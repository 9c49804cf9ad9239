"""A node with something to show: calls, transcripts, tickets and people, written before the service starts.

What a caller sends and says is ``HOSTILE`` throughout: whatever page shows it must show it as text.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from hotline.app import schema
from hotline.app.service import Service
from hotline.asr import tables as transcripts
from hotline.core.clock import utc_now
from hotline.core.db import Database
from hotline.core.events import EventBus
from hotline.core.jobs import Jobs
from hotline.core.settings import Settings
from hotline.telephony.tables import CallRow, RecordingRow
from hotline.ticket_bridge.worker import DraftWorker
from support.asterisk import Switch
from support.node import ZERO_LEVEL_MENU
from support.talks import transcript_of
from support.wavs import write_wav

SCRIPT = "<script>window.hacked=1</script>"
HOSTILE = f'{SCRIPT}<img src=x onerror="window.hacked=2">'
NAMES = ("node1-1795320000.12", "node1-1795320100.20", "node1-1795320200.30", "node1-1795320300.40")
TALK = f"""坐: 您好 请问 您 需要 什么 帮助
市: 我 投诉 包工头 欠 我们 三十 个 人 的 工钱 {HOSTILE}
坐: 请问 您 贵姓
市: 我姓 王 在 和平路 十八号"""


def calls_of(now: datetime) -> list[CallRow]:
    """Two answered calls, one that gave up, and one whose caller sent markup as the number."""
    numbers = ("13812345678", "02487654321", "13998765432", SCRIPT)
    made: list[CallRow] = []
    for place, (name, number) in enumerate(zip(NAMES, numbers, strict=True)):
        t0 = now - timedelta(minutes=12 + 7 * place)
        lost = place == 2
        made.append(
            CallRow(
                **{"id": name, "node": "node1", "trunk": "test", "did": "12345", "number": number},
                **{"queue": "public", "agent": None if lost else f"100{1 + place % 2}", "facts": []},
                **{"t0": t0, "t1": t0 + timedelta(seconds=2)},
                t3=None if lost else t0 + timedelta(seconds=8 + place),
                ended_at=t0 + timedelta(minutes=3),
                ended_by="citizen",
                outcome="abandoned" if lost else "answered",
                wait_human_us=(6 + place) * 1_000_000,
                wait_citizen_us=(8 + place) * 1_000_000,
            )
        )
    return made


async def fill(settings: Settings) -> None:
    """Write calls with recordings, transcripts and the tickets that the worker makes of them."""
    now, database = utc_now(), Database(settings.database)
    try:
        await schema.upgrade(database)
        jobs = Jobs(database, node="node1", clock=utc_now)
        calls = calls_of(now)
        async with database.write() as session:
            session.add_all(calls)
            await session.flush()
            for call in calls:
                if call.outcome == "answered":
                    session.add(_recording(settings, call, now))
                    made = transcript_of(TALK, call=call.id)
                    await transcripts.save(session, made, node="node1", cost_ms=1, created_at=now)
                    await jobs.put(session, "draft", call.id, {"call": call.id})
        worker = DraftWorker(settings, database, jobs, EventBus(), clock=utc_now)
        for _ in range(3):
            assert await worker.run_once()
    finally:
        await database.close()


def _recording(settings: Settings, call: CallRow, now: datetime) -> RecordingRow:
    path = f"2026/11/22/{call.id}-mix.wav"
    file = settings.recording.directory / path
    write_wav(file, seconds=1)
    return RecordingRow(
        **{"node": "node1", "path": path, "call": call.id, "kind": "mix", "state": "ready"},
        **{"sha256": "0" * 64, "bytes": file.stat().st_size, "duration_ms": 1000, "sample_rate": 8000},
        **{"begun_at": call.t0, "repaired": False, "registered_at": now},
    )


@asynccontextmanager
async def shown_node(switch: Switch) -> AsyncGenerator[Service]:
    """The service of a running switch, with rows to show."""
    settings = switch.settings
    external = settings.model_copy(
        update={"asterisk": settings.asterisk.model_copy(update={"mode": "external"})}
    )
    settings.menu.write_text(ZERO_LEVEL_MENU, encoding="utf-8")
    await fill(external)
    async with Service(external, None) as service:
        yield service
