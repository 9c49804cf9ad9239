"""How many lines of a trunk are in use, by the switch's own word, whoever talks. Pure.

Between two looks the switch's events keep the count; a look puts right what was missed. An attempt that was
stored and whose channel is not there yet holds its line already.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

_TRUNK = re.compile(r"PJSIP/trunk-(.+)-[0-9a-f]{8}")


def trunk_of(channel: str) -> str:
    """Return the trunk that a channel's name stands for, empty for a phone's or a helper's."""
    found = _TRUNK.fullmatch(channel)
    return found[1] if found else ""


class Lines:
    """The channels of the trunks by Uniqueid."""

    def __init__(self) -> None:
        self._trunks: dict[str, str] = {}

    def began(self, uniqueid: str, channel: str) -> None:
        """Take note of a channel that began."""
        if trunk := trunk_of(channel):
            self._trunks[uniqueid] = trunk

    def ended(self, uniqueid: str) -> None:
        """Take note of a channel that ended."""
        self._trunks.pop(uniqueid, None)

    def looked(self, channels: Mapping[str, str]) -> None:
        """Take the names of all channels of the switch, by Uniqueid."""
        self._trunks = {uniqueid: trunk for uniqueid, name in channels.items() if (trunk := trunk_of(name))}

    def in_use(self, attempts: Iterable[tuple[str, str]] = ()) -> Counter[str]:
        """Return the lines in use of each trunk; ``attempts`` are those not over, by id and trunk."""
        held = {**self._trunks, **dict(attempts)}
        return Counter(held.values())
