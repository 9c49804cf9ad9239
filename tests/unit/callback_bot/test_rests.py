"""A trunk that fails rests, and comes back by one call."""

from __future__ import annotations

from hotline.callback_bot.dial.rests import FAILURES, FIRST_S, LONGEST_S, Rests
from hotline.callback_bot.model import Outcome


def failed(rests: Rests, times: int, at: float) -> list[bool]:
    return [rests.ended("city", Outcome.LINE_FAILED, at) for _ in range(times)]


def test_a_few_failures_in_a_row_make_a_trunk_rest_and_another_goes_on():
    rests = Rests()
    assert failed(rests, FAILURES, 100.0) == [False] * (FAILURES - 1) + [True]
    assert rests.most("city", 100.0 + FIRST_S - 1) == 0
    assert rests.most("other", 100.0) is None


def test_it_is_tried_with_one_call_and_rests_longer_when_that_fails_too():
    rests, now = Rests(), 100.0
    failed(rests, FAILURES, now)
    rest_s = FIRST_S
    for _ in range(8):
        now += rest_s
        assert rests.most("city", now) == 1
        assert failed(rests, 1, now) == [True]
        rest_s = min(2 * rest_s, LONGEST_S)
        assert rests.most("city", now + rest_s - 0.1) == 0
    assert rest_s == LONGEST_S


def test_calls_that_end_while_it_rests_make_the_rest_no_longer():
    rests = Rests()
    failed(rests, FAILURES + 20, 100.0)
    assert rests.most("city", 100.0 + FIRST_S) == 1


def test_anything_that_the_network_did_for_us_ends_it():
    rests = Rests()
    failed(rests, FAILURES, 100.0)
    assert not rests.ended("city", Outcome.UNKNOWN, 101.0)
    assert rests.most("city", 101.0) == 0
    rests.ended("city", Outcome.BUSY, 102.0)
    assert rests.most("city", 102.0) is None
    assert failed(rests, 1, 103.0) == [False]
