"""Entries of the action log for what people have the robot do, in the transaction that does it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from ..core.action_log import ActionRow
from ..core.clock import new_id, to_us

Detail = str | int | float | bool | None


def note(
    session: AsyncSession,
    action: str,
    *,
    who: str,
    node: str,
    now: datetime,
    request: str = "",
    details: Mapping[str, Detail] | None = None,
) -> None:
    """Add an entry ``callback.ACTION``; numbers, names and words of citizens do not belong in ``details``."""
    session.add(
        ActionRow(
            id=f"callback-{new_id()}",
            node=node,
            place=to_us(now),
            at=now,
            who=who[:60],
            action=f"callback.{action}",
            call="",
            request=request[:60],
            result="done",
            details=dict(details or {}),
        )
    )
