"""Each outcome has its own way on: another try at its time, or its end."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.callback_bot.model import OPEN_STATES, CallbackState, Outcome
from hotline.callback_bot.schedule.hours import CallingHours
from hotline.callback_bot.schedule.retry import FILE, Step, next_step, policies
from hotline.core.calendar import load
from hotline.core.opening_hours import parse

ZONE = ZoneInfo("Asia/Shanghai")
HOURS = CallingHours(
    ZONE,
    tuple(map(parse, ("工作日 08:30-20:00", "休息日 09:00-19:00"))),
    tuple(map(parse, ("工作日 09:00-12:00", "工作日 14:00-19:30"))),
    load(),
)
NOW = datetime(2026, 11, 19, 10, 0, tzinfo=ZONE)
"""A Thursday."""
LATEST = datetime(2026, 11, 27, 0, 0, tzinfo=ZONE)


def step(outcome: Outcome, *, before: tuple[str, ...] = (), tries: int = 0, **given: Any) -> Step:
    usual: dict[str, Any] = {"most_tries": 3, "now": NOW, "latest": LATEST, "hours": HOURS}
    return next_step(outcome, before=before, tries=tries, **(usual | given))


@pytest.mark.parametrize(
    ("outcome", "wait"),
    [
        (Outcome.BUSY, timedelta(minutes=15)),
        (Outcome.NO_ANSWER, timedelta(hours=4)),  # 12:30 is in the midday rest: 14:00
        (Outcome.REJECTED, timedelta(hours=23)),  # 08:00 is too early: 09:00
        (Outcome.LINE_FAILED, timedelta(minutes=3)),
        (Outcome.NEVER_BEGUN, timedelta(seconds=15)),
    ],
)
def test_each_reason_has_its_own_wait(outcome: Outcome, wait: timedelta) -> None:
    after = step(outcome)
    assert (after.state, after.next_at) == (CallbackState.WAITING, NOW + wait)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.COMPLETED, CallbackState.DONE),
        (Outcome.REFUSED, CallbackState.REFUSED),
        (Outcome.NO_SUCH_NUMBER, CallbackState.CHECK),
        (Outcome.FAX, CallbackState.CHECK),
        (Outcome.WRONG_PERSON, CallbackState.CHECK),
    ],
)
def test_some_end_it_at_once(outcome: Outcome, state: CallbackState) -> None:
    assert step(outcome) == Step(state, 1)


@pytest.mark.clause("R-CB-3")
def test_when_the_tries_are_over_it_is_unrated() -> None:
    assert step(Outcome.NO_ANSWER, tries=2, before=("busy", "busy")).state is CallbackState.EXPIRED
    assert step(Outcome.HUNG_UP, tries=1, before=("hung_up",)).state is CallbackState.EXPIRED


def test_what_our_line_did_wrong_is_no_try() -> None:
    assert step(Outcome.LINE_FAILED, tries=2).state is CallbackState.WAITING
    assert step(Outcome.NEVER_BEGUN, tries=2, before=("never_begun",) * 50).tries == 2
    assert step(Outcome.LINE_FAILED, before=("line_failed",) * 19).state is CallbackState.CHECK


def test_a_time_that_the_person_asked_for_is_kept() -> None:
    asked = NOW + timedelta(hours=6, minutes=30)
    assert step(Outcome.LATER, asked_for=asked) == Step(CallbackState.WAITING, 0, asked)
    night = datetime(2026, 11, 19, 22, 0, tzinfo=ZONE)
    assert step(Outcome.LATER, asked_for=night).next_at == datetime(2026, 11, 20, 9, 0, tzinfo=ZONE)
    beyond = LATEST + timedelta(days=4, hours=10)
    moved = step(Outcome.LATER, asked_for=beyond)
    assert moved.next_at == beyond
    assert moved.latest is not None
    assert moved.latest > beyond
    assert step(Outcome.LATER, before=("later", "later"), asked_for=asked).state is CallbackState.EXPIRED


def test_the_last_try_comes_before_the_time_is_over() -> None:
    latest = datetime(2026, 11, 19, 19, 0, tzinfo=ZONE)
    after = step(Outcome.SILENT, latest=latest)
    assert after.next_at == NOW + (latest - NOW) / 2
    assert step(Outcome.SILENT, latest=NOW + timedelta(minutes=15)).state is CallbackState.EXPIRED


@given(
    st.sampled_from(list(Outcome)),
    st.lists(st.sampled_from([one.value for one in Outcome]), max_size=8),
    st.integers(0, 5),
    st.integers(-60, 20_000),
    st.one_of(st.none(), st.integers(-600, 30_000)),
)
def test_whatever_follows_is_in_the_hours_and_in_time(
    outcome: Outcome, before: list[str], tries: int, left_min: int, asked_min: int | None
) -> None:
    latest = NOW + timedelta(minutes=left_min)
    asked = None if asked_min is None else NOW + timedelta(minutes=asked_min)
    after = step(outcome, before=tuple(before), tries=tries, latest=latest, asked_for=asked)
    assert after.tries in (tries, tries + 1)
    if after.state in OPEN_STATES:
        assert after.next_at is not None
        assert NOW < after.next_at < (after.latest or latest)
        assert HOURS.may_dial(after.next_at)
        assert after.tries < 3 or not policies()[outcome].counts
    else:
        assert after.next_at is None


def test_a_policy_that_is_missing_or_misspelt_is_told(tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8")
    broken = tmp_path / "retry.yaml"
    for wrong, told in (
        (text.replace("fax: {ends: check}\n", ""), "no policy for fax"),
        (text.replace("15min", "15 minutes"), "is no wait"),
        (text.replace("fax: {ends: check}", "fax: {ends: check, after: [1h]}"), "either after or ends"),
        (text.replace("fax: {ends: check}", "fax: {ends: gone}"), "ends"),
    ):
        broken.write_text(wrong, encoding="utf-8")
        with pytest.raises(ValueError, match=told):
            policies(broken)
