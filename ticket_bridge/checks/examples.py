"""Checked drafts as labelled calls, in the form that ``hotline ticket evaluate`` reads (R-R-5).

What is in them was said by citizens on the telephone: personal data, to be kept as the recordings are.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ...asr import tables as transcripts
from ...asr.transcripts import Transcript
from ...core.db import Database
from .. import tables
from ..context import CallContext
from ..fields import FieldName, FieldValue
from .check_tables import CheckRow, checks_of
from .checks import Check, settled

_BATCH = 200

ContextSource = Callable[[AsyncSession, str], Awaitable[CallContext | None]]
"""Looks up what the switch knows of a call (``call_facts.StoredCalls``)."""


async def examples(
    database: Database, context_of: ContextSource, *, since: datetime
) -> AsyncGenerator[dict[str, Any]]:
    """Give a labelled call for each call of which something was said since a moment, in the order of calls.

    ``gold`` holds only what people said: the fields they corrected or confirmed. Calls without a transcript,
    a record or a ticket are passed over.
    """
    after = ""
    while True:
        async with database.read() as session:
            query = (
                select(CheckRow.call)
                .where(CheckRow.at >= since, CheckRow.call > after)
                .distinct()
                .order_by(CheckRow.call)
                .limit(_BATCH)
            )
            calls = list(await session.scalars(query))
            found = [await _example(session, call, context_of) for call in calls]
        for one in found:
            if one is not None:
                yield one
        if len(calls) < _BATCH:
            return
        after = calls[-1]


async def _example(session: AsyncSession, call: str, context_of: ContextSource) -> dict[str, Any] | None:
    transcript = await transcripts.load(session, call)
    ticket = await tables.find(session, call)
    context = await context_of(session, call)
    if transcript is None or ticket is None or context is None:
        return None
    return example(ticket.number, transcript, context, await checks_of(session, call))


def example(number: str, transcript: Transcript, context: CallContext, checks: list[Check]) -> dict[str, Any]:
    """Return one labelled call; ``machine`` holds what the draft had before anybody spoke of it. Pure."""
    machine: dict[FieldName, FieldValue | None] = {}
    for check in checks:
        for name, change in check.fields.items():
            machine.setdefault(name, change.old)
    return {
        "id": number,
        "call_time": context.called_at.isoformat(timespec="seconds"),
        "caller": context.caller,
        "turns": [
            {
                "speaker": one.speaker,
                "start": one.start_s,
                "end": one.end_s,
                "text": one.text,
                "asr": one.text,
            }
            for one in transcript.utterances
        ],
        "gold": {name.value: value for name, value in settled(checks).items()},
        "machine": {name.value: value for name, value in machine.items()},
        "checked_by": sorted({check.who for check in checks}),
    }
