"""The robot's own reading of the journal: after a kill at any moment nothing of an open attempt is missed."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.callback_bot.dial.journal import RobotJournal
from hotline.callback_bot.dial.originate import attempt_id
from hotline.core.db import Database
from hotline.core.events import EventBus
from hotline.telephony.asterisk_config import Paths
from hotline.telephony.facts import ENDED
from hotline.telephony.journal_columns import JOURNAL_FILE
from hotline.telephony.tracker import Tracker
from support.asterisk import make_settings
from support.call_facts import NOON, SECOND, row, text

pytestmark = pytest.mark.takes(3)

ONE, TWO = (attempt_id("node1", f"{number:026d}") for number in (1, 2))


class Reader:
    """The journal of a switch, and a service's reading of it that can be ended and begun anew."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.settings = make_settings(folder / "state")
        self.file = Paths.of(self.settings).log / JOURNAL_FILE
        self.file.parent.mkdir(parents=True)
        self.database = database
        self.open = {ONE, TWO}
        self._at = 0

    def write(self, event: str, leg: str, **given: object) -> None:
        self._at += 1
        line = row(event, NOON + self._at * SECOND, leg, leg, **given)  # type: ignore[arg-type]
        with self.file.open("a", encoding="utf-8") as file:
            file.write(text([line]))

    async def begin(self) -> RobotJournal:
        made = RobotJournal(self.settings, self.database, lambda attempt: attempt in self.open)
        await made.load()
        return made


async def slots(journal: RobotJournal) -> list[tuple[str, str]]:
    return [(fact.leg, fact.slot) for fact in await journal.read()]


@pytest.fixture
def reader(tmp_path, database) -> Reader:
    return Reader(tmp_path, database)


async def test_only_lines_of_open_attempts_are_told_once(reader):
    reader.write("CHAN_START", "node1-1790000000.1")
    reader.write("CHAN_START", ONE)
    reader.write("CHAN_START", f"{ONE};2")
    reader.write("CHAN_START", attempt_id("node2", "9" * 26))
    reader.write("HL_ROBOT_END", ONE, extra={"extra": "n=3&outcome=silent"})
    with reader.file.open("a", encoding="utf-8") as file:
        file.write(f'"HANGUP","rubbish","{ONE}"\n')
    journal = await reader.begin()
    assert await slots(journal) == [(ONE, "created"), (ONE, "step:3:HL_ROBOT_END")]
    assert await slots(journal) == []
    assert journal.bad == 1
    reader.write("CHAN_END", ONE)
    assert await slots(journal) == [(ONE, ENDED)]


async def test_what_is_not_over_is_read_again_after_a_kill_and_what_is_over_is_not(reader):
    journal = await reader.begin()
    reader.write("CHAN_START", ONE)
    await journal.read()
    reader.write("CHAN_START", TWO)
    reader.write("ANSWER", ONE)
    await journal.read()
    await journal.save()
    again = await reader.begin()
    assert await slots(again) == [(ONE, "created"), (TWO, "created"), (ONE, "answered")]
    reader.open.discard(ONE)
    again.over(ONE)
    await again.save()
    reader.write("CHAN_END", TWO)
    third = await reader.begin()
    assert (TWO, "created") in (found := await slots(third))
    assert found[-1] == (TWO, ENDED)
    reader.open.clear()
    third.over(TWO)
    await third.save()
    reader.open.add(ONE)
    assert await slots(await reader.begin()) == []


async def test_it_begins_where_the_calls_are_read_and_not_with_all_that_was(reader):
    reader.write("CHAN_START", ONE)
    tracker = Tracker(reader.settings, reader.database, EventBus())
    await tracker.load()
    await tracker.read_journal()
    journal = await reader.begin()
    assert await slots(journal) == []
    reader.write("CHAN_START", TWO)
    assert await slots(journal) == [(TWO, "created")]
    assert await slots(await reader.begin()) == [(TWO, "created")], "its own place was stored at once"
