"""Makes every call anew from the switch's journal files alone, in one pass and in bounded memory (R-Q-4).

In memory are only calls in progress, calls whose agents' phones are not hung up yet, and call-backs that were
promised and neither kept nor failed, however old; a call leaves as soon as nothing more can be told of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ..telephony.call_book import CallBook
from ..telephony.call_figures import awaits_callback
from ..telephony.calls import CallRecord
from ..telephony.facts import CREATED, ENDED, HANGUP, Fact
from ..telephony.rooms import is_settled
from .journal_scan import CallScan, restarts_of

FORGET_EVERY = 2000
"""Facts between two looks at what may leave memory."""
_SAME_SECOND_US = 1_000_000
_LONGEST_WAIT_US = 24 * 3600 * 1_000_000
"""A call whose legs are never seen to end leaves memory so long after its beginning."""

Progress = Callable[[int, int, int], None]
"""Called now and then with bytes read, bytes in all, and calls made."""


class Replay:
    """The pure part: facts of the journal in its order go in, calls come out (``finished``, ``rest``).

    ``restarts`` are the moments (microseconds) at which the switch was started, from ``queue_log``.
    """

    def __init__(self, node: str, restarts: Iterable[int] = ()) -> None:
        self._book = CallBook(node, tells=False)
        self._restarts = deque(sorted(restarts))
        self._waiting: dict[str, CallRecord] = {}
        self._finished: list[CallRecord] = []
        self._fed = 0
        self._last_us = 0

    def feed(self, fact: Fact) -> None:
        """Take the next fact."""
        while self._restarts and self._restarts[0] <= fact.at_us - _SAME_SECOND_US:
            self._book.restart(self._restarts.popleft())
        for call in (fact.leg, fact.call):  # the first of a citizen whose call was merged into another
            if (waiting := self._waiting.pop(call, None)) is not None:
                self._book.remember([waiting])
        self._book.feed(fact)
        self._last_us = max(self._last_us, fact.at_us)
        self._fed += 1
        if self._fed % FORGET_EVERY == 0:
            self._forget(self._last_us)

    def finished(self) -> list[CallRecord]:
        """Return the citizens' calls that have left memory since the last time."""
        found, self._finished = self._finished, []
        return found

    def rest(self, now_us: int) -> list[CallRecord]:
        """Return what is left when the journal ends here and the time is ``now_us``; open calls among it."""
        while self._restarts:
            self._book.restart(self._restarts.popleft())
        self._forget(max(now_us, self._last_us))
        left = [*self._finished, *self._waiting.values(), *self._book.records.values()]
        self._finished, self._waiting = [], {}
        return [record for record in left if record.citizen]

    def in_memory(self) -> int:
        """Return how many calls are held."""
        return len(self._book.records) + len(self._waiting) + len(self._finished)

    def _forget(self, now_us: int) -> None:
        book = self._book
        before = dict(book.records)
        book.saved(dict(book.dirty))
        book.expire(now_us)
        book.saved(dict(book.dirty))
        for call in before.keys() - book.records.keys():
            if before[call].citizen:
                self._waiting[call] = before[call]
        done = [
            call
            for call, record in self._waiting.items()
            if not awaits_callback(record)
            and (_is_whole(record) or now_us - record.began_us > _LONGEST_WAIT_US)
        ]
        self._finished.extend(self._waiting.pop(call) for call in done)


def _is_whole(record: CallRecord) -> bool:
    """Tell whether every leg and third line of an ended call has ended, as all do when the switch dies."""
    if record.restart_us is not None:
        return True
    legs = {leg for leg, slot in record.slots if slot == CREATED}
    legs_ended = all((leg, ENDED) in record.slots or (leg, HANGUP) in record.slots for leg in legs)
    return legs_ended and is_settled(record)


def replay(
    logs: Path, node: str, *, progress: Progress = lambda _done, _total, _calls: None
) -> Iterator[CallRecord]:
    """Give every citizen's call of the journal files in ``logs``, ended ones first as they end. Blocking."""
    scan = CallScan(logs)
    made = Replay(node, restarts_of(logs))
    calls = 0
    for facts in scan.facts():
        for fact in facts:
            made.feed(fact)
        found = made.finished()
        calls += len(found)
        progress(scan.done_bytes, scan.total_bytes, calls)
        yield from found
    left = made.rest(0)
    progress(scan.total_bytes, scan.total_bytes, calls + len(left))
    yield from left
