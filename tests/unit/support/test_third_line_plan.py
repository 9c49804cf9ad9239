from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.third_line_plan import FAULTS, WHYS, Plan, expected, plan, waves

SEEDS = st.integers(0, 10_000)


def run(**fields: object) -> Plan:
    values: dict[str, object] = {
        **{"seed": 1, "number": 1, "fault": "none", "how": "key", "mode": "direct"},
        **{"ways": ("answer", "answer"), "hangs_up": "", "when": ""},
        **dict.fromkeys(("begins_s", "asks_s", "rings_s", "stays_s", "late_s"), 0.5),
    }
    return Plan(**(values | fields))


@given(SEEDS, st.integers(1, 60), st.integers(1, 20))
def test_a_run_is_the_same_however_many_there_are(seed: int, runs: int, at_once: int) -> None:
    drawn = [one for wave in waves(seed, runs, at_once) for one in wave.runs]
    assert [one.number for one in drawn] == list(range(runs))
    assert drawn == [plan(seed, one) for one in range(runs)]
    assert all(wave.back_s > wave.at_s for wave in waves(seed, runs, at_once))


@given(SEEDS)
def test_two_hundred_runs_have_every_fault_and_every_event(seed: int) -> None:
    drawn = waves(seed, 200, 20)
    runs = [one for wave in drawn for one in wave.runs]
    assert {one.fault for one in runs} == set(FAULTS)
    assert {(one.how, one.mode) for one in runs} == {("key", "direct"), ("api", "direct"), ("api", "consult")}
    assert {wave.event for wave in drawn} == {"", "kill", "cut"}
    assert sum(len(wave.runs) for wave in drawn if wave.event == "kill") >= 80


@given(SEEDS, st.integers(0, 500))
def test_a_plan_fits_together(seed: int, number: int) -> None:
    one = plan(seed, number)
    assert (one.mode == "direct") or one.how == "api", "a key asks for no consultation"
    assert bool(one.hangs_up) == bool(one.when)
    assert (one.ways[0] == "answer") or not one.hangs_up, "one fault at a time"
    if one.ways[0] != "answer":
        assert one.ways[0] in WHYS
    told = expected(one)
    if one.when == "ringing":
        assert (told.routes, told.whys) == (1, ())
    else:
        assert len(told.whys) == told.routes - bool(told.answered)
    assert told.states <= {"left", "failed"}


@pytest.mark.parametrize("way", sorted(WHYS))
def test_a_route_that_fails_leads_to_the_next(way: str) -> None:
    next_answers, none_answers = expected(run(ways=(way, "answer"))), expected(run(ways=(way, way)))
    assert (next_answers.routes, next_answers.answered, next_answers.whys) == (2, True, (WHYS[way],))
    assert (none_answers.routes, none_answers.answered, none_answers.states) == (2, False, {"failed"})


def test_who_hangs_up_decides_what_becomes_of_the_line() -> None:
    assert expected(run(hangs_up="citizen", when="ringing")).states == {"failed"}
    assert expected(run(hangs_up="agent", when="ringing")).answered, "the citizen waits for the line"
    held = expected(run(hangs_up="agent", when="ringing", mode="consult", how="api"))
    assert held.states == {"left", "failed"}, "the citizen goes to whoever is there first"
    for who in ("line", "agent", "citizen"):
        assert expected(run(hangs_up=who, when="joined")).states == {"left"}
