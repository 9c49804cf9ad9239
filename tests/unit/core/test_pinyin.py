from __future__ import annotations

import pytest

from hotline.core.pinyin import all_syllables, sound_alike, syllable, syllables


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ("枫岭", "丰岭", True),
        ("小区", "校区", True),
        ("小区", "小去", True),
        ("路灯", "路", False),
        ("钟", "张", False),
    ],
)
def test_what_sounds_alike_without_tones(first: str, second: str, alike: bool) -> None:
    assert sound_alike(first, second) is alike


def test_what_has_no_reading_stands_for_itself() -> None:
    assert syllable("7") == "7"
    assert syllables("吕a") == ("lv", "a")
    assert ("chang", "zhou") in all_syllables("长洲")
