"""Reports of calls and of callbacks as files: made one at a time, so that no report takes the machine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Literal
from zoneinfo import ZoneInfo

from ..callback_bot.outcome import report as callback_report
from ..callback_bot.outcome.report_source import ended_in
from ..callback_bot.reason_names import reason_names
from ..core.clock import Clock
from ..core.db import Database
from ..core.errors import HotlineError
from ..core.settings import Settings
from ..queue.reports import Report, make_report
from ..queue.reports_calls import calls_of
from ..queue.reports_csv import to_csv
from ..queue.reports_json import to_json
from ..queue.reports_period import By, Period, PeriodError, read_period
from ..queue.reports_plan import plan_of
from ..queue.reports_xlsx import to_xlsx

Form = Literal["json", "csv", "xlsx"]
LONGEST = timedelta(days=400)
MOST_WAITING = 5
_TYPES: dict[Form, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class TooManyReportsError(HotlineError):
    """More reports are asked for at a time than are made one after the other."""

    error_id = "report.busy"
    retryable = True
    status = 503


@dataclass(frozen=True)
class File:
    """A report to be downloaded."""

    name: str
    content_type: str
    body: bytes


class Reports:
    """Makes reports from the store."""

    def __init__(self, settings: Settings, database: Database, *, clock: Clock) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._zone = ZoneInfo(settings.site.timezone)
        self._turn = asyncio.Lock()
        self._asked = 0

    async def calls(self, since: str, until: str, by: By, form: Form) -> File:
        """Return the report of the calls; raises ``PeriodError`` and ``TooManyReportsError``."""
        now, period = self._clock(), self._period(since, until)
        plan = plan_of(self._settings, by, period)
        return await self._file(
            "calls", by, period, form, lambda: make_report(plan, partial(calls_of, self._database), now)
        )

    async def callbacks(self, since: str, until: str, by: callback_report.By, form: Form) -> File:
        """Return the report of the callbacks; raises the same."""
        now, period = self._clock(), self._period(since, until)
        plan = callback_report.plan_of(self._settings, by, period, reason_names(self._settings))
        source = partial(ended_in, self._database, callback_report.Wanted())
        return await self._file(
            "callbacks", by, period, form, lambda: callback_report.make_report(plan, source, now)
        )

    def _period(self, since: str, until: str) -> Period:
        period = read_period(since, until, self._clock(), self._zone)
        if period.until - period.since > LONGEST:
            raise PeriodError("the period is too long for this address", mend="ask for 400 days at most")
        return period

    async def _file(
        self, name: str, by: str, period: Period, form: Form, make: Callable[[], Awaitable[Report]]
    ) -> File:
        if self._asked > MOST_WAITING:
            raise TooManyReportsError("other reports are being made", mend="ask again in a minute")
        self._asked += 1
        try:
            async with self._turn:
                made = await make()
                body = await asyncio.to_thread(_written, made, form)
        finally:
            self._asked -= 1
        last = (period.until - timedelta(microseconds=1)).astimezone(self._zone)
        days = f"{period.since.astimezone(self._zone):%Y%m%d}-{last:%Y%m%d}"
        return File(f"hotline-{name}-{days}-by-{by}.{form}", _TYPES[form], body)


def _written(made: Report, form: Form) -> bytes:
    match form:
        case "json":
            return json.dumps(to_json(made), ensure_ascii=False).encode()
        case "csv":
            return to_csv(made)
        case "xlsx":
            return to_xlsx(made)
