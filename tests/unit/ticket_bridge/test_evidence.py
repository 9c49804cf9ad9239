from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.asr.transcripts import Transcript, Utterance, Word
from hotline.ticket_bridge.context import CallContext
from hotline.ticket_bridge.draft import Draft, draft
from hotline.ticket_bridge.fields import (
    SPECS,
    Evidence,
    EvidenceError,
    Field,
    FieldName,
    Origin,
    check_evidence,
)
from support.talks import draft_of, transcript_of

CONTEXT = CallContext("node1-1.2", "13900000000", datetime(2026, 3, 18, 6, 50, tzinfo=UTC))

COMMON = """
我姓王 我叫 姓 王先生 贵姓 怎么称呼 诉求是 幺三八 二二三四 五六七八 不对 不是 是九号楼
海勃湾区 和平路 与 路口 小区 二单元 五零幺 昨天 二月三十号 三十一号 十二点半 去年
大年初三 上上个礼拜三 九十九点九十九分 从 开始 到现在 拖欠工资 一百三十二个人 两三个学生
停电 着火了 救命 就 我们就堵大门 保密 不用保密 投诉 咨询 没有 找过物业 转 住建局
您的要求是 对吗 叫 惠邻物业 表扬 司机 ， 。 ？ 嗯 呃 ＡＢ１２ ㈱ 𠮷 🔥 é |
[/] (?: 零 〇
"""
PHRASES = [*COMMON.split(), " ", "\u3000", "\n"]
texts = st.one_of(st.lists(st.sampled_from(PHRASES), max_size=25).map("".join), st.text(max_size=60))


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    utterances: list[Utterance] = []
    at = 0.0
    for text in draw(st.lists(texts, max_size=8)):
        length = draw(st.floats(0, 30))
        pieces = text.split()
        starts = sorted(draw(st.lists(st.floats(-5, 60), min_size=len(pieces), max_size=len(pieces))))
        words = tuple(Word(p, s, s + 1.0, 0.5) for p, s in zip(pieces, starts, strict=True))
        with_words = draw(st.booleans())
        speaker = "citizen" if draw(st.booleans()) else "agent"
        utterances.append(Utterance(speaker, at, at + length, text, words if with_words else ()))
        at += length
    return Transcript("node1-1.2", "any", "zh", tuple(utterances), at)


@pytest.mark.clause("R-T-2")
@settings(max_examples=150, deadline=None)
@given(transcripts())
def test_every_field_quotes_what_was_said_at_its_second(transcript: Transcript) -> None:
    made = draft(transcript, CONTEXT)
    for field in made.fields.values():
        assert field.evidence or field.origin is not Origin.WORDS
        assert 0 <= field.confidence <= 1
        for piece in field.evidence:
            utterance = transcript.utterances[piece.utterance]
            assert piece.words
            assert piece.words in utterance.text
            assert piece.speaker == utterance.speaker
            assert utterance.start_s <= piece.start_s <= piece.end_s <= utterance.end_s
    assert Draft.from_json(made.call, made.to_json()).to_json() == made.to_json()
    assert set(made.to_json()) == {name.value for name in SPECS}


@pytest.mark.parametrize(
    "text",
    [
        "一" * 10_000,
        "好" * 9_999 + "的",
        "一二三四五六七八九十" * 1_000,
        "幺" * 10_000,
        "我姓王" * 3_300,
        "海勃湾区和平路" * 1_400,
        "，" * 10_000,
        "我们就" * 3_300,
        "𠮷🔥|[]()" * 1_400,
        "昨天下午四点半" * 1_400,
    ],
)
def test_ten_kilobytes_of_anything_give_a_draft(text: str) -> None:
    transcript = Transcript("c", "m", "zh", (Utterance("citizen", 0.0, 9.0, text),), 9.0)
    made = draft(transcript, CONTEXT)
    check_evidence(made.fields, transcript)


def test_the_words_lead_to_their_own_second() -> None:
    made = draft_of("坐: 请问 贵姓\n市: 那个 我姓 王 谢谢")
    piece = made.fields[FieldName.NAME].evidence[0]
    assert piece.words == "我姓 王"
    assert piece.start_s == pytest.approx(
        1.8
    )  # the line begins at 1.3 s, its second word half a second later
    assert piece.end_s == pytest.approx(2.7)


def test_without_word_times_the_second_is_estimated_inside_the_utterance() -> None:
    transcript = Transcript("c", "m", "zh", (Utterance("citizen", 10.0, 20.0, "你好啊我要投诉物业"),), 20.0)
    piece = draft(transcript, CONTEXT).fields[FieldName.KIND].evidence[0]
    assert 10.0 < piece.start_s < piece.end_s <= 20.0


TALK = transcript_of("坐: 您好\n市: 路灯 不亮")
GOOD = Evidence("路灯", "citizen", 1, 1.0, 1.2)


@pytest.mark.parametrize(
    "bad",
    [
        dataclasses.replace(GOOD, words="井盖"),
        dataclasses.replace(GOOD, words=""),
        dataclasses.replace(GOOD, speaker="agent"),
        dataclasses.replace(GOOD, utterance=0),
        dataclasses.replace(GOOD, utterance=7),
        dataclasses.replace(GOOD, utterance=-1),
        dataclasses.replace(GOOD, end_s=99.0),
        dataclasses.replace(GOOD, start_s=1.2, end_s=1.1),
        dataclasses.replace(GOOD, start_s=0.1),
    ],
)
def test_evidence_that_was_not_said_is_refused(bad: Evidence) -> None:
    check_evidence({FieldName.TITLE: Field("路灯", 0.5, (GOOD,))}, TALK)
    with pytest.raises(EvidenceError):
        check_evidence({FieldName.TITLE: Field("路灯", 0.5, (bad,))}, TALK)


def test_a_value_without_evidence_is_refused() -> None:
    with pytest.raises(EvidenceError):
        check_evidence({FieldName.TITLE: Field("路灯", 0.5)}, TALK)


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        CallContext("c", "1", datetime(2026, 1, 1))  # noqa: DTZ001  # that is what is refused
