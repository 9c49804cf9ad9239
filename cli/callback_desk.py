"""The desk of the robot for the commands: opened over the store, closed behind them."""

from __future__ import annotations

import getpass
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

import typer

from ..app.robot_results import RobotResults
from ..app.site_calendar import site_calendar
from ..callback_bot.desk import Desk
from ..callback_bot.desk_checks import checked_who
from ..callback_bot.schedule.hours import CallingHours
from ..core.db import Database
from ..core.errors import ConfigError
from ..core.settings import Settings
from . import common

T = TypeVar("T")

WhoOption = Annotated[
    str,
    typer.Option("--who", help="Who asks, for the action log.  [default: the user]", show_default=False),
]
CampaignOption = Annotated[str, typer.Option("--campaign", "-c", help="The campaign (回访任务).")]


def desk_of(settings: Settings, database: Database) -> Desk:
    """Return the desk over a store."""
    hours = CallingHours.of(settings, site_calendar(settings))
    return Desk(database, settings, hours, RobotResults(settings, database).results)


def ask_desk(settings: Settings, ask: Callable[[Desk], Awaitable[T]]) -> T:
    """Return what ``ask`` has the desk do; raises ``StoreAwayError``."""
    return common.ask_store(settings, lambda database: ask(desk_of(settings, database)))


def asker(who: str) -> str:
    """Return who asks; raises ``InvalidInputError`` for a name that cannot be kept."""
    return checked_who(who or _user())


def _user() -> str:
    try:
        return f"cli:{getpass.getuser()}"[:60]
    except (KeyError, OSError, ImportError):  # a container's user may have no name
        return "cli"


def must_call(settings: Settings) -> None:
    """Refuse what needs the robot to call while it calls nobody."""
    if not settings.robot.trunks:
        raise ConfigError(
            "the robot calls nobody: no trunk is named in [robot]",
            mend="add [[robot.trunks]] with the name of a trunk (docs/callbacks.md)",
        )


def local(moment: datetime | None, settings: Settings) -> str:
    """Return a moment in the site's time, for people."""
    return f"{moment.astimezone(ZoneInfo(settings.site.timezone)):%m-%d %H:%M}" if moment else ""
