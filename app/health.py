"""What is wrong with a node now, in words for a tired operator."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

STEADY_S = 5.0
"""A part that has run so long after a failure counts as mended."""


class Health:
    """Faults by part; none of them is a healthy node."""

    def __init__(self) -> None:
        self._faults: dict[str, str] = {}

    def good(self, part: str) -> None:
        """Note that a part works."""
        self._faults.pop(part, None)

    def bad(self, part: str, why: str) -> None:
        """Note what is wrong with a part."""
        self._faults[part] = why

    def lines(self) -> list[str]:
        """Return every fault, one line each."""
        return list(self._faults.values())

    def watched(
        self, name: str, label: str, part: Callable[[], Awaitable[None]]
    ) -> Callable[[], Awaitable[None]]:
        """Return the part with its failures noted here; the failure itself goes on to the supervisor."""

        async def run() -> None:
            mended = asyncio.get_running_loop().call_later(STEADY_S, self.good, name)
            try:
                await part()
            except Exception as error:
                self.bad(name, f"{label}出错，正在自动重试：{error or type(error).__name__}")
                raise
            finally:
                mended.cancel()

        return run
