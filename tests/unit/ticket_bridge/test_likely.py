"""Which clauses of a demand stand: those that an expert is likely to have written, each with its words."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from hotline.asr.transcripts import Transcript, Utterance
from hotline.ticket_bridge.extract import demand
from hotline.ticket_bridge.extract.likely import SIGNS, likeliest, signs
from hotline.ticket_bridge.extract.pieces import Piece, pieces
from hotline.ticket_bridge.extract.told import told
from hotline.ticket_bridge.fields import Evidence, Field, FieldName
from hotline.ticket_bridge.talk import Talk
from hotline.ticket_bridge.words import pairs

SAID = (
    "您好，请问您需要什么帮助？",
    "路灯不亮了，来修一下，钱也退给我。",
    "您的诉求是？",
    "修好路灯，别老拖着。",
)


def talk() -> Talk:
    lines = tuple(
        Utterance("citizen" if at % 2 else "agent", float(at), at + 1.0, text) for at, text in enumerate(SAID)
    )
    return Talk(Transcript("t", "", "zh", lines, float(len(SAID))))


def words(text: str) -> tuple[Evidence, ...]:
    return (Evidence(text, "citizen", 1, 1.0, 2.0),)


def table(**weights: float) -> dict[str, Any]:
    """A table in which only what is named has a weight; pairs of 修复路灯 stand in most demands."""
    return {
        "calls": 100,
        "length": 4,
        "margin": 0.0,
        "joint": 0.0,
        "weights": dict.fromkeys(SIGNS, 0.0) | weights,
        "pairs": dict.fromkeys(pairs("修复路灯"), 100),
        "lift": dict.fromkeys(pairs("修复路灯"), 20),
    }


def chosen(drafted: str, *others: str, limit: int = 40, source: str = "asked") -> Field:
    draft = Field(drafted, 0.6, words("路灯"))
    known = [Piece(text, "drafted", draft.evidence) for text in drafted.split("，")]
    known += [Piece(text, source, words(text)) for text in others]
    weights = table(always=-2, lift=3, written_unsaid=1, unsaid=3)
    return likeliest(talk(), known, frozenset(), draft, limit, table=weights)


def test_a_clause_that_no_expert_writes_is_left_out() -> None:
    assert chosen("修复路灯，不得老拖着").value == "修复路灯"


def test_a_clause_that_experts_write_is_added_with_its_words() -> None:
    found = chosen("不得老拖着", "修复路灯")
    assert found.value == "修复路灯"
    assert found.evidence == words("修复路灯")


def test_what_is_as_good_as_it_stands_stays_as_it_is() -> None:
    assert chosen("修复路灯") == Field("修复路灯", 0.6, words("路灯"))
    assert chosen("修复路灯", "请修复路灯的灯", "修复路灯灯").value == "修复路灯"


@pytest.mark.parametrize("added", ["修路", "修复路灯" * 5, "请您修复路灯"])
def test_scraps_whole_utterances_and_words_of_the_call_are_not_added(added: str) -> None:
    assert chosen("不得老拖着", added).value == "不得老拖着"


@pytest.mark.parametrize(
    "added",
    [
        "叫修复路灯",
        "在修复路灯",
        "和修复路灯",
        "们修复路灯",
        "说的修复路灯",
        "城东区修复路灯街",
        "修复路灯还是",
    ],
)
def test_what_only_names_or_goes_on_is_not_added(added: str) -> None:
    assert chosen("不得老拖着", added).value == "不得老拖着"


def test_whom_to_call_is_asked_for() -> None:
    assert chosen("不得老拖着", "叫人来修复路灯").value == "叫人来修复路灯"


def test_the_usual_demand_is_no_match_for_one_that_says_much() -> None:
    assert chosen("不得老拖着", "修复路灯", source="usual").value == "修复路灯"
    long = "不得老拖着，不得一拖再拖"
    assert "修复路灯" not in str(chosen(long, "修复路灯", source="usual").value)


def test_no_more_is_put_together_than_a_demand_may_hold() -> None:
    found = chosen("不得老拖着", *(f"修复路灯{mark * 6}" for mark in "甲乙丙丁戊己庚辛"), limit=12)
    assert len(str(found.value)) <= 12


def test_every_sign_of_a_pair_is_told() -> None:
    here = talk()
    draft = Field("修复路灯", 0.6, words("路灯"))
    known = pieces(here, draft, list(demand.answers(here)), MappingProxyType({}))
    found = signs(here, known, frozenset({3}), {"pairs": {}, "lift": {"路灯": 9}, "calls": 10})
    assert {len(one) for one in found.values()} == {len(SIGNS)}
    told_of = dict(zip(SIGNS, found["复路"], strict=True))
    assert (told_of["drafted"], told_of["unsaid"], told_of["in_word"]) == (1, 1, 0)
    said = dict(zip(SIGNS, found["路灯"], strict=True))
    assert (said["in_word"], said["in_answer"], said["lift"]) == (1, 1, 0.9)


@pytest.mark.parametrize("kind", ["咨询", "表扬", "无效"])
def test_questions_and_praise_keep_their_form(kind: str) -> None:
    assert not demand.may_be_chosen({FieldName.KIND: Field(kind, 1.0, ())})
    assert demand.may_be_chosen({FieldName.KIND: Field("投诉", 1.0, ())})


def test_what_a_danger_needs_is_not_weighed() -> None:
    danger = {FieldName.KIND: Field("求助", 1.0, ()), FieldName.EMERGENCY_LINE: Field("119", 1.0, ())}
    assert not demand.may_be_chosen(danger)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("好的。办理房产证，支付逾期违约金。您贵姓？", ["办理房产证", "支付逾期违约金"]),
        ("我记录为解锁账号，并由人工审核办理居住证，您看可以吗？", ["解锁账号", "人工审核办理居住证"]),
        ("那登记为双倍返还定金四万元。", ["双倍返还定金4万元"]),
        ("请问您贵姓？电话是多少？", []),
        ("感谢您的来电，再见。", []),
    ],
)
def test_what_the_agent_says_is_to_be_done_is_told_from_questions_and_manners(
    said: str, written: list[str]
) -> None:
    line = Talk(Transcript("t", "", "zh", (Utterance("agent", 0.0, 1.0, said),), 1.0)).agent[0]
    acts = list(told(line))
    assert [act.text for act in acts] == written
    assert all(act.evidence.words in said for act in acts)


def test_clauses_of_the_agent_and_of_other_lines_are_at_hand() -> None:
    lines = (
        "您好，请讲。",
        "路灯不亮，把灯修好。",
        "您的诉求是？",
        "赶紧的。",
        "好的，修复路灯。",
    )
    turns = tuple(
        Utterance("citizen" if at % 2 else "agent", float(at), at + 1.0, text)
        for at, text in enumerate(lines)
    )
    here = Talk(Transcript("t", "", "zh", turns, 5.0))
    known = pieces(
        here, Field("赶紧的", 0.4, words("赶紧")), list(demand.answers(here)), MappingProxyType({})
    )
    sources = {piece.source: piece for piece in known}
    assert sources["drafted"].marks == ("doubtful",)
    assert sources["elsewhere"].text == "修复灯"
    assert (sources["told"].text, sources["told"].marks) == ("修复路灯", ("told_after",))
