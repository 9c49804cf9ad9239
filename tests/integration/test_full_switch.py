"""More citizens than `max_calls` are refused, and are on record; what the calls that are up need never is."""

from __future__ import annotations

import pytest

from support.journal import until_idle
from support.rooms import room_flow, room_mark, talk, talks, third_phone

pytestmark = pytest.mark.asterisk


@pytest.mark.clause("R-3W-1")
async def test_a_full_house_refuses_the_next_citizen_and_never_a_third_line(running_asterisk, tmp_path):
    async with await room_flow(running_asterisk, tmp_path, asterisk={"max_calls": 1}) as flow:
        agent, citizen = await talk(flow)
        one_too_many = await flow.citizen("13800000002")
        await one_too_many.call("12345")
        await one_too_many.wait_for("closed")
        assert not one_too_many.happened("established")
        [refused] = await flow.marks("HL_FULL")
        assert refused.values["calls"] == "1"
        async with third_phone(flow) as police:
            await agent.press("*110")
            await police.wait_for("established")
            await room_mark(flow, "JOINED")
            assert talks(citizen)
            await citizen.hang_up()
            await police.wait_for("closed")
        await flow.key(agent, "*13")
        again = await flow.citizen("13800000003")
        await again.call("12345")
        await agent.wait_for("established")
        await again.hang_up()
        await until_idle(flow.switch)
        await flow.marks("HL_ARRIVED", 3)
        assert flow.switch.faults() == []
