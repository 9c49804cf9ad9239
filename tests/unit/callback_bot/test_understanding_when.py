"""Times at which citizens want to be called again, and the answers beside the survey's own questions."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.callback_bot.understanding.meaning import Aside
from hotline.callback_bot.understanding.understand import understand
from hotline.callback_bot.understanding.when import when_of

CHINA = timezone(timedelta(hours=8))
NOW = datetime(2026, 11, 18, 10, 20, tzinfo=CHINA)
"""A Wednesday."""
REASONS = {"unsolved": (), "slow": (), "attitude": ("说话难听",), "no_contact": (), "other": ()}


@pytest.mark.parametrize(
    ("words", "when"),
    [
        ("明天上午吧", "2026-11-19 09:30"),
        ("下午三点以后打给我", "2026-11-18 15:00"),
        ("两点钟以后你再打", "2026-11-18 14:00"),
        ("过半个小时再打", "2026-11-18 10:50"),
        ("一个半小时以后", "2026-11-18 11:50"),
        ("过 十 分 钟 打 来", "2026-11-18 10:30"),
        ("今晚七点半", "2026-11-18 19:30"),
        ("15:30", "2026-11-18 15:30"),
        ("九点", "2026-11-19 09:00"),
        ("八点", "2026-11-18 20:00"),
        ("礼拜天吧，礼拜天在家", "2026-11-22 09:00"),
        ("下周三下午", "2026-11-25 14:30"),
        ("后天早上九点", "2026-11-20 09:00"),
        ("二十号再打", "2026-11-20 09:00"),
        ("三号吧", "2026-12-03 09:00"),
        ("十二月一号下午", "2026-12-01 14:30"),
        ("三天后", "2026-11-21 10:20"),
        ("听日下昼再打，听日", "2026-11-19 09:00"),
    ],
)
def test_a_time_that_was_named_lies_ahead(words: str, when: str) -> None:
    assert when_of(words, NOW) == datetime.fromisoformat(when).replace(tzinfo=CHINA)


@pytest.mark.parametrize(
    "words", ["等会儿再打", "改天吧", "我在开车", "今天早上", "三十五号", "二十五点", "", "六十一分钟以前"]
)
def test_what_names_no_time_to_come_gives_none(words: str) -> None:
    assert when_of(words, NOW) is None


def test_the_question_for_a_time_takes_vague_ones_too() -> None:
    assert when_of("改天吧", NOW, vague=True) == NOW + timedelta(days=2)
    meaning = understand("when", "晚点吧", now=NOW)
    assert (meaning.value, meaning.when) == ("at", NOW + timedelta(hours=2))
    assert understand("when", "别再打了", now=NOW).value == "refuse"


def test_later_carries_its_time_at_every_question() -> None:
    meaning = understand("consent", "我在开车，明天上午打", now=NOW)
    assert (meaning.value, meaning.when) == ("later", datetime(2026, 11, 19, 9, 30, tzinfo=CHINA))
    meaning = understand("solved", "晚点再说，下午三点打给我", now=NOW)
    assert meaning.value == "unclear"
    assert Aside.LATER in meaning.asides
    assert meaning.when == datetime(2026, 11, 18, 15, tzinfo=CHINA)


@given(
    st.text(
        alphabet="零一二两三四五六七八九十0159点半刻号月周礼拜天今明后上下午晚早过等个小时分钟:末",
        max_size=14,
    ),
    st.booleans(),
)
def test_no_words_name_a_time_that_is_past(words: str, vague: bool) -> None:
    when = when_of(words, NOW, vague=vague)
    assert when is None or when > NOW


@pytest.mark.clause("R-CB-3")
@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("太慢了，拖了三个月", "slow"),
        ("态度不好，爱答不理的", "attitude"),
        ("那个人说话难听", "attitude"),
        ("不是态度问题，就是没给解决", "unsolved"),
        ("从头到尾没人联系我", "no_contact"),
        ("别的原因", "other"),
        ("嗯", "unclear"),
        ("转人工", "human"),
        ("没给我说清楚", "unclear"),
    ],
)
def test_a_reason_is_one_of_the_dialogues_own(words: str, reason: str) -> None:
    assert understand("reason", words, reasons=REASONS).value == reason


@pytest.mark.parametrize(
    ("question", "words", "value"),
    [
        ("more", "没有了，谢谢", "no"),
        ("more", "没意见", "no"),
        ("more", "有，我说两句", "yes"),
        ("more", "有点建议", "yes"),
        ("more", "还有一个事要投诉", "new_demand"),
        ("demand", "好的，转吧", "yes"),
        ("demand", "不用了，我自己打", "no"),
        ("demand", "以后再说", "no"),
        ("demand", "转人工", "human"),
        ("remarks", "希望快一点", "unclear"),
    ],
)
def test_the_questions_beside_the_survey(question: str, words: str, value: str) -> None:
    assert understand(question, words).value == value


@pytest.mark.clause("R-CB-5")
@pytest.mark.parametrize(
    ("question", "words", "aside"),
    [
        ("consent", "你是谁", Aside.ASKS_BACK),
        ("solved", "妈的有完没完啊操", Aside.SWEARING),
        ("satisfied", "等一下", Aside.HOLD),
        ("consent", "打错了", Aside.WRONG_PERSON),
        ("satisfied", "不满意，我要投诉他们", Aside.NEW_DEMAND),
    ],
)
def test_what_was_said_beside_the_answer_is_told(question: str, words: str, aside: Aside) -> None:
    assert aside in understand(question, words).asides


def test_an_unknown_question_is_refused() -> None:
    with pytest.raises(ValueError, match="weather"):
        understand("weather", "好")
