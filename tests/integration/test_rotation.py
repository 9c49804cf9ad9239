from __future__ import annotations

import asyncio
import gzip
import os
from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from structlog.testing import capture_logs

from hotline.core.clock import from_us
from hotline.core.db import Database
from hotline.core.settings import JournalSettings
from hotline.telephony.rotation import Rotation, pack
from hotline.telephony.runtime import NotRunningError
from hotline.telephony.tables import JournalPositionRow
from support.asterisk import make_settings
from support.audited import AuditedNode
from support.call_facts import NOON, SECOND, abandoned, answered

DAY = timedelta(days=1)
TODAY = from_us(NOON + 3600 * SECOND)


class Switch:
    """Holds ``queue_log`` open as Asterisk does, and opens it anew when told to."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._open = file.open("a")
        self.is_running = True

    def close(self) -> None:
        self._open.close()

    async def console(self, command: str) -> str:
        assert command == "logger reload"
        if not self.is_running:
            raise NotRunningError("not running")
        self._open.close()
        self._open = self._file.open("a")
        self.write("CONFIGRELOAD")
        return ""

    def write(self, event: str, *, second: int = NOON // SECOND) -> None:
        self._open.write(f"{second}|NONE|NONE|NONE|{event}|\n")
        self._open.flush()


@pytest.fixture
async def node(tmp_path: Path, database: Database) -> AuditedNode:
    node = AuditedNode(make_settings(tmp_path), database)
    node.now = TODAY
    return node


@pytest.fixture
def switch(node: AuditedNode) -> Generator[Switch]:
    switch = Switch(node.logs / "queue_log")
    yield switch
    switch.close()


Make = Callable[..., Rotation]


@pytest.fixture
def steady() -> list[float]:
    """The seconds of the steady clock, which both clocks follow."""
    return [0.0]


@pytest.fixture
def rotation(node: AuditedNode, switch: Switch, steady: list[float]) -> Make:
    def make(now: datetime, **journal: int) -> Rotation:
        settings = node.settings.model_copy(update={"journal": JournalSettings(**journal)})
        return Rotation(
            settings,
            node.database,
            switch.console,
            clock=lambda: now + timedelta(seconds=steady[0]),
            steady=lambda: steady[0],
        )

    return make


def files(node: AuditedNode, name: str = "cel-custom/hotline.csv") -> list[str]:
    path = node.logs / name
    return sorted(file.name.removeprefix(path.name) for file in path.parent.glob(f"{path.name}*"))


def age(node: AuditedNode, now: datetime) -> None:
    """Let rotated files look as if they were written to a while before."""
    for path in (*node.logs.glob("*.0*"), *node.journal.parent.glob("hotline.csv.*")):
        os.utime(path, (now.timestamp() - 600, now.timestamp() - 600))


async def a_day_later(rotating: Rotation, steady: list[float]) -> None:
    """Look once more when the clock has been believed again."""
    await rotating.look()
    steady[0] += 24 * 3600
    await rotating.look()


async def test_nothing_is_due_within_the_day(node: AuditedNode, switch: Switch, rotation: Make) -> None:
    node.write(answered())
    switch.write("QUEUESTART")
    await rotation(TODAY).look()
    assert files(node) == [""]
    assert files(node, "queue_log") == [""]


async def test_each_day_has_its_file_and_no_line_is_lost(
    node: AuditedNode, switch: Switch, rotation: Make
) -> None:
    node.write(answered())
    switch.write("QUEUESTART")
    await node.read()
    tomorrow = TODAY + DAY
    node.now = tomorrow
    await rotation(tomorrow).look()
    (rotated,) = files(node)
    assert rotated.endswith("Z.000001")
    assert len(files(node, "queue_log")) == 2
    switch.write("QUEUESTART", second=int(tomorrow.timestamp()))
    node.write(abandoned("node1-1795406500.20", at_us=NOON + 86_500 * SECOND))
    await node.read()
    found = await node.audit()
    assert (found.is_clean, found.compared) == (True, 2)
    await rotation(tomorrow).look()
    assert len(files(node)) == 2


async def test_a_file_that_has_grown_is_rotated_within_the_day(
    node: AuditedNode, switch: Switch, rotation: Make
) -> None:
    for _ in range(300):
        node.write(answered())
    assert node.journal.stat().st_size > 1 << 20
    await rotation(TODAY, rotate_mb=1).look()
    assert len(files(node)) == 1
    assert not node.journal.exists()


async def test_read_files_are_packed_and_old_ones_removed_the_others_never(
    node: AuditedNode, switch: Switch, rotation: Make, steady: list[float]
) -> None:
    node.write(answered())
    switch.write("QUEUESTART")
    tomorrow, much_later = TODAY + DAY, TODAY + 500 * DAY
    await rotation(tomorrow).look()
    node.write(abandoned("node1-1795406500.20", at_us=NOON + 86_500 * SECOND))
    age(node, tomorrow)
    await rotation(much_later).look()
    assert [name[-6:] for name in files(node)] == ["000001", "000002"], "nothing was read yet"
    node.write(answered("node1-1838500000.20", at_us=1_838_500_000 * SECOND))
    await rotation(much_later).look()
    assert [name[-6:] for name in files(node)] == ["", "000001", "000002"], "nothing was read yet"

    await node.read()
    first = next(path for path in node.journal.parent.glob("*.000001"))
    os.utime(first, (TODAY.timestamp(), TODAY.timestamp()))
    age_of_second = much_later - timedelta(days=3)
    second = next(path for path in node.journal.parent.glob("*.000002"))
    os.utime(second, (age_of_second.timestamp(), age_of_second.timestamp()))
    content = second.read_bytes()
    rotating = rotation(much_later - DAY)
    await rotating.look()
    assert [name[-9:] for name in files(node)] == ["", "0Z.000001", "000002.gz"], "the clock may be wrong"
    steady[0] += DAY.total_seconds()
    await rotating.look()
    assert [name[-9:] for name in files(node)] == ["", "000002.gz"]
    packed = second.with_name(second.name + ".gz")
    assert gzip.decompress(packed.read_bytes()) == content
    assert packed.stat().st_mtime == pytest.approx(age_of_second.timestamp())
    assert packed.stat().st_mode & 0o077 == 0


async def test_a_reader_that_is_behind_keeps_its_files(
    node: AuditedNode, switch: Switch, rotation: Make, steady: list[float]
) -> None:
    node.write(answered())
    await node.read()
    tomorrow = TODAY + DAY
    await rotation(tomorrow).look()
    node.write(abandoned("node1-1795406500.20", at_us=NOON + 86_500 * SECOND))
    age(node, tomorrow)
    await a_day_later(rotation(tomorrow + 500 * DAY), steady)
    assert any(name.endswith("000001") for name in files(node)), "its reader stands at its end"
    async with node.database.write() as session:
        await session.execute(update(JournalPositionRow).values(head="0" * 64))
    await a_day_later(rotation(tomorrow + 500 * DAY), steady)
    assert any(name.endswith("000001") for name in files(node)), "no reader is known to be past it"
    async with node.database.write() as session:
        await session.execute(delete(JournalPositionRow))
    await a_day_later(rotation(tomorrow + 500 * DAY), steady)
    assert any(name.endswith("000001") for name in files(node))


async def test_a_switch_that_could_not_be_told_writes_on_and_is_told_later(
    node: AuditedNode, switch: Switch, rotation: Make
) -> None:
    start = NOON // SECOND
    switch.write("QUEUESTART")
    await node.read()
    tomorrow = TODAY + DAY
    switch.is_running = False
    await rotation(tomorrow).look()
    switch.write("QUEUESTART", second=start + 90_000)
    age(node, tomorrow)
    node.now = tomorrow
    await rotation(tomorrow + timedelta(minutes=5)).look()
    (held,) = files(node, "queue_log")
    assert held.endswith("000001"), "neither packed nor removed while the switch writes to it"
    switch.is_running = True
    await rotation(tomorrow + timedelta(minutes=6)).look()
    assert len(files(node, "queue_log")) == 2
    await node.read()
    async with node.database.read() as session:
        row = await session.get_one(JournalPositionRow, ("node1", "queue_log"))
    assert row.carry == {"restarts": [start * SECOND, (start + 90_000) * SECOND]}


async def test_without_a_database_rotation_goes_on_and_nothing_is_removed(
    tmp_path: Path, node: AuditedNode, switch: Switch
) -> None:
    nowhere = Database(f"sqlite+aiosqlite:///{tmp_path}/no/such/folder.db")
    node.write(answered())
    await Rotation(node.settings, nowhere, switch.console, clock=lambda: TODAY + 900 * DAY).look()
    assert len(files(node)) == 1
    await nowhere.close()


async def test_before_the_store_has_its_tables_nothing_is_asked_of_it(
    tmp_path: Path, node: AuditedNode, switch: Switch
) -> None:
    empty, stored = Database(f"sqlite+aiosqlite:///{tmp_path}/empty.db"), asyncio.Event()
    node.write(answered())
    rotation = Rotation(node.settings, empty, switch.console, clock=lambda: TODAY + 900 * DAY, stored=stored)
    with capture_logs() as first:
        await rotation.look()
    assert [line for line in first if line["log_level"] != "info"] == []
    assert len(files(node)) == 1
    stored.set()
    with capture_logs() as later:
        await rotation.look()
    assert [line["event"] for line in later] == ["rotated files wait for the database"]
    await empty.close()


async def test_asterisks_own_log_is_rotated_by_the_sites_day(
    node: AuditedNode, switch: Switch, rotation: Make
) -> None:
    messages = node.logs / "messages.log"
    messages.write_text("[2026-11-22 18:00:00.000] NOTICE[1] x.c: night\n", encoding="utf-8")
    # 02:00 of the 23rd in Shanghai, where that line is of the 23rd too.
    await rotation(datetime.fromisoformat("2026-11-22T18:30:00+00:00")).look()
    assert files(node, "messages.log") == [""]
    await rotation(datetime.fromisoformat("2026-11-23T16:00:30+00:00")).look()
    assert [name[-6:] for name in files(node, "messages.log")] == ["000001"]


async def test_the_switchs_output_is_emptied_in_place(
    node: AuditedNode, switch: Switch, rotation: Make
) -> None:
    output = node.logs / "console.log"
    with output.open("ab") as held:
        held.write(b"x" * (1 << 21))
        held.flush()
        await rotation(TODAY, rotate_mb=1).look()
        held.write(b"on\n")
        held.flush()
    assert output.read_bytes() == b"on\n"


def test_a_file_that_is_written_to_while_it_is_packed_stays(tmp_path: Path) -> None:
    path = tmp_path / "queue_log.20261122T000000Z.000001"
    path.write_text("1\n")

    def write() -> bool:
        with path.open("a") as out:
            out.write("2\n")
        return False

    with pytest.raises(BlockingIOError):
        pack(path, stop=write)
    assert path.read_text().startswith("1\n2\n")
    with pytest.raises(InterruptedError):
        pack(path, stop=lambda: True)
    assert path.exists()
    pack(path)
    assert [file.name for file in tmp_path.iterdir()] == [path.name + ".gz"]
