"""Hands out ports that no other process of tests is given, however many of them run on this machine.

A port that is only looked at may be taken before its user comes. So the ports are cut into blocks, and a
process owns the block whose first port it holds; when it ends, in whatever way, the kernel frees the block.
"""

from __future__ import annotations

import itertools
import random
import socket
from collections.abc import Iterator
from functools import cache

FIRST, BLOCKS, BLOCK = 10_000, 21, 1_000
"""Below the range that the kernel hands out, and below the media ports of the load tests."""
SINGLE, STEP = 300, 6
"""How much of a block is for single ports, and how far apart."""
SIPP, SIPP_CALLS = 300, 50
"""How much is for SIPp's media, and how much one SIPp has: a call that streams takes four ports."""
ANYWHERE = "0.0.0.0"  # noqa: S104  # only to see whether a port is free


class Block:
    """The ports of one process, handed out in turn, so that one comes again as late as possible."""

    def __init__(self, first: int, owner: socket.socket | None) -> None:
        self.first = first
        self._owner = owner
        self._singles = itertools.cycle(range(first + STEP, first + SINGLE, STEP))
        media = first + SINGLE
        self.media = itertools.cycle(range(media, media + SIPP, SIPP_CALLS))
        """The first media port of the next SIPp."""
        self._ranges: dict[int, Iterator[int]] = {}

    def single(self, kind: socket.SocketKind) -> int:
        """Return the next port on which nobody listens; a telephone at a UDP port takes the TCP port too."""
        kinds = {kind, socket.SOCK_STREAM}
        for port in itertools.islice(self._singles, SINGLE // STEP):
            if all(_is_free(port, one) for one in kinds):
                return port
        raise OSError(f"no port is free from {self.first} to {self.first + SINGLE}")

    def range(self, count: int) -> int:
        """Return the first port of the next range; switches that share one pass over ports in use."""
        if count not in self._ranges:
            begins = range(self.first + SINGLE + SIPP, self.first + BLOCK - count + 1, count)
            self._ranges[count] = itertools.cycle(begins)
        return next(self._ranges[count])


@cache
def own_block() -> Block:
    """Take a block for as long as this process lives."""
    for number in range(BLOCKS):
        first = FIRST + number * BLOCK
        owner = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            owner.bind((ANYWHERE, first))
        except OSError:
            owner.close()
            continue
        return Block(first, owner)
    # More processes than blocks: share one, each from a place of its own; a look at each port must do.
    shared = Block(FIRST + random.randrange(BLOCKS) * BLOCK, None)  # noqa: S311  # no secret
    for _ in range(random.randrange(SINGLE // STEP)):  # noqa: S311  # no secret
        shared.single(socket.SOCK_DGRAM)
    return shared


def free_ports(count: int, kind: socket.SocketKind = socket.SOCK_DGRAM) -> list[int]:
    """Return ports that are free on all addresses."""
    return [own_block().single(kind) for _ in range(count)]


def sipp_media() -> int:
    """Return the first media port for a SIPp; as many as its calls need are its own.

    One that plays agents lasts while many others come and go: its ports are passed over.
    """
    for port in itertools.islice(own_block().media, SIPP // SIPP_CALLS):
        if _is_free(port, socket.SOCK_DGRAM):
            return port
    raise OSError("no media ports are free for another SIPp")


def free_range(count: int) -> int:
    """Return the first of ``count`` ports for media; even, as RTP wants."""
    return own_block().range(count)


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind((ANYWHERE, port))
        except OSError:
            return False
    return True
