"""Which telephones have put their other side on hold, asked of the switch: it writes nothing of a hold.

A channel that was put on hold knows so (``CHANNEL(onhold)``); who did it is the other one of its bridge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Protocol

from .ami_errors import AmiRefusedError
from .ami_message import AmiMessage

_ON_HOLD = "CHANNEL(onhold)"


class Asked(Protocol):
    """The part of ``telephony.ami.AmiPort`` that is needed here."""

    async def action(
        self, name: str, fields: Mapping[str, str | list[str]] | None = None, *, limit_s: float = 5.0
    ) -> list[AmiMessage]:
        """Carry out one action, raising ``AmiError``."""
        ...


async def standing_holds(ami: Asked, *, limit_s: float = 10.0) -> frozenset[str] | None:
    """Return the names of the channels that hold another one; None when the switch does not say.

    Raises ``AmiError`` but for a refusal.
    """
    try:
        return holders(await ami.action("Status", {"Variables": _ON_HOLD}, limit_s=limit_s))
    except AmiRefusedError:
        return None


def holders(answers: Iterable[AmiMessage]) -> frozenset[str]:
    """Return the holding channels of the answers to ``Status``; in a bridge of two, the one not on hold."""
    bridges: dict[str, dict[str, bool]] = defaultdict(dict)
    for message in answers:
        if message.name == "Status" and (bridge := message.get("BridgeID")):
            bridges[bridge][message.get("Channel")] = f"{_ON_HOLD}=1" in message.all("Variable")
    return frozenset(
        name
        for channels in bridges.values()
        if len(channels) == 2 and any(channels.values())
        for name, is_held in channels.items()
        if not is_held
    )
