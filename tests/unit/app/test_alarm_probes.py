from __future__ import annotations

from datetime import timedelta

import pytest

from hotline.app.alarm_probes import ClockWatch, JournalWatch


def test_a_clock_that_runs_on_has_not_jumped() -> None:
    watch = ClockWatch()
    assert [watch.look(1000.0 + at, 5.0 + at) for at in range(5)] == [0.0] * 5
    assert watch.look(1006.4, 10.5) == pytest.approx(0.9)


def test_each_jump_is_seen_once() -> None:
    watch = ClockWatch()
    watch.look(1000.0, 5.0)
    assert watch.look(4601.0, 6.0) == pytest.approx(3600.0)
    assert watch.look(4602.0, 7.0) == 0.0
    assert watch.look(1003.0, 8.0) == pytest.approx(-3600.0)
    assert watch.look(1004.0, 9.0) == 0.0


def test_a_clock_that_stood_later_when_this_node_last_wrote() -> None:
    watch = ClockWatch()
    watch.was_last_at(timedelta(seconds=90))
    assert watch.look(1000.0, 5.0) == -90.0
    assert watch.look(1001.0, 6.0) == 0.0
    watch.was_last_at(timedelta(seconds=-5))
    assert watch.look(1002.0, 7.0) == 0.0


def test_a_journal_is_silent_when_live_events_go_on_without_it() -> None:
    watch = JournalWatch()
    assert watch.look(0, 40, True, 1.0) is None, "what was made up at the start says nothing of now"
    assert watch.look(3, 40, True, 2.0) is True, "the journal is read a little later"
    assert watch.look(3, 43, True, 3.0) is True
    assert watch.look(3, 43, True, 5000.0) is True, "a quiet night"
    assert watch.look(4, 43, True, 5001.0) is False, "may be a moment late: the kind's own time decides"
    assert watch.look(4, 44, True, 5001.3) is True
    assert watch.look(5, 44, True, 5001.4) is True
    assert watch.look(6, 44, True, 5004.0) is False
    assert watch.look(6, 45, True, 5005.0) is True


def test_a_journal_that_cannot_be_read_and_then_can() -> None:
    watch = JournalWatch()
    assert watch.look(0, 0, False, 1.0) is False
    assert watch.look(0, 0, None, 2.0) is True
    assert watch.look(0, 0, True, 3.0) is True
