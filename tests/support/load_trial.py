"""Loads with faults in their middle: how many call and for how long, the same for every fault.

Over three hundred citizens begin within 70 s; the last hangs up after 95 s. With a fault of half a minute
after 20 s some fifty calls are over when it begins, eighty are under way, and a hundred come after it. A
longer load is as dense, and has room for a second fault after the first is over.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager

from support.load_node import Load
from support.load_plan import callers
from support.load_recount import Span

CALLS, WITHIN_S, OVER_S = 305, 70, 95
BEFORE_S = 20.0
"""From the first call to the first fault, and from the end of a fault to the next one."""
LEAST_CALLS = 20
"""So many at least of each stage of a fault."""
STAGES = ("ended before", "under way", "came after")
AND_WITHIN = (*STAGES, "came in it", "answered in it", "ended in it")

Fault = Callable[[], AbstractContextManager[None]]


@asynccontextmanager
async def faults_in_a_load(
    load: Load,
    seed: int,
    *,
    calls: int = CALLS,
    longer_s: int = 0,
    stages: tuple[str, ...] = AND_WITHIN,
    least: int = LEAST_CALLS,
) -> AsyncGenerator[Fault]:
    """Have them all call; each ``with fault():`` in the block is a fault, over when it is left.

    The end waits for the last call, counts, and asserts that there were many calls in each of the stages of
    each fault. Who calls while there is no switch is not counted: a busy machine takes half a minute to start
    the next one.
    """
    faults: list[Span] = []

    @contextmanager
    def fault() -> Generator[None]:
        begin = time.time()
        yield
        faults.append(Span(begin, time.time()))

    async with load.calling(callers(seed, calls, WITHIN_S + longer_s, over_s=OVER_S + longer_s)):
        yield fault
    assert len(load.counted) > (300 if load.death is None else 200), "too few reached the switch"
    assert faults, "nothing failed"
    for one in faults:
        seen = load.around(one)
        print(f"a fault of {one.width:.1f} s, calls:", seen)
        assert min(seen[stage] for stage in stages) >= least, seen
