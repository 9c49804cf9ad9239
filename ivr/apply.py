"""Loads a menu into the running switch; calls in progress stay in theirs (``load``)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import structlog

from ..core.clock import Clock, utc_now
from ..core.settings import Settings
from ..telephony.asterisk_config import Paths
from . import load
from .install import prepare
from .load import Actions, ApplyError
from .prompts import Progress
from .versions import MENUS, locked

__all__ = ["Applied", "ApplyError", "apply", "sweep"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Applied:
    """A menu that new calls enter from now on."""

    version: str
    prompts: int
    synthesised: int
    removed: tuple[str, ...]
    """Old versions that no call was in any more."""
    kept: tuple[str, ...]
    """Old versions that calls are still in; ``sweep`` removes them later."""
    missing_years: tuple[int, ...]


async def apply(
    ami: Actions,
    settings: Settings,
    menu: Path | None = None,
    *,
    clock: Clock = utc_now,
    progress: Progress | None = None,
) -> Applied:
    """Check, speak, write and load a menu file; raises ``ApplyError`` after having undone it.

    Also raises what ``install.prepare`` raises, before anything of the switch is touched.
    """
    prepared = await prepare(settings, menu, clock=clock, progress=progress)
    folder = Paths.of(settings).menus
    with locked(folder):
        await load.switch(ami, folder, prepared.rendered)
        removed = await load.sweep(ami, folder, MENUS)
    version = prepared.rendered.version
    kept = tuple(sorted(set(MENUS.versions(folder)) - {version}))
    log.info("menu applied", version=version, removed=removed, kept=kept)
    return Applied(version, prepared.prompts, prepared.synthesised, removed, kept, prepared.missing_years)


async def sweep(ami: Actions, settings: Settings) -> tuple[str, ...]:
    """Remove the versions that no call is in any more; returns them. Cheap when there is none."""
    folder = Paths.of(settings).menus
    with locked(folder):
        return await load.sweep(ami, folder, MENUS)
