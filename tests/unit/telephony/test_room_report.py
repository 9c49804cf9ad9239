"""The report of three-way calls: counts, time to answer, and the reasons of failures."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.telephony.room_report import nearest_rank, report


def line(
    state: str, *, target: str = "police", kind: str = "emergency", ms: int | None = None, why: str = ""
) -> Any:
    return {
        "target": target,
        "label": target.upper(),
        "kind": kind,
        "state": state,
        "why": why,
        "ms": {"answered": ms},
    }


@pytest.mark.clause("R-3W-1")
def test_time_to_answer_and_why_not() -> None:
    made = report(
        [
            *(line("left", ms=ms) for ms in (900, 2100, 3000, 30000)),
            line("joined", ms=1200),
            line("failed", why="busy"),
            line("failed", why="noanswer"),
            line("failed", why="busy"),
            line("refused", why="hours"),
            line("ringing"),
            line("left", target="water", kind="utility", ms=7000),
            line("failed", target="bureau", kind="department", why="gone"),
            line("asked", target="stranger", kind=""),
        ]
    )
    police, water, bureau, stranger = made["targets"]
    assert (police["target"], police["label"], police["kind"]) == ("police", "POLICE", "emergency")
    assert [police[name] for name in ("asked", "answered", "failed", "refused", "in_progress")] == [
        9,
        5,
        3,
        1,
        1,
    ]
    assert police["answer_rate"] == 5 / 8
    assert police["answer_ms"] == {"min": 900, "p50": 2100, "p95": 30000, "max": 30000}
    assert police["failures"] == {"busy": 2, "noanswer": 1, "hours": 1}
    assert water["answer_rate"] == 1.0
    assert (bureau["answer_rate"], bureau["answer_ms"]["p50"]) == (0.0, None)
    assert (stranger["asked"], stranger["answer_rate"]) == (1, None)
    total = made["total"]
    assert (total["asked"], total["answered"], total["failed"], total["refused"]) == (12, 6, 4, 1)
    assert (total["target"], total["label"]) == ("", "")


def test_nothing_is_no_share() -> None:
    assert report([]) == {
        "targets": [],
        "total": {
            **dict.fromkeys(("target", "label", "kind"), ""),
            **dict.fromkeys(("asked", "answered", "failed", "refused", "in_progress"), 0),
            "answer_rate": None,
            "answer_ms": dict.fromkeys(("min", "p50", "p95", "max")),
            "failures": {},
        },
    }


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=60), st.sampled_from([0.01, 0.5, 0.95, 1.0]))
def test_nearest_rank_is_a_value_that_so_many_do_not_exceed(values: list[int], share: float) -> None:
    found = nearest_rank(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)
    smaller = [value for value in values if value < found]
    assert len(smaller) < share * len(values)
