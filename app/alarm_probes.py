"""What the alarms cannot see in memory: disk, journal file, database, trunks, calendar, clock.

Each is looked at by itself at its own pace, so that one that hangs holds up no other alarm.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ..core.aio import supervise
from ..core.clock import Clock
from ..core.db import Database
from ..core.errors import HotlineError
from ..core.settings import Settings
from ..ivr.install import missing_years
from ..queue.alarm_conditions import Disk
from ..queue.alarm_tables import mark_seen
from ..telephony.ami import AmiPort
from ..telephony.ami_errors import AmiError
from ..telephony.asterisk_config import Paths
from ..telephony.journal_columns import JOURNAL_FILE
from .doctor_node import existing

log = structlog.get_logger(__name__)

DATABASE_EVERY_S, DATABASE_LATE_S = 3.0, 2.0
DISK_EVERY_S = 10.0
JOURNAL_EVERY_S = 5.0
TRUNK_EVERY_S = 5.0
CALENDAR_EVERY_S = 3600.0
JOURNAL_SLACK_S = 2.0
"""The journal is read up to so much later than the live event of the same moment."""

_DOWN = frozenset({"UNAVAILABLE", "INVALID"})


class Probes:
    """The newest findings; None where nothing is known (yet)."""

    def __init__(
        self, settings: Settings, database: Database, loaded: asyncio.Event, actions: AmiPort, *, clock: Clock
    ) -> None:
        self._settings = settings
        self._database = database
        self._loaded = loaded
        self._actions = actions
        self._clock = clock
        self._trunks = [trunk.name for trunk in settings.trunks if trunk.asked_every_s]
        self._journal = Paths.of(settings).log / JOURNAL_FILE
        self._recordings = settings.recording.directory or settings.state / "recordings"
        self._wrote: bool | None = None
        self._writing_since: float | None = None
        self.disk: Disk | None = None
        self.journal_is_readable: bool | None = None
        self.trunks: dict[str, bool | None] = {}
        self.years_missing: tuple[int, ...] = ()

    def database_writes(self) -> bool | None:
        """Tell whether the last write went through, and none has been hanging since."""
        since = self._writing_since
        if since is not None and asyncio.get_running_loop().time() - since > DATABASE_LATE_S:
            return False
        return self._wrote

    async def first(self) -> None:
        """Find out what is known at once, so that no first look goes without it."""
        await self._look_at_calendar()
        await self._look_at_disk()

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        looks: tuple[tuple[str, Callable[[], Awaitable[None]], float], ...] = (
            ("database probe", self._write, DATABASE_EVERY_S),
            ("disk probe", self._look_at_disk, DISK_EVERY_S),
            ("journal probe", self._look_at_journal, JOURNAL_EVERY_S),
            ("trunk probe", self._ask_for_trunks, TRUNK_EVERY_S),
            ("calendar probe", self._look_at_calendar, CALENDAR_EVERY_S),
        )
        async with asyncio.TaskGroup() as group:
            for name, look, every_s in looks:
                group.create_task(
                    supervise(name, lambda look=look, every_s=every_s: _again(look, every_s)), name=name
                )

    async def _write(self) -> None:
        self._writing_since = asyncio.get_running_loop().time()
        try:
            await self._loaded.wait()
            await mark_seen(self._database, node=self._settings.site.node, at=self._clock())
            self._wrote = True
        except (SQLAlchemyError, OSError):
            self._wrote = False
        finally:
            self._writing_since = None

    async def _look_at_disk(self) -> None:
        try:
            self.disk = await asyncio.to_thread(_disk, self._recordings)
        except OSError:
            self.disk = None

    async def _look_at_journal(self) -> None:
        self.journal_is_readable = await asyncio.to_thread(_can_be_read, self._journal)

    async def _ask_for_trunks(self) -> None:
        for trunk in self._trunks:
            self.trunks[trunk] = await self._ask_for_trunk(trunk)

    async def _ask_for_trunk(self, trunk: str) -> bool | None:
        """Ask the switch whether a trunk's peer answers; its device state says so once it is qualified."""
        if not self._actions.connected:
            return None
        try:
            answer = await self._actions.action(
                "Getvar", {"Variable": f"DEVICE_STATE(PJSIP/trunk-{trunk})"}, limit_s=5.0
            )
        except AmiError:
            return None
        state = answer[0].get("Value") if answer else ""
        return None if not state or state == "UNKNOWN" else state not in _DOWN

    async def _look_at_calendar(self) -> None:
        try:
            self.years_missing = await asyncio.to_thread(missing_years, self._settings, clock=self._clock)
        except HotlineError as error:  # a site's own file that cannot be read; the menu's fault tells it too
            log.warning("calendar cannot be read", error=str(error))


async def _again(look: Callable[[], Awaitable[None]], every_s: float) -> None:
    while True:
        await look()
        await asyncio.sleep(every_s)


class ClockWatch:
    """Notices that the wall clock went otherwise than the steady one."""

    def __init__(self) -> None:
        self._offset_s: float | None = None
        self._earlier_s = 0.0

    def was_last_at(self, ahead: timedelta) -> None:
        """Note that an earlier process of this node wrote at a time that is ``ahead`` of now."""
        if ahead > timedelta():
            self._earlier_s = -ahead.total_seconds()

    def look(self, wall_s: float, steady_s: float) -> float:
        """Return by how many seconds the wall clock has jumped since the last look."""
        offset = wall_s - steady_s
        jump = 0.0 if self._offset_s is None else offset - self._offset_s
        self._offset_s = offset
        earlier, self._earlier_s = self._earlier_s, 0.0
        return max(jump, earlier, key=abs)


class JournalWatch:
    """Compares when live events came with when the journal last told something."""

    def __init__(self) -> None:
        self._counts = (0, 0)
        self._moved_s: tuple[float | None, float] = (None, 0.0)
        self._was_unreadable = False

    def look(self, live: int, journal: int, readable: bool | None, steady_s: float) -> bool | None:
        """Take how many facts either has told so far; False when live events go on and the journal not.

        None while this process has seen nothing by which to tell.
        """
        told, written = self._moved_s
        if live != self._counts[0]:
            told = steady_s
        if journal != self._counts[1]:
            written = steady_s
        self._counts, self._moved_s = (live, journal), (told, written)
        if readable is False:
            self._was_unreadable = True
            return False
        if told is None:
            return True if self._was_unreadable else None
        return told - written <= JOURNAL_SLACK_S


def _disk(folder: Path) -> Disk:
    usage = shutil.disk_usage(existing(folder))
    return Disk(usage.free, usage.total)


def _can_be_read(file: Path) -> bool:
    """Tell whether a file can be read; one that is not there yet (no call so far) can."""
    try:
        with file.open("rb") as opened:
            opened.read(1)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
