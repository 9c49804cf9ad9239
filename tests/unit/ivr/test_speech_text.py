from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.ivr.speech_text import spoken


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("人工服务请按0", "人工服务请按零"),
        ("请按1。请按２", "请按一。请按二"),
        ("12345热线", "幺二三四五热线"),
        ("请拨打110", "请拨打幺幺零"),
        ("电话010-66660001", "电话零幺零六六六六零零零幺"),
        ("7×24小时", "七乘二十四小时"),
        ("2026年1月15日", "二零二六年一月十五日"),
        ("9:00到17:30", "九点到十七点三十分"),
        ("8：05", "八点零五分"),
        ("95%", "百分之九十五"),
        ("100元，300人", "一百元，三百人"),
        ("3.5公里", "三点五公里"),
        ("没有数字", "没有数字"),
        ("外文数字𑣠٣", "外文数字𑣠٣"),
    ],
)
def test_digits_are_written_as_people_say_them(text: str, said: str) -> None:
    assert spoken(text) == said


@given(st.text("0123456789.-:%：％０１９年月元人按，、 ×", max_size=40))
def test_no_digit_is_left(text: str) -> None:
    assert not any(sign in "0123456789" for sign in spoken(text))


@given(st.text(st.characters(exclude_categories=("Nd",)), max_size=40))
def test_text_without_digits_stays_as_it_is(text: str) -> None:
    assert spoken(text) == text
