"""Wires what keeps the hotline running: menus, alarms, deliveries of webhooks, the node's own health."""

from __future__ import annotations

from collections.abc import Callable

from ..core.action_log import ActionLog
from ..core.clock import Clock
from ..core.db import Database
from ..core.settings import Settings
from ..ivr.load import Actions
from ..web.alarm_list import AlarmList
from ..web.deliveries import Deliveries
from ..web.live import Live
from ..web.menu_view import Menus
from ..web.upkeep_api import Upkeep
from .health import Health
from .system_look import SystemLook


def upkeep_of(
    settings: Settings,
    database: Database,
    actions: Actions,
    log: ActionLog,
    *,
    health: Health,
    live: Callable[[], Live],
    clock: Clock,
) -> Upkeep:
    """Return the part of a node; what people do with it is in the action log."""
    node = settings.site.node
    return Upkeep(
        menus=Menus(settings, actions, log, clock=clock),
        alarms=AlarmList(database, node=node, clock=clock),
        deliveries=Deliveries(
            database, node=node, targets=[target.name for target in settings.webhooks], clock=clock
        ),
        system=SystemLook(settings, database, health, live, clock=clock),
        log=log,
    )
