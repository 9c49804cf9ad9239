"""The robot is killed at drawn moments of a campaign: nobody is dialled twice for it, and nobody is lost.

``HOTLINE_KILLS=100`` kills it a hundred times (by hand); the gate is content with a few.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter

import pytest

from hotline.callback_bot.tables import AttemptRow
from hotline.core.db import Database
from support.asterisk import Switch, started_switch
from support.journal import journal, until
from support.ports import free_ports
from support.robot_finger import finger
from support.robot_node import RobotProcess, add, answered, attempts, callbacks, first_tries, robot_settings
from support.robot_people import People, people
from support.survey import write_dialogue

KILLS = int(os.environ.get("HOTLINE_KILLS", "6"))
LINES = 6
pytestmark = [pytest.mark.asterisk, pytest.mark.takes(40)]


def phones() -> list[str]:
    """Most of them talk; some are busy, hang up, or ring on; enough for the kills to find calls under way."""
    ways = "0000150003"
    return [f"139{ways[number % 10]}{number:07}" for number in range(30 + 8 * max(0, KILLS - 6))]


EXPECTED = {"0": "completed", "1": "busy", "3": "no_answer", "5": "hung_up"}
"""What an undisturbed campaign comes to, by the number's fourth digit."""


@pytest.mark.clause("R-CB-7")
async def test_no_attempt_is_dialled_twice_and_none_is_lost(asterisk_binary):
    [port] = free_ports(1)
    chance = random.Random(os.environ.get("HOTLINE_SEED", "kills"))  # noqa: S311  # a seed makes it repeatable
    given = robot_settings(port, lines=LINES, ring_seconds=10)
    numbers = phones()
    async with started_switch(asterisk_binary, **given) as switch, people(port) as who:
        write_dialogue(switch.settings)
        await add(switch.settings, numbers)
        process = RobotProcess(switch.settings)
        async with finger(switch.settings):
            try:
                await kill_it(process, who, chance, len(numbers))
                database = Database(switch.settings.database)
                tries = await first_tries(database, len(numbers), limit_s=240)
                await check(switch, who, database, tries, numbers)
                await database.close()
            except TimeoutError:
                print(process.log()[-6000:])
                raise
            finally:
                await process.kill()


async def kill_it(process: RobotProcess, who: People, chance: random.Random, people: int) -> None:
    """Start it, and kill it at moments of its work: some while it starts, most while calls go on.

    On a slow machine everybody may have been called before the last of them.
    """
    for _ in range(KILLS):
        before = len(who.times("called"))
        await process.start()
        if chance.random() < 0.8:

            def calls(before: int = before) -> bool:
                called = who.times("called")
                return len(called) > before or len(set(called)) == people or process.ended

            await until(calls, limit_s=60)
        await asyncio.sleep(chance.uniform(0.0, 1.5))
        await process.kill()
    await process.start()


async def check(
    switch: Switch, who: People, database: Database, tries: dict[str, AttemptRow], numbers: list[str]
) -> None:
    assert {number: row.outcome for number, row in tries.items()} == {
        number: EXPECTED[number[3]] for number in numbers
    }
    rows = await attempts(database)
    begun = Counter(line.uniqueid for line in journal(switch) if line.event == "CHAN_START")
    assert max(begun[row.id] for row in rows) == 1, "a channel of an attempt was made twice"
    dialled = {row.id: row for row in rows if row.outcome != "never_begun"}
    assert all((row.id in begun) == (row.id in dialled) for row in rows)
    assert who.called() == Counter(row.number for row in dialled.values()), "an INVITE for each attempt"
    said = await answered(database)
    for number, row in tries.items():
        if row.outcome == "completed":
            wanted = ["yes", "yes", "yes", "yes", "满意", "no"]
            assert [value for _, value, _ in said[row.id]] == wanted, number
    states = Counter((number[3], row.state) for number, row in (await callbacks(database)).items())
    assert states["0", "done"] == sum(number[3] == "0" for number in numbers)
    assert switch.faults("AudioSocket") == [], "sound was on its way to who was killed"
