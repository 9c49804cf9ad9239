"""The last resort: a citizen who stays alone in a room goes back to the head of the queue.

The dialplan does that by itself; this is for the one moment that it does not see, a move of two of which only
the first was carried out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from .ami_errors import AmiError
from .call_legs import legs
from .conference_actions import send_back
from .conference_driver import Driver, Find
from .conference_view import Sight
from .rooms import lines

log = structlog.get_logger(__name__)

GUARD_S = 2.0
"""Long enough for the dialplan to act first, short enough not to leave anybody in silence."""
_LOOKS, _TRIES = 2, 15


class Guard:
    """Looks twice before it acts; ``acted(call)`` is called when a citizen was sent back."""

    def __init__(
        self, driver: Driver, find: Find, acted: Callable[[str], None], *, pause_s: float = GUARD_S
    ) -> None:
        self._driver = driver
        self._find = find
        self._acted = acted
        self._pause_s = pause_s

    async def watch(self, call: str) -> bool:
        """Send the citizen of a call back when nobody else is there at two looks; tells whether it did."""
        seen = tries = 0
        while seen < _LOOKS:
            await asyncio.sleep(self._pause_s)
            try:
                sight = await self._driver.sight(call)
            except AmiError:
                if (tries := tries + 1) >= _TRIES:
                    return False
                continue
            if not self._is_alone(call, sight):
                return False
            seen += 1
        return await self._send_back(call)

    def _is_alone(self, call: str, sight: Sight) -> bool:
        record = self._find(call)
        if record is None or any(not line.is_over for line in lines(record)):
            return False
        agents = [leg.id for leg in legs(record) if leg.role == "agent"]
        return sight.is_alone(record.citizen, agents)

    async def _send_back(self, call: str) -> bool:
        async with self._driver.alone(call):
            record, sight = self._find(call), await self._driver.sight(call)
            if record is None or not self._is_alone(call, sight):
                return False
            log.warning("citizen alone in a room, sent back to the queue", call=call)
            await self._driver.act(send_back(sight.channels[record.citizen].name))
        self._acted(call)
        return True
