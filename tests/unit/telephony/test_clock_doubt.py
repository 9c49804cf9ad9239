from __future__ import annotations

import pytest

from hotline.telephony.clock_doubt import ClockDoubt

DAY = 24 * 3600.0


@pytest.mark.parametrize("jump_s", [400 * DAY, -400 * DAY, 61.0])
def test_a_jump_is_doubted_for_a_day_and_again_when_it_is_undone(jump_s: float) -> None:
    clock = ClockDoubt()
    assert not clock.look(1000.0, 0.0, 990.0)
    assert not clock.look(1061.0, 60.0, 990.0), "set by a second"
    assert clock.look(1121.0 + jump_s, 120.0, 990.0)
    assert clock.look(1121.0 + jump_s + DAY - 1, 120.0 + DAY - 1, 990.0)
    assert not clock.look(1121.0 + jump_s + DAY, 120.0 + DAY, 990.0)
    assert clock.look(1180.0 + DAY, 180.0 + DAY, 990.0)


def test_the_first_look_is_held_against_what_was_written_before() -> None:
    assert not ClockDoubt().look(400 * DAY, 0.0, None)
    assert not ClockDoubt().look(400 * DAY, 0.0, 399.5 * DAY)
    for written_s in (390 * DAY, 410 * DAY):
        clock = ClockDoubt()
        assert clock.look(400 * DAY, 0.0, written_s)
        assert clock.look(400 * DAY + 60, 60.0, 400 * DAY), "written by the same clock meanwhile"
        assert not clock.look(401 * DAY, DAY, 400 * DAY)
