"""The table counted from labelled calls: how it is counted, and what it may do."""

from __future__ import annotations

import pytest

from hotline.asr.transcripts import Transcript, Utterance
from hotline.ticket_bridge.extract import kind
from hotline.ticket_bridge.extract.scoring import Tally, ranked, seconded
from hotline.ticket_bridge.extract.second_opinion import Opinion, opinions
from hotline.ticket_bridge.fields import Evidence
from hotline.ticket_bridge.measure.learning import Example, best, learn
from hotline.ticket_bridge.talk import Talk


def talk_of(*said: str) -> Talk:
    lines = tuple(
        Utterance("citizen" if i % 2 else "agent", float(i), i + 1.0, text) for i, text in enumerate(said)
    )
    return Talk(Transcript("t", "", "zh", lines, float(len(said))))


def words(text: str) -> Evidence:
    return Evidence(text, "citizen", 0, 0.0, 1.0)


def test_what_is_seen_with_one_class_speaks_for_it() -> None:
    calls = [("路灯坏了", "甲"), ("路灯灭了", "甲"), ("公交晚点", "乙"), ("公交甩站", "乙")]
    examples = [Example(talk_of("您好", said), label, apart=False) for said, label in calls]
    table = learn(examples, ("甲", "乙"), size=20, least=2, scale=1.0, apart=False)
    assert table["grams"]["c路灯"][0] > 0 > table["grams"]["c路灯"][1]
    assert best(table, Example(talk_of("您好", "公交不来"), "", apart=False).grams, {}) == "乙"
    assert best(table, Example(talk_of("您好", "公交不来"), "", apart=False).grams, {"甲": 9.0}) == "甲"


def test_a_call_of_few_words_is_left_to_the_rules() -> None:
    assert {
        one.weight for one in opinions(talk_of("您好", "护照丢了能补吗", "请问怎么称呼"), "kind").values()
    } == {0.0}


def test_a_class_for_which_no_word_stands_is_not_chosen() -> None:
    tallies = {"甲": Tally(), "乙": Tally()}
    tallies["甲"].add(1.0, words("路灯"))
    said = {"甲": Opinion(0.0, ()), "乙": Opinion(5.0, ())}
    assert seconded(ranked(tallies), said) == ("甲", (words("路灯"),), True)
    said["乙"] = Opinion(5.0, (words("公交"),))
    assert seconded(ranked(tallies), said) == ("乙", (words("公交"),), False)


@pytest.mark.parametrize("subject", ["kind", "domain"])
def test_every_opinion_points_to_words_that_were_said(subject: str) -> None:
    talk = talk_of(
        "您好，请问您需要什么帮助？", "我投诉物业乱收费，把停车费退给我。", *["好的。", "谢谢。"] * 5
    )
    found = opinions(talk, subject)
    assert len(found) == (7 if subject == "kind" else 12)
    for one in found.values():
        assert all(piece.words in talk.lines[piece.utterance].utterance.text for piece in one.evidence)


def test_the_rules_weigh_without_the_table() -> None:
    assert kind.weighed(talk_of("您好", "我要投诉楼上"), {})["投诉"].weight > 0
