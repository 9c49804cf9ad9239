"""A load with a fault in its middle: how many call and for how long, the same for every fault.

Over three hundred citizens begin within 70 s; the last hangs up after 95 s. With a fault of half a minute
after 20 s some fifty calls are over when it begins, eighty are under way, and a hundred come after it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from support.load_node import Load
from support.load_plan import callers
from support.load_recount import Span

CALLS, WITHIN_S, OVER_S = 305, 70, 95
BEFORE_S = 20.0
LEAST_CALLS = 20
"""So many at least of each stage of a fault."""
STAGES = ("ended before", "under way", "came after")
AND_WITHIN = (*STAGES, "came in it", "answered in it", "ended in it")


@asynccontextmanager
async def fault_in_a_load(
    load: Load,
    seed: int,
    *,
    after_s: float = BEFORE_S,
    longer_s: int = 0,
    stages: tuple[str, ...] = AND_WITHIN,
    least: int = LEAST_CALLS,
) -> AsyncGenerator[None]:
    """Have them all call; the block is the fault, and is left when it is over.

    The end waits for the last call, counts, and asserts that there were many calls in each of the stages. Who
    calls while there is no switch is not counted: a busy machine takes half a minute to start the next one.
    """
    async with load.calling(callers(seed, CALLS, WITHIN_S + longer_s, over_s=OVER_S + longer_s)):
        await asyncio.sleep(after_s)
        begin = time.time()
        yield
        fault = Span(begin, time.time())
    assert len(load.counted) > (300 if load.death is None else 200), "too few reached the switch"
    seen = load.around(fault)
    print(f"a fault of {fault.width:.1f} s, calls:", seen)
    assert min(seen[stage] for stage in stages) >= least, seen
