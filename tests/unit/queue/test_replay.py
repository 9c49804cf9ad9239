from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.queue.replay import FORGET_EVERY, Replay, replay
from hotline.telephony.call_figures import ended_by, outcome, t5, wait_human
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
