"""Media ports for a switch under load: more than the block of a process of tests has (``support.ports``).

They lie beside the ports that the kernel hands out and those of the other tests. Loads that run side by side
own one block each for as long as they run.
"""

from __future__ import annotations

import socket
from collections.abc import Generator
from contextlib import contextmanager

from support.ports import ANYWHERE

COUNT = 800
_FIRSTS = (31_000, *range(61_000, 65_000, COUNT + 100))


@contextmanager
def media_ports() -> Generator[tuple[int, int]]:
    """Give the first and the last; with more loads than blocks some share one and pass over ports in use."""
    for first in _FIRSTS:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as owner:
            try:
                owner.bind((ANYWHERE, first))  # media are UDP: the switch can have this number too
            except OSError:
                continue
            yield first, first + COUNT - 1
            return
    yield _FIRSTS[0], _FIRSTS[0] + COUNT - 1
