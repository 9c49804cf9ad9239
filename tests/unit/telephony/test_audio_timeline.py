"""Where frames belong in time, and what is told as lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hotline.telephony.audio_ports import FRAME_US
from hotline.telephony.audio_timeline import BURST, EARLY_US, Allowance, Hole, Timeline

NOON = 1_795_320_000_000_000
MS = 1000


def test_the_first_frame_was_spoken_while_it_came():
    line = Timeline()
    assert line.place(1, NOON) == (None, 0, NOON - FRAME_US)
    assert line.place(1, NOON + 20 * MS) == (None, 0, NOON)


def test_frames_that_waited_together_belong_one_after_the_other():
    line = Timeline()
    line.place(1, NOON)
    assert line.place(50, NOON + 1000 * MS) == (None, 0, NOON)
    assert line.next_us == NOON + 1000 * MS


def test_a_little_late_is_no_hole_and_a_hole_is_told_whole():
    line = Timeline()
    line.place(1, NOON)
    assert line.place(1, NOON + 500 * MS) == (None, 0, NOON)
    assert line.place(1, NOON + 1040 * MS) == (Hole(NOON + 20 * MS, 1000 * MS), 0, NOON + 1020 * MS)
    assert line.place(1, NOON + 1060 * MS) == (None, 0, NOON + 1040 * MS)


def test_a_hold_is_told_as_it_lasts_and_the_sum_is_its_length():
    line = Timeline()
    line.place(1, NOON)
    told = [hole for ms in range(0, 5001, 250) if (hole := line.idle(NOON + ms * MS))]
    assert 6 <= len(told) <= 9
    hole, left_out, at = line.place(1, NOON + 5100 * MS)
    told += [hole] if hole else []
    assert (left_out, at) == (0, NOON + 5080 * MS)
    assert [one.at_us for one in told] == [NOON, *(one.at_us + one.lost_us for one in told[:-1])]
    assert sum(one.lost_us for one in told) == 5080 * MS
    assert not Timeline().idle(NOON), "nothing is lost of a leg that has not begun"


def test_what_comes_after_it_was_told_as_lost_is_left_out():
    line = Timeline()
    line.place(1, NOON)
    assert line.idle(NOON + 1000 * MS) is not None
    hole, left_out, at = line.place(50, NOON + 1000 * MS)
    assert hole is None
    assert left_out == (1000 - 60) // 20
    assert at == NOON + 940 * MS


@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 60), st.booleans()), max_size=60))
def test_every_moment_is_told_once_and_in_order(steps):
    """Whatever comes when: frames and holes follow each other without a gap, and never run ahead."""
    line, now, at = Timeline(), NOON, None
    for wait_ms, count, looks in steps:
        now += wait_ms * MS
        if looks:
            hole = line.idle(now)
            if hole is not None:
                assert hole.at_us == at
                assert hole.lost_us > 0
                at = hole.at_us + hole.lost_us
            continue
        hole, left_out, begin = line.place(count, now)
        if hole is not None:
            assert hole.at_us == at
            at = hole.at_us + hole.lost_us
        assert at in (None, begin)
        at = begin + (count - left_out) * FRAME_US
        assert at <= now + EARLY_US + FRAME_US


def test_a_stream_may_catch_up_and_a_flood_may_not():
    catching_up = Allowance(0.0)
    assert all(catching_up.take(1, at / 50) for at in range(5000))
    assert catching_up.take(int(BURST) - 1, 100.0)
    flood = Allowance(0.0)
    assert not all(flood.take(10, at / 50) for at in range(50))
