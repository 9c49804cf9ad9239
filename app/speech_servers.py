"""Tells in ``health`` which recognition servers cannot be used; recognition itself does not wait for it."""

from __future__ import annotations

import asyncio

import structlog

from ..asr.server_client import ServerEngine
from ..core.asr_settings import AsrSettings
from .health import Health

log = structlog.get_logger(__name__)

PART = "speech servers"
LOOK_S = 20.0


async def watch(asr: AsrSettings, health: Health, *, look_s: float = LOOK_S) -> None:
    """Look at every server again and again."""
    engine = ServerEngine(asr.server)
    last: dict[str, str] = {}
    while True:
        found = await asyncio.to_thread(engine.look)
        away = {url: why for url, why in found.items() if why}
        if away != last:
            log.info("recognition servers looked at", servers=len(found), away=away)
            last = away
        if away:
            health.bad(PART, told(away, len(found), fallback=asr.server.fallback))
        else:
            health.good(PART)
        await asyncio.sleep(look_s)


def told(away: dict[str, str], count: int, *, fallback: bool) -> str:
    """Return what is wrong in a line for people."""
    which = "；".join(f"{url} {why}" for url, why in away.items())[:300]
    if len(away) < count:
        return f"部分语音识别服务器不可用（其余正常）：{which}"
    then = "录音改由本机模型转写" if fallback else "录音待恢复后转写"
    return f"语音识别服务器全部不可用，通话不受影响，{then}：{which}"
