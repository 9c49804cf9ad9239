"""Compares one call as the store has it with the same call made anew from the journal, column by column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from ..core.db import Base
from ..core.log import mask
from ..telephony.calls import CallRecord
from ..telephony.facts import RESTART, UNTERMINATED
from ..telephony.room_store import line_values
from ..telephony.store import call_values, leg_values, step_values
from ..telephony.tables import CallRow, CallStepRow, LegRow, RoomLineRow

KEYS: Mapping[str, tuple[str, ...]] = {
    "calls": (),
    "legs": ("id",),
    "call_steps": ("leg", "n", "name"),
    "room_lines": ("line",),
}
"""What tells the rows of one call apart."""
PERSONAL = frozenset({"number", "caller", "about"})

Values = Mapping[str, Any]


class Difference(NamedTuple):
    """One value that differs. ``row`` tells rows of a call apart, ``column`` is empty for a whole row.

    ``stored`` or ``journal`` is None when that side has no such row (``column`` empty) or value.
    """

    call: str
    table: str
    row: str
    column: str
    stored: str | None
    journal: str | None


class StoredCall(NamedTuple):
    """The rows of one call in the store; ``call`` is None when there is none."""

    call: CallRow | None
    legs: Sequence[LegRow]
    steps: Sequence[CallStepRow]
    lines: Sequence[RoomLineRow]


def compare_call(record: CallRecord, node: str, stored: StoredCall) -> list[Difference]:
    """Return every difference between what is stored of a call and what its journal gives."""
    found: list[Difference] = []
    for table, rows, made in (
        ("calls", [] if stored.call is None else [stored.call], [call_values(record, node)]),
        ("legs", stored.legs, leg_values(record, node)),
        ("call_steps", stored.steps, step_values(record, node)),
        ("room_lines", stored.lines, line_values(record, node)),
    ):
        found += _compare_rows(record.id, table, rows, made)
    return found


def only_stored(call: str, table: str, row: str = "") -> Difference:
    """Return the difference of a row that the journal knows nothing of."""
    return Difference(call, table, row, "", "1", None)


def _compare_rows(call: str, table: str, rows: Iterable[Base], made: Sequence[Values]) -> list[Difference]:
    columns = [name for name in made[0] if name not in KEYS[table]] if made else []
    left = {_key(table, values): values for values in made}
    found: list[Difference] = []
    for row in rows:
        stored = {column.name: getattr(row, column.key) for column in row.__table__.columns}
        key = _key(table, stored)
        values = left.pop(key, None)
        if values is None:
            found.append(only_stored(call, table, key))
            continue
        for column in columns:
            if column == "facts":
                found += _compare_facts(call, stored[column], values[column])
            elif stored[column] != values[column]:
                found.append(_difference(call, table, key, column, stored[column], values[column]))
    return found + [Difference(call, table, key, "", None, "1") for key in left]


def _key(table: str, values: Values) -> str:
    return " ".join(str(values[name]) for name in KEYS[table])


def _compare_facts(call: str, stored: object, made: list[Any]) -> list[Difference]:
    """Compare the stored record itself, but for the ends that no line of the journal tells."""
    try:
        have, want = _slots(cast("list[Any]", stored)), _slots(made)
    except (TypeError, ValueError, AttributeError):
        return [Difference(call, "calls", "", "facts", mask(stored), "1")]
    found: list[Difference] = []
    for key in sorted({*have, *want}):
        if have.get(key) != want.get(key):
            row = " ".join(part for part in key if part)
            found.append(_difference(call, "calls", row, "facts", have.get(key), want.get(key)))
    return found


def _slots(facts: list[Any]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return what fills each slot, personal values last."""
    slots: dict[tuple[str, str], tuple[str, ...]] = {}
    for leg, slot, at_us, source, values in facts:
        if not str(slot).startswith(RESTART) and slot != UNTERMINATED:
            plain = {name: value for name, value in sorted(values.items()) if name not in PERSONAL}
            personal = [str(values[name]) for name in sorted(PERSONAL & values.keys())]
            slots[str(leg), str(slot)] = (f"{at_us} {source} {plain}", *personal)
    return slots


def _difference(  # noqa: PLR0917  # the columns of the table that is printed
    call: str, table: str, row: str, column: str, stored: object, journal: object
) -> Difference:
    """Return a difference as it is shown: personal values masked, and still seen to differ."""
    have, want = _text(stored, column), _text(journal, column)
    return Difference(call, table, row, column, have, want if want != have else f"{want} (≠)")


def _text(value: object, column: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, tuple):
        plain, *personal = cast("tuple[str, ...]", value)
        return " ".join((plain, *(mask(one) for one in personal)))
    if column in PERSONAL:
        return mask(value)
    return value.isoformat(timespec="microseconds") if isinstance(value, datetime) else str(value)
