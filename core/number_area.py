"""The area that a telephone number belongs to, for whoever answers a call from it."""

from __future__ import annotations

from phonenumbers import NumberParseException, is_valid_number, parse

_COUNTRY, _LANGUAGE = "CN", "zh"
_EVERYWHERE = "中国"
"""What the plan says of numbers that belong to no area, such as 400."""


def area_of(number: str) -> str | None:
    """Return province and city of a landline's or mobile's number in Chinese; None where it tells none.

    By the numbering plan as libphonenumber keeps it: where a mobile's number was given out, which is not
    where its owner is. The first call loads the plan (half a second, some 100 MB): not on the event loop.
    """
    from phonenumbers import geocoder  # noqa: PLC0415  # the plan is loaded where somebody looks at a desk only

    try:
        parsed = parse(number, _COUNTRY)
    except NumberParseException:
        return None
    if not is_valid_number(parsed):
        return None
    area = geocoder.description_for_number(parsed, _LANGUAGE)
    return area if area and area != _EVERYWHERE else None
