from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.queue.replay import FORGET_EVERY, Replay, replay
from hotline.telephony.call_figures import callback_answered, ended_by, outcome, t5, wait_human
from hotline.telephony.calls import CallRecord, merge_all
from hotline.telephony.cel import fact_of_row
from hotline.telephony.facts import Fact
from support.call_facts import NOON, SECOND, Story, abandoned, answered, internal, text


def facts_of(story: Story) -> list[Fact]:
    return [fact for row in story.rows if (fact := fact_of_row(row)) is not None]


def many(calls: int) -> Iterator[Story]:
    for index in range(calls):
        at_us = NOON + index * 2 * SECOND
        call = f"node1-{at_us // SECOND}.{100 + index * 4}"
        yield (answered if index % 3 else abandoned)(call, at_us=at_us)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=12))
def test_calls_that_overlap_come_out_as_each_alone(starts: list[tuple[int, bool]]) -> None:
    stories = [
        (answered if long else abandoned)(
            f"node1-{NOON // SECOND + at}.{100 + n * 4}", at_us=NOON + at * SECOND
        )
        for n, (at, long) in enumerate(starts)
    ]
    facts = sorted((fact for story in stories for fact in facts_of(story)), key=lambda fact: fact.at_us)
    made = Replay("node1")
    for fact in facts:
        made.feed(fact)
    found = {record.id: record for record in made.rest(NOON + 3600 * SECOND)}
    assert found == {story.call: merge_all(CallRecord(story.call), facts_of(story)) for story in stories}


def test_memory_is_that_of_the_calls_in_progress() -> None:
    made = Replay("node1")
    largest = count = 0
    for story in many(2000):
        for fact in facts_of(story):
            made.feed(fact)
        count += len(made.finished())
        largest = max(largest, made.in_memory())
    count += len(made.rest(0))
    assert count == 2000
    # Ended calls stay for a minute (30 of them) and until the next look.
    assert largest < 60 + FORGET_EVERY // 10


def test_an_agent_who_stays_on_the_line_keeps_its_call_until_it_is_whole() -> None:
    story = Story("node1-1795320200.30", NOON).arrive().menu().ask().enter()
    story.ring("node1-1795320200.31").wait(3).answer("node1-1795320200.31").wait(20).hang_up().wait(3000)
    story.hang_up("node1-1795320200.31", agent="1001").retire()
    facts = facts_of(story)
    made = Replay("node1")
    for fact in facts[:-3]:
        made.feed(fact)
    for other in many(600):
        for fact in facts_of(other):
            made.feed(fact)
    assert story.call not in {record.id for record in made.finished()}
    for fact in facts[-3:]:
        made.feed(fact)
    (found,) = [record for record in made.rest(0) if record.id == story.call]
    assert found == merge_all(CallRecord(story.call), facts)


def test_a_call_back_that_was_kept_days_later_is_in_its_call():
    promised = Story("node1-1795319000.12", NOON - 1000 * SECOND).arrive().menu().ask().enter().wait(20)
    promised.leave("KEY").mark("HL_CALLBACK", number="13812345678", queue="main").wait(4).hang_up().retire()
    days_us = NOON + 72 * 3600 * SECOND
    later = Story("node1-1795579200.40", days_us).event("HL_INTERNAL", extra="role=callback")
    for name in ("TRY", "ANSWERED"):
        later.event(f"HL_CALLBACK_{name}", extra=f"call={promised.call}&try=1&agent=1001").wait(30)
    others = [answered(f"node1-{days_us // SECOND}.{100 + n * 4}", at_us=days_us) for n in range(600)]
    made = Replay("node1")
    for story in (promised, *others, later):
        for fact in facts_of(story):
            made.feed(fact)
    found = {record.id: record for record in [*made.finished(), *made.rest(0)]}
    kept = callback_answered(found[promised.call])
    assert kept is not None
    assert kept > days_us


def test_a_call_over_the_limit_that_was_merged_into_another_gets_its_end():
    story = answered()
    rows, ending = story.rows[:-7], [list(row) for row in story.rows[-7:]]
    for row in ending:
        seconds, micro = row[1].split(".")
        row[1], row[3] = f"{int(seconds) + 5 * 3600}.{micro}", "node1-1795319000.3"
    facts = [fact for row in (*rows, *ending) if (fact := fact_of_row(row)) is not None]
    late_us = NOON + 4 * 3600 * SECOND + 300 * SECOND
    others = [answered(f"node1-{late_us // SECOND}.{100 + n * 4}", at_us=late_us) for n in range(600)]
    made = Replay("node1")
    for fact in [
        *facts[: len(rows)],
        *(fact for other in others for fact in facts_of(other)),
        *facts[len(rows) :],
    ]:
        made.feed(fact)
    (found,) = [record for record in [*made.finished(), *made.rest(0)] if record.id == story.call]
    assert ended_by(found) == "citizen"
    assert t5(found) == (t5(merge_all(CallRecord(story.call), facts_of(story))) or 0) + 5 * 3600 * SECOND


@pytest.mark.parametrize("known_first", [True, False])
def test_a_switch_that_died_cuts_its_calls_at_the_same_moment_however_it_is_known(known_first: bool) -> None:
    cut = Story("node1-1795320000.12", NOON).arrive().menu().ask().enter()
    again_s = NOON // SECOND + 300
    first = Story(f"node1-{again_s + 40}.0", (again_s + 40) * SECOND + 7).arrive().hang_up().retire()
    made = Replay("node1", [again_s * SECOND] if known_first else [])
    for fact in (*facts_of(cut), *facts_of(first)):
        made.feed(fact)
    record = next(record for record in made.rest(0) if record.id == cut.call)
    assert (ended_by(record), outcome(record)) == ("switch_restart", "system_error")
    assert t5(record) == (again_s * SECOND if known_first else (again_s + 40) * SECOND + 7)


def test_files_are_read_in_order_compressed_ones_too_and_progress_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "cel-custom"
    folder.mkdir()
    rows = [row for story in (*many(30), internal()) for row in story.rows]
    parts = [rows[:150], rows[150:400], rows[400:]]
    for number, part in enumerate(parts[:2], 1):
        with gzip.open(folder / f"hotline.csv.20261122T00000{number}Z.{number:06d}.gz", "wb") as out:
            out.write(text(part).encode())
    (folder / "hotline.csv").write_text(text(parts[2]), encoding="utf-8", newline="")
    told: list[tuple[int, int, int]] = []
    found = list(replay(tmp_path, "node1", progress=lambda *numbers: told.append(numbers)))
    assert {record.id for record in found} == {story.call for story in many(30)}
    one = merge_all(CallRecord(answered().call), facts_of(answered()))
    assert {wait_human(record) for record in found if outcome(record) == "answered"} == {wait_human(one)}
    assert told[-1][0] == told[-1][1] > 0
    assert told[-1][2] == 30
    assert sorted(told) == told
