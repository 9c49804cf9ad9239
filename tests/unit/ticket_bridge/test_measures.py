from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.ticket_bridge.measure.measures import (
    bigram_f1,
    interval,
    macro_f1,
    normalise,
    same_person,
    same_time,
)
from hotline.ticket_bridge.words import number, segment

CALL = datetime.fromisoformat("2026-03-18T14:50:00+08:00")


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("二十三", 23),
        ("一百三十二", 132),
        ("二十几", 20),
        ("六七十", 60),
        ("两", 2),
        ("俩", 2),
        ("十来", 10),
        ("23", 23),
        ("五两", None),
        ("", None),
        ("路", None),
    ],
)
def test_numbers_as_said(said: str, value: int | None) -> None:
    assert number(said) == value


@given(st.text(alphabet="零一二两三四五六七八九十百千万几来多俩0123456789〇", max_size=20))
def test_reading_a_number_never_fails(text: str) -> None:
    assert number(text) is None or number(text) >= 0  # pyright: ignore[reportOptionalOperand]  # None is told apart


@given(st.text(max_size=200))
def test_pieces_joined_are_the_text_again(text: str) -> None:
    assert "".join(segment(text)) == text


def test_places_are_compared_without_what_does_not_matter() -> None:
    assert normalise("沈阳市铁西区景二路，四栋") == normalise("铁西区景2路4号楼")
    assert normalise("二十一号") == "21号"
    assert bigram_f1("路灯不亮", "路灯不亮") == 1
    assert bigram_f1("路灯不亮", "井盖缺失") == 0
    assert bigram_f1("路灯不亮", "路灯全灭") == pytest.approx(1 / 3)


def test_classes_and_people_and_times() -> None:
    assert macro_f1(["a", "a", "b"], ["a", "b", "b"]) == pytest.approx(2 / 3)
    assert same_person("白姓市民", "白女士")
    assert same_person("白女士", "白小姐")
    assert same_person("白先生", "白组长")
    assert not same_person("白天", "百女士")
    assert not same_person("郝先生", "郝建军")
    assert same_time("2026-03-18T14:20", "2026-03-18T14:30/2026-03-18T14:50", CALL) == 1
    assert same_time("2026-03-18", "2026-03-18T14:30", CALL) == 0.5
    assert same_time("2026-03-18T09:00", "2026-03-18T14:30", CALL) == 0
    assert same_time("2026-03-18T09:00", "2026-03-18", CALL) == 1
    low, high = interval(9, 10)
    assert 0.55 < low < 0.9 < high < 1


def test_what_no_reader_understands_is_no_number() -> None:
    assert number("零十二") is None
