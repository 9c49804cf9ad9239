"""The working days of a site: those of the state with the site's own file over them."""

from __future__ import annotations

import structlog

from ..core import calendar
from ..core.calendar import Calendar
from ..core.errors import ConfigError
from ..core.settings import Settings

log = structlog.get_logger(__name__)


def site_calendar(settings: Settings) -> Calendar:
    """Return the working days; the delivered ones alone when the site's file cannot be read."""
    try:
        return calendar.load(settings.menu.with_name("calendar.json"))
    except ConfigError as error:
        log.error("calendar of the site cannot be read", error=str(error))
        return calendar.load()
