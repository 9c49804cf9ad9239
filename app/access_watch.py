"""Looks after who may come in: sweeps what is over, and proves the access log from time to time."""

from __future__ import annotations

import asyncio

import structlog

from ..core.access.access_log import verify
from ..web.door import Access
from .health import Health

log = structlog.get_logger(__name__)

SWEEP_S = 600.0
PROVE_EACH = 36
"""Every sixth hour, and at the start."""
PART = "access log"


async def watch_access(access: Access, health: Health) -> None:
    """Sweep and prove for ever; a broken chain stands among the node's faults until it is whole."""
    count = 0
    while True:
        if count % PROVE_EACH == 0:
            await prove(access, health)
        await access.sessions.sweep()
        await access.sign_in.sweep()
        count += 1
        await asyncio.sleep(SWEEP_S)


async def prove(access: Access, health: Health) -> None:
    """Note whether the access log is whole."""
    counts, faults = await verify(access.database, state=access.settings.state)
    if not faults:
        health.good(PART)
        log.info("access log is whole", entries=sum(counts.values()))
        return
    first = faults[0]
    log.error("access log was changed", node=first.node, seq=first.seq, fault=first.fault, count=len(faults))
    health.bad(
        PART,
        f"访问日志被改动：节点 {first.node} 第 {first.seq} 条起共 {len(faults)} 处，"
        "请运行 hotline access-log verify 并保全数据库",
    )
