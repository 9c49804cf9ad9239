"""Callbacks, attempts and answers as the robot leaves them in the store."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.callback_bot.tables import AnswerRow, AttemptRow, CallbackRow, CampaignRow

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""Friday, ten in the morning in China."""


def campaign(name: str = "november", **given: Any) -> CampaignRow:
    return CampaignRow(
        **{"id": name, "name": "十一月回访", "state": "running", "hours": [], "created_at": NOW} | given
    )


def callback(name: str, **given: Any) -> CallbackRow:
    """A callback that waits; what is given stands instead."""
    usual = {
        "id": name,
        "same": f"{name} 2026-11-18",
        "campaign": "november",
        "ticket": f"T-{name}",
        "phone": "13800138000",
        "person": "王女士",
        "unit": "城管局",
        "kind": "投诉",
        "matter": "路灯不亮",
        "handled_on": date(2026, 11, 18),
        "dialogue": "standard",
        "priority": 0,
        "latest": NOW + timedelta(days=7),
        "state": "waiting",
        "tries": 0,
        "outcomes": [],
        "next_at": NOW,
        "why": "",
        "created_at": NOW - timedelta(hours=1),
    }
    return CallbackRow(**(usual | given))


def attempt(of: str, name: str, *, at: datetime = NOW, answered: bool = True, **given: Any) -> AttemptRow:
    """An attempt that is over."""
    usual = {
        "id": name,
        "callback": of,
        "campaign": "november",
        "node": "node1",
        "trunk": "main",
        "line": "12345",
        "number": "13800138000",
        "state": "over",
        "at": at,
        "answered_at": at + timedelta(seconds=5) if answered else None,
        "ended_at": at + timedelta(seconds=60),
        "outcome": "completed" if answered else "no_answer",
        "recording": f"robot/{name}.wav" if answered else "",
        "data": {},
    }
    return AttemptRow(**(usual | given))


def answers(of: str, name: str, **values: str) -> list[AnswerRow]:
    """The answers of an attempt, by question; ``remarks`` and ``reason_words`` are words."""
    free = ("remarks", "reason_words")
    return [
        AnswerRow(
            attempt=name,
            seq=seq,
            callback=of,
            question=question,
            value="said" if question in free else value,
            given="speech",
            turn=1,
            words=value,
            confidence=0.9,
            start_ms=seq * 1000,
            end_ms=seq * 1000 + 800,
        )
        for seq, (question, value) in enumerate(values.items(), 1)
    ]


async def put_ended(session: AsyncSession, name: str, state: str = "done", **values: str) -> CallbackRow:
    """Put in a callback that ended with these answers, and return it."""
    row = callback(name, state=state, tries=1, outcomes=["completed"], ended_at=NOW + timedelta(minutes=1))
    session.add_all([row, attempt(name, f"A-{name}"), *answers(name, f"A-{name}", **values)])
    await session.flush()
    return row
