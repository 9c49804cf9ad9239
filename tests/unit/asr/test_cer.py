from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.asr.cer import Errors, compare
from hotline.asr.normalise import normalise

texts = st.text("路灯不亮对部", max_size=8)


@pytest.mark.parametrize(
    ("reference", "heard", "expected"),
    [
        ("路灯不亮", "路灯不亮", Errors(4, 0, 0, 0)),
        ("路灯不亮", "路灯不良", Errors(4, 1, 0, 0)),
        ("路灯不亮", "路不亮", Errors(4, 0, 1, 0)),
        ("路灯不亮", "路灯也不亮", Errors(4, 0, 0, 1)),
        ("路灯", "", Errors(2, 0, 2, 0)),
        ("", "路灯", Errors(0, 0, 0, 2)),
    ],
)
def test_edits_are_told_apart(reference: str, heard: str, expected: Errors) -> None:
    assert compare(reference, heard) == expected


def plain_distance(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]


@given(texts, texts)
def test_the_edits_are_the_fewest_and_add_up(reference: str, heard: str) -> None:
    errors = compare(reference, heard)
    assert errors.edits == plain_distance(reference, heard)
    assert errors.insertions - errors.deletions == len(heard) - len(reference)


def test_rates_of_sets_weigh_by_characters() -> None:
    total = Errors(10, 1, 0, 0) + Errors(30, 0, 2, 1)
    assert total == Errors(40, 1, 2, 1)
    assert total.rate == pytest.approx(0.1)
    assert Errors().rate == 0
    assert Errors(0, 0, 0, 3).rate == 1


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("有30个人", "有三十个人"),
        ("1010元", "一千零一十元"),
        ("2026年5月", "二零二六年五月"),
        ("电话13812345678", "电话幺三八幺二三四五六七八"),
        ("区号010", "区号零幺零"),
        ("涨了3.5%", "涨了百分之三点五"),
        ("1,200元", "一千二百元"),
        ("ＡＢＣ 路灯，灭了。", "abc路灯灭了"),
        ("二〇二六", "二零二六"),
        ("三百五十五千克", "三百五十五千克"),
    ],
)
def test_ways_of_writing_do_not_count_as_errors(written: str, spoken: str) -> None:
    assert normalise(written) == normalise(spoken)


@given(st.text(max_size=40))
def test_any_text_can_be_normalised_twice(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
