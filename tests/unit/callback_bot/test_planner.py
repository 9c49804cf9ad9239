"""Lines are limited for the robot: by trunk, by number, by second, by day, and citizens come first."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from hotline.callback_bot.schedule.planner import Line, Slot, refilled, slots
from hotline.core.robot_settings import RobotTrunk

FULL = {"a": 100.0, "b": 100.0}


def trunk(name: str = "a", **given: object) -> RobotTrunk:
    return RobotTrunk.model_validate({"name": name, "lines": 10} | given)


def test_the_lines_of_a_trunk_are_filled_and_no_more() -> None:
    assert len(slots([trunk()], [Line("a", "1", open=7)], FULL, {})) == 3
    assert slots([trunk()], [Line("a", "1", open=12)], FULL, {}) == []


def test_the_reserve_is_left_to_citizens() -> None:
    limited = trunk(capacity=30, reserve=15)
    assert len(slots([limited], [Line("a", "1")], FULL, {"a": 0})) == 10
    assert len(slots([limited], [Line("a", "1")], FULL, {"a": 12})) == 3
    assert slots([limited], [Line("a", "1")], FULL, {"a": 15}) == []
    assert slots([limited], [Line("a", "1")], FULL, {"a": 30}) == []


def test_a_trunk_that_rests_is_tried_by_one_call() -> None:
    assert slots([trunk()], [Line("a", "1")], FULL, {}, {"a": 0}) == []
    assert len(slots([trunk()], [Line("a", "1")], FULL, {}, {"a": 1})) == 1


def test_numbers_are_used_evenly_up_to_their_limits() -> None:
    lines = [Line("a", "1", open=2), Line("a", "2"), Line("a", "3", calls=99)]
    limited = trunk(number_lines=3, number_per_day=100)
    assert Counter(slots([limited], lines, FULL, {})) == {
        Slot("a", "2"): 3,
        Slot("a", "3"): 1,
        Slot("a", "1"): 1,
    }


def test_so_many_begin_in_a_second() -> None:
    assert refilled(0.0, 0.5, 2.0) == 1.0
    assert refilled(1.5, 60, 2.0) == 2.0
    assert refilled(0.0, 10, 0.2) == 1.0
    assert refilled(0.5, -3600, 2.0) == 0.5
    assert len(slots([trunk()], [Line("a", "1")], {"a": 2.9}, {})) == 2


def test_trunks_take_turns() -> None:
    found = slots([trunk("a"), trunk("b", lines=1)], [Line("a", "1"), Line("b", "2")], {"a": 3, "b": 3}, {})
    assert [one.trunk for one in found] == ["a", "b", "a", "a"]


@given(
    lines=st.integers(1, 40),
    capacity=st.integers(0, 60),
    reserve=st.integers(0, 60),
    in_use=st.integers(0, 80),
    opened=st.lists(st.integers(0, 15), min_size=1, max_size=4),
    number_lines=st.one_of(st.none(), st.integers(1, 10)),
    credit=st.floats(0, 50),
)
def test_no_limit_is_ever_passed(
    *,
    lines: int,
    capacity: int,
    reserve: int,
    in_use: int,
    opened: list[int],
    number_lines: int | None,
    credit: float,
) -> None:
    limited = trunk(lines=lines, capacity=capacity + 1, reserve=reserve, number_lines=number_lines)
    found = slots(
        [limited],
        [Line("a", str(i), open=one) for i, one in enumerate(opened)],
        {"a": credit},
        {"a": in_use},
    )
    if not found:
        return
    assert len(found) <= credit
    assert sum(opened) + len(found) <= lines
    assert in_use + len(found) + reserve <= capacity + 1
    begun = Counter(one.number for one in found)
    for number, more in begun.items():
        assert number_lines is None or opened[int(number)] + more <= number_lines
