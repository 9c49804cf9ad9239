"""What live audio asks of the switch: listen to a leg, and say in whose bridge somebody is."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from .ami import AmiPort
from .ami_errors import AmiError
from .audio_ports import LegOfCall
from .cel import EAR

LIMIT_S = 3.0
_OWN_VOICE = "qoESl"
"""No beep; only what comes from that channel; end with it; half a second may wait and is not dropped."""
HEARD_BY = "HL_HEARD"
"""The variable of a leg's channel that names its stream's: the dialplan can end that (docs/adr/0123)."""


async def listen(ami: AmiPort, leg: LegOfCall, where: str, secret: UUID, ear: str) -> None:
    """Have the switch bring a leg's own voice to ``where`` (host:port); raises ``AmiError``.

    ``ear`` becomes the Uniqueid of the stream's channel. No dialplan is run on it, so that it counts for no
    limit of the switch; it ends with the leg, or with its connection.
    """
    name = f"AudioSocket/{where}-{secret}"
    await ami.action("Setvar", {"Channel": leg.channel, "Variable": HEARD_BY, "Value": name}, limit_s=LIMIT_S)
    fields = {
        "Channel": f"AudioSocket/{where}/{secret}/c(slin)",
        "Application": "ChanSpy",
        "Data": f"{leg.channel},{_OWN_VOICE}",
        "ChannelId": f"{EAR}{ear}",
        "Timeout": str(round(LIMIT_S * 1000)),
    }
    await ami.action("Originate", fields, limit_s=LIMIT_S)


async def bridges_of(ami: AmiPort, legs: Iterable[LegOfCall]) -> dict[str, str]:
    """Return the bridge of each leg by its Uniqueid, empty for one in none; without those that are gone."""
    found: dict[str, str] = {}
    for leg in legs:
        try:
            answers = await ami.action("Status", {"Channel": leg.channel}, limit_s=LIMIT_S)
        except AmiError:
            continue  # its channel has just ended, or the switch is away
        for answer in answers:
            if answer.name == "Status":
                found[leg.leg] = answer.get("BridgeID")
    return found
