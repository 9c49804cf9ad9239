from __future__ import annotations

import pytest

from hotline.core.number_area import area_of


@pytest.mark.parametrize(
    ("number", "area"),
    [
        ("04733998888", "内蒙古乌海市"),
        ("0473-3998888", "内蒙古乌海市"),
        ("13947301234", "内蒙古乌海市"),
        ("013947301234", "内蒙古乌海市"),
        ("+8613947301234", "内蒙古乌海市"),
        ("01012345678", "北京市"),
    ],
)
def test_a_number_tells_its_area(number: str, area: str) -> None:
    assert area_of(number) == area


@pytest.mark.parametrize(
    "number", ["", "12345", "110", "4001234567", "anonymous", "9" * 300, "\x00", "13800", "🙂", "${EXTEN}"]
)
def test_what_is_no_number_of_an_area_tells_none(number: str) -> None:
    assert area_of(number) is None
