"""Makes a menu file ready for the switch: checked, spoken, and written as dialplan (no Asterisk needed).

``hotline up`` calls ``install_menu`` before it starts the switch; ``ivr/apply.py`` takes the same steps
against a running one.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from ..core import calendar
from ..core.clock import Clock, utc_now
from ..core.settings import Settings
from ..telephony.asterisk_config import Paths
from . import check, greeting, prompts
from .prompts import Progress
from .render import render
from .versions import MenuBusyError, Rendered, locked, write

__all__ = [
    "MenuBusyError",
    "Prepared",
    "calendar_of",
    "install_menu",
    "missing_years",
    "prepare",
    "render_menu",
]


@dataclass(frozen=True)
class Prepared:
    """A menu that may be loaded: its sounds are in place, its dialplan is rendered but not written."""

    rendered: Rendered
    prompts: int
    synthesised: int
    missing_years: tuple[int, ...]
    """Years whose holidays are not known: the normal greeting is used, and the operator is told."""


def calendar_of(settings: Settings) -> calendar.Calendar:
    """Return the calendar with the site's own years (``calendar.json`` beside the menu file)."""
    return calendar.load(settings.menu.with_name("calendar.json"))


def missing_years(settings: Settings, *, clock: Clock = utc_now) -> tuple[int, ...]:
    """Return the years that the greetings need now or soon and the calendar lacks (``hotline doctor``)."""
    today = clock().astimezone(ZoneInfo(settings.site.timezone)).date()
    return calendar_of(settings).missing_years(today)


def render_menu(settings: Settings, menu: Path | None = None, *, clock: Clock = utc_now) -> Rendered:
    """Check a menu file (that of the settings) and return its dialplan; nothing is written."""
    rendered, _ = _render(settings, menu, clock)
    return rendered


def _render(
    settings: Settings, menu: Path | None, clock: Clock
) -> tuple[Rendered, dict[str, prompts.Prompt]]:
    checked = check.load(menu or settings.menu, {queue.name for queue in settings.queues})
    planned = prompts.plan(checked, settings.prompts)
    year = clock().astimezone(ZoneInfo(settings.site.timezone)).year
    spans = greeting.spans(calendar_of(settings), (year, year + 1), settings.site.timezone)
    return render(checked, planned, spans), planned


async def prepare(
    settings: Settings,
    menu: Path | None = None,
    *,
    clock: Clock = utc_now,
    progress: Progress | None = None,
) -> Prepared:
    """Check a menu file, make the prompts that are missing, and render it; the switch is not touched.

    Raises ``MenuRefusedError``, ``PromptError`` or ``NoVoiceError``.
    """
    rendered, planned = await asyncio.to_thread(_render, settings, menu, clock)
    made = await prompts.install(planned.values(), Paths.of(settings).sounds / "hotline", progress)
    missing = await asyncio.to_thread(missing_years, settings, clock=clock)
    return Prepared(rendered, len(planned), made, missing)


async def install_menu(
    settings: Settings,
    menu: Path | None = None,
    *,
    clock: Clock = utc_now,
    progress: Progress | None = None,
) -> Prepared:
    """Prepare a menu file and write it for the next start of the switch; older versions stay."""
    prepared = await prepare(settings, menu, clock=clock, progress=progress)
    folder = Paths.of(settings).menus

    def put() -> None:
        with locked(folder):
            write(folder, prepared.rendered)

    await asyncio.to_thread(put)
    return prepared
