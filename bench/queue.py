"""What the figures cost: updating and reading them at 10^4, 10^5 and 10^6 stored calls, replaying a journal.

Run: ``python bench/queue.py --json [--quick]``.
"""

from __future__ import annotations

import sys
from pathlib import Path

# This file's own folder would hide the standard library's ``queue`` from everything below.
sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")

import argparse
import csv
import heapq
import json
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator
from statistics import median
from zoneinfo import ZoneInfo

from hotline.core.log import setup_logging
from hotline.queue.figure_book import FigureBook
from hotline.queue.figure_calls import FigureCall, of_record
from hotline.queue.periods import WINDOWS
from hotline.queue.replay import replay
from hotline.queue.scopes import DaySums, sum_day
from hotline.queue.tally import Tally
from support.call_facts import SECOND, abandoned, answered

SIZES = (10_000, 100_000, 1_000_000)
ZONE = ZoneInfo("Asia/Shanghai")
NOW = 1_796_011_200 * SECOND
"""12:00 on the 30th of a month in China, so that nearly a whole month has been counted."""
MONTH_US = 29 * 86_400 * SECOND + 12 * 3600 * SECOND
GROUPS = {str(1000 + n): f"group{n % 4}" for n in range(50)}
HOW = (
    "The stored calls lie evenly in the running month and all are in its figures: {queues} queues, {groups} "
    "groups, the whole hotline; rolling 24 h, day, week, month. An update is a call's whole life (asks, is "
    "answered, has ended) with the time moving on to it, so that others leave the 24 h; a reading is every "
    "figure of the whole hotline in all four windows right after an update. Blocks of each size in turn; "
    "processor time; the ratio is that of the medians. {days} A journal of {journal} calls, as the switch "
    "writes it, is replayed into records and summed by a process of its own: calls a second of processor "
    "time, and the peak memory beyond what the process had before."
)


def say(line: str) -> None:
    """Show progress on standard error."""
    print(line, file=sys.stderr, flush=True)


def call_at(name: str, t1_us: int, chance: random.Random) -> FigureCall:
    """Return a call that has ended; 96 % are answered, after 9 s on the average."""
    wait = int(chance.expovariate(1 / 9e6))
    reached = chance.random() < 0.96
    return FigureCall(
        id=name,
        node="node1",
        queue=f"queue{chance.randrange(8)}",
        agent=str(1000 + chance.randrange(50)) if reached else "",
        t0_us=t1_us - 7 * SECOND,
        t1_us=t1_us,
        t2_us=t1_us + 1000,
        t3_us=t1_us + wait if reached else None,
        t5_us=t1_us + wait + (90 * SECOND if reached else 0),
        outcome="answered" if reached else "abandoned",
    )


def calls_between(size: int, since_us: int, until_us: int) -> list[FigureCall]:
    """Return the calls of a span when so many lie in a month."""
    step = MONTH_US // size
    chance = random.Random(since_us)  # noqa: S311  # the same calls in every run
    begin = max(since_us, NOW - MONTH_US)
    return [call_at(f"{t1}", t1, chance) for t1 in range(begin, min(until_us, NOW), step)]


class Stored:
    """A book over so many stored calls, and the calls that come next."""

    def __init__(self, size: int, *, quick: bool) -> None:
        self.book = FigureBook(ZONE, GROUPS)
        self.book.advance(NOW)
        self.step = MONTH_US // size
        self.now = NOW
        self.chance = random.Random(size)  # noqa: S311  # as above
        self.updates: list[float] = []
        self.reads: list[float] = []
        alike: dict[str, DaySums] | None = None
        while (day := self.book.take_stale()) is not None:
            if alike is None or not quick:
                calls = calls_between(size, day.since_us - 86_400 * SECOND, day.until_us)
                alike = sum_day(calls, day, GROUPS, self.book.short_us)
            self.book.close_day(day, alike)
        for call in calls_between(size, self.book.floor_us or 0, NOW):
            self.book.put(call)

    def update(self, count: int) -> None:
        """Let calls come, be answered and end; note the processor time of each block."""
        begun = time.thread_time()
        for _ in range(count):
            self.now += self.step
            ended = call_at(f"{self.now}", self.now, self.chance)
            asks = FigureCall(ended.id, "node1", ended.queue, t0_us=ended.t0_us, t1_us=ended.t1_us)
            talks = FigureCall(
                *(getattr(ended, name) for name in FigureCall.__slots__[:9]), None, ended.outcome
            )
            self.book.put(asks)
            self.book.advance(self.now)
            self.book.put(talks if ended.outcome == "answered" else asks)
            self.book.put(ended)
        self.updates.append((time.thread_time() - begun) / count)

    def read(self) -> None:
        """Read everything of the whole hotline, and note the processor time."""
        self.update(1)
        self.updates.pop()
        begun = time.thread_time()
        for window in WINDOWS:
            self.book.read("all", window)
        self.reads.append(time.thread_time() - begun)


def cost(*, quick: bool) -> tuple[dict[str, float], list[dict[str, float]]]:
    """Return the ratios and the figures of updating and reading."""
    sizes = (SIZES[0], SIZES[-1]) if quick else SIZES
    stored: dict[int, Stored] = {}
    for size in sizes:
        say(f"counting {size} calls")
        stored[size] = Stored(size, quick=quick)
    say("updating and reading, in turn")
    for _ in range(30 if quick else 100):
        for one in stored.values():
            one.update(20)
            one.read()
    rows = [
        {
            "calls": size,
            "update_us": round(median(one.updates) * 1e6, 1),
            "read_us": round(median(one.reads) * 1e6, 1),
            "held_one_by_one": len(one.book),
        }
        for size, one in stored.items()
    ]
    small, big = stored[sizes[0]], stored[sizes[-1]]
    ratios = {
        "update_1e6_vs_1e4": round(median(big.updates) / median(small.updates), 3),
        "read_1e6_vs_1e4": round(median(big.reads) / median(small.reads), 3),
    }
    return ratios, rows


def journal_rows(count: int) -> Iterator[list[str]]:
    """Give the rows of so many calls in the order of time, a new call every half second."""
    begin = 1_795_320_000 * SECOND
    coming: list[tuple[str, int, list[str]]] = []
    number = 0
    for n in range(count):
        at_us = begin + n * SECOND // 2
        make = abandoned if n % 20 == 0 else answered
        for row in make(f"node1-{at_us // SECOND}.{n}", at_us=at_us).rows:
            number += 1
            heapq.heappush(coming, (row[1], number, row))
        now = f"{at_us // SECOND}.{at_us % SECOND:06d}"
        while coming and coming[0][0] < now:
            yield heapq.heappop(coming)[2]
    while coming:
        yield heapq.heappop(coming)[2]


def write_journal(logs: Path, count: int) -> None:
    """Write a journal as the switch would."""
    (logs / "cel-custom").mkdir(parents=True)
    with (logs / "cel-custom" / "hotline.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(journal_rows(count))


def peak_mb() -> float:
    """Return the greatest memory that this process ever had."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1]) / 1024


def replay_alone(logs: Path) -> dict[str, float]:
    """Replay a journal in this process; return calls a second of processor time, and peak memory."""
    before = peak_mb()
    tally = Tally()
    begun = time.process_time()
    for record in replay(logs, "node1"):
        tally.add(of_record(record, "node1"))
    took = time.process_time() - begun
    return {
        "replay_calls": tally.offered,
        "replay_calls_per_second": round(tally.offered / took, 1),
        "replay_peak_mb": round(peak_mb() - before, 1),
    }


def replayed(count: int) -> dict[str, float]:
    """Write a journal and have it replayed by another process."""
    with tempfile.TemporaryDirectory(prefix="hotline-") as name:
        logs = Path(name)
        say(f"writing a journal of {count} calls")
        write_journal(logs, count)
        say("replaying it")
        command = [sys.executable, str(Path(__file__).resolve()), "--replay", str(logs)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout)
    if found["replay_calls"] != count:
        raise RuntimeError(f"{found['replay_calls']} of {count} calls came out of the journal")
    return found


def measure(*, quick: bool) -> dict[str, object]:
    """Return the bench's result."""
    journal = 4_000 if quick else 100_000
    ratios, rows = cost(quick=quick)
    days = "Days before the day before yesterday are taken as alike." if quick else "Every day is summed."
    return {
        "name": "queue",
        "ratios": ratios,
        "figures": {"sizes": rows, **replayed(journal)},
        "how": HOW.format(queues=8, groups=4, days=days, journal=journal),
    }


def main() -> None:
    """Read the arguments, measure, print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; JSON is always printed")
    parser.add_argument("--quick", action="store_true", help="end within 60 s")
    parser.add_argument("--replay", type=Path, metavar="FOLDER", help="only replay this journal, here")
    arguments = parser.parse_args()
    setup_logging(level="WARNING")
    if arguments.replay is not None:
        print(json.dumps(replay_alone(arguments.replay)))
        return
    print(json.dumps(measure(quick=arguments.quick), ensure_ascii=False))


if __name__ == "__main__":
    main()
