"""What is heard on the line, and what the survey is told of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hotline.callback_bot.dial.attempt import Overheard
from hotline.callback_bot.listen.conversation import Asking, HangUp, Say, Speaks, Talk, Words, with_words
from hotline.callback_bot.model import Answer, Given, Outcome, Question
from hotline.callback_bot.understanding.meaning import Aside, Meaning

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
OFF = "您拨打的电话已关机，请稍后再拨"


def understand(asking: Asking, text: str, confidence: float, now: datetime) -> Meaning:
    """A few answers, as the real one gives them."""
    values = {
        "满意": "满意",
        "是": "yes",
        "太慢": "slow",
        "转人工": "human",
        "等一下": "unclear",
        "你是谁": "unclear",
        "骂": "unclear",
    }
    asides = {"等一下": Aside.HOLD, "你是谁": Aside.ASKS_BACK, "骂": Aside.SWEARING}
    when = NOW if text == "明天" else None
    value = "later" if when else values.get(text, "unclear")
    return Meaning(value, confidence, text, frozenset({asides[text]} if text in asides else ()), when)


def talk(question: Question = Question.SATISFIED, turn: int = 3) -> Talk:
    made = Talk(understand)
    made.answer()
    assert made.asked(Asking(question, turn, reasons={"unsolved": (), "slow": ()}), 10.0) == []
    return made


def words(text: str, start_s: float = 11.0, end_s: float = 12.0) -> Words:
    return Words(text, 0.9, start_s, end_s)


@pytest.mark.parametrize(
    ("question", "text", "told"),
    [
        (Question.SATISFIED, "满意", "3-5-0"),
        (Question.IDENTITY, "是", "3-1-0"),
        (Question.SATISFIED, "嗯那个", "3-10-0"),
        (Question.REASON, "太慢", "3-22-0"),
        (Question.IDENTITY, "你是谁", "3-13-0"),
        (Question.SOLVED, "骂", "3-14-0"),
        (Question.CONSENT, "明天", f"3-3-{int(NOW.timestamp())}"),
    ],
)
def test_an_answer_is_told_with_its_turn_and_only_once(question, text, told):
    made = talk(question)
    assert made.words(words(text), NOW) == [Say(told)]
    assert made.words(words(text), NOW) == []
    assert made.guess(text) == []
    assert made.heard[3].text == text


def test_who_asks_to_wait_is_waited_for():
    made = talk()
    assert made.words(words("等一下"), NOW) == [Speaks(8000, stop=True)]
    assert made.words(words("满意"), NOW) == [Say("3-5-0")]


def test_a_sign_of_speech_makes_the_question_wait_and_two_characters_stop_the_prompt():
    made = talk()
    assert made.guess("满") == [Speaks(1500, stop=False)]
    assert made.guess("满意") == [Speaks(1500, stop=True)]


def test_a_hello_is_no_answer_to_the_first_question_and_does_not_interrupt_it():
    made = talk(Question.IDENTITY, 1)
    assert made.guess("喂你好") == []
    assert made.words(words("喂你好"), NOW) == []
    assert made.words(words("是"), NOW) == [Say("1-1-0")]


def test_what_was_said_before_the_question_and_while_it_is_recorded_answers_nothing():
    made = talk()
    assert made.words(words("满意", 8.0, 9.5), NOW) == []
    made.asked(Asking(Question.REMARKS, 4), 20.0)
    assert made.words(words("满意", 21.0, 22.0), NOW) == []
    assert made.guess("满意") == []


def test_after_a_key_nothing_is_told_until_the_next_question():
    made = talk()
    made.key()
    assert made.words(words("满意"), NOW) == []
    made.asked(Asking(Question.MORE, 4), 20.0)
    assert made.words(words("满意", 21, 22), NOW) == [Say("4-5-0")]


def test_an_announcement_before_the_answer_ends_the_line_once():
    made = Talk(understand)
    assert made.words(words(OFF), NOW) == [HangUp()]
    assert made.overheard == Overheard(Outcome.SWITCHED_OFF, OFF)
    assert made.words(words(OFF), NOW) == []


def test_a_machine_is_told_to_the_survey_which_ends_by_itself():
    made = Talk(understand)
    made.answer()
    orders = made.words(words("我现在不方便接听电话，请在提示音后留言"), NOW)
    assert orders == [], "the survey asks nothing yet"
    assert made.overheard is not None
    assert made.overheard.outcome is Outcome.MACHINE
    assert made.asked(Asking(Question.IDENTITY, 1), 12.0) == [Say("1-16-0")]
    assert made.asked(None, 13.0) == []


def test_words_are_kept_with_the_answers_that_were_spoken():
    spoken = Answer(Question.SATISFIED, "满意", Given.SPEECH, 3, start_ms=1, end_ms=2)
    keyed = Answer(Question.SATISFIED, "满意", Given.KEY, 3)
    heard = {3: Words("满意的", 0.8, 112.0, 113.5)}
    assert with_words([spoken, keyed], heard, 100.0) == (
        Answer(Question.SATISFIED, "满意", Given.SPEECH, 3, "满意的", 0.8, 12000, 13500),
        keyed,
    )
    assert with_words([spoken], {}, 100.0) == (spoken,)
