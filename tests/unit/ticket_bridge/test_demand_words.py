"""How a demand is written: sums, clauses that ask, objects filled in from the call, questions."""

from __future__ import annotations

from datetime import datetime

import pytest

from hotline.asr.transcripts import Transcript, Utterance
from hotline.ticket_bridge.context import CallContext
from hotline.ticket_bridge.draft import Draft, draft
from hotline.ticket_bridge.extract.clauses import breaks
from hotline.ticket_bridge.extract.money import amount, in_figures, sums
from hotline.ticket_bridge.extract.rewrite import ticket_words
from hotline.ticket_bridge.extract.things import thing_of
from hotline.ticket_bridge.fields import FieldName
from hotline.ticket_bridge.talk import Talk

AT = datetime.fromisoformat("2026-03-18T14:50:00+08:00")


def transcript(said: str) -> Transcript:
    lines = [line.split(" ", 1) for line in said.strip().splitlines()]
    return Transcript(
        "x",
        "",
        "zh",
        tuple(
            Utterance("agent" if who == "坐" else "citizen", 5.0 * i, 5.0 * i + 4, text)
            for i, (who, text) in enumerate(lines)
        ),
        5.0 * len(lines),
    )


def drafted(said: str) -> Draft:
    return draft(transcript(said), CallContext("x", "", AT))


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("三千八", 3800),
        ("两千四百五", 2450),
        ("一万二千五", 12_500),
        ("两万零三百", 20_300),
        ("一百零五", 105),
        ("八百六", 860),
        ("二十六点八万", 268_000),
        ("3.5万", 35_000),
        ("十二万", 120_000),
        ("3299", 3299),
        ("三四五", None),
    ],
)
def test_sums_are_read_as_people_say_them(said: str, value: float | None) -> None:
    assert amount(said) == value


def test_a_number_is_a_sum_only_beside_words_of_money() -> None:
    talk = Talk(
        transcript("市 两千四退给我，一张八十块，二十三个人，总共四十一万多，住了一千五百户，第三百号")
    )
    assert [one.text for one in sums(talk.citizen[0])] == ["2400元", "80元", "41万多元"]


def test_what_only_looks_like_a_sum_stays() -> None:
    assert in_figures("千万不要讲是我") == "千万不要讲是我"
    assert in_figures("退还多收的三十五块") == "退还多收的35元"


@pytest.mark.parametrize(
    ("clause", "written"),
    [
        ("把水泵给我们开开", "开启水泵"),
        ("底片一张不少都给我", "交付底片"),
        ("后面加的2400元退给我", "退还后面加的2400元"),
        ("凭什么扣手续费", ""),
        ("他说导航就是这样的", ""),
        ("我姓储", ""),
        ("这个说法我不认你说气人不气人", ""),
    ],
)
def test_clauses_that_ask_are_written_as_a_ticket_says_them(clause: str, written: str) -> None:
    assert ticket_words(clause) == written


def test_an_utterance_without_punctuation_is_cut_at_its_connectives() -> None:
    line = Talk(transcript("市 把水泵给我们打开物业费的事情另外再谈不能拿断水逼人")).citizen[0]
    cuts = breaks(line)
    assert line.plain.text[cuts[-1] :] == "不能拿断水逼人"
    assert breaks(Talk(transcript("市 把灯修好，谢谢")).citizen[0]) == [0, 4]


def test_the_thing_of_a_call_is_what_its_opening_names() -> None:
    found = thing_of(Talk(transcript("市 楼下的水泵坏了\n坐 哪里\n市 水泵在地下室，电表旁边")))
    assert found is not None
    assert found.text == "水泵"
    assert thing_of(Talk(transcript("市 你好\n坐 请讲\n市 有点事\n坐 嗯\n市 电梯"))) is None


CALLS = [
    (
        "坐 您好\n市 我在舞蹈班交了学费四千二，没上几节就关门了\n坐 您的诉求是？\n"
        "市 把钱退给我，剩下的三千六",
        "退还剩余学费3600元",
    ),
    (
        "坐 您好\n市 我们十二个人在工地干活，包工头拖欠工资，一共九万六\n坐 您的诉求是？\n市 年前把工资发了",
        "年前支付12人拖欠工资9.6万元",
    ),
    (
        "坐 您好\n市 洗砂场把黄泥水往河里排\n坐 您希望怎么处理？\n市 让他停了",
        "责令洗砂场停止作业",
    ),
    (
        "坐 您好\n市 想问一下高龄津贴怎么申请，要带什么材料，能领多少\n坐 带身份证到社区，每月一百元",
        "了解申请高龄津贴的材料、流程和标准",
    ),
]


@pytest.mark.parametrize(("said", "demand"), CALLS)
@pytest.mark.clause("R-T-3")
def test_what_the_asking_words_leave_out_is_filled_in_from_the_call(said: str, demand: str) -> None:
    made = drafted(said)
    field = made.fields[FieldName.DEMAND]
    assert field.value == demand
    words = [one.text for one in transcript(said).utterances]
    assert all(piece.words in words[piece.utterance] for piece in field.evidence)
