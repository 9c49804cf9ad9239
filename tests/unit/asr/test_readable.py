"""What was recognised is shown as people write it, and what is personal in it can be hidden."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.asr.personal import masked, personal
from hotline.asr.readable import readable, written
from hotline.asr.transcripts import Utterance, Word

pytestmark = pytest.mark.clause("R-T-2")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("我家 十月 十五号 就 没 暖气 了", "我家10月15号就没暖气了。"),
        ("我的电话是幺三八零零幺三八零零零", "我的电话是13800138000。"),
        ("书香丽苑七号楼二单元五零幺室", "书香丽苑7号楼2单元501室。"),
        ("一共欠我三千二百块钱", "一共欠我3200块钱。"),
        ("五十八个人被拖欠一百二十万工资", "58个人被拖欠120万工资。"),
        ("百分之三十五的人不同意", "35%的人不同意。"),
        ("百分之三点五", "3.5%。"),
        ("三点五元一吨", "3.5元1吨。"),
        ("二零二六年三月一号开始", "2026年3月1号开始。"),
        ("昨天晚上一点钟", "昨天晚上1点钟。"),
        ("下午三点半到现在", "下午3点半到现在。"),
        ("坐一号线地铁", "坐1号线地铁。"),
        ("我住在三楼", "我住在3楼。"),
        ("拨打一二三四五", "拨打12345。"),
        ("三零二室", "302室。"),
    ],
)
def test_numbers_are_written_as_figures(said: str, expected: str):
    assert written(said).text == expected


@pytest.mark.parametrize(
    "said",
    [
        "有二十几个人在这儿",
        "三四十个人",
        "给我便宜一点",
        "两个人晕倒了",
        "十分感谢",
        "千万别挂",
        "等一下",
        "一直这样",
        "三天两头停电",
        "一家人都不敢住",
        "万一出事呢",
        "老百姓怎么办",
        "第二天",
    ],
)
def test_what_is_no_number_stays_as_it_was_said(said: str):
    assert written(said).text.rstrip("。？") == said


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("你好我要投诉", "你好，我要投诉。"),
        ("说了三次但是没人管", "说了三次，但是没人管。"),
        ("请问您贵姓", "请问您贵姓？"),
        ("能不能派人来看看", "能不能派人来看看？"),
        ("你们管不管吗", "你们管不管吗？"),
        ("您好，请问您需要什么帮助？", "您好，请问您需要什么帮助？"),
        ("", ""),
    ],
)
def test_punctuation_is_added_where_the_recogniser_gave_none(said: str, expected: str):
    assert written(said).text == expected


def test_a_pause_of_the_speaker_is_a_comma():
    words = (Word("路灯", 0.0, 0.4, 1.0), Word("坏了", 0.45, 0.9, 1.0), Word("没人", 1.4, 1.8, 1.0))
    assert readable(Utterance("citizen", 0.0, 1.8, "路灯坏了没人", words)).text == "路灯坏了，没人。"


@pytest.mark.clause("R-S-1")
@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        ("我的电话是幺三八零零幺三八零零零", "我的电话是138****8000。"),
        ("你打150，4733，2291", "你打150****2291"),
        ("身份证号 一五零三零二幺九九零零三零七二八幺X", "身份证号******。"),
        ("我姓白住在九号楼二单元五零幺", "我姓*住在******。"),
        ("我叫佘小强", "我叫***。"),
        ("车牌号蒙C幺二三四五", "车牌号******。"),
        ("电话号码是零四七三二零幺二三四五", "电话号码是047****2345。"),
    ],
)
def test_what_is_personal_is_hidden(said: str, hidden: str):
    assert written(said).masked == hidden


@pytest.mark.parametrize(
    "said", ["您贵姓", "我叫什么都行", "拨打12345热线", "十月十五号", "三号楼没电了", "这位先生"]
)
def test_what_is_not_personal_is_not_hidden(said: str):
    assert written(said).personal == ()


@given(st.text(alphabet="零一二三四五六七八九十百千万幺点号楼室月日年我姓叫，。 abc1380", max_size=60))
def test_every_character_leads_back_to_what_was_said(said: str):
    made = written(said)
    assert len(made.text) == len(made.at)
    assert list(made.at) == sorted(made.at)
    assert all(0 <= at <= len(said) for at in made.at)
    for one in made.personal:
        assert 0 <= one.start < one.end <= len(made.text)
    for one, char in zip(made.at, made.text, strict=True):
        assert one == len(said) or char == said[one] or char.isascii() or char in "，。？万亿"


@given(st.text(max_size=80))
def test_hiding_never_fails_and_hides_all_that_was_found(text: str):
    found = personal(text)
    hidden = masked(text, found)
    assert all(
        text[one.start : one.end] not in hidden or len(set(text[one.start : one.end])) == 1 for one in found
    )
