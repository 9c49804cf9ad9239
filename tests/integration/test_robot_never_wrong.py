"""Nobody is dialled outside the hours or on the quiet list, whatever the clock, the calendar, the zone.

Each run plays weeks of a campaign in the store: the clock jumps forth and back, the service is started anew
with another time zone or without the year's calendar, people refuse, and every attempt that was stored is
judged by what the calendar of the State Council and the quiet list said at that moment.
"""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotline.callback_bot.dial.attempt import Ending
from hotline.callback_bot.model import Outcome
from hotline.callback_bot.schedule.people import allow_again, never_again
from hotline.callback_bot.schedule.sweep import sweep
from hotline.core.calendar import Calendar, load
from hotline.core.db import Base, Database
from hotline.core.opening_hours import parse
from support.robot_store import RobotStore, new, robot_settings

CALENDAR = load()
STANDARD = ("工作日 08:30-20:00", "休息日 09:00-19:00")
ZONES = ("Asia/Shanghai", "Asia/Urumqi", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
OWN = (("工作日 09:00-12:00", "工作日 14:00-19:30"), ("每天 00:00-24:00",), ("休息日 10:00-18:00",))
PEOPLE = 4
STARTS = tuple(
    datetime.fromisoformat(f"{day}T00:30:00").replace(tzinfo=UTC)
    for day in ("2026-02-10", "2026-03-27", "2026-09-24", "2026-10-23", "2025-12-29")
)
"""Before 春节, changes to and from summer time, 中秋节 with 国庆节, and a year's end."""


@dataclass
class World:
    """One database, the service on it, and what is true."""

    database: Database
    robot: RobotStore
    zone: str
    own: tuple[str, ...]
    quiet: set[str] = field(default_factory=set[str])
    dialled: int = 0

    def restart(self, zone: str, own: tuple[str, ...], *, known: bool) -> None:
        """Start the service anew, where the clock stands."""
        self.zone, self.own = zone, own
        options = {"hours": own, "person_gap_minutes": 1, "person_per_day": 10, "tries": 10}
        years = CALENDAR.years if known else {2025: CALENDAR.years[2025]}
        self.robot = RobotStore(
            self.database,
            robot_settings(zone=zone, **options),
            calendar=Calendar(years),
            now=self.robot.now,
        )

    async def dial(self) -> None:
        """Dial what is due, and judge each call."""
        at = self.robot.now
        for claimed in await self.robot.claim():
            for moment in (at, at + self.robot.hours.margin):
                local = moment.astimezone(ZoneInfo(self.zone))
                assert any(parse(one).holds(local, CALENDAR) for one in STANDARD), local
                assert any(parse(one).holds(local, CALENDAR) for one in self.own), local
            assert claimed.attempt.number not in self.quiet
            assert claimed.attempt.at == at
            self.dialled += 1
        open_ = [one.number for one in await self.robot.store.open_attempts()]
        assert len(open_) == len(set(open_))

    async def end(self, outcome: Outcome) -> None:
        """Let the oldest call end so."""
        for attempt in list(await self.robot.store.open_attempts())[:1]:
            if outcome is Outcome.REFUSED:
                self.quiet.add(attempt.number)
            assert await self.robot.store.finish(attempt.id, Ending(outcome))


PHONES = st.integers(0, PEOPLE - 1).map(lambda number: f"139{number:08}")
STEPS = st.one_of(
    st.tuples(st.just("pass"), st.integers(1, 40 * 60)),
    st.tuples(st.just("pass"), st.integers(1, 90)),
    st.tuples(st.just("back"), st.integers(1, 600)),
    st.tuples(st.just("end"), st.sampled_from(list(Outcome))),
    st.tuples(st.just("quiet"), PHONES),
    st.tuples(st.just("allow"), PHONES),
    st.tuples(st.just("add"), PHONES),
    st.tuples(st.just("restart"), st.tuples(st.sampled_from(ZONES), st.sampled_from(OWN), st.booleans())),
)


async def play(database: Database, start: datetime, steps: list[tuple[str, object]]) -> int:
    """Play the steps; return how many calls were made."""
    world = World(database, RobotStore(database, now=start), ZONES[0], OWN[0])
    world.restart(ZONES[0], OWN[0], known=True)
    await world.robot.add(*(new(i, phone=f"139{i % PEOPLE:08}") for i in range(2 * PEOPLE)))
    for number, (what, value) in enumerate(steps):
        await _step(world, number, what, value)
        await world.dial()
        await sweep(database, world.robot.now)
    return world.dialled


async def play_in(folder: Path, start: datetime, steps: list[tuple[str, object]]) -> None:
    """Play the steps in a database of their own."""
    database = Database(f"sqlite+aiosqlite:///{folder}/robot.db")
    try:
        async with database.write() as session:
            await (await session.connection()).run_sync(Base.metadata.create_all)
        await play(database, start, steps)
    finally:
        await database.close()


async def _step(world: World, number: int, what: str, value: object) -> None:
    robot = world.robot
    match what, value:
        case ("pass", int(minutes)):
            robot.now += timedelta(minutes=minutes)
        case ("back", int(minutes)):
            robot.now -= timedelta(minutes=minutes)
        case ("end", Outcome() as outcome):
            await world.end(outcome)
        case ("quiet", str(phone)):
            async with world.database.write() as session:
                await never_again(session, phone, robot.now, why="来信", who="web")
            world.quiet.add(phone)
        case ("allow", str(phone)):
            async with world.database.write() as session:
                await allow_again(session, phone)
            world.quiet.discard(phone)
        case ("add", str(phone)):
            await robot.add(new(1000 + number, phone=f"+86 {phone}"))
        case ("restart", (str(zone), tuple(own), bool(known))):
            world.restart(zone, own, known=known)
        case _:
            raise AssertionError(what)


@pytest.mark.clause("R-CB-1")
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors])
@given(st.sampled_from(STARTS), st.lists(STEPS, min_size=5, max_size=25))
def test_never_at_the_wrong_hour_nor_anybody_on_the_quiet_list(
    start: datetime, steps: list[tuple[str, object]]
) -> None:
    with tempfile.TemporaryDirectory(prefix="hotline-") as folder:
        asyncio.run(play_in(Path(folder), start, steps))


@pytest.mark.parametrize("start", [STARTS[0], STARTS[2]])
async def test_the_game_does_make_calls(database: Database, start: datetime) -> None:
    """What is judged above is not an empty set."""
    steps: list[tuple[str, object]] = [("pass", 90), *[("end", Outcome.NO_ANSWER), ("pass", 35)] * 6]
    others = [("restart", (ZONES[2], OWN[1], False)), *[("pass", 7 * 60), ("end", Outcome.REFUSED)] * 12]
    assert await play(database, start, [*steps, *others]) > PEOPLE
