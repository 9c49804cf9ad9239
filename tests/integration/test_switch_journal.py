from __future__ import annotations

import asyncio
import csv
import io
import re

import pytest

from hotline.telephony.journal_columns import JOURNAL_COLUMNS
from support import sipp
from support.asterisk import Switch

pytestmark = pytest.mark.asterisk


def journal(switch: Switch) -> list[dict[str, str]]:
    names = [name for name, _ in JOURNAL_COLUMNS]
    rows = csv.reader(io.StringIO(switch.journal.read_text(encoding="utf-8")))
    lines = [dict(zip(names, row, strict=True)) for row in rows]
    own = {line["linkedid"] for line in lines if line["context"] == "from-trunk"}
    return [line for line in lines if line["linkedid"] in own]


async def ended(switch: Switch, calls: int = 1) -> list[dict[str, str]]:
    """The journal once it has the end of so many calls."""
    async with asyncio.timeout(15):
        while True:
            if switch.journal.exists():
                rows = journal(switch)
                if sum(row["event"] == "LINKEDID_END" for row in rows) >= calls:
                    return rows
            await asyncio.sleep(0.05)


async def running_calls(switch: Switch, wanted: int) -> None:
    async with asyncio.timeout(10):
        while (await switch.runtime.status()).calls != wanted:  # noqa: ASYNC110  # the switch sends no event here
            await asyncio.sleep(0.05)


async def test_a_call_is_in_the_journal_with_microseconds(running_asterisk):
    switch = await running_asterisk()
    result = await sipp.call(switch.trunk, [sipp.Wait(0.5), sipp.Keys("5"), sipp.Wait(0.5)])
    assert result.ok, result.errors
    rows = await ended(switch)
    events = [row["event"] for row in rows]
    for wanted in ("CHAN_START", "ANSWER", "HANGUP", "CHAN_END", "LINKEDID_END"):
        assert wanted in events
    assert all(re.fullmatch(r"\d{10}\.\d{6}", row["time"]) for row in rows)
    first = rows[0]
    assert first["event"] == "CHAN_START"
    # The caller's number is read from the message and filtered before it stands anywhere (adr/0033).
    assert first["number"] == "0"
    assert [row["number"] for row in rows if row["event"] == "HL_ARRIVED"] == ["13812345678"]
    assert first["exten"] == "12345"
    assert first["context"] == "from-trunk"
    assert re.fullmatch(r"node1-\d+\.\d+", first["uniqueid"])
    assert first["linkedid"] == first["uniqueid"]
    answer = next(row for row in rows if row["event"] == "ANSWER")
    assert abs(float(answer["time"]) - result.at("answered")) < 1.0
    assert switch.faults() == []


@pytest.mark.parametrize(
    "name",
    ["张三", '李 \\"四\\" 先生', "a;b${SHELL(id)}", "x,y,\\\\z", "王" * 60],
    ids=["chinese", "quotes", "injection", "commas", "long"],
)
async def test_a_callers_name_survives_into_the_journal(running_asterisk, name):
    switch = await running_asterisk()
    result = await sipp.call(switch.trunk, [sipp.Wait(0.2)], name=name)
    assert result.ok, result.errors
    rows = await ended(switch)
    # Asterisk leaves the backslashes of a quoted SIP name where they are.
    (arrived,) = [row for row in rows if row["event"] == "HL_ARRIVED"]
    assert arrived["name"] == name
    assert all(len(row) == len(JOURNAL_COLUMNS) for row in rows)


@pytest.mark.parametrize("as_info", [False, True], ids=["as_this_user_can", "sip_info"])
async def test_keys_reach_the_dialplan(running_asterisk, as_info):
    switch = await running_asterisk()
    (switch.runtime.paths.menus / "zz-entry.conf").write_text(
        "[hotline-menu]\nexten => s,1,Read(KEYS,,3,,1,5)\n same => n,Wait(1)\n"
        " same => n,CELGenUserEvent(TEST_KEYS,${KEYS})\n",
        encoding="utf-8",
    )
    await switch.console("dialplan reload")
    result = await sipp.call(
        switch.trunk, [sipp.Wait(0.3), sipp.Keys("159", as_info), sipp.Mark("sent"), sipp.AwaitHangup()]
    )
    assert result.ok, result.errors
    marks = [row["extra"] for row in await ended(switch) if row["user_event"] == "TEST_KEYS"]
    assert len(marks) == 1
    assert "159" in marks[0]


async def test_reload_keeps_calls(running_asterisk):
    switch = await running_asterisk()
    steps = [sipp.Wait(2.5), sipp.Mark("before_bye")]
    calling = asyncio.create_task(sipp.call(switch.trunk, steps, calls=3))
    await running_calls(switch, 3)
    await switch.runtime.reload()
    assert (await switch.runtime.status()).calls == 3
    result = await calling
    assert result.ok, result.errors
    assert len(result.marks["before_bye"]) == 3
    assert switch.faults() == []


async def test_a_reload_takes_new_agents_in(running_asterisk):
    switch = await running_asterisk()
    assert "Unable to find" in await switch.console("pjsip show endpoint 1009")
    new = {"number": "1009", "name": "孙丽", "secret": "x" * 20, "queues": ["public"]}
    values = switch.settings.model_dump()
    values["agents"] = [*values["agents"], new]
    switch.runtime.settings = switch.settings.model_validate(values)
    changed = await switch.runtime.reload()
    assert switch.runtime.paths.etc / "pjsip.conf" in changed
    assert "1009" in await switch.console("pjsip show endpoint 1009")
    assert "Unable to find" not in await switch.console("pjsip show endpoint 1009")


async def test_the_journal_goes_on_in_a_new_file_when_the_old_one_is_moved(running_asterisk):
    switch = await running_asterisk()
    assert (await sipp.call(switch.trunk, [sipp.Wait(0.2)])).ok
    await ended(switch)
    switch.journal.rename(switch.journal.with_suffix(".old"))
    switch.queue_log.rename(switch.queue_log.with_suffix(".old"))
    await switch.console("logger reload")
    assert (await sipp.call(switch.trunk, [sipp.Wait(0.2)], number="13900000001")).ok
    rows = await ended(switch)
    assert {row["number"] for row in rows if row["event"] == "HL_ARRIVED"} == {"13900000001"}
    assert switch.queue_log.exists()
