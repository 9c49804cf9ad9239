"""A client of ours on a simulated switch; at its end nothing may be left of it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from hotline.telephony.ami import Ami, AmiLimits, AmiState
from support.ami_simulator import Action, AmiSimulator, message

LIMITS = AmiLimits(ping_s=60, silence_s=120, first_pause_s=0.01, longest_pause_s=0.02, refused_pause_s=0.02)
WAIT_S = 60.0
"""Long enough for a busy machine; a test that passes ends much earlier."""


@asynccontextmanager
async def line(
    switch: AmiSimulator,
    *,
    limits: AmiLimits = LIMITS,
    secret: str = "right",  # noqa: S107  # the simulator's
    **handlers: Any,
) -> AsyncGenerator[Ami]:
    """A client that runs; at the end no task, future or unheard exception may be left."""
    faults: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: faults.append(context))
    before = asyncio.all_tasks()
    ami = Ami("127.0.0.1", switch.port, "hotline", secret, limits=limits, chance=lambda: 0.0)
    for name, handler in handlers.items():
        ami.on(name, handler)
    task = asyncio.create_task(ami.run())
    try:
        yield ami
    finally:
        await ami.close()
        with suppress(asyncio.CancelledError):
            await task
        await switch.gone()
    assert (ami.pending, ami.state, ami.dispatcher.lanes) == (0, AmiState.CLOSED, 0)
    servers = {one for one in asyncio.all_tasks() if "serve" in repr(one.get_coro())}
    assert asyncio.all_tasks() - servers <= before
    gc.collect()
    await asyncio.sleep(0)
    assert faults == []


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110  # looks at the state of both sides
            await asyncio.sleep(0.002)


def never(_: Action) -> bytes | None:
    return None


def event(number: int, text: str = "", call: str = "node1-1.1") -> bytes:
    return message(Event="CEL", LinkedID=call, N=str(number), Text=text)
