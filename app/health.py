"""What is wrong with a node now, in words for a tired operator."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy.exc import SQLAlchemyError

from ..core.errors import HotlineError

STEADY_S = 5.0
"""A part that has run so long after a failure counts as mended, unless it tells so itself."""


class Health:
    """Faults by part; none of them is a healthy node."""

    def __init__(self, *, steady_s: float = STEADY_S) -> None:
        self._steady_s = steady_s
        self._faults: dict[str, str] = {}
        self._labels: dict[str, str] = {}

    def good(self, part: str) -> None:
        """Note that a part works."""
        self._faults.pop(part, None)

    def bad(self, part: str, why: str) -> None:
        """Note what is wrong with a part."""
        self._faults[part] = why

    def lines(self) -> list[str]:
        """Return every fault, one line each."""
        return list(self._faults.values())

    def parts(self) -> list[dict[str, str]]:
        """Return every part: ``name``, ``label``, ``state`` (ok, bad) and ``why``."""
        return [
            {
                "name": name,
                "label": self._labels.get(name, name),
                "state": "bad" if name in self._faults else "ok",
                "why": self._faults.get(name, ""),
            }
            for name in dict.fromkeys((*self._labels, *self._faults))
        ]

    def watched(
        self, name: str, label: str, part: Callable[[], Awaitable[None]], *, tells: bool = False
    ) -> Callable[[], Awaitable[None]]:
        """Return the part with its failures noted here; the failure itself goes on to the supervisor.

        ``tells``: the part calls ``good`` itself, since running is not yet working (it may be waiting).
        """
        self._labels[name] = label

        async def run() -> None:
            loop = asyncio.get_running_loop()
            mended = None if tells else loop.call_later(self._steady_s, self.good, name)
            try:
                await part()
            except Exception as error:
                self.bad(name, f"{label}出错，正在自动重试：{reason(error)}")
                raise
            finally:
                if mended is not None:
                    mended.cancel()

        return run


def reason(error: Exception) -> str:
    """Return an error in one short line that holds no statement and no data of the store."""
    if isinstance(error, HotlineError):
        return str(error).splitlines()[0][:300]
    if isinstance(error, SQLAlchemyError):
        return f"数据库不可用（{type(getattr(error, 'orig', None) or error).__name__}）"
    return (str(error).splitlines() or [""])[0][:300] or type(error).__name__
