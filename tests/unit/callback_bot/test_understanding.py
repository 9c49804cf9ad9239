"""Answers as citizens give them: tests/data/callbacks/answers.jsonl and the hard cases by name."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from hotline.callback_bot.model import LEVELS, Question
from hotline.callback_bot.understanding.evaluate import ANY, evaluate, read_labelled
from hotline.callback_bot.understanding.grammar import words
from hotline.callback_bot.understanding.understand import understand

ANSWERS = Path(__file__).resolve().parents[2] / "data" / "callbacks" / "answers.jsonl"
LEAST_RIGHT = 0.97
MOST_GUESSED = {True: 0.01, False: 0.015}
"""Without punctuation (False) mockery and double negatives lose what tells them (不满意？怎么会)."""


def as_recognised(text: str) -> str:
    """Return a text as a recogniser gives it: words with blanks between, no punctuation."""
    return " ".join(re.findall(r"[a-zA-Z0-9]+|[^\W_]", text))


@pytest.mark.clause("R-CB-7")
@pytest.mark.parametrize("written", [True, False], ids=["written", "recognised"])
def test_answers_of_citizens_are_understood_and_seldom_guessed_wrong(written: bool) -> None:
    answers = list(read_labelled(ANSWERS))
    assert len(answers) >= 500
    if not written:
        answers = [replace(answer, text=as_recognised(answer.text)) for answer in answers]
    score = evaluate(answers)
    assert score.accuracy >= LEAST_RIGHT, [wrong.labelled for wrong in score.wrong]
    assert min(score.by_question.values()) >= LEAST_RIGHT - 0.01
    assert sum(wrong.guessed for wrong in score.wrong) <= MOST_GUESSED[written] * len(answers)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("非常满意", "非常满意"),
        ("太满意了", "非常满意"),
        ("满意", "满意"),
        ("挺好的", "满意"),
        ("还行吧", "基本满意"),
        ("不满意", "不满意"),
        ("不是很满意", "不满意"),
        ("非常不满意", "非常不满意"),
        ("一点都不满意", "非常不满意"),
    ],
)
def test_five_levels_tell_how_strongly_it_was_said(text: str, level: str) -> None:
    assert understand("satisfied", text, levels=LEVELS[5]).value == level


def test_what_the_recogniser_is_not_sure_of_is_asked_again() -> None:
    assert understand("satisfied", "满意", confidence=0.4).value == "unclear"
    assert understand("satisfied", "满意", confidence=0.9).value == "满意"
    assert understand("solved", "转人工", confidence=0.4).value == "human"


def test_an_answer_beside_a_demand_is_kept() -> None:
    meaning = understand("satisfied", "满意，不过我还有个事要反映")
    assert (meaning.value, meaning.answer) == ("new_demand", "满意")


@pytest.mark.parametrize("question", ["identity", "consent", "contacted", "solved", "satisfied", "more"])
@pytest.mark.parametrize(
    "text", ["", "   ", "？？？", "□", "𠮷" * 500, "不" * 5000, "没有" * 3000, "\u202e\x00", "😀"]
)
def test_nothing_sayable_is_asked_again_and_nothing_breaks(question: str, text: str) -> None:
    assert understand(question, text).value in {"unclear", "no"}


@pytest.mark.parametrize("question", list(Question))
def test_the_recognisers_word_lists_hold_what_is_said(question: Question) -> None:
    known = words(question)
    assert len(known) == len(set(known))
    assert all(word and not re.search(r"[\s，？]", word) for word in known)
    if question in {Question.REASON_WORDS, Question.REMARKS}:
        assert known == ()
    else:
        assert {"没有", "人工", "投诉"} <= set(known)
    assert {"满意", "基本满意", "一般"} <= set(words(Question.SATISFIED))


@pytest.mark.parametrize(
    "manner", ["哎呀，{}", "说实话，{}", "你好，{}", "我跟你说，{}", "{}，谢谢", "{}，真的"]
)
def test_manner_of_speaking_changes_no_answer(manner: str) -> None:
    answers = [
        answer for answer in read_labelled(ANSWERS) if answer.line % 5 == 0 and answer.expected not in ANY
    ]
    plainly = [
        answer for answer in answers if understand(answer.question, answer.text).value == answer.expected
    ]
    score = evaluate(replace(answer, text=manner.format(answer.text)) for answer in plainly)
    assert score.answers > 300
    least = 0.98 if "谢谢" in manner else 0.995  # thanks behind mockery do change what it sounds like
    assert score.accuracy >= least, [wrong.labelled for wrong in score.wrong]
