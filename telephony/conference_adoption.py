"""What a service finds at its start: requests that another one has begun, and rooms in progress.

The journal is read to its end first, so what the switch did meanwhile is known; what it did not do is decided
after a look at it. Nothing is asked twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from ..core.action_log import Action, actions
from ..core.clock import Clock, utc_now
from ..core.db import Database
from .conference import Calls, Conference
from .conference_log import REQUEST, STATE
from .conference_machine import OVER, Request, State
from .rooms import room

log = structlog.get_logger(__name__)

LOOK_BACK = timedelta(minutes=2)
"""Far longer than a request may take, and the rate's minute."""


async def adopt(conference: Conference, calls: Calls, database: Database, *, clock: Clock = utc_now) -> None:
    """Go on with what was begun, count what was asked for, and look after the rooms of the open calls."""
    found = await actions(database, since=clock() - LOOK_BACK, prefix="three_way.")
    for entry in found:
        if entry.action == REQUEST and entry.result == "accepted":
            conference.count_again(_target(entry), entry.who, entry.at)
    pending = unfinished(found)
    for request, asked_at in pending:
        conference.adopt(request, asked_at)
    rooms = [record.id for record in calls.open_calls() if (there := room(record)) and there.state != "over"]
    for call in rooms:
        conference.guard(call)
    log.info("rooms adopted", rooms=len(rooms), requests=len(pending))


def unfinished(entries: Sequence[Action]) -> list[tuple[Request, datetime]]:
    """Return the accepted requests of which no end was noted, with the moment of each; pure."""
    over = {
        entry.request
        for entry in entries
        if entry.action == STATE and entry.result in {state.value for state in OVER}
    }
    found: list[tuple[Request, datetime]] = []
    for entry in entries:
        if entry.action != REQUEST or entry.result != "accepted" or entry.request in over:
            continue
        details: Mapping[str, Any] = entry.details or {}
        mode = "consult" if details.get("mode") == "consult" else "direct"
        request = Request(
            id=entry.request,
            call=entry.call,
            line=str(details.get("line", "")),
            target=_target(entry),
            agent=entry.who,
            mode=mode,
            state=State.ASKED,
        )
        found.append((request, entry.at))
    return found


def _target(entry: Action) -> str:
    return str((entry.details or {}).get("target", ""))
