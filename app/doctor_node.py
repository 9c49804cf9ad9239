"""Checks of one node: its switch, disk, recordings, database, agents and clock."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from ..core import calendar as calendars
from ..core.clock import from_us, utc_now
from ..core.db import Database
from ..core.settings import Settings
from ..telephony import installation
from ..telephony.runtime import Runtime
from . import schema
from .finding import Finding, fail, ok, warn

DISK_FAIL, DISK_WARN = 1 << 30, 10 << 30
BYTES_A_MINUTE = 3 * 60 * 8000 * 2
"""Of recording: citizen, agent and mix, each 8 kHz of 16 bit."""
_DATABASE_LIMIT_S = 8.0
_CLOCK_SLACK = timedelta(minutes=5)


async def switch(settings: Settings) -> Iterable[Finding]:
    """Say whether the switch runs, and whether there is one to run."""
    found = installation.find()
    status = await Runtime(settings, found).status()
    if status.running:
        return [ok("switch", f"Asterisk {status.version} runs with {status.calls} calls")]
    if settings.asterisk.mode == "external":
        return [fail("switch", "it runs elsewhere and does not answer", "start its container")]
    if found is None:
        return [fail("switch", "no Asterisk on this machine", "hotline asterisk install")]
    return [ok("switch", "not running; `hotline up` starts it")]


def existing(path: Path) -> Path:
    """Return a path, or the nearest folder above it that exists."""
    while not path.exists():
        path = path.parent
    return path


def disk(settings: Settings) -> Iterable[Finding]:
    """Say how long the recordings' disk lasts."""
    folder = settings.recording.directory or settings.state / "recordings"
    free = shutil.disk_usage(existing(folder)).free
    hours = free // BYTES_A_MINUTE // 60
    message = f"{free / (1 << 30):.1f} GB free for {folder}, about {hours} hours of speech"
    if free < DISK_FAIL:
        yield fail("disk", message, "make room, or set recording.directory to a larger disk")
    elif free < DISK_WARN:
        yield warn("disk", message, "archive recordings, or set recording.directory to a larger disk")
    else:
        yield ok("disk", message)


def recordings(settings: Settings) -> Iterable[Finding]:
    """Say whether recordings and state can be written."""
    wanted = {settings.state, settings.recording.directory or settings.state / "recordings"}
    for folder in sorted(wanted):
        nearest = existing(folder)
        if not nearest.is_dir():
            yield fail("recordings", f"{nearest} is no folder", "remove that file, or name another folder")
        elif not os.access(nearest, os.W_OK | os.X_OK):
            yield fail("recordings", f"{nearest} cannot be written", f"run: chown {os.getuid()} {nearest}")
        else:
            yield ok("recordings", f"{folder} can be written")


async def database(settings: Settings) -> Iterable[Finding]:
    """Say whether the database answers and has the newest tables."""
    url = make_url(settings.database)
    shown = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite" and not os.path.exists(url.database or ""):  # noqa: ASYNC240  # one local stat
        return [ok("database", f"{shown} is made at the first `hotline up`")]
    store = Database(settings.database)
    try:
        async with asyncio.timeout(_DATABASE_LIMIT_S):
            current = await schema.is_current(store)
    except TimeoutError:
        return [fail("database", f"{shown} did not answer", "look at the server and the way to it")]
    except (OSError, SQLAlchemyError) as error:
        reason = str(error).splitlines()[0]
        return [fail("database", f"{shown}: {reason}", "correct `database`, or start the server")]
    finally:
        await store.close()
    if current:
        return [ok("database", f"{shown} is up to date")]
    return [
        warn("database", f"{shown} has older tables", "`hotline up` brings them up to date; back up first")
    ]


def agents(settings: Settings) -> Iterable[Finding]:
    """Say who would never be called, and which queue nobody answers."""
    idle = [agent.number for agent in settings.agents if not agent.queues]
    staffed = {queue for agent in settings.agents for queue in agent.queues}
    empty = [queue.name for queue in settings.queues if queue.name not in staffed]
    if not settings.agents:
        yield warn("agents", "there is none: every caller can only leave a message", "add [[agents]]")
        return
    if idle:
        yield warn("agents", f"in no queue: {', '.join(idle)}", "give them `queues`")
    if empty:
        yield warn("agents", f"queues that no agent answers: {', '.join(empty)}", "name them in `queues`")
    if not idle and not empty:
        yield ok("agents", f"{len(settings.agents)} agents, someone for every queue")


def clock(settings: Settings) -> Iterable[Finding]:
    """Say what time it is for the operator, and whether the clock once stood later than now."""
    now = utc_now()
    journal = settings.state / "asterisk" / "log" / "queue_log"
    if journal.exists():
        written = from_us(journal.stat().st_mtime_ns // 1000)
        if written > now + _CLOCK_SLACK:
            message = f"it is {now:%Y-%m-%d %H:%M} UTC, but {journal} was written at {written:%Y-%m-%d %H:%M}"
            yield fail("clock", message, "set the clock right before calls come in")
            return
    local = now.astimezone(ZoneInfo(settings.site.timezone))
    yield ok("clock", f"{local:%Y-%m-%d %H:%M} in {settings.site.timezone}")


def calendar(settings: Settings) -> Iterable[Finding]:
    """Say whether the working days of this year and, near its end, of the next one are known."""
    own = settings.menu.with_name("calendar.json")
    known = calendars.load(own)
    missing = known.missing_years(utc_now().date())
    if missing:
        years = ", ".join(str(year) for year in missing)
        mend = f"upgrade Hotline, or write them into {own} (docs/operations.md)"
        yield warn("calendar", f"the working days of {years} are not known", mend)
    else:
        yield ok("calendar", f"working days known until {max(known.years)}")
