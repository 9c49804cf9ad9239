"""An agent presses *110: three talk, without any service (R-3W-1)."""

from __future__ import annotations

import pytest

from support.journal import marks, seconds_with, until, until_idle
from support.rooms import (
    AGENT_HZ,
    CITIZEN_HZ,
    LINE_HZ,
    hears,
    room_flow,
    room_mark,
    room_marks,
    steps,
    talk,
    third_phone,
)

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-3W-1"), pytest.mark.clause("R-3W-4")]


@pytest.fixture
async def flow(running_asterisk, tmp_path):
    async with await room_flow(running_asterisk, tmp_path) as flow:
        yield flow


async def test_one_key_and_all_three_hear_each_other(flow):
    agent, citizen = await talk(flow)
    async with third_phone(flow) as police:
        await agent.press("*110")
        await police.wait_for("established")
        await room_mark(flow, "JOINED")
        files = flow.files
        await until(lambda: "1001" in files() and files()["1001"].stat().st_size > 60_000)
        assert not citizen.happened("closed")
        await citizen.hang_up()
        await police.wait_for("closed")
        await agent.wait_for("closed")
        await until_idle(flow.switch)
    assert steps(flow)[0] == "ASKED"
    assert {"MOVED citizen", "MOVED agent", "DIAL 1", "RINGING 1", "ANSWERED 1", "JOINED"} < set(steps(flow))
    assert {"LEFT citizen", "LEFT agent", "LEFT line"} < set(steps(flow))
    call = {line.values["call"] for line in room_marks(flow)}
    assert call == {marks(flow.switch, "HL_ARRIVED")[0].uniqueid}
    for phone, others, own in (
        (citizen, (AGENT_HZ, LINE_HZ), CITIZEN_HZ),
        (agent, (CITIZEN_HZ, LINE_HZ), AGENT_HZ),
        (police, (CITIZEN_HZ, AGENT_HZ), LINE_HZ),
    ):
        assert all(seconds > 1.5 for seconds in hears(phone, *others))
        assert hears(phone, own) == [0.0]
    line = room_marks(flow, "ASKED")[0].values["line"]
    assert set(files()) == {"mix", "citizen", "agent", "1001", line}
    assert files()["1001"].name.endswith("-room-agent-1001.wav")
    assert files()[line].name.endswith(f"-room-line-{line}.wav")
    for name, own, others in (
        ("citizen", CITIZEN_HZ, (AGENT_HZ, LINE_HZ)),
        ("1001", AGENT_HZ, (CITIZEN_HZ, LINE_HZ)),
        (line, LINE_HZ, (CITIZEN_HZ, AGENT_HZ)),
    ):
        assert seconds_with(files()[name], own) > 1.5
        assert [seconds_with(files()[name], other) for other in others] == [0.0, 0.0]
    assert seconds_with(files()["agent"], LINE_HZ) > 1.5
    assert "PAUSEALL|wrapup" in flow.switch.queue_log.read_text()
    assert flow.switch.faults() == []
    told = {step: line.at for step, line in zip(steps(flow), room_marks(flow), strict=True)}
    assert told["ASKED"] <= told["DIAL 1"] <= told["RINGING 1"] <= told["ANSWERED 1"] <= told["JOINED"]
