"""The trial of three-way calls: many runs on one node, wave after wave, and the count of it all.

``python -m support.third_line_trial --seed 7 --runs 200`` (in ``tests``) carries it out beside pytest;
``--only 41`` repeats one run alone, with its wave's event; ``--live`` has every leg heard live.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from hotline.core.db import Base, Database
from hotline.core.events import EventBus
from hotline.telephony.install import install
from hotline.telephony.installation import Asterisk
from hotline.telephony.journal_columns import JOURNAL_COLUMNS, JOURNAL_FILE
from hotline.telephony.tables import CallRow
from hotline.telephony.tracker import Tracker
from support import recorded
from support.load_node import until
from support.third_line_plan import Wave, waves
from support.third_line_records import differences, of_wrap_ups, stored
from support.third_line_run import Run, Trial
from support.third_line_scene import Scene, scene
from support.third_line_verdict import against, longest_silence

AT_ONCE, SPARE = 10, 4
"""Rooms side by side, and agents beyond them, for citizens who come back to the queue."""


async def trial(
    asterisk: Asterisk,
    *,
    seed: int,
    runs: int,
    first: int = 0,
    only: int | None = None,
    live: bool = False,
) -> list[str]:
    """Carry out so many runs of a seed; return everything that went wrong, with seed and run.

    ``first`` is the run to begin with, at the beginning of its wave. ``live``: with live speech, whatever
    else the machine does; else as it is set by default.
    """
    drawn = waves(seed, max(first + runs, (only or 0) + 1), AT_ONCE)[first // AT_ONCE :]
    if only is not None:
        wave = drawn[(only - first) // AT_ONCE]
        drawn = [replace(wave, runs=tuple(one for one in wave.runs if one.number == only))]
    asr = {"live": {"enabled": True, "machine_full_percent": 100}} if live else {}
    async with scene(asterisk, agents=AT_ONCE + SPARE, asr=asr) as one:
        there = Trial(one)
        begun = time.monotonic()
        for wave in drawn:
            await _wave(there, wave)
            print(
                f"wave {wave.number} {wave.event or 'quiet'}: {time.monotonic() - begun:.0f} s",
                file=sys.stderr,
            )
        made = list(there.runs.values())
        found = [
            f"seed {seed} run {run.plan.number}: {told}"
            for run in made
            for told in against(run, one.band.late_s)
        ]
        found += [f"seed {seed} {told}" for told in await _recorded(one, made, seed)]
        _tell(made, one, time.monotonic() - begun)
        if found:
            _show(one, {one_run.number for one_run in made if against(one_run, one.band.late_s)}, made)
            print(_kept(one), file=sys.stderr)
        return found


async def _wave(there: Trial, wave: Wave) -> None:
    runs = [Run(plan, disturbed=bool(wave.event)) for plan in wave.runs]
    async with asyncio.TaskGroup() as group:
        group.create_task(_strike(there.scene, wave))
        for run in runs:
            group.create_task(there.go(run))
    for run in runs:
        if run.wrong:
            print(f"run {run.plan.number}: {run.wrong} {run.asked}", file=sys.stderr, flush=True)


async def _strike(one: Scene, wave: Wave) -> None:
    """Do to the service what the wave's event says; it is back when this ends."""
    if not wave.event:
        return
    await asyncio.sleep(wave.at_s)
    if wave.event == "cut":
        one.cutter.cut()
        await asyncio.sleep(wave.back_s - wave.at_s)
        one.cutter.cut()
    else:
        await one.node.signal(signal.SIGKILL)
        await asyncio.sleep(wave.back_s - wave.at_s)
        await one.node.start()
    await one.attached()


async def _recorded(one: Scene, runs: list[Run], seed: int) -> list[str]:
    """Compare the records with the runs, and with the journal read anew."""
    database = Database(one.node.settings.database)
    alone = Database(f"sqlite+aiosqlite:///{one.folder}/alone.db")
    try:

        async def complete() -> bool:
            rows = await recorded.rows_of(database, CallRow)
            return len([row for row in rows if row.files_done]) >= len(runs)

        found: list[str] = []
        try:
            await until("every call stored with its files", complete, 90)
        except AssertionError as error:
            found.append(str(error))
        await asyncio.sleep(2)
        there = await stored(database)
        for run in runs:
            found += [f"run {run.plan.number}: records: {told}" for told in differences(run, there)]
        found += [f"records: {told}" for told in of_wrap_ups(runs, there)]
        async with alone.write() as session:
            await (await session.connection()).run_sync(Base.metadata.create_all)
        tracker = Tracker(one.node.settings, alone, EventBus())
        await tracker.load()
        await tracker.read_journal()
        first, second = await recorded.stored(database), await recorded.stored(alone)
        found += [f"{table}: not what the journal says" for table in first if first[table] != second[table]]
        return found
    finally:
        await database.close()
        await alone.close()


def _tell(runs: list[Run], one: Scene, took_s: float) -> None:
    told = {
        "faults": Counter(run.plan.fault for run in runs),
        "disturbed": sum(run.disturbed for run in runs),
        "asked": Counter(" ".join(run.asked) for run in runs),
        "wrong": sum(bool(run.wrong) for run in runs),
    }
    silence = max((longest_silence(run) for run in runs), default=0.0)
    print(f"{len(runs)} runs in {took_s:.0f} s: {told}", file=sys.stderr)
    print(
        f"longest silence of a citizen {silence:.1f} s; this process late {one.band.late_s:.2f} s;"
        f" manager connections cut {one.cutter.cuts}",
        file=sys.stderr,
    )


def _kept(one: Scene) -> str:
    """Keep what switch and service wrote, for whoever looks into a failure."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-trial-"))
    for file in (one.node.log, one.runtime.paths.messages, one.runtime.paths.log / JOURNAL_FILE):
        shutil.copy(file, folder)
    return f"kept in {folder}"


def _show(one: Scene, numbers: set[str], runs: list[Run]) -> None:
    """Show the plans and the marks of the calls that went wrong."""
    for run in runs:
        if run.number in numbers:
            print(run.plan, run.asked, file=sys.stderr)
    rows = marks_of(one.runtime.paths.log / JOURNAL_FILE)
    calls = {row["uniqueid"] for row in rows if row["event"] == "HL_ARRIVED" and row["number"] in numbers}
    for row in rows:
        told = next((call for call in calls if call in row["linkedid"] or f"call={call}" in row["extra"]), "")
        if told and row["event"].startswith("HL_"):
            print(told, row["time"], row["event"], row["channel"], row["extra"], file=sys.stderr)


def marks_of(journal: Path) -> list[dict[str, str]]:
    names = [name for name, _ in JOURNAL_COLUMNS]
    with journal.open(encoding="utf-8", errors="replace", newline="") as file:
        return [dict(zip(names, row, strict=True)) for row in csv.reader(file)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", type=int, default=None)
    parser.add_argument("--live", action="store_true")
    given = parser.parse_args()
    asterisk = install(lambda *_: None)
    found = asyncio.run(trial(asterisk, **vars(given)))
    print("\n".join(found) or "nothing went wrong")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
