from __future__ import annotations

from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.queue.figure_book import FigureBook, Reading
from hotline.queue.figure_calls import FigureCall
from hotline.queue.periods import WINDOWS, Window
from hotline.queue.scopes import sum_day
from support.figure_calls import DAY, NOW, SECOND, call, calls, plain_figures

ZONE = ZoneInfo("Asia/Shanghai")
GROUPS = {"1001": "early", "1002": "early", "2001": "late"}
SCOPES = ("all", "queue:main", "queue:other", "group:early", "group:late", "group:none")


def book_at(now: int = NOW, zone: ZoneInfo = ZONE) -> FigureBook:
    book = FigureBook(zone, GROUPS)
    book.advance(now)
    return book


def in_scope(scope: str, one: FigureCall) -> bool:
    kind, _, name = scope.partition(":")
    if kind == "group":
        return one.outcome == "answered" and GROUPS.get(one.agent) == name
    return kind == "all" or one.queue == name


def plain(reading: Reading) -> dict[str, Any]:
    """What a reading says, exactly: shares as fractions, times as microseconds."""
    found: dict[str, Any] = {}
    for name, figure in reading.figures.items():
        if name in ("asa", "wait_citizen", "wait_max", "wait_p50", "wait_p95"):
            found[name] = None if figure.value is None else round(figure.value * 1000)
        elif figure.denominator is not None and name != "wait_human":
            found[name] = Fraction(figure.numerator, figure.denominator) if figure.denominator else None
            assert (figure.value is None) == (found[name] is None)
        elif name != "wait_human":
            found[name] = figure.value
    found["connect_rate_24h_min_at"] = reading.lowest_at_us
    return found


def fill_older_days(book: FigureBook, stored: list[FigureCall]) -> None:
    while (day := book.take_stale()) is not None:
        book.close_day(day, sum_day(stored, day, book.groups, book.short_us))


def assert_right(book: FigureBook, stored: list[FigureCall]) -> None:
    """Every figure in every window is the recomputed one, and the one of the definitions' plain words."""
    fill_older_days(book, stored)
    fresh = book.recompute(stored)
    for scope in SCOPES:
        mine = [one for one in stored if in_scope(scope, one)]
        for window in WINDOWS:
            reading = book.read(scope, window)
            assert reading == fresh.read(scope, window)
            span = reading.span
            until = None if window == "24h" else span.until_us
            expected = plain_figures(mine, span.since_us, book.now_us, until)
            assert plain(reading) == expected, (scope, window)
    assert [rate for *_, rate in book.curve()] == [rate for *_, rate in fresh.curve()]


STEPS = st.lists(
    st.one_of(
        calls(NOW),
        calls(NOW),
        calls(NOW),
        st.integers(0, 15).map(str),
        st.one_of(st.sampled_from([1, DAY, -1]), st.integers(-3600 * SECOND, 3 * DAY)),
    ),
    max_size=40,
)


@pytest.mark.clause("R-Q-1")
@pytest.mark.clause("R-Q-2")
@given(steps=STEPS)
def test_whatever_comes_in_whatever_order_the_figures_are_the_recomputed_ones(steps: list[Any]) -> None:
    book, stored, begin = book_at(), dict[str, FigureCall](), NOW
    for step in steps:
        if isinstance(step, FigureCall):
            if (
                (known := stored.get(step.id)) is not None
                and book.find(step.id) is None
                and known.t1_us is not None
                and known.t1_us != step.t1_us
            ):
                continue  # days later a call may get another outcome, never another t1
            stored[step.id] = step
            book.put(step)
        elif isinstance(step, str):
            if book.find(step) is not None:
                book.drop(step)
                stored.pop(step)
        elif book.must_reload(book.now_us + step):
            continue
        else:
            begin = max(begin, book.now_us + step)
            book.advance(book.now_us + step)
        for window in WINDOWS:  # what is remembered of a reading must not outlive a change
            book.read("all", window)
    assert_right(book, list(stored.values()))


@given(found=st.lists(calls(NOW), max_size=25), seed=st.randoms(use_true_random=False))
def test_the_order_of_calls_does_not_matter(found: list[FigureCall], seed: Any) -> None:
    last = {one.id: one for one in found}
    shuffled = list(last.values())
    seed.shuffle(shuffled)
    book = book_at()
    for one in shuffled:
        book.put(one)
    assert_right(book, list(last.values()))


def value(book: FigureBook, name: str, window: Window = "24h", scope: str = "all") -> Any:
    return book.read(scope, window).figures[name].value


@pytest.mark.clause("R-Q-1")
@pytest.mark.parametrize(
    ("wait_us", "share"),
    [(14_999_000, 1.0), (15_000_000, 1.0), (15_000_001, 0.0), (15_001_000, 0.0)],
)
def test_fifteen_seconds_are_inside_and_a_microsecond_more_is_not(wait_us: int, share: float) -> None:
    book = book_at()
    book.put(call("a", NOW - 100 * SECOND, wait_us=wait_us))
    assert value(book, "sl15_offered") == value(book, "sl15_answered") == share


@pytest.mark.clause("R-Q-1")
def test_a_call_that_waits_for_more_than_15_s_is_missed_already() -> None:
    book = book_at()
    book.put(call("a", NOW - 60 * SECOND))
    book.put(call("b", NOW - 15 * SECOND, None))
    assert value(book, "sl15_offered") == 1.0
    book.advance(NOW + 1)
    assert value(book, "sl15_offered") == 0.5
    assert value(book, "connect_rate_24h") == 1.0, "it has no outcome yet"
    assert value(book, "wait_max") == 15000.001
    book.put(call("b", NOW - 15 * SECOND, wait_us=16 * SECOND))
    assert value(book, "sl15_offered") == 0.5
    assert value(book, "wait_max") == 16000


@pytest.mark.clause("R-Q-2")
def test_the_24_h_end_with_now_and_do_not_hold_their_begin() -> None:
    book = book_at()
    book.put(call("begin", NOW - DAY, "abandoned"))
    book.put(call("now", NOW))
    book.put(call("later", NOW + 1, "abandoned"))
    assert book.read("all").figures["connect_rate_24h"] == (1.0, 1, 1)
    book.advance(NOW - 1)
    assert book.read("all").figures["connect_rate_24h"] == (0.0, 0, 1)
    book.advance(NOW + 1)
    assert book.read("all").figures["connect_rate_24h"] == (0.5, 1, 2)


@pytest.mark.clause("R-Q-2")
def test_a_promised_call_back_counts_once_it_was_answered() -> None:
    book = book_at()
    book.put(call("a", NOW - 60 * SECOND, "callback_accepted"))
    assert value(book, "connect_rate_24h") == value(book, "connect_rate_24h_min") == 0.0
    book.put(call("a", NOW - 60 * SECOND, "callback_accepted", callback_answered_us=NOW))
    assert value(book, "connect_rate_24h") == value(book, "connect_rate_24h_min") == 1.0
    assert value(book, "sl15_offered") == 0.0


@pytest.mark.clause("R-Q-2")
def test_the_lowest_rate_of_a_day_is_told_with_its_moment_after_the_rate_has_recovered() -> None:
    book = book_at()
    worst = NOW - 5 * 3600 * SECOND
    for n in range(8):
        book.put(call(f"good{n}", worst - (n + 1) * SECOND))
    book.put(call("one", worst - 1, "abandoned"))
    book.put(call("two", worst, "no_agent"))
    for n in range(40):
        book.put(call(f"later{n}", worst + (n + 1) * SECOND))
    reading = book.read("all", "day")
    assert reading.figures["connect_rate_24h_min"] == (0.8, 8, 10)
    assert reading.lowest_at_us == worst
    assert reading.figures["connect_rate_24h"].value == 0.96
    book.put(call("two", worst))
    assert book.read("all", "day").figures["connect_rate_24h_min"].numerator == 8
    assert book.read("all", "day").lowest_at_us == worst - 1


def test_nothing_is_null_and_never_all_or_nothing() -> None:
    book = book_at()
    for window in WINDOWS:
        figures = book.read("all", window).figures
        assert figures.pop("offered").value == 0
        assert {figure.value for figure in figures.values()} == {None}
    book.put(call("apart", None, None))
    assert len(book) == 0


def test_a_correction_moves_a_call_to_another_queue_group_and_outcome() -> None:
    book = book_at()
    book.put(call("a", NOW - 60 * SECOND, queue="main", agent="1001"))
    book.put(call("a", NOW - 60 * SECOND, "abandoned", queue="other"))
    assert value(book, "offered", scope="queue:main") == value(book, "offered", scope="group:early") == 0
    assert value(book, "abandon_rate", scope="queue:other") == value(book, "abandon_rate") == 1.0
    book.put(call("a", None, None))
    assert value(book, "offered") == 0


def test_short_abandons_stay_in_the_rate_and_are_shown_apart() -> None:
    book = book_at()
    book.put(call("short", NOW - 60 * SECOND, "abandoned", wait_us=5 * SECOND))
    book.put(call("long", NOW - 60 * SECOND, "abandoned", wait_us=5 * SECOND + 1))
    reading = book.read("all")
    assert (reading.figures["abandon_rate"].value, reading.short_abandoned) == (1.0, 1)


def test_days_that_pass_are_kept_as_sums_and_their_calls_let_go() -> None:
    book, stored = book_at(), list[FigureCall]()
    fill_older_days(book, stored)
    for day in range(8):
        for n in range(6):
            one = call(
                f"{day}-{n}", NOW + day * DAY + n * 3600 * SECOND, "abandoned" if n == day else "answered"
            )
            stored.append(one)
            book.put(one)
        book.advance(NOW + (day + 1) * DAY)
        assert len(book) <= 4 * 6
        assert not book.stale, "the service needs no look into the store at midnight"
    assert_right(book, stored)


def test_a_correction_of_an_older_day_names_the_days_to_sum_again() -> None:
    now = NOW + 5 * DAY
    book, stored = book_at(now), [call("old", NOW, "abandoned"), call("new", now - SECOND)]
    for one in stored:
        book.put(one)
    assert_right(book, stored)
    stored[0] = call("old", NOW)
    book.put(stored[0])
    assert sorted(day.since_us for day in book.stale) == [NOW - 12 * 3600 * SECOND, NOW + 12 * 3600 * SECOND]
    assert_right(book, stored)
    assert value(book, "connect_rate_24h_min", "month") == 1.0


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_days_of_23_and_25_hours_change_nothing_in_24_hours(zone: str) -> None:
    changes = [1_792_886_400, 1_793_491_200, 1_774_746_000, 1_772_953_200]
    for change in changes:
        for hours in (-1, 5, 23, 29, 47):
            now = (change + hours * 3600) * SECOND
            book = book_at(now, ZoneInfo(zone))
            stored = [
                call(str(n), now - n * 3600 * SECOND, "abandoned" if n % 7 == 3 else "answered")
                for n in range(100)
            ]
            for one in stored:
                book.put(one)
            assert_right(book, stored)


def test_a_clock_set_back_by_days_asks_for_a_new_start() -> None:
    book = book_at()
    assert not book.must_reload(NOW - 3600 * SECOND)
    assert book.must_reload(NOW - 7 * DAY)


def test_what_is_remembered_of_a_reading_survives_a_clock_that_goes_back_and_forth() -> None:
    book, stored = book_at(), [call(str(n), NOW - n * SECOND, "abandoned") for n in range(100)]
    for one in stored:
        book.put(one)
    for now in (NOW, NOW - 50 * SECOND, NOW, NOW - 90 * SECOND, NOW - 10 * SECOND):
        book.advance(now)
        assert_right(book, stored)
        assert book.read("all", "day").figures["connect_rate_24h_min"].denominator == 1
    late = [call(f"late{n}", NOW - 200 * SECOND + n) for n in range(100)]
    for one in late:
        book.put(one)
    assert_right(book, stored + late)
