"""Pages from templates: every value is escaped, times are shown in the site's time zone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..core.log import mask
from ..queue.outcome_names import OUTCOME_NAMES
from .steps import step_text

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters and those that turn the direction of writing; they could make a line lie."""


def _shown(value: object) -> object:
    """Return a value with unseen characters made seen; what is no plain text stays as it is."""
    if type(value) is str:
        return _UNSEEN.sub("\ufffd", value)
    return value


def _seconds(value: float | None) -> str:
    return "—" if value is None else f"{value:.1f} 秒"


def _outcome(value: str | None) -> str:
    return "未请求人工或进行中" if value is None else OUTCOME_NAMES.get(value, value)


def _masked(value: str | None) -> str:
    return mask(value) if value else "未知"


class Pages:
    """Renders the templates of ``web/templates``."""

    def __init__(self, *, site: str, node: str, timezone: str) -> None:
        self.site, self.node, self.timezone = site, node, timezone
        zone = ZoneInfo(timezone)

        def local(moment: datetime | None, form: str = "%m-%d %H:%M:%S") -> str:
            return "—" if moment is None else moment.astimezone(zone).strftime(form)

        def local_ms(moment: datetime | None) -> str:
            return local(moment, "%H:%M:%S.%f")[:-3]

        self._environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_shown,
        )
        filters: dict[str, Callable[..., object]] = {
            "local": local,
            "moment": datetime.fromisoformat,
            "local_ms": local_ms,
            "seconds": _seconds,
            "outcome": _outcome,
            "step": step_text,
            "masked": _masked,
        }
        self._environment.filters |= filters
        self._common: dict[str, Any] = {
            "site": site,
            "node": node,
            "timezone": timezone,
            "signed_in": True,
            "refresh_s": 0,
        }

    def render(self, template: str, **values: Any) -> str:
        """Return the page as HTML."""
        return self._environment.get_template(template).render({**self._common, **values})
