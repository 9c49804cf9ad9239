"""Places, matters and callers compared: the same told in other words, and others that are alike (R-R-4)."""

from __future__ import annotations

import pytest

from hotline.ticket_bridge.repeats.places_alike import KEYS, SAME, alike, place_of
from hotline.ticket_bridge.repeats.repeats import about, caller_key, grade_of_count, higher, same_about

pytestmark = pytest.mark.clause("R-R-4")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("海勃湾区书香丽苑9号楼二单元501", "书香丽苑"),
        ("海勃湾区书香丽苑9号楼", "书香丽苑七号楼"),
        ("海勃湾区书香丽苑", "海勃湾区书乡丽园"),
        ("铁西区景二路锦绣家园", "锦绣家园"),
        ("铁西区景二路锦绣家园", "景耳路锦绣家园小区四栋"),
        ("霞山区东浦市场", "东浦市场进门右手边"),
        ("昭云路与学禾东街路口", "昭云路和学禾东街交叉口"),
        ("白沙路46号", "钦南区向阳街道白沙路46号"),
        ("萨尔图区东风路鸿垣大厦", "鸿垣大厦楼顶"),
    ],
)
def test_the_same_place(first: str, second: str) -> None:
    one, other = place_of(first), place_of(second)
    assert alike(one, other) >= SAME
    assert set(one.keys) & set(other.keys)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("海勃湾区书香丽苑", "海勃湾区紫金花园"),
        ("铁西区锦绣家园", "和平区锦绣家园"),
        ("白沙路46号", "白沙路120号"),
        ("解放南路", "人民北路"),
        ("三号楼", "五号楼"),
        ("", "书香丽苑"),
        ("翡翠云邸二期", "翡翠湖公园"),
    ],
)
def test_another_place(first: str, second: str) -> None:
    assert alike(place_of(first), place_of(second)) < SAME


def test_a_place_has_few_keys_and_nothing_has_none() -> None:
    assert len(place_of("向阳街道白沙路锦绣家园小区东门往南五十米的那个菜市场" * 5).keys) == KEYS
    assert place_of("").keys == ()
    assert place_of("501室").keys == ()


@pytest.mark.parametrize(
    ("first", "second"),
    [("停水", "停水"), ("小区停水", "停水"), ("暖气不热", "暖气一直不热"), ("", "停水")],
)
def test_the_same_problem(first: str, second: str) -> None:
    assert same_about(first, second)


@pytest.mark.parametrize(("first", "second"), [("停水", "油烟扰民"), ("物业停车费上涨", "电梯故障")])
def test_another_problem(first: str, second: str) -> None:
    assert not same_about(first, second)


def test_the_problem_is_what_a_title_holds_beside_its_place() -> None:
    assert about("书香丽苑停水", "海勃湾区书香丽苑") == "停水"
    assert about("停水", "停水") == "停水"


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("13800000000", "13800000000"),
        ("+86 138-0000-0000", "13800000000"),
        ("013800000000", "13800000000"),
        ("0473-2012345", "04732012345"),
        ("", ""),
        ("anonymous", ""),
        ("000", ""),
    ],
)
def test_a_caller(number: str, key: str) -> None:
    assert caller_key(number) == key


@pytest.mark.clause("R-R-2")
@pytest.mark.parametrize(
    ("callers", "grade"),
    [
        (1, None),
        (4, None),
        (5, "IV"),
        (19, "IV"),
        (20, "III"),
        (49, "III"),
        (50, "II"),
        (100, "I"),
        (900, "I"),
    ],
)
def test_the_grade_of_a_number_of_callers(callers: int, grade: str | None) -> None:
    assert grade_of_count(callers) == grade


def test_a_grade_is_only_raised() -> None:
    assert higher("III", "IV") == "III"
    assert higher("IV", "I") == "I"
    assert higher(None, "IV") == "IV"
    assert higher(None, None) is None
