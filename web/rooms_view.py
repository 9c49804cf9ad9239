"""Three-way calls for the API and the call's page: read from the store, in words for people where shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from ..core.clock import Clock
from ..core.db import Database
from ..core.errors import InvalidInputError
from ..core.settings import Settings
from ..queue.reports_period import PeriodError, read_period
from ..telephony.recording_files import name_of
from ..telephony.room_names import HOW_NAMES, KIND_NAMES, MODE_NAMES, STATE_NAMES, why_name
from ..telephony.room_queries import Asked, Directory, lines_of_call, read_lines
from ..telephony.room_report import report
from ..ticket_bridge.notices.notice_tables import with_notices

MOST_LINES = 1000
_LONGEST_PERIOD = timedelta(days=31, hours=1)
_STEPS = {
    "moved": "转入会议",
    "dialled": "拨出",
    "ringing": "振铃",
    "answered": "应答",
    "joined": "接入",
    "ended": "结束",
}


class RoomsView:
    """Answers what the API asks of third lines."""

    def __init__(self, settings: Settings, database: Database, *, clock: Clock) -> None:
        self.directory = Directory.of(settings)
        self._agents = {agent.number: agent.name for agent in settings.agents}
        self._zone = ZoneInfo(settings.site.timezone)
        self._database = database
        self._clock = clock

    async def lines(self, since: str, until: str, *, kind: str = "", target: str = "") -> dict[str, Any]:
        """Return lines asked for between two typed moments (31 days at most) with their report.

        The report is of all, ``lines`` are the newest ``MOST_LINES``. Raises ``InvalidInputError``.
        """
        now = self._clock()
        period = read_period(since, until, now, self._zone).until_at_most(now)
        if period.until - period.since > _LONGEST_PERIOD:
            raise PeriodError("the period is too long for this address", mend="ask for 31 days at most")
        if kind and kind not in KIND_NAMES:
            raise InvalidInputError("no such kind", mend=f"one of {', '.join(KIND_NAMES)}")
        async with self._database.read() as session:
            found = await read_lines(
                session, self.directory, Asked(period.since, period.until, kind, target[:60])
            )
            shown = await with_notices(session, found[:MOST_LINES])
        return {
            "since": period.since,
            "until": period.until,
            **report(found),
            "lines": shown,
            "truncated": len(found) > MOST_LINES,
        }

    async def of_call(self, session: AsyncSession, call: str) -> list[dict[str, Any]]:
        """Return the third lines of a call, in order."""
        return await with_notices(session, await lines_of_call(session, self.directory, call))

    def shown(self, line: Mapping[str, Any]) -> dict[str, Any]:
        """Return a line in the words of the call's page."""
        agent = line["agent"]
        steps = [(label, line["ms"][step]) for step, label in _STEPS.items() if line["ms"][step] is not None]
        return {
            "label": line["label"],
            "kind": KIND_NAMES.get(line["kind"], ""),
            "agent": self._agents.get(agent, agent),
            "how": HOW_NAMES.get(line["how"], line["how"]),
            "mode": MODE_NAMES.get(line["mode"], line["mode"]),
            "state": STATE_NAMES.get(line["state"], line["state"]),
            "why": why_name(line["why"]),
            "notice": line["notice"],
            "asked_at": line["asked_at"],
            "steps": steps,
            "tries": [{**one, "why": why_name(one["why"])} for one in line["tries"]],
        }

    def words(self, params: Mapping[str, str]) -> dict[str, str]:
        """Return a step's values with the third line's label for its name."""
        target = params.get("target")
        return {**params, "target": self.directory.label(target)} if target else dict(params)

    def voice(self, path: str) -> str:
        """Return whose voice a room's recording holds, in words; empty for every other recording."""
        name = name_of(path)
        if name is None or not name.who:
            return ""
        return f"坐席 {self._agents.get(name.who, name.who)}" if name.kind == "room-agent" else "第三方"
