"""110 puts a call through: citizen and officer come in together, before all others, with data (R-3W-5)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import unquote

import pytest

from hotline.demo.phones import citizen_phone
from support.flow import AGENTS, QUEUES, Flow
from support.journal import marks, until, until_idle
from support.sipp import Wait, call

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-3W-5")]

TRUNKS = [
    {"name": "public", "host": "127.0.0.2", "match": ["127.0.0.2"], "numbers": ["12345"]},
    {"name": "police", "host": "127.0.0.1", "port": 5099, "arrival": "three-way", "queue": "public"},
]
HEADERS = {
    "X-Hotline-Case": "110-20261122-0007",
    "X-Hotline-Officer": "bj-4711",
    "X-Hotline-Caller": "+8613800000009",
    "X-Hotline-Kind": "noise",
    "X-Hotline-About": "楼上装修噪声",
}


@pytest.fixture
async def flow(running_asterisk, tmp_path):
    switch = await running_asterisk(queues=QUEUES, agents=AGENTS, trunks=TRUNKS)
    async with Flow(switch, tmp_path) as flow:
        yield flow


async def test_it_is_served_before_those_who_asked_earlier_and_its_data_are_marked(flow, tmp_path):
    waiting = [
        citizen_phone(flow.switch.settings, f"1380000000{i}", tmp_path / f"c{i}", address="127.0.0.2")
        for i in (1, 2)
    ]
    async with waiting[0] as first, waiting[1] as second:
        for phone in (first, second):
            await phone.call("12345")
            await phone.wait_for("established")
        await until(lambda: len(marks(flow.switch, "HL_QUEUE")) == 2)
        pushed = asyncio.create_task(call(flow.switch.trunk, [Wait(6)], headers=HEADERS))
        await until(lambda: len(marks(flow.switch, "HL_QUEUE")) == 3)
        await flow.agent("1001")
        await until(lambda: marks(flow.switch, "HL_AGENT"))
        result = await pushed
        assert result.ok, result.errors
    (mark,) = marks(flow.switch, "HL_PUSHED")
    values = dict(mark.values)
    assert int(values.pop("n")) > 0
    assert unquote(values.pop("about").replace(":", "%")) == "楼上装修噪声"
    assert values == {
        "case": "110-20261122-0007",
        "officer": "bj-4711",
        "caller": "+8613800000009",
        "kind": "noise",
    }
    human = [one for one in marks(flow.switch, "HL_HUMAN") if one.uniqueid == mark.uniqueid]
    assert [(one.values["queue"], one.values["why"]) for one in human] == [("public", "pushed")]
    assert marks(flow.switch, "HL_AGENT")[0].linkedid == mark.uniqueid
    arrived = next(one for one in marks(flow.switch, "HL_ARRIVED") if one.uniqueid == mark.uniqueid)
    assert arrived.values["trunk"] == "police"
    assert flow.switch.faults() == []


@pytest.mark.parametrize(
    "text",
    [
        "a\r\n b: ${SHELL(touch /tmp/hotline-owned)}",
        "${HL_N} ${EVAL(${HL_FILE})} ${MATH(1+1)}",
        "x&n=9&agent=1001&HL_AGENT=1,1),System(touch /tmp/hotline-owned)",
        '");System(id)|"\\;%0D%0AEvent: Hangup',
        "x" * 3000,
        "",
    ],
    ids=["line", "expression", "mark", "quotes", "huge", "empty"],
)
async def test_what_the_headers_hold_is_only_text(flow, text):
    headers = dict.fromkeys(HEADERS, text) if len(text) < 1000 else {"X-Hotline-About": text}
    result = await call(flow.switch.trunk, [Wait(1)], headers=headers)
    assert result.ok, result.errors
    await until_idle(flow.switch)
    (mark,) = marks(flow.switch, "HL_PUSHED")
    assert set(mark.values) == {"n", "case", "officer", "caller", "kind", "about"}
    assert all(len(value) <= 200 for value in mark.values.values())
    alphabet = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+*#:/-")
    assert set("".join(mark.values.values())) <= alphabet
    assert [line.event for line in marks(flow.switch) if line.event != "HL_INTERNAL"] == [
        *("HL_ARRIVED", "HL_REC", "HL_PUSHED", "HL_HUMAN", "HL_QUEUE")
    ]
    assert not Path("/tmp/hotline-owned").exists()  # noqa: S108  # what an attack would make
    assert flow.switch.faults() == []
