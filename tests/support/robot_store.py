"""A robot's store with a clock of its own, and callbacks to put into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.callback_bot.dial.attempt import Ending
from hotline.callback_bot.dial.dialling import Claimed
from hotline.callback_bot.dial.store import Store
from hotline.callback_bot.model import Outcome
from hotline.callback_bot.schedule import campaigns
from hotline.callback_bot.schedule.adding import Added, Adding
from hotline.callback_bot.schedule.hours import CallingHours
from hotline.callback_bot.schedule.new_callback import NewCallback
from hotline.callback_bot.tables import CallbackRow, PersonRow
from hotline.core.calendar import Calendar, load
from hotline.core.clock import to_us
from hotline.core.db import Database
from hotline.core.settings import Settings

SECRET = "secret-of-the-tests-0123"
TEN = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)
"""Thursday, ten in the morning in China."""


def robot_settings(node: str = "node1", *, zone: str = "Asia/Shanghai", **robot: Any) -> Settings:
    """Settings with one trunk of two numbers; nothing of it is ever listened at."""
    usual: dict[str, Any] = {"trunks": [{"name": "city", "lines": 10, "per_second": 100}]}
    return Settings.model_validate(
        {
            "site": {"node": node, "timezone": zone},
            "state": Path("state"),
            "asterisk": {"ami_event_secret": SECRET, "ami_action_secret": SECRET},
            "web": {"token": SECRET},
            "queues": [{"name": "public", "label": "综合"}],
            "trunks": [{"name": "city", "host": "127.0.0.1", "numbers": ["12345", "12346"]}],
            "robot": usual | robot,
        }
    )


class RobotStore:
    """One node's store; ``now`` is set by the test."""

    def __init__(
        self,
        database: Database,
        settings: Settings | None = None,
        *,
        calendar: Calendar | None = None,
        now: datetime = TEN,
    ) -> None:
        self.database = database
        self.settings = settings or robot_settings()
        self.now = now
        self.hours = CallingHours.of(self.settings, calendar or load())
        self.ended: list[tuple[str, str]] = []
        """Id and state of each callback that ended, in the order in which it was told."""
        options: dict[str, Any] = {"after": (self._after,), "clock": lambda: self.now}
        self.store = Store(database, self.settings, self.hours, **options)
        self.adding = Adding(database, self.settings, self.hours, **options)

    async def _after(self, _session: AsyncSession, row: CallbackRow, _now: datetime) -> None:
        self.ended.append((row.id, row.state))

    async def campaign(self, name: str = "november", **given: Any) -> str:
        async with self.database.write() as session:
            await campaigns.create(session, name, self.now, **given)
        return name

    async def add(self, *news: NewCallback, campaign: str = "november") -> list[Added]:
        await self.campaign(campaign)
        return await self.adding.add(campaign, news)

    async def claim(
        self,
        in_use: Mapping[str, int] | None = None,
        most: Mapping[str, int] | None = None,
        *,
        pressed: bool = False,
    ) -> Sequence[Claimed]:
        return await self.store.claim(in_use or {}, most or {}, pressed=pressed)

    async def end(self, claimed: Claimed, outcome: Outcome, **given: Any) -> bool:
        """Let an attempt be over now; nobody knows why but the outcome."""
        return await self.store.finish(claimed.attempt.id, Ending(outcome, ended_us=to_us(self.now)), **given)

    def after(self, **passed: float) -> None:
        """Let time pass."""
        self.now += timedelta(**passed)

    async def row(self, callback: str) -> CallbackRow:
        async with self.database.read() as session:
            return await session.get_one(CallbackRow, callback)

    async def rows(self) -> Sequence[CallbackRow]:
        async with self.database.read() as session:
            return (await session.scalars(select(CallbackRow).order_by(CallbackRow.ticket))).all()

    async def person(self, phone: str) -> PersonRow:
        async with self.database.read() as session:
            return await session.get_one(PersonRow, phone)


def new(number: int, **given: Any) -> NewCallback:
    """A callback of a matter and a person of its own."""
    usual: dict[str, Any] = {
        "ticket": f"T{number:06}",
        "phone": f"139{number:08}",
        "person": "王女士",
        "unit": "城管局",
        "kind": "投诉",
        "matter": "路灯不亮",
    }
    return NewCallback(**(usual | given))
