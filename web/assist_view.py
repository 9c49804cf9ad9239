"""Suggestions and repeats for the API: what is proposed now, what was, and who told of what again (R-R-4)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..asr import tables as transcripts
from ..asr.transcripts import Transcript
from ..core.clock import Clock
from ..core.db import Database
from ..core.log import mask
from ..core.settings import Settings
from ..queue.reports_period import Period, PeriodError, read_period
from ..ticket_bridge.assist.assist_events import Suggested
from ..ticket_bridge.assist.assist_live import suggestion_json
from ..ticket_bridge.assist.assist_tables import of_call
from ..ticket_bridge.assist.wording import faults
from ..ticket_bridge.repeats.repeat_report import Asked, repeats_of

_LONGEST_PERIOD = timedelta(days=92, hours=1)
_LONGEST_KEY = 150


def _wording(transcript: Transcript) -> list[dict[str, Any]]:
    return [
        {
            "label": fault.label,
            "words": fault.evidence.words,
            "start_s": round(fault.evidence.start_s, 3),
            "end_s": round(fault.evidence.end_s, 3),
        }
        for fault in faults(transcript)
    ]


def _nothing(_call: str) -> Sequence[Suggested]:
    return ()


class AssistView:
    """Answers what the API asks; ``standing`` tells what is proposed in a call now."""

    def __init__(self, settings: Settings, database: Database, *, clock: Clock) -> None:
        self._zone = ZoneInfo(settings.site.timezone)
        self._repeats = settings.tickets.repeats
        self._database = database
        self._clock = clock
        self.standing: Callable[[str], Sequence[Suggested]] = _nothing

    async def of_call(self, call: str) -> dict[str, Any]:
        """Return what is proposed in a call now, all that was, and its wording as the recording has it.

        ``wording`` is null until the call's transcript is made (R-T-12).
        """
        told: list[dict[str, Any]] = []
        transcript: Transcript | None = None
        if call.isprintable() and len(call) <= _LONGEST_KEY:
            async with self._database.read() as session:
                told, transcript = await of_call(session, call), await transcripts.load(session, call)
        return {
            "call": call,
            "now": [suggestion_json(one) for one in self.standing(call)],
            "told": told,
            "wording": None if transcript is None else await asyncio.to_thread(_wording, transcript),
        }

    async def repeats(
        self, since: str | None, until: str, *, least_callers: int, least_calls: int | None
    ) -> dict[str, Any]:
        """Return the repeats between two typed moments, 92 days at most; numbers are masked.

        Without a beginning: those of the settings' window.
        """
        now = self._clock()
        if since is None:
            period = Period(now - timedelta(days=self._repeats.place_days), now)
        else:
            period = read_period(since, until, now, self._zone).until_at_most(now)
        if period.until - period.since > _LONGEST_PERIOD:
            raise PeriodError("the period is too long for this address", mend="ask for 92 days at most")
        asked = Asked(period.since, period.until, least_callers, least_calls or self._repeats.watch_from)
        async with self._database.read() as session:
            found = await repeats_of(session, asked)
        return {**found, "callers": [{**one, "caller": mask(one["caller"])} for one in found["callers"]]}
