"""What people and programs see of the robot: callbacks, campaigns, figures, the dry run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from ..core.clock import Clock, utc_now
from ..core.db import Database
from ..core.errors import NotFoundError
from ..core.settings import Settings
from ..queue.reports import Plan, Report
from .desk_views import attempt_json, callback_json, campaign_json, planned_json, result_json
from .outcome.progress import Progress, progress_of
from .outcome.report import Wanted, make_report
from .outcome.report_source import ended_in
from .outcome.result_store import answers_of
from .schedule import campaigns
from .schedule.forecast import SECONDS_EACH, forecast
from .schedule.hours import CallingHours
from .schedule.people import quiet_list
from .tables import AttemptRow, CallbackRow, PersonRow, ResultRow

LARGE, ROWS_A_SECOND = 20_000, 200_000
"""Campaigns of so many callbacks are counted as often as so many rows a second allow."""


class DeskReads:
    """What can be looked at over a node's store."""

    def __init__(
        self, database: Database, settings: Settings, hours: CallingHours, *, clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._robot = settings.robot
        self._hours = hours
        self._clock = clock
        self._looked: dict[str, tuple[datetime, Progress]] = {}

    async def quiet_people(self, *, limit: int = 1000) -> Sequence[PersonRow]:
        """Return the newest numbers of the quiet list; personal data."""
        async with self._database.read() as session:
            return await quiet_list(session, limit=limit)

    async def list(
        self, *, campaign: str = "", state: str = "", ticket: str = "", limit: int = 50, before: str = ""
    ) -> list[dict[str, Any]]:
        """Return callbacks, the newest first, older than the id ``before``; numbers and names masked."""
        rows = select(CallbackRow).order_by(CallbackRow.id.desc()).limit(limit)
        for column, value in (
            (CallbackRow.campaign, campaign),
            (CallbackRow.state, state),
            (CallbackRow.ticket, ticket),
        ):
            if value:
                rows = rows.where(column == value)
        if before:
            rows = rows.where(CallbackRow.id < before)
        async with self._database.read() as session:
            return [callback_json(row) for row in await session.scalars(rows)]

    async def show(self, callback: str) -> dict[str, Any]:
        """Return a callback with attempts, answers and result; personal data. Raises ``NotFoundError``."""
        async with self._database.read() as session:
            row = await session.get(CallbackRow, callback) if callback.isprintable() else None
            if row is None:
                raise NotFoundError(f"no callback {callback[:60]!r}", mend="hotline callback list")
            attempts = await session.scalars(
                select(AttemptRow).where(AttemptRow.callback == callback).order_by(AttemptRow.at)
            )
            answers = await answers_of(session, callback)
            result = await session.get(ResultRow, callback)
            return {
                **callback_json(row, whole=True),
                "attempts": [attempt_json(one, answers.get(one.id, ())) for one in attempts],
                "result": None if result is None else result_json(result),
            }

    async def campaigns(self) -> list[dict[str, Any]]:
        """Return every campaign with its counts, the newest first."""
        async with self._database.read() as session:
            return [campaign_json(one) for one in await campaigns.counts(session)]

    async def progress(self, campaign: str) -> Progress:
        """Return how far a campaign is; raises ``NotFoundError``."""
        found = await self.look(campaign)
        if found is None:
            raise NotFoundError(f"no campaign {campaign[:60]!r}", mend="hotline callback status")
        return found

    async def plan(
        self, *, campaign: str = "", most: int = 100, seconds_each: float = SECONDS_EACH
    ) -> list[dict[str, Any]]:
        """Return whom the robot would call when, and whom not and why (the dry run); nothing is written.

        Raises ``NotFoundError`` for a campaign that is not there.
        """
        if campaign:
            await self.progress(campaign)
        found = await forecast(
            self._database,
            self._robot,
            self._hours,
            self._clock(),
            campaign=campaign,
            most=most,
            seconds_each=seconds_each,
        )
        return [planned_json(one.callback, one.at, one.why) for one in found]

    async def report(self, plan: Plan, wanted: Wanted) -> Report:
        """Return the report of a plan over the callbacks that are wanted; raises ``PeriodError``."""
        return await make_report(plan, partial(ended_in, self._database, wanted), self._clock())

    async def look(self, campaign: str) -> Progress | None:
        """Return how far a campaign is; None when there is none.

        The rows are counted by the store, a twentieth of a second for half a million of them: of a large
        campaign the last counts stand for the longer the larger it is.
        """
        now = self._clock()
        known = self._looked.get(campaign)
        if known is not None and known[0] <= now < known[0] + _stands(known[1]):
            return known[1]
        async with self._database.read() as session:
            found = await progress_of(session, campaign, now) if campaign.isprintable() else None
        self._looked.pop(campaign, None)
        if found is not None and found.total >= LARGE:
            self._looked[campaign] = now, found
        return found


def _stands(progress: Progress) -> timedelta:
    return timedelta(seconds=progress.total / ROWS_A_SECOND)
