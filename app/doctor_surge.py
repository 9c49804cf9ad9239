"""Checks of the plan for surges and failures: where a call goes that a queue cannot serve (R-IVR-7, 8)."""

from __future__ import annotations

from collections.abc import Iterable

from ..core.settings import Settings
from ..telephony.overflow import chains
from .finding import Finding, ok, warn


def surge(settings: Settings) -> Iterable[Finding]:
    """Say which queue has nobody behind it, and whether call-backs are offered."""
    behind = chains(settings.queues)
    alone = [name for name, chain in behind.items() if not chain.queues and chain.outside is None]
    if all(chain.outside is None for chain in behind.values()):
        yield warn(
            "surge",
            "no place outside takes calls when all agents here fail or are busy",
            "describe one in [[outside]] and set overflow_to in the last [[queues]] of a chain",
        )
    if alone:
        yield warn(
            "surge",
            f"nobody stands behind the queues: {', '.join(alone)}",
            "set overflow (another queue) or overflow_to (a place outside)",
        )
    if settings.callback.trunk is None:
        yield warn("surge", "no call-back is offered to who waits", "set callback.trunk")
    if (
        settings.callback.trunk is not None
        and settings.callback.max_waiting * 2 > settings.asterisk.max_calls
    ):
        yield warn(
            "surge",
            f"{settings.callback.max_waiting} promised call-backs can fill half of asterisk.max_calls",
            "lower callback.max_waiting or raise asterisk.max_calls",
        )
    unwatched = [trunk.name for trunk in settings.trunks if not trunk.asked_every_s]
    if unwatched:
        yield warn(
            "surge",
            f"no alarm when a trunk is down: {', '.join(unwatched)}",
            "set qualify_seconds (60) in [[trunks]] where the peer answers OPTIONS",
        )
    if not alone and any(chain.outside for chain in behind.values()):
        yield ok("surge", f"{len(behind)} queues, each with somebody behind it")
