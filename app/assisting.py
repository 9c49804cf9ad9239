"""Wires the suggestions to agents: beside the call path, and with no way into it."""

from __future__ import annotations

from ..core.clock import Clock
from ..core.db import Database
from ..core.events import EventBus
from ..core.settings import Settings
from ..telephony.tracker import Tracker
from ..ticket_bridge.assist.assist_live import Assist, caller_of
from ..web.desk import Desk
from .live_speech import LiveSpeechParts


def assisting(
    settings: Settings,
    database: Database,
    bus: EventBus,
    tracker: Tracker,
    live: LiveSpeechParts,
    *,
    desk: Desk,
    clock: Clock,
) -> Assist:
    """Return the assist of a node, shown in the API and on the calls' streams."""
    assist = Assist(
        *(settings, database, bus),
        caller_of=caller_of(settings, tracker.find),
        begun_us=live.transcripts.begun_us,
        clock=clock,
    )
    live.on_level = assist.level
    desk.assist.standing = assist.standing
    live.web.add("suggestions", assist.shown)
    return assist
