"""Answers by voice, as the survey takes them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hotline.callback_bot.listen.conversation import Asking
from hotline.callback_bot.model import LEVELS, Question
from hotline.callback_bot.survey.interpret import interpret

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
REASONS = {"unsolved": ("没解决", "没有解决"), "slow": ("太慢", "拖"), "attitude": ("态度",)}


@pytest.mark.parametrize(
    ("question", "text", "value"),
    [
        (Question.IDENTITY, "是我", "yes"),
        (Question.SATISFIED, "不满意", "不满意"),
        (Question.SATISFIED, "挺满意的", "满意"),
        (Question.SOLVED, "还没有解决呢", "no"),
        (Question.REASON, "就是办得太慢了", "slow"),
        (Question.REASON, "态度也不好又拖着不办", "attitude"),
        (Question.REASON, "不是态度是拖得太久了", "slow"),
        (Question.REASON, "别再打电话来了", "refuse"),
        (Question.REASON, "嗯那个什么", "unclear"),
        (Question.REASON, "我要转人工", "human"),
        (Question.WHEN, "转人工", "human"),
        (Question.WHEN, "明天下午三点", "at"),
        (Question.WHEN, "过一个小时吧", "at"),
        (Question.WHEN, "我想想啊", "unclear"),
        (Question.REMARKS, "转人工", "human"),
    ],
)
def test_an_answer_is_what_the_question_can_take(question, text, value):
    asking = Asking(question, 1, LEVELS[3], REASONS)
    assert interpret(asking, text, 0.95, NOW, zone=ZONE).value == value


def test_what_the_recogniser_is_unsure_of_is_asked_again():
    asking = Asking(Question.REASON, 1, LEVELS[3], REASONS)
    assert interpret(asking, "太慢", 0.3, NOW, zone=ZONE).value == "unclear"
    assert interpret(Asking(Question.SATISFIED, 1), "满意", 0.3, NOW, zone=ZONE).value == "unclear"


def test_a_time_to_call_again_is_by_the_citizens_clock():
    meaning = interpret(Asking(Question.WHEN, 1), "明天下午三点", 0.95, NOW, zone=ZONE)
    assert meaning.when == datetime(2026, 11, 24, 15, tzinfo=ZONE)
