"""Times that are said, and which of them stands on the ticket (docs/adr/0193)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.asr.transcripts import Transcript, Utterance
from hotline.ticket_bridge.extract.time_choice import Choice, alike, likeliest
from hotline.ticket_bridge.extract.time_said import times_said
from hotline.ticket_bridge.fields import FieldName as F
from hotline.ticket_bridge.talk import Talk
from support.talks import draft_of

BASE = datetime(2026, 3, 18, 15, 0, tzinfo=timezone(timedelta(hours=8)))
PIECES = [
    "昨天",
    "今天",
    "前天",
    "上礼拜三",
    "三月",
    "六号",
    "二月底",
    "去年",
    "国庆",
    "晚上",
    "早上",
    "五点",
    "九点半",
    "三天了",
    "两个月前",
    "现在",
    "从",
    "到",
    "每天",
    "开始",
    "的",
    "。",
    "，",
    "八",
    "不对",
]


def talk_of(*said: str) -> Talk:
    """Make a talk of the citizen's and the agent's words in turn."""
    sides = ("citizen", "agent")
    lines = tuple(Utterance(sides[at % 2], at * 5.0, at * 5.0 + 4, text) for at, text in enumerate(said))  # type: ignore[arg-type]
    return Talk(Transcript("t", "", "zh", lines, 5.0 * len(said)))


def values(*said: str) -> set[str]:
    """Return every time of a talk as a ticket has it."""
    return {when.value for when in times_said(talk_of(*said), BASE)}


def test_an_hour_without_its_part_of_the_day_may_be_either() -> None:
    assert values("昨天五点停的电") >= {"2026-03-17T05:00", "2026-03-17T17:00"}
    assert "2026-03-17T05:00" not in values("昨天下午五点停的电")


def test_an_hour_of_every_day_is_not_that_of_the_first() -> None:
    said = values("三月十号吧第一回闻着的，每天夜里两点到四点")
    assert "2026-03-10" in said
    assert "2026-03-11T02:00" not in said


def test_the_hour_may_be_told_in_a_later_turn() -> None:
    made = draft_of(
        "市: 我投诉物业，上个礼拜五回来，道闸不抬了。\n"
        "坐: 那就是三月十三号晚上，几点钟？\n"
        "市: 六点半的样子。\n坐: 好的。"
    )
    assert made.value(F.OCCURRED_AT) == "2026-03-13T18:30"


def test_an_hour_told_again_is_the_better_one() -> None:
    assert "2026-03-17T21:20" in values("昨天晚上九点多，九点二十吧")


def test_a_number_before_a_day_is_no_part_of_its_month() -> None:
    assert "2026-02-16" in values("袋子上写的禾丰九五八，二月十六号买的")


def test_a_date_is_half_right_for_its_minute_and_none_is_no_time() -> None:
    assert alike("2026-03-17", "2026-03-17T20:00") == 0.5
    assert alike("2026-03-17T20:10", "2026-03-17T20:00") == 1
    assert alike("2026-03-17T20:10", "2026-03-17") == 1
    assert alike("", "2026-03-17") == 0
    assert alike("", "") == 1


def test_a_time_stands_before_none_until_the_call_is_long_enough() -> None:
    choices = [Choice("", (("none",),), ()), Choice("2026-03-17", (("day",),), ())]
    weights = {"none": 3.0}
    assert likeliest(choices, whole=True, weights=weights)[0].value == ""
    assert likeliest(choices, whole=False, weights=weights)[0].value == "2026-03-17"


def test_what_two_agree_on_goes_before_a_likelier_third() -> None:
    choices = [
        Choice("2026-03-10", (("a",),), ()),
        Choice("2026-03-17T20:00", (("b",),), ()),
        Choice("2026-03-17", (("c",),), ()),
    ]
    best, worth = likeliest(choices, whole=True, weights={"a": 0.3})
    assert best.value == "2026-03-17T20:00"
    assert worth == pytest.approx(2 / (2 + 1.34986), abs=1e-3)


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=14), st.integers(0, 3))
def test_every_time_was_said_and_none_is_to_come(pieces: list[str], cut: int) -> None:
    text = "".join(pieces)
    talk = talk_of(text[:cut] or "喂", "什么时候的事？", text)
    for when in times_said(talk, BASE):
        assert when.start <= BASE
        evidence = when.span.evidence
        assert evidence.words
        assert evidence.words in talk.lines[evidence.utterance].utterance.text
