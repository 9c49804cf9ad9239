"""The chain of the access log: what an entry's hash is made of, and how a broken chain shows itself. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..clock import to_us

FIRST = "0" * 64
"""What the first entry of a node has as the hash of the one before."""

Plain = str | int | bool | None


@dataclass(frozen=True)
class Entry:
    """One entry: who (as what, by which way, from where) did what to what, why, and what came of it."""

    who: str
    action: str
    subject: str = ""
    result: str = "ok"
    reason: str = ""
    role: str = ""
    via: str = ""
    address: str = ""
    details: Mapping[str, Plain] = field(default_factory=dict[str, Plain])


@dataclass(frozen=True)
class Link:
    """An entry in its place of a node's chain."""

    node: str
    seq: int
    at: datetime
    entry: Entry
    previous: str
    hash: str


@dataclass(frozen=True)
class Fault:
    """Where a chain is not as it was written: ``changed``, ``missing``, ``cut`` (its end), ``order``."""

    node: str
    seq: int
    fault: str


def hash_of(node: str, seq: int, at: datetime, entry: Entry, previous: str) -> str:
    """Return the SHA-256 of an entry's canonical JSON, as 64 hex digits."""
    told = [
        *(node, seq, to_us(at), entry.who, entry.role, entry.via, entry.address, entry.action),
        *(entry.subject, entry.reason, entry.result, dict(entry.details), previous),
    ]
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def link(node: str, seq: int, at: datetime, entry: Entry, previous: str) -> Link:
    """Return an entry as the next one after ``previous``."""
    return Link(node, seq, at, entry, previous, hash_of(node, seq, at, entry, previous))


class Checker:
    """Looks at a node's entries, fed from the first on in their order, or from behind ``after`` on.

    ``heads`` are hashes by number that were written down elsewhere: they tell of a chain that was made anew
    and of an end that was cut off, which the entries alone cannot.
    """

    def __init__(self, node: str, heads: Mapping[int, str], after: tuple[int, str] = (0, FIRST)) -> None:
        self._node = node
        self._heads = heads
        seq, self._previous = after
        self._expected = seq + 1
        self.count = 0

    def feed(self, links: Iterable[Link]) -> list[Fault]:
        """Return what is wrong with the next entries."""
        return [fault for one in links for fault in self._look(one)]

    def end(self) -> list[Fault]:
        """Return what is wrong with the end."""
        is_cut = max(self._heads, default=0) >= self._expected
        return [Fault(self._node, self._expected, "cut")] if is_cut else []

    def _look(self, one: Link) -> Iterator[Fault]:
        if one.seq != self._expected:
            yield Fault(self._node, self._expected, "missing")
        elif one.previous != self._previous:
            yield Fault(self._node, one.seq, "order")
        made = hash_of(one.node, one.seq, one.at, one.entry, one.previous)
        if one.hash != made or self._heads.get(one.seq, one.hash) != one.hash:
            yield Fault(self._node, one.seq, "changed")
        self._previous, self._expected = one.hash, one.seq + 1
        self.count += 1


def cleaned(entry: Entry) -> Entry:
    """Return an entry as both databases hold it: printable, and nothing too long."""
    return Entry(
        who=_text(entry.who, 60),
        action=_text(entry.action, 40),
        subject=_text(entry.subject, 300),
        result=_text(entry.result, 40),
        reason=_text(entry.reason, 200),
        role=_text(entry.role, 20),
        via=_text(entry.via, 20),
        address=_text(entry.address, 60),
        details={
            _text(name, 40): _text(value, 300) if isinstance(value, str) else value
            for name, value in entry.details.items()
        },
    )


def _text(text: str, longest: int) -> str:
    good = text.encode("utf-8", "replace").decode()
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in good)[:longest]
