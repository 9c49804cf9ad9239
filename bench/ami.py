"""Events a second: our path (bytes, filter, parse, facts, call records) against bare panoramisk.

Both sides get the same bytes, in the same chunks, in turn: real queue calls recorded from Asterisk with
every event on, repeated with other call ids. Run: ``python bench/ami.py --json [--quick]``.
"""

from __future__ import annotations

import sys
from pathlib import Path

# This file's own folder would hide the standard library's ``queue`` from everything below.
sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")

import argparse
import asyncio
import gc
import json
import logging
import statistics
import time

from panoramisk import Manager
from panoramisk.ami_protocol import AMIProtocol

from hotline.telephony.ami_message import AmiMessage
from hotline.telephony.ami_protocol import HotlineProtocol
from hotline.telephony.ami_watch import AmiLimits
from hotline.telephony.call_book import CallBook
from hotline.telephony.cel import fact_of_event
from hotline.telephony.dispatch import Dispatcher
from hotline.telephony.events_wanted import EVENTS_WANTED

TRACE = Path(__file__).resolve().parent.parent / "tests" / "data" / "ami" / "queue-calls.ami"
CHUNK = 64 * 1024
REPEATS = 20
HOW = (
    "One process, one thread, its processor time, no sockets; the two sides in turn on the same bytes in "
    "chunks of 64 KiB: {calls} real calls through our dialplan with every event of Asterisk 22 on ({events} "
    "events, {cel} of them CEL), {repeats} times with other call ids per round. Ours: "
    "HotlineProtocol.data_received (drop the events outside EVENTS_WANTED by their first line), Dispatcher "
    "on the running loop, one handler that makes each CEL event a fact and feeds it to a CallBook (call "
    "records and domain events). panoramisk 1.4: its own AMIProtocol.data_received and Manager.dispatch "
    "with one callback registered for CEL that only counts. The ratio is the median of the rounds' ratios."
)


class _Sink(asyncio.Transport):
    """A transport that swallows what is written."""

    def write(self, data: bytes) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # bytes only
        """Swallow."""

    def pause_reading(self) -> None:
        """Do nothing: the bench hands the bytes on itself, as fast as they are taken."""

    def resume_reading(self) -> None:
        """Do nothing."""

    def abort(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


def streams() -> list[list[bytes]]:
    """Return the trace ``REPEATS`` times in chunks, every time with other call ids."""
    recorded = TRACE.read_bytes()
    result: list[list[bytes]] = []
    for number in range(REPEATS):
        data = recorded.replace(b"node1-17", f"node1-{number + 20}".encode())
        result.append([data[at : at + CHUNK] for at in range(0, len(data), CHUNK)])
    return result


class Ours:
    """Our side of one round; it keeps its call records from stream to stream."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.handled = 0
        self.book = CallBook("node1")
        self.dispatcher = Dispatcher()
        self.dispatcher.on("CEL", self._handle)
        self.protocol = HotlineProtocol(self.dispatcher.offer, EVENTS_WANTED, "bench-", AmiLimits())
        self.protocol.connection_made(_Sink())

    def _handle(self, message: AmiMessage) -> None:
        self.handled += 1
        fact = fact_of_event(message)
        if fact is not None:
            self.book.feed(fact)

    async def run(self, chunks: list[bytes]) -> None:
        """Read one stream to the last record."""
        begun = time.thread_time()
        for chunk in chunks:
            self.protocol.data_received(chunk)
            await asyncio.sleep(0)
        await self.dispatcher.drained(limit_s=60)
        self.seconds += time.thread_time() - begun

    def calls(self) -> int:
        """Return how many citizens' calls were tracked; raises when an event failed."""
        self.protocol.close()
        if self.dispatcher.failed:
            raise RuntimeError(f"{self.dispatcher.failed} events failed")
        return sum(bool(record.citizen) for record in self.book.records.values())


class Panoramisk:
    """The other side: panoramisk as it is, with one callback."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.handled = 0
        manager = Manager(loop=asyncio.get_running_loop())
        manager.register_event("CEL", self._callback)
        self.protocol = AMIProtocol()
        self.protocol.connection_made(_Sink())
        self.protocol.factory = manager
        self.protocol.encoding = manager.config["encoding"]

    def _callback(self, _manager: object, _message: object) -> None:
        self.handled += 1

    async def run(self, chunks: list[bytes]) -> None:
        """Read one stream."""
        begun = time.thread_time()
        for chunk in chunks:
            self.protocol.data_received(chunk)
            await asyncio.sleep(0)
        self.seconds += time.thread_time() - begun


async def measure(rounds: int) -> dict[str, object]:
    """Run both sides ``rounds`` times in turn and return the bench's result."""
    chunks = streams()
    recorded = TRACE.read_bytes()
    cel = recorded.count(b"Event: CEL\r\n")
    events = recorded.count(b"\r\nEvent: ")
    ratios: list[float] = []
    mine: list[float] = []
    theirs: list[float] = []
    calls = 0
    for number in range(rounds):
        gc.collect()
        ours, theirs_ = Ours(), Panoramisk()
        for stream in chunks:  # in turn, so that both sides meet the same machine
            await ours.run(stream)
            await theirs_.run(stream)
        calls = ours.calls()
        # A Chinese character cut in two by a chunk costs panoramisk text, not events.
        if not ours.handled == theirs_.handled == cel * REPEATS:
            raise RuntimeError(f"events lost: ours {ours.handled}, panoramisk {theirs_.handled}")
        mine.append(events * REPEATS / ours.seconds)
        theirs.append(events * REPEATS / theirs_.seconds)
        ratios.append(mine[-1] / theirs[-1])
        print(
            f"round {number + 1}/{rounds}: ours {mine[-1]:,.0f}/s, panoramisk {theirs[-1]:,.0f}/s, "
            f"ratio {ratios[-1]:.1f}",
            file=sys.stderr,
            flush=True,
        )
    return {
        "name": "ami",
        "ratios": {"events_vs_panoramisk": round(statistics.median(ratios), 2)},
        "figures": {
            "events_per_second": round(statistics.median(mine)),
            "panoramisk_events_per_second": round(statistics.median(theirs)),
            "lowest_ratio": round(min(ratios), 2),
            "events_per_round": events * REPEATS,
            "calls_tracked_per_round": calls,
            "rounds": rounds,
        },
        "how": HOW.format(
            calls=recorded.count(b"UserDefType: HL_ARRIVED"), events=events, cel=cel, repeats=REPEATS
        ),
    }


def main() -> None:
    """Read the arguments, measure, print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; JSON is always printed")
    parser.add_argument("--quick", action="store_true", help="end within 60 s")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    print(json.dumps(asyncio.run(measure(5 if arguments.quick else 15)), ensure_ascii=False))


if __name__ == "__main__":
    main()
