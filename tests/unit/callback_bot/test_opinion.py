"""The second opinion: learned from labelled answers, taken where the rules find nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hotline.callback_bot.understanding.opinion import FILE, features, from_data, shares
from hotline.callback_bot.understanding.opinion_training import QUESTIONS, learn, measure
from hotline.callback_bot.understanding.understand import understand

ANSWERS = Path(__file__).resolve().parents[2] / "data" / "callbacks" / "answers.jsonl"


def test_the_data_are_of_the_answers_that_stand_in_the_set():
    models = {name: from_data(data) for name, data in json.loads(FILE.read_text("utf-8")).items()}
    answers = [json.loads(line) for line in ANSWERS.read_text("utf-8").splitlines()]
    assert set(models) == set(QUESTIONS)
    right = 0
    for answer in answers:
        found = models[answer["question"]].shares(answer["text"])
        assert sum(found.values()) == pytest.approx(1)
        right += max(found, key=lambda value: found[value]) == answer["expected"]
    assert right / len(answers) > 0.95


def test_what_no_word_tells_is_read_by_how_it_is_written():
    assert understand("solved", "这事学校那边同意收了").value in ("yes", "unclear")
    assert understand("consent", "我正跟领导汇报呢").value == "later"


def test_an_answer_that_is_a_question_gets_no_opinion():
    assert understand("solved", "同意收了吗").value == "unclear"
    assert understand("solved", "").value == "unclear"


def test_manner_of_speaking_is_no_feature():
    assert features("我跟你说，安逸") == features("安逸")
    assert features("安 逸。") == features("安逸")
    assert features("哎呀") != frozenset()


def test_nothing_is_known_of_questions_never_learned():
    assert shares("more", "没有了") == {}


def test_a_batch_is_measured_by_models_that_never_saw_it():
    first = [
        {"question": "solved", "text": text, "expected": "yes", "batch": "a"} for text in ("甲乙", "甲丙")
    ]
    other = [
        {"question": "solved", "text": text, "expected": "no", "batch": "b"} for text in ("丁戊", "丁己")
    ]
    both = [{**one, "batch": "c"} for one in (*first, *other)]
    found = measure([*first, *other, *both])
    assert found["a"]["right"] == 1.0
    model = from_data(learn([*first, *other]))
    assert max(model.shares("甲").items(), key=lambda item: item[1])[0] == "yes"
