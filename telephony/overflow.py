"""Where a call goes on to when a queue cannot serve it: the chain of overflows (R-IVR-7, R-IVR-8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.settings import QueueSettings


@dataclass(frozen=True)
class Chain:
    """What follows a queue: the later queues in their order, and the place outside at the end, if any."""

    queues: tuple[str, ...]
    outside: str | None


def chains(queues: Sequence[QueueSettings]) -> dict[str, Chain]:
    """Return the chain behind each queue; a ring, which the settings refuse, ends where it closes."""
    by_name = {queue.name: queue for queue in queues}
    return {name: _chain(name, by_name) for name in by_name}


def _chain(name: str, by_name: dict[str, QueueSettings]) -> Chain:
    way, queue = [name], by_name[name]
    while queue.overflow is not None and queue.overflow in by_name and queue.overflow not in way:
        way.append(queue.overflow)
        queue = by_name[queue.overflow]
    return Chain(tuple(way[1:]), queue.overflow_to)
