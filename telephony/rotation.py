"""Rotates the switch's journal and logs by day and size, packs and keeps them, and loses no line.

How Asterisk 22 holds its files decides the way (docs/adr/0094): each line of the calls' journal opens,
appends and closes the file, so a rename is all; ``queue_log`` and ``messages.log`` stay open, so after the
rename the logger is told to open them anew, and until then it goes on writing into the renamed file.
What any reader has not committed yet is neither packed nor removed, and nothing is removed while the clock is
in doubt.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import re
import shutil
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from ..core.aio import background_pool
from ..core.clock import Clock, from_us, utc_now
from ..core.db import Database
from ..core.settings import Settings
from .asterisk_config import Paths
from .clock_doubt import ClockDoubt
from .console import ConsoleError
from .journal import Position, locate
from .journal_columns import JOURNAL_FILE
from .journal_files import JournalFiles, number_of
from .runtime import NotRunningError
from .tables import JournalPositionRow

log = structlog.get_logger(__name__)

LOOK_S = 60.0
SETTLED_S = 120.0
"""A rotated file that was written to less long ago is left alone."""
_MEGABYTE = 1 << 20
_LOG_TIME = re.compile(rb"(?:^|\n)\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)")

Console = Callable[[str], Awaitable[str]]


@dataclass(frozen=True)
class Family:
    """One file that the switch writes, with what was rotated away of it."""

    path: Path
    is_held: bool
    """The switch keeps it open."""
    is_journal: bool


class Rotation:
    """The part of the service that rotates; ``console`` runs a command in the switch.

    ``stored`` is set once the store has its tables: nothing is packed or removed before. None: it has.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        console: Console,
        *,
        clock: Clock = utc_now,
        steady: Callable[[], float] = time.monotonic,
        stored: asyncio.Event | None = None,
    ) -> None:
        paths = Paths.of(settings)
        self._settings = settings.journal
        self._node = settings.site.node
        self._zone = ZoneInfo(settings.site.timezone)
        self._database = database
        self._console = console
        self._clock = clock
        self._steady = steady
        self._stored = stored
        self._doubt = ClockDoubt()
        self._output = paths.log / "console.log"
        self._stopping = threading.Event()
        self._families = (
            Family(paths.log / JOURNAL_FILE, is_held=False, is_journal=True),
            Family(paths.log / "queue_log", is_held=True, is_journal=True),
            Family(paths.messages, is_held=True, is_journal=False),
        )

    async def run(self) -> None:
        """Look every minute, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Rotate what is due; pack and remove what every reader is done with."""
        now = self._clock()
        renamed: list[Family] = []
        for family in self._families:
            try:
                if await asyncio.to_thread(self._rotate, family, now):
                    renamed.append(family)
            except OSError as error:
                log.warning("file cannot be rotated", file=str(family.path), reason=str(error))
        await self._reopen(renamed)
        try:
            await asyncio.to_thread(self._empty_output)
        except OSError as error:  # a full disk, which only removing old files below makes room on
            log.warning("switch's output cannot be emptied", reason=str(error))
        if self._stored is not None and not self._stored.is_set():
            return
        try:
            positions, written = await self._positions()
        except (SQLAlchemyError, OSError) as error:
            log.warning("rotated files wait for the database", reason=str(error)[:200])
            return
        removes = not self._doubt.look(now.timestamp(), self._steady(), written and written.timestamp())
        pool = background_pool(1, name="rotation")
        try:
            await asyncio.get_running_loop().run_in_executor(pool, self._tidy, positions, now, removes)
        except asyncio.CancelledError:
            self._stopping.set()
            raise
        finally:
            pool.shutdown(wait=False)

    async def _positions(self) -> tuple[list[Position], datetime | None]:
        """Return how far each file was read, and when that was last written down."""
        query = select(JournalPositionRow).where(JournalPositionRow.node == self._node)
        async with self._database.read() as session:
            rows = (await session.scalars(query)).all()
        written = max((row.updated_at for row in rows), default=None)
        return [
            Position(row.device, row.inode, row.offset, row.head_bytes, row.head) for row in rows
        ], written

    async def _reopen(self, renamed: Iterable[Family]) -> None:
        """Have the switch open its files anew; one that is missing was renamed when this failed before."""
        new = any(family.is_held for family in renamed)
        if not new and not any(family.is_held and _is_missing(family.path) for family in self._families):
            return
        try:
            await self._console("logger reload")
        except (NotRunningError, ConsoleError):
            if new:
                log.info("switch is not running, it opens its logs anew at its start")

    def _rotate(self, family: Family, now: datetime) -> bool:
        """Rename a file that is due; False when it is not."""
        try:
            status = family.path.stat()
        except FileNotFoundError:
            return False
        largest = self._settings.rotate_mb * _MEGABYTE
        begun = _first_day(family, self._zone) or datetime.fromtimestamp(status.st_mtime, self._zone).date()
        if not status.st_size or (status.st_size < largest and begun >= now.astimezone(self._zone).date()):
            return False
        name = family.path.name
        last = max((number_of(path.name) or 0 for path in family.path.parent.glob(f"{name}.*")), default=0)
        target = family.path.with_name(f"{name}.{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.{last + 1:06d}")
        family.path.rename(target)
        log.info("journal or log rotated", file=name, to=target.name, bytes=status.st_size)
        return True

    def _tidy(self, positions: list[Position], now: datetime, removes: bool) -> None:
        for family in self._families:
            for path in self._done(family, positions):
                try:
                    self._keep(family, path, now, removes)
                except (FileNotFoundError, InterruptedError):
                    continue
                except OSError as error:
                    log.warning("rotated file cannot be packed or removed", file=str(path), reason=str(error))

    def _done(self, family: Family, positions: list[Position]) -> list[Path]:
        """Return the rotated files that nobody writes or reads any more, oldest first."""
        if not family.path.exists():  # the switch may still write into the one that was renamed last
            return []
        if not family.is_journal:
            return sorted(family.path.parent.glob(f"{family.path.name}.*"))
        files = JournalFiles(family.path).all()
        places = [place for position in positions if (place := locate(files, position)) is not None]
        if not places:
            return []
        return [file.path for file in files[: min(places)] if not file.is_live]

    def _keep(self, family: Family, path: Path, now: datetime, removes: bool) -> None:
        """Remove a file that was kept long enough, or pack it."""
        days = self._settings.keep_days if family.is_journal else self._settings.keep_log_days
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if changed < now - timedelta(days=days):
            if not removes:
                log.info("old journal or log stays, the clock may be wrong", file=path.name)
                return
            path.unlink()
            log.info("old journal or log removed", file=path.name, kept_days=days)
        elif number_of(path.name) and path.suffix != ".gz" and changed < now - timedelta(seconds=SETTLED_S):
            pack(path, stop=self._stopping.is_set)

    def _empty_output(self) -> None:
        """Empty the switch's own output when it has grown; it is appended to, so nothing tears."""
        if self._output.exists() and self._output.stat().st_size > self._settings.rotate_mb * _MEGABYTE:
            shutil.copyfile(self._output, self._output.with_name("console.log.1"))
            os.truncate(self._output, 0)


def pack(path: Path, *, stop: Callable[[], bool] = lambda: False) -> Path:
    """Compress a file; the packed one appears whole and synced before the plain one goes.

    Raises ``InterruptedError`` when ``stop`` says so, ``BlockingIOError`` when it is still written to.
    """
    packed = path.with_name(path.name + ".gz")
    temporary = path.with_name(f".{packed.name}.new")
    before = path.stat()
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as raw:
        with gzip.open(raw, "wb", compresslevel=6) as out, path.open("rb") as plain:
            while plain.tell() < before.st_size and (chunk := plain.read(_MEGABYTE)):
                if stop():
                    raise InterruptedError(path)
                out.write(chunk)
        raw.flush()
        os.fsync(raw.fileno())
    os.utime(temporary, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        temporary.unlink()
        raise BlockingIOError(f"{path.name} is still written to")
    temporary.replace(packed)
    path.unlink()
    log.info("journal or log packed", file=packed.name, bytes=packed.stat().st_size, of=before.st_size)
    return packed


def _first_day(family: Family, zone: ZoneInfo) -> date | None:
    """Return the site's day of a file's first line."""
    live = JournalFiles(family.path).live()
    if live is None:
        return None
    if live.begins_us is not None:
        return from_us(live.begins_us).astimezone(zone).date()
    found = _LOG_TIME.search(live.head)
    try:  # Asterisk is started with the time zone UTC
        moment = datetime.fromisoformat(f"{found[1].decode()}+00:00") if found else None
    except ValueError:
        return None
    return moment.astimezone(zone).date() if moment else None


def _is_missing(path: Path) -> bool:
    return not path.exists() and any(path.parent.glob(f"{path.name}.*"))
