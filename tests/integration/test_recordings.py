from __future__ import annotations

import asyncio
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from hotline.core.clock import from_us, utc_now
from hotline.core.db import Database
from hotline.telephony.events import OrphanRecordingFound, RecordingRegistered
from hotline.telephony.recordings import verify
from hotline.telephony.tables import CallRow
from support.call_facts import NOON, SECOND, Story, abandoned, answered
from support.recordings import DAY, KINDS, Folder, record_of
from support.wavs import cut_wav

FINALISE = Path(__file__).resolve().parents[1] / "support" / "finalise.py"


@pytest.fixture
async def folder(tmp_path: Path, database: Database) -> Folder:
    return Folder(tmp_path, database)


@pytest.mark.clause("R-T-1")
async def test_files_of_an_ended_call_are_registered_with_their_job(folder: Folder) -> None:
    told = answered()
    await folder.store(told)
    paths = folder.files(told.call)
    assert await folder.finaliser.run_once() == 1
    rows = await folder.rows()
    assert {row.kind for row in rows.values()} == set(KINDS)
    for path in paths:
        row = rows[f"{DAY}/{path.name}"]
        assert row.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert (row.call, row.state, row.duration_ms, row.sample_rate, row.repaired) == (
            told.call,
            "ready",
            2000,
            8000,
            False,
        )
    record = record_of(told)
    mark = record.first_step("HL_REC")
    assert mark is not None
    assert {row.begun_at for row in rows.values()} == {from_us(mark.at_us)}
    payload = (await folder.jobs())[told.call]
    assert payload["legs"] == {kind: f"{DAY}/{told.call}-{kind}.wav" for kind in ("agent", "citizen")}
    assert 11.0 < payload["from_s"] < 11.01
    assert [type(event) for event in folder.events] == [RecordingRegistered] * 3
    assert await folder.new().run_once() == 0
    assert len(await folder.rows()) == 3


async def test_a_call_in_progress_is_left_alone(folder: Folder) -> None:
    told = answered()
    await folder.store(Story(rows=told.rows[:12]))
    folder.files(told.call)
    assert await folder.finaliser.run_once() == 0
    await folder.finaliser.adopt()
    assert await folder.rows() == {}


async def test_without_talk_or_message_nothing_is_transcribed(folder: Folder) -> None:
    told = abandoned(at_us=NOON)
    await folder.store(told)
    folder.files(told.call)
    assert await folder.finaliser.run_once() == 1
    assert len(await folder.rows()) == 3
    assert await folder.jobs() == {}


async def test_a_message_is_transcribed(folder: Folder) -> None:
    told = Story().arrive().ask().enter().leave("TIMEOUT").wait(8)
    told.mark("HL_MESSAGE", file=f"{DAY}/{told.call}-message1").hang_up()
    await folder.store(told)
    folder.files(told.call)
    folder.files(told.call, kinds=("message1",), seconds=6)
    assert await folder.finaliser.run_once() == 1
    path = f"{DAY}/{told.call}-message1.wav"
    assert await folder.jobs() == {told.call: {"call": told.call, "legs": {"citizen": path}, "from_s": 0.0}}
    assert (await folder.rows())[path].kind == "message"


async def test_a_file_cut_by_a_crash_is_mended_once_it_is_quiet(folder: Folder) -> None:
    told = answered()
    await folder.store(told)
    folder.files(told.call)
    cut = folder.path / DAY / f"{told.call}-mix.wav"
    cut_wav(cut, seconds=3)
    folder.touch(cut)
    assert await folder.finaliser.run_once() == 0
    folder.now += timedelta(seconds=20)
    assert await folder.finaliser.run_once() == 1
    row = (await folder.rows())[f"{DAY}/{told.call}-mix.wav"]
    assert (row.repaired, row.duration_ms, row.state) == (True, 3000, "ready")
    assert await verify(folder.database, folder.path, node="node1") == (3, [])


async def test_missing_and_damaged_files_do_not_hold_the_others(folder: Folder) -> None:
    told = answered()
    await folder.store(told)
    folder.files(told.call, kinds=("citizen",))
    broken = folder.path / DAY / f"{told.call}-agent.wav"
    broken.write_bytes(b"")
    folder.touch(broken)
    folder.now += timedelta(seconds=60)
    assert await folder.finaliser.run_once() == 1
    assert {row.kind: row.state for row in (await folder.rows()).values()} == {
        "citizen": "ready",
        "agent": "damaged",
    }
    assert list((await folder.jobs())[told.call]["legs"]) == ["citizen"]


async def test_files_without_a_mark_are_adopted_by_their_call(folder: Folder) -> None:
    told = answered()
    rows = [row for row in told.rows if row[0] != "HL_REC"]
    await folder.store(Story(rows=rows))
    assert await folder.finaliser.run_once() == 1
    folder.files(told.call)
    await folder.finaliser.adopt()
    assert {row.call for row in (await folder.rows()).values()} == {told.call}
    assert list(await folder.jobs()) == [told.call]


@pytest.mark.clause("R-CB-3")
async def test_a_survey_of_the_robot_is_no_orphan_and_its_files_wait_for_their_end(folder: Folder) -> None:
    attempt = "robot-node1-01ARZ3NDEKTSV4RRFFQ69G5FAV"
    [mix, *_] = folder.files(attempt, kinds=("mix", "citizen", "message1", "early"))
    cut_wav(mix, seconds=2.0)
    folder.touch(mix)
    await folder.finaliser.adopt()
    assert await folder.rows() == {}, "it may go on"
    folder.now += timedelta(seconds=folder.settings.recording.orphan_after_s + 1)
    await folder.finaliser.adopt()
    rows = await folder.rows()
    assert {(row.call, row.kind, row.state, row.repaired) for row in rows.values()} == {
        (attempt, "mix", "ready", True),
        (attempt, "citizen", "ready", False),
        (attempt, "message", "ready", False),
        (attempt, "early", "ready", False),
    }
    assert folder.events == []
    assert await folder.jobs() == {}


async def test_orphans_are_reported_and_adopted_when_their_call_is_known(folder: Folder) -> None:
    told = answered()
    folder.files(told.call)
    await folder.finaliser.adopt()
    assert await folder.rows() == {}
    folder.now += timedelta(seconds=folder.settings.recording.orphan_after_s + 1)
    await folder.finaliser.adopt()
    assert {row.state for row in (await folder.rows()).values()} == {"orphan"}
    assert [type(event) for event in folder.events] == [OrphanRecordingFound] * 3
    await folder.finaliser.adopt()
    assert len(folder.events) == 3
    await folder.store(told)
    await folder.new().adopt()
    assert {(row.state, row.call) for row in (await folder.rows()).values()} == {("ready", told.call)}
    assert list(await folder.jobs()) == [told.call]


@pytest.mark.clause("R-T-1")
async def test_verify_finds_what_was_changed_or_lost(folder: Folder) -> None:
    told = answered()
    await folder.store(told)
    changed, lost, _ = folder.files(told.call)
    await folder.finaliser.run_once()
    with changed.open("r+b") as file:
        file.seek(100)
        file.write(b"forged")
    lost.unlink()
    _, faults = await verify(folder.database, folder.path, node="node1")
    assert {fault["path"]: fault["fault"] for fault in faults} == {
        f"{DAY}/{changed.name}": "changed",
        f"{DAY}/{lost.name}": "missing",
    }


async def test_marks_that_point_out_of_the_folder_are_passed_over(folder: Folder) -> None:
    told = Story().arrive().mark("HL_REC", file="../../../../etc/shadow").hang_up()
    await folder.store(told)
    folder.files(told.call)
    assert await folder.finaliser.run_once() == 1
    assert all(path.startswith(DAY) for path in await folder.rows())


async def test_killed_at_any_moment_and_run_again_nothing_is_lost_or_doubled(
    folder: Folder, database_url: str
) -> None:
    """A real process is killed at random points; what it wrote is completed by the next."""
    now_us = int((utc_now() - timedelta(minutes=5)).timestamp()) * SECOND
    stories = [answered(f"node1-1795330000.{number}", at_us=now_us) for number in range(10, 22)]
    await folder.store(*stories)
    for number, story in enumerate(stories):
        for path in folder.files(story.call, seconds=20):
            if number % 3 == 0:
                cut_wav(path, seconds=20)
            os.utime(path, (now_us / SECOND, now_us / SECOND))
    kills = await asyncio.to_thread(finalise_and_kill, database_url, folder.path)
    assert kills
    rows = await folder.rows()
    assert len(rows) == len(stories) * 3
    assert {row.state for row in rows.values()} == {"ready"}
    assert {row.duration_ms for row in rows.values()} == {20000}
    assert set(await folder.jobs()) == {story.call for story in stories}
    assert await verify(folder.database, folder.path, node="node1") == (36, [])
    assert not list(folder.path.rglob(".*"))


def finalise_and_kill(database_url: str, folder: Path) -> int:
    """Start finalisers and kill them at random moments, the last one is let be; return the kills."""
    chance, kills = random.Random(12345), 0  # noqa: S311  # no secret
    with subprocess.Popen(
        [sys.executable, str(FINALISE), database_url, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        for number in range(30):
            server.stdin.write("\n")
            child = int(server.stdout.readline())
            if number < 29:
                time.sleep(chance.random() * 0.25)
                os.kill(child, signal.SIGKILL)
            server.stdin.write("\n")
            status = int(server.stdout.readline())
            kills += status == -signal.SIGKILL
        assert status == 0
        server.stdin.close()
    return kills


async def test_a_call_that_changes_later_keeps_its_files(folder: Folder) -> None:
    told = answered()
    await folder.store(told)
    folder.files(told.call)
    await folder.finaliser.run_once()
    await folder.store(told)
    async with folder.database.read() as session:
        assert await session.scalar(select(CallRow.files_done).where(CallRow.id == told.call))
    async with folder.database.write() as session:
        await session.execute(update(CallRow).values(files_done=False))
    assert await folder.new().run_once() == 1
    assert len(await folder.rows()) == 3
    assert len(await folder.jobs()) == 1
