"""What a report of the calls is made by, out of the settings: for the command and for the pages alike."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ..core.settings import Settings
from .definitions import definitions
from .reports import Plan
from .reports_period import By, Period


def plan_of(settings: Settings, by: By, period: Period) -> Plan:
    """Return what a report of these settings is made by."""
    names: dict[str, str] = {}
    if by == "queue":
        names = {queue.name: queue.label for queue in settings.queues}
    elif by == "agent":
        names = {agent.number: f"{agent.name}（{agent.number}）" for agent in settings.agents}
    return Plan(
        settings.site.name,
        ZoneInfo(settings.site.timezone),
        by,
        period,
        names,
        definitions(settings.site.profile),
        settings.figures.short_abandon_seconds * 1_000_000,
    )
