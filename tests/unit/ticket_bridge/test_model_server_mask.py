from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.asr.transcripts import Transcript, Utterance
from hotline.ticket_bridge.model.model_server_mask import PLACEHOLDER, prepare
from hotline.ticket_bridge.model.model_server_prompt import LONGEST, asked_fields, messages, response_format
from hotline.ticket_bridge.values import OPEN
from support.talks import CALLED_AT, transcript_of

TALK = transcript_of(
    """坐: 您好 请问 怎么 称呼 您
市: 我叫 佘建国 电话 幺三八 零零幺三 八零零零
坐: 佘 先生 是 幺三八零零幺三八零零零 吗
市: 对 身份证 一五零三零二一九八零零一零一零零幺X 我 住 和平路 三十二号 惠邻小区 九号 楼二 单元 五零幺
坐: 佘建国 先生 记 下 了
市: 补充 零四七三
市: 二零幺 五八六七
市: 车牌 粤 a d 三六 二七 幺 停 在 门口"""
)


def sent_text(transcript: Transcript, *, mask: bool) -> str:
    sent = prepare(transcript, "佘建国", mask=mask)
    return "\n".join(line.text for line in sent.lines.values())


def test_numbers_names_and_doors_are_hidden_and_nothing_else() -> None:
    text = sent_text(TALK, mask=True)
    squeezed = "".join(text.split())
    for hidden in (
        "佘",
        "建国",
        "幺三八",
        "零零幺三",
        "一五零三",
        "三十二",
        "九号",
        "五零幺",
        "零四七三",
        "五八六七",
        "粤ad",
    ):
        assert hidden not in squeezed, hidden
    for shown in ("和平路", "惠邻小区", "号楼", "单元", "我叫", "身份证", "电话", "先生", "车牌", "停在门口"):
        assert shown in squeezed, shown


def test_the_same_number_has_one_placeholder_so_that_a_read_back_can_be_seen() -> None:
    sent = prepare(TALK, "佘建国", mask=True)
    said, read_back = (PLACEHOLDER.findall(sent.lines[index].text)[-1] for index in (1, 2))
    assert said == read_back
    assert sent.hidden[said] == "13800138000"
    assert sent.reveal(f"打{said}") == "打13800138000"
    assert sent.reveal("打【号77】") is None


def test_words_with_placeholders_lead_to_the_words_that_were_said() -> None:
    line = prepare(TALK, "佘建国", mask=True).lines[1]
    piece = line.find(line.text.partition("电话")[2])
    assert piece is not None
    assert piece.evidence.words == "幺三八 零零幺三 八零零零"
    said = piece.evidence
    assert TALK.utterances[1].start_s < said.start_s < said.end_s <= TALK.utterances[1].end_s


def test_unmasked_nothing_is_changed() -> None:
    assert sent_text(TALK, mask=False) == "\n".join(one.text for one in TALK.utterances)


def test_what_a_third_line_says_is_not_sent_and_brackets_cannot_be_forged() -> None:
    utterances = (
        Utterance("third", 0.0, 1.0, "110 请 讲"),
        Utterance("citizen", 1.0, 2.0, "【名1】 是 我"),
    )
    sent = prepare(Transcript("c", "m", "zh", utterances, 2.0), None, mask=True)
    assert set(sent.lines) == {1}
    assert sent.lines[1].text == "（名1） 是 我"
    piece = sent.lines[1].find("（名1）是我")
    assert piece is not None
    assert piece.evidence.words == "【名1】 是 我"


PIECES = [
    "我叫王芳",
    "幺三八零零幺三八零零零",
    "九号楼",
    "和平路",
    " ",
    "，",
    "【",
    "】",
    "𠮷",
    "é",
    "501",
    "姓",
    "ＡＢ１２",
    "\n",
]


@settings(max_examples=200)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), max_size=4), st.booleans())
def test_every_piece_of_what_is_sent_is_found_in_what_was_said(texts: list[str], mask: bool) -> None:
    utterances = tuple(Utterance("citizen", float(i), i + 1.0, text) for i, text in enumerate(texts))
    transcript = Transcript("c", "m", "zh", utterances, float(len(texts)))
    sent = prepare(transcript, "王芳", mask=mask)
    for index, line in sent.lines.items():
        assert len(line.text) == len(line.at)
        literal = transcript.utterances[index].text
        for place, char in enumerate(line.text):
            if char.isspace():
                continue
            piece = line.find(line.text[place : place + 3])
            assert piece is None or (piece.evidence.words and piece.evidence.words in literal)
            assert line.find(char) is not None
    assert not mask or all(digit not in line.text for line in sent.lines.values() for digit in ["幺三八零零"])


def test_the_question_is_json_that_holds_no_caller_and_the_schema_names_the_fields() -> None:
    sent = prepare(TALK, "佘建国", mask=True)
    system, user = messages(sent, CALLED_AT)
    call = json.loads(user["content"])
    assert call["来电时间"] == "2026-03-18T14:50 星期三"
    assert [one["utterance"] for one in call["通话"]] == list(range(len(TALK.utterances)))
    assert all(name.value in system["content"] for name in asked_fields())
    assert set(asked_fields()) <= OPEN
    items = response_format()["json_schema"]["schema"]["properties"]["fields"]["items"]
    assert items["properties"]["field"]["enum"] == [name.value for name in asked_fields()]


def test_of_a_call_that_is_too_long_the_beginning_and_the_end_are_sent() -> None:
    utterances = tuple(Utterance("citizen", float(i), i + 1.0, f"第{i}句" + "好" * 95) for i in range(600))
    sent = prepare(Transcript("c", "m", "zh", utterances, 600.0), None, mask=True)
    shown = json.loads(messages(sent, CALLED_AT)[1]["content"])["通话"]
    assert sum(len(one["text"]) for one in shown) <= LONGEST
    assert shown[0]["utterance"] == 0
    assert shown[-1]["utterance"] == 599
    assert len(shown) > 200


@pytest.mark.parametrize(
    "text", ["我 施工 的 工程", "打 12345 没人 接", "三月 一号", "二楼 阳台", "110 来 了"]
)
def test_what_is_nobodys_stays(text: str) -> None:
    transcript = transcript_of(f"市: {text}")
    assert sent_text(transcript, mask=True) == transcript.utterances[0].text


@pytest.mark.parametrize(
    "text", ["九号楼" * 3300, "王芳" * 5000, "幺" * 10_000, "我姓王" * 3300, "123456好" * 1400]
)
def test_ten_kilobytes_of_one_pattern_are_hidden_one_by_one(text: str) -> None:
    transcript = Transcript("c", "m", "zh", (Utterance("citizen", 0.0, 9.0, text),), 9.0)
    line = prepare(transcript, "王芳", mask=True).lines[0]
    assert len(line.text) == len(line.at)
    assert PLACEHOLDER.search(line.text)
    assert "幺幺" not in line.text
    assert "王芳" not in line.text
