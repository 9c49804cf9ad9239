"""Events a second: our path (bytes, filter, parse, facts, call records) against bare panoramisk.

Both sides get the same bytes, in the same chunks, in turn: real queue calls recorded from Asterisk with
every event on, repeated with other call ids. Run: ``python bench/ami.py --json [--quick]``.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import statistics
import sys
import time
from pathlib import Path

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
    "One process, one thread, the two sides in turn on the same bytes in chunks of 64 KiB, no sockets: "
    "8 real queue calls with every event of Asterisk 22 on ({events} events, {cel} of them CEL), {repeats} "
    "times with other call ids per round. Ours: HotlineProtocol.data_received (cut, drop the events outside "
    "EVENTS_WANTED at their first line), Dispatcher on the running loop, one handler that makes each CEL "
    "event a fact and feeds it to a CallBook (call records and domain events). panoramisk 1.4: its own "
    "AMIProtocol.data_received and Manager.dispatch with one callback registered for CEL that only counts. "
    "The ratio is the median of the rounds' ratios."
)


class _Sink(asyncio.Transport):
    """A transport that swallows what is written."""

    def write(self, data: bytes) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # bytes only
        """Swallow."""

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


async def ours(chunks: list[list[bytes]]) -> tuple[float, int, int]:
    """Return seconds, CEL events handled and call records made."""
    book = CallBook("node1")
    handled = 0

    def handler(message: AmiMessage) -> None:
        nonlocal handled
        handled += 1
        fact = fact_of_event(message)
        if fact is not None:
            book.feed(fact)

    dispatcher = Dispatcher()
    dispatcher.on("CEL", handler)
    protocol = HotlineProtocol(dispatcher.offer, EVENTS_WANTED, "bench-", AmiLimits())
    protocol.connection_made(_Sink())
    begun = time.perf_counter()
    for one in chunks:
        for chunk in one:
            protocol.data_received(chunk)
            await asyncio.sleep(0)
    await dispatcher.drained(limit_s=60)
    seconds = time.perf_counter() - begun
    protocol.close()
    if dispatcher.failed:
        raise RuntimeError(f"{dispatcher.failed} events failed")
    return seconds, handled, sum(bool(record.citizen) for record in book.records.values())


async def bare_panoramisk(chunks: list[list[bytes]]) -> tuple[float, int]:
    """Return seconds and CEL events handed to the callback."""
    handled = 0

    def callback(_manager: object, _message: object) -> None:
        nonlocal handled
        handled += 1

    manager = Manager(loop=asyncio.get_running_loop())
    manager.register_event("CEL", callback)
    protocol = AMIProtocol()
    protocol.connection_made(_Sink())
    protocol.factory = manager
    protocol.encoding = manager.config["encoding"]
    begun = time.perf_counter()
    for one in chunks:
        for chunk in one:
            protocol.data_received(chunk)
            await asyncio.sleep(0)
    return time.perf_counter() - begun, handled


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
        our_seconds, our_count, calls = await ours(chunks)
        gc.collect()
        their_seconds, their_count = await bare_panoramisk(chunks)
        # Bare panoramisk reads chunk by chunk; a Chinese character cut in two costs it text, not events.
        if our_count != cel * REPEATS or their_count != our_count:
            raise RuntimeError(f"events lost: ours {our_count}, panoramisk {their_count}, of {cel * REPEATS}")
        mine.append(events * REPEATS / our_seconds)
        theirs.append(events * REPEATS / their_seconds)
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
        "how": HOW.format(events=events, cel=cel, repeats=REPEATS),
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
