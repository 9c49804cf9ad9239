"""A report's rows: right calls in right rows, the same figures as made from scratch, beside those before."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.core.clock import from_us, to_us
from hotline.queue.definitions import DAY_US
from hotline.queue.figure_calls import FigureCall
from hotline.queue.reports import Line
from hotline.queue.reports_period import By, PeriodError
from hotline.queue.tally import Tally
from support.reports import NOW, SECOND, call, local_us, report_of

HOUR = 3600 * SECOND


def rate(calls: list[FigureCall], moment: int) -> Fraction | None:
    """connect_rate_24h as the definition says it, from scratch."""
    found = [one for one in calls if one.outcome and moment - DAY_US < (one.t1_us or 0) <= moment]
    return Fraction(sum(one.is_connected for one in found), len(found)) if found else None


def lowest(calls: list[FigureCall], since: int, last: int) -> tuple[Fraction, int] | None:
    moments = {since, last}
    for one in calls:
        moments |= {
            moment for moment in (one.t1_us or 0, (one.t1_us or 0) + DAY_US) if since <= moment <= last
        }
    found = [(value, moment) for moment in moments if (value := rate(calls, moment)) is not None]
    return min(found, default=None)


def in_line(one: FigureCall, line: Line) -> bool:
    return to_us(line.period.since) <= (one.t1_us or 0) < to_us(line.period.until)


MOMENTS = st.integers(local_us("2026-11-17"), local_us("2026-11-22") // HOUR * HOUR).map(
    lambda at: at // (7 * 60 * SECOND) * (7 * 60 * SECOND)
)
CALLS = st.lists(
    st.tuples(
        MOMENTS, st.sampled_from([None, 0.0, 14.999, 15.0, 15.001, 40.0]), st.sampled_from(["public", "biz"])
    ),
    max_size=60,
).map(lambda rows: [call(t1, wait, queue=queue, name=str(n)) for n, (t1, wait, queue) in enumerate(rows)])


@pytest.mark.clause("R-Q-2")
@given(CALLS, st.sampled_from(["hour", "day", "week", "queue"]))
def test_every_row_equals_the_figures_made_from_scratch(calls: list[FigureCall], by: By) -> None:
    made = report_of(calls, by)
    for line in (*made.lines, made.total):
        scope = [one for one in calls if by != "queue" or line.key in ("total", one.queue)]
        mine = [one for one in scope if in_line(one, line)]
        wanted = Tally(mine).figures(to_us(NOW))
        shared = wanted.keys() - {"connect_rate_24h"}
        assert {name: line.value(name) for name in shared} == {name: wanted[name] for name in shared}
        last = to_us(line.period.until) - 1
        at_end = rate(scope, last)
        assert line.value("connect_rate_24h") == (None if at_end is None else float(at_end))
        least = lowest(scope, to_us(line.period.since), last)
        assert line.value("connect_rate_24h_min") == (None if least is None else float(least[0]))
        assert line.now.lowest_at_us == (None if least is None else least[1])


@given(CALLS)
def test_the_period_before_is_a_report_of_its_own(calls: list[FigureCall]) -> None:
    made = report_of(calls, "day", "2026-11-20", "2026-11-21")
    alone = report_of(calls, "day", "2026-11-18", "2026-11-19")
    assert made.total.before == alone.total.now
    assert [line.before for line in made.lines] == [line.now for line in alone.lines]
    assert [line.before_period for line in made.lines] == [line.period for line in alone.lines]


@pytest.mark.clause("R-Q-1")
def test_fifteen_seconds_are_inside_and_a_microsecond_more_is_not() -> None:
    for wait, share in ((14.999, 1.0), (15.0, 1.0), (15.000001, 0.0), (15.001, 0.0)):
        made = report_of([call("2026-11-20T09:00", wait)])
        assert made.total.value("sl15_offered") == share


def test_a_call_on_a_border_is_in_one_row_only_the_one_that_begins() -> None:
    midnight = local_us("2026-11-21")
    calls = [call(midnight - 1), call(midnight), call(midnight + DAY_US - 1), call(midnight + DAY_US)]
    made = report_of(calls)
    assert [line.value("offered") for line in made.lines] == [1, 2]
    assert [line.label for line in made.lines] == ["2026-11-20", "2026-11-21"]
    assert made.total.value("offered") == 3


def test_an_empty_window_is_nothing_and_never_a_hundred_per_cent() -> None:
    made = report_of([])
    for line in (*made.lines, made.total):
        assert line.value("offered") == 0
        for name in ("sl15_offered", "sl15_answered", "connect_rate_24h", "connect_rate_24h_min", "asa"):
            assert line.value(name) is None, name
    assert made.total.lowest_at() is None


def test_calls_of_the_day_before_count_in_the_rate_but_in_no_row() -> None:
    made = report_of([call("2026-11-19T23:00", None)], "hour", "2026-11-20", "2026-11-20")
    assert made.total.value("offered") == 0
    assert made.lines[0].value("connect_rate_24h") == 0.0
    assert made.lines[22].value("connect_rate_24h") == 0.0
    assert made.lines[23].value("connect_rate_24h") is None, "it left the window at 23:00"
    assert made.total.lowest_at() == from_us(local_us("2026-11-20"))


def test_a_period_that_goes_on_is_compared_with_as_much_of_the_one_before() -> None:
    calls = [call("2026-11-21T09:00"), call("2026-11-21T15:00"), call("2026-11-22T09:00")]
    made = report_of(calls, "day", "today", "today")
    assert made.period.until == NOW
    assert (made.total.value("offered"), made.total.before_value("offered")) == (1, 1)
    assert len(report_of(calls, "hour", "today", "today").lines) == 12


def test_by_queue_everybody_has_a_row_and_strangers_too() -> None:
    calls = [call("2026-11-20T09:00", queue="public"), call("2026-11-20T09:01", queue="gone")]
    calls.append(call("2026-11-20T09:02", queue=""))
    made = report_of(calls, "queue", names={"public": "综合受理", "night": "夜间"})
    assert {line.label: line.value("offered") for line in made.lines} == {
        "综合受理": 1,
        "夜间": 0,
        "（未记队列）": 1,
        "gone": 1,
    }
    assert made.total.value("offered") == 3


def test_by_agent_shares_of_all_requests_are_left_out() -> None:
    calls = [call("2026-11-20T09:00", 3.0), call("2026-11-20T09:01", 20.0), call("2026-11-20T09:02", None)]
    made = report_of(calls, "agent", names={"1001": "王芳", "1002": "李强"})
    lines = {line.label: line for line in made.lines}
    assert list(lines) == ["王芳", "李强", "（未接听）"]
    assert [line.value("offered") for line in made.lines] == [2, 0, 1]
    assert lines["王芳"].value("sl15_answered") == 0.5
    for name in ("sl15_offered", "connect_rate_24h", "connect_rate_24h_min", "abandon_rate"):
        assert all(line.value(name) is None for line in made.lines), name
    assert made.total.value("abandon_rate") == pytest.approx(1 / 3)


def test_hours_of_the_day_are_the_sites() -> None:
    made = report_of([call("2026-11-20T09:59:59"), call("2026-11-21T09:00", None), call("2026-11-21T23:00")])
    assert {hour: tuple(calls) for hour, calls in enumerate(made.hours) if calls.offered} == {
        9: (2, 1),
        23: (1, 1),
    }


@pytest.mark.clause("R-S-3")
def test_a_calendar_month_is_compared_with_the_month_before() -> None:
    made = report_of(
        [call("2026-10-31T23:00"), call("2026-09-30T23:00"), call("2026-10-01T00:00")],
        "month",
        "2026-10-01",
        "2026-10-31",
    )
    (line,) = made.lines
    assert (line.label, line.value("offered"), line.before_value("offered")) == ("2026-10", 2, 1)


def test_too_many_rows_are_refused_before_anything_is_read() -> None:
    with pytest.raises(PeriodError, match="--by day"):
        report_of([], "hour", "2020-01-01", "2026-01-01")
