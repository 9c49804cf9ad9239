"""What programs send about callbacks, checked at the border: every value of its type, nothing unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

from ..callback_bot.schedule.adding import NewCallback
from ..core.errors import InvalidInputError

MOST_AT_ONCE = 200
EXAMPLE = (
    '{"who": "2001", "campaign": "november", "callbacks": [{"ticket": "20261118-7Q2M9XKD", '
    '"phone": "13800138000", "person": "王女士", "unit": "城管局", "kind": "投诉", "matter": "路灯不亮", '
    '"handled_on": "2026-11-18"}]}'
)
_TEXTS = ("ticket", "phone", "person", "unit", "kind", "matter", "dialogue")
_MOMENTS = ("earliest", "latest")
_KNOWN = {*_TEXTS, *_MOMENTS, "handled_on", "priority"}


def new_callbacks(body: Mapping[str, object]) -> list[NewCallback]:
    """Return what is to be added; raises ``InvalidInputError`` that names the entry and the field."""
    entries = body.get("callbacks")
    if not isinstance(entries, list) or not 1 <= len(cast("list[object]", entries)) <= MOST_AT_ONCE:
        raise InvalidInputError(
            f"callbacks must be a list of 1 to {MOST_AT_ONCE}",
            mend=f"send {EXAMPLE}; more: hotline callback import",
        )
    return [_new(entry, place) for place, entry in enumerate(cast("list[object]", entries), 1)]


def texts(body: Mapping[str, object], name: str, most: int) -> tuple[str, ...]:
    """Return a list of short texts of the request; () without it."""
    value = body.get(name, [])
    if not isinstance(value, list) or len(cast("list[object]", value)) > most:
        raise InvalidInputError(f"{name} must be a list of at most {most} texts")
    found = cast("list[object]", value)
    if not all(isinstance(one, str) and len(one) <= 80 for one in found):
        raise InvalidInputError(f"{name} must be a list of short texts")
    return tuple(cast("Sequence[str]", found))


def flag(body: Mapping[str, object], name: str, *, default: bool | None = None) -> bool:
    """Return a truth value of the request; refuses anything else, and its absence without a default."""
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise InvalidInputError(f"{name} must be true or false")
    return value


def _new(entry: object, place: int) -> NewCallback:
    if not isinstance(entry, dict):
        raise InvalidInputError(f"callbacks[{place - 1}] is no object", mend=f"send {EXAMPLE}")
    given = cast("dict[str, object]", entry)
    if unknown := given.keys() - _KNOWN:
        raise _wrong(place, min(unknown), f"is not known; known are {', '.join(sorted(_KNOWN))}")
    values: dict[str, Any] = {}
    for name, value in given.items():
        if value is None and name not in ("ticket", "phone"):
            continue
        values[name] = _value(place, name, value)
    for name in ("ticket", "phone"):
        if name not in values:
            raise _wrong(place, name, "is missing")
    return NewCallback(**values)


def _value(place: int, name: str, value: object) -> object:
    if name == "priority":
        if type(value) is not int:
            raise _wrong(place, name, "must be a whole number from 0 to 9")
        return value
    if not isinstance(value, str):
        raise _wrong(place, name, "must be a text")
    if name in _TEXTS:
        return value
    try:
        if name == "handled_on":
            return date.fromisoformat(value)
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise _wrong(place, name, "must be like 2026-11-18, a moment like 2026-11-18T09:00+08:00") from error
    if moment.tzinfo is None:
        raise _wrong(place, name, "must tell its offset, as in 2026-11-18T09:00+08:00")
    return moment


def _wrong(place: int, name: str, why: str) -> InvalidInputError:
    return InvalidInputError(f"callbacks[{place - 1}].{name[:40]} {why}", mend=f"send {EXAMPLE}")
