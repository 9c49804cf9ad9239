"""The robot calls people on a real switch: whatever they do, it is written down, once for an attempt."""

from __future__ import annotations

import pytest

from support.asterisk import started_switch
from support.journal import until_idle
from support.ports import free_ports
from support.robot_finger import SATISFIED, finger
from support.robot_node import RobotSide, add, answered, callbacks, first_tries, robot_settings
from support.robot_people import people
from support.survey import write_dialogue

pytestmark = [pytest.mark.asterisk, pytest.mark.takes(30)]

OUTCOMES = {
    "13900000001": "completed",
    "13910000001": "busy",
    "13920000001": "rejected",
    "13930000001": "no_answer",
    "13940000001": "line_failed",
    "13950000001": "hung_up",
    "13960000001": "silent",
    "13970000001": "no_answer",
    "13980000001": "no_such_number",
}


@pytest.mark.clause("R-CB-7")
async def test_what_people_do_becomes_the_attempts_outcome(asterisk_binary):
    [port] = free_ports(1)
    given = robot_settings(port, lines=len(OUTCOMES), ring_seconds=10)
    async with started_switch(asterisk_binary, **given) as switch, people(port) as who:
        write_dialogue(switch.settings)
        talks = (await add(switch.settings, list(OUTCOMES)))["13900000001"]
        presses = finger(switch.settings, lambda callback: SATISFIED if callback == talks else {})
        async with presses, RobotSide(switch.settings) as side:
            tries = await first_tries(side.database, len(OUTCOMES))
            assert {number: row.outcome for number, row in tries.items()} == OUTCOMES
            assert set(who.called().values()) == {1}, "nobody is called twice"
            said = (await answered(side.database))[tries["13900000001"].id]
            assert [(question, value) for question, value, _ in said] == [
                ("identity", "yes"),
                ("consent", "yes"),
                ("contacted", "yes"),
                ("solved", "yes"),
                ("satisfied", "满意"),
                ("more", "no"),
            ]
            states = {number: row.state for number, row in (await callbacks(side.database)).items()}
            assert states["13900000001"] == "done"
            assert states["13910000001"] == "waiting"
            recording = switch.recordings / f"{tries['13900000001'].recording}-mix.wav"
            assert recording.stat().st_size > 8000
            await until_idle(switch)
            assert side.robot.dialler.attempts == {}
        assert switch.faults() == []
