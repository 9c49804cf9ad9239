"""One person is one number, however it is written; only what is allowed is dialled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.callback_bot.phones import canonical, may_be_dialled
from hotline.core.robot_settings import RobotSettings

PATTERNS = RobotSettings().numbers


@pytest.mark.parametrize(
    ("written", "one"),
    [
        ("13800138000", "13800138000"),
        (" 138-0013 8000 ", "13800138000"),
        ("+86 138 0013 8000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("13900000086", "13900000086"),
        ("13900861380", "13900861380"),
        ("013800138000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("（010）6512 3456", "01065123456"),
        ("+861065123456", "01065123456"),
        ("0473-3998123", "04733998123"),
    ],
)
def test_a_number_has_one_form(written: str, one: str) -> None:
    assert canonical(written) == one
    assert canonical(one) == one
    assert may_be_dialled(one, PATTERNS)


@pytest.mark.parametrize(
    "written",
    [
        *("", " - ", "110", "010110", "12345", "65123456", "+14155550100", "0014155550100", "王女士"),
        *("13800138000转8", "1380013800", "138001380000", "²3800138000", "٠١٢٣٤٥٦٧٨٩٠"),
        *("13800138000,1,System(x)", "13800138000\r\nAction: x"),
    ],
)
def test_what_is_no_number_of_a_person_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"[一-鿿]"):
        canonical(written)


@given(st.text(alphabet="0123456789+- ()（）abc,*#转\r\n", max_size=24))
def test_whatever_is_written_only_digits_come_out(written: str) -> None:
    try:
        one = canonical(written)
    except ValueError:
        return
    assert one.isascii()
    assert one.isdigit()
    assert canonical(one) == one


@pytest.mark.parametrize("number", ["110", "010110", "0471110", "12345", "13800138000\n", "1380013800x", ""])
def test_nothing_else_is_dialled(number: str) -> None:
    assert not may_be_dialled(number, PATTERNS)
    assert not may_be_dialled(number, ())
    assert not may_be_dialled("0300110", ("0XXXXXX",))
