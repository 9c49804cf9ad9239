"""Clauses with their object first, as people ask, in a ticket's order."""

from __future__ import annotations

import pytest

from hotline.ticket_bridge.extract.rewrite import ticket_words
from hotline.ticket_bridge.extract.turning import turned


@pytest.mark.clause("R-T-4")
@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("业务给我取消了", "取消业务"),
        ("喷淋要开起", "开启喷淋"),
        ("拉的线剪掉", "剪除拉的线"),
        ("充电桩赶快修好", "尽快修复充电桩"),
        ("把外墙防水给彻底重做", "彻底重做外墙防水"),
        ("该罚罚该封封", "依法处罚查封"),
        ("该建池子建池子", "修建池子"),
        ("先来个交警指挥下子", "派交警指挥"),
        ("让园长给孩子道个歉", "园长赔礼道歉"),
        ("晚上十点以后莫搅", "夜间十点后停止搅"),
        ("别让他往沟里排了", "停止往沟里排"),
        ("要不就把水管子换了", "或更换水管子"),
        ("给个准日子", "明确办理时限"),
    ],
)
def test_what_is_acted_on_stands_behind_its_verb(said: str, written: str) -> None:
    assert turned(said) == written


@pytest.mark.parametrize(
    "said", ["没有就算了", "我天天睡不好", "别骗我们", "昨天他把我打了吗", "说修好也没修"]
)
def test_what_asks_for_nothing_stays_unwritten(said: str) -> None:
    assert turned(said) == ""


def test_long_runs_of_one_pattern_are_cheap() -> None:
    assert len(ticket_words("把路给我们修好了" * 400)) <= 40
