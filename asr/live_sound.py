"""One leg's sound on its way from the event loop to a thread: gathered, bounded, gaps kept in their place."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from threading import Lock

BYTES_A_SECOND = 16_000
"""8 kHz, 16 bit, mono."""


@dataclass(frozen=True)
class Piece:
    """Sound without a gap; ``at_us`` is when its first sample was spoken, ``fed_at`` when its last came."""

    at_us: int
    pcm: bytes
    fed_at: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.pcm) / BYTES_A_SECOND


@dataclass(frozen=True)
class Gap:
    """Sound that never comes: what was being said has no end, so the utterance is ended here."""


Item = Piece | Gap


class LegSound:
    """Takes frames of any length, gives pieces of about ``piece_s``; holds at most ``most_s``.

    When nobody takes, the oldest piece goes, counted in ``dropped_s``; what follows it shows the gap by
    its time. Safe between one thread that gives and one that takes.
    """

    def __init__(self, *, piece_s: float, most_s: float) -> None:
        self._piece_bytes = round(piece_s * BYTES_A_SECOND)
        self._most_bytes = round(most_s * BYTES_A_SECOND)
        self._lock = Lock()
        self._items: deque[Item] = deque()
        self._open = bytearray()
        self._open_us = 0
        self._held = 0
        self.dropped_s = 0.0

    @property
    def held_s(self) -> float:
        """Seconds of sound that wait; read without the lock, for figures."""
        return self._held / BYTES_A_SECOND

    def feed(self, pcm: bytes, at_us: int, now: float) -> bool:
        """Add a frame; tell whether something can be taken."""
        with self._lock:
            if not self._open:
                self._open_us = at_us
            elif abs(at_us - self._open_us - len(self._open) * 1_000_000 // BYTES_A_SECOND) > _JITTER_US:
                self._cut(now)
                self._open_us = at_us
            self._open += pcm
            self._held += len(pcm)
            if len(self._open) >= self._piece_bytes:
                self._cut(now)
            self._bound()
            return bool(self._items)

    def gap(self, now: float) -> None:
        """Note that sound is missing here."""
        with self._lock:
            self._cut(now)
            if not self._items or not isinstance(self._items[-1], Gap):
                self._items.append(Gap())

    def cut(self, now: float) -> None:
        """Let what was gathered be taken, however little it is."""
        with self._lock:
            self._cut(now)

    def take(self, most_s: float) -> list[Item]:
        """Return what is next, whole pieces, up to about ``most_s`` of sound and at least one item if any.

        Pieces that wait and follow each other come as one: a recogniser does longer ones at less cost.
        """
        taken: list[Item] = []
        size = 0
        with self._lock:
            while self._items and size < most_s * BYTES_A_SECOND:
                item = self._items.popleft()
                taken.append(item)
                if isinstance(item, Piece):
                    size += len(item.pcm)
            self._held -= size
        return _joined(taken)

    def has_more(self) -> bool:
        """Tell whether something can be taken."""
        return bool(self._items)

    def clear(self) -> float:
        """Throw away what waits; returns its seconds."""
        with self._lock:
            thrown_s = self.held_s
            self._items.clear()
            self._open.clear()
            self._held = 0
        return thrown_s

    def _cut(self, now: float) -> None:
        if self._open:
            self._items.append(Piece(self._open_us, bytes(self._open), now))
            self._open.clear()

    def _bound(self) -> None:
        while self._held > self._most_bytes and self._items:
            item = self._items.popleft()
            if isinstance(item, Piece):
                self._held -= len(item.pcm)
                self.dropped_s += item.seconds


def _joined(items: list[Item]) -> list[Item]:
    """Join pieces that follow each other; the joined one came when the first did: it waits since then."""
    runs: list[list[Item]] = []
    for item in items:
        last = runs[-1][-1] if runs else None
        if isinstance(item, Piece) and isinstance(last, Piece) and _follows(item, last):
            runs[-1].append(item)
        else:
            runs.append([item])
    return [_one(run) for run in runs]


def _follows(item: Piece, last: Piece) -> bool:
    return abs(item.at_us - last.at_us - round(last.seconds * 1_000_000)) <= _SAME_US


def _one(run: list[Item]) -> Item:
    first = run[0]
    if len(run) == 1 or not isinstance(first, Piece):
        return first
    return replace(first, pcm=b"".join(one.pcm for one in run if isinstance(one, Piece)))


_SAME_US = 5_000
"""So much between two pieces is the clock's; more keeps them apart, and each keeps its time."""
_JITTER_US = 60_000
"""A frame's time may be off by so much and still follow the last one."""
