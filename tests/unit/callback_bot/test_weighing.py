"""What the rules found and the learned opinion are weighed against each other, by weights of first sights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hotline.callback_bot.understanding.reconsider import settled
from hotline.callback_bot.understanding.understand import understand
from hotline.callback_bot.understanding.weighing import FILE, Sight, from_data, weighed
from hotline.callback_bot.understanding.weighing_training import learn, measure, seen

SIGHTS = Path(__file__).resolve().parents[2] / "data" / "callbacks" / "first_sights.jsonl"


def test_the_weights_are_of_the_first_sights_that_stand_in_the_set():
    rows = [json.loads(line) for line in SIGHTS.read_text("utf-8").splitlines()]
    kept, learned = json.loads(FILE.read_text("utf-8")), learn(rows)
    assert (kept["values"], kept["weights"].keys()) == (learned["values"], learned["weights"].keys())
    for name, weights in learned["weights"].items():
        assert kept["weights"][name] == pytest.approx(weights, abs=2), name


def test_weighing_gets_more_of_unseen_batches_right_and_guesses_less():
    rows = [json.loads(line) for line in SIGHTS.read_text("utf-8").splitlines()]
    last = list(dict.fromkeys(row["batch"] for row in rows if row["batch"] != "off"))[-2:]
    figures = measure(rows, last)
    assert set(figures) == set(last)
    assert sum(weighed_right for _, _, weighed_right, _ in figures.values()) > sum(
        by_rules for _, by_rules, _, _ in figures.values()
    )


def test_where_both_agree_the_weight_is_there_and_where_they_do_not_it_is_less():
    agreed = weighed(Sight("solved", "yes", 0.95, {"yes": 0.9, "no": 0.05, "unclear": 0.05}, open=False))
    opposed = weighed(Sight("solved", "yes", 0.95, {"yes": 0.05, "no": 0.9, "unclear": 0.05}, open=False))
    assert agreed["yes"] > 0.75 > opposed["yes"]
    assert sum(opposed.values()) == pytest.approx(1)


def test_little_weight_is_asked_again():
    assert settled("yes", {"yes": 0.51, "no": 0.49}) == "yes"
    assert settled("yes", {"yes": 0.3, "no": 0.6, "unclear": 0.1}) == "no"
    assert settled("yes", {"yes": 0.3, "no": 0.45, "unclear": 0.25}) == "unclear"
    assert settled("unclear", {"yes": 0.6, "unclear": 0.4}) == "yes"


def test_a_key_that_is_said_is_not_weighed():
    assert understand("satisfied", "选第一个").value == "满意"


def test_first_sights_are_what_rules_and_opinion_say():
    (row,) = seen([{"question": "solved", "text": "修好了", "expected": "yes", "batch": "x"}])
    assert (row["value"], row["open"], row["batch"]) == ("yes", False, "x")
    assert sum(row["shares"].values()) == pytest.approx(1, abs=0.01)


def test_what_nobody_saw_in_training_has_no_weight():
    rows = [
        {"question": "solved", "value": value, "sure": 0.9, "shares": {value: 0.9}, "open": False}
        | {"expected": value, "batch": "x"}
        for value in ("yes", "no")
    ]
    weigher = from_data(learn(rows))
    odds = weigher.weighed(Sight("contacted", "refuse", 0.5, {}, open=False))
    assert odds["yes"] == pytest.approx(odds["no"], abs=0.05)
