"""What people found right or wrong in a draft, and the draft as it stands after them (R-R-5, R-T-12)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from ...core.errors import InvalidInputError
from ..draft import Draft
from ..fields import Field, FieldName, FieldValue, Origin
from ..values import OPEN, checked

Act = Literal["correct", "confirm"]


@dataclass(frozen=True)
class Change:
    """One field in a check; ``new`` is what is right, None: nothing was said. Equal to ``old``: confirmed."""

    old: FieldValue | None
    new: FieldValue | None


@dataclass(frozen=True)
class Check:
    """One act of a person on the draft of a call; never changed afterwards."""

    id: str
    call: str
    at: datetime
    who: str
    act: Act
    fields: Mapping[FieldName, Change]

    def to_json(self) -> dict[str, Any]:
        """Return what the API and ``ticket show`` tell of it."""
        return {
            "id": self.id,
            "at": self.at.isoformat(),
            "who": self.who,
            "act": self.act,
            "fields": {
                name.value: {"old": change.old, "new": change.new} for name, change in self.fields.items()
            },
        }


def read_corrections(given: Mapping[str, object]) -> dict[FieldName, FieldValue | None]:
    """Read fields and values from outside; None empties a field. Raises ``InvalidInputError``."""
    read: dict[FieldName, FieldValue | None] = {}
    for text, value in given.items():
        name = field_name(text)
        try:
            read[name] = None if value is None else checked(name, value)
        except ValueError as error:
            raise InvalidInputError(
                f"{name.value} {error}", mend="docs/tickets.md lists the values"
            ) from error
    return read


def field_name(text: str) -> FieldName:
    """Return a field that a person may set; raises ``InvalidInputError``."""
    names = {name.value: name for name in OPEN}
    if text not in names:
        raise InvalidInputError(
            f"no field {text[:40]!r} that can be corrected", mend=f"one of {', '.join(sorted(names))}"
        )
    return names[text]


def changes(
    draft: Draft, corrections: Mapping[FieldName, FieldValue | None], confirmed: Iterable[FieldName]
) -> dict[FieldName, Change]:
    """Return the old and new value of every field that a person speaks of."""
    made = {name: Change(draft.value(name), draft.value(name)) for name in confirmed}
    return made | {name: Change(draft.value(name), new) for name, new in corrections.items()}


def settled(checks: Iterable[Check]) -> dict[FieldName, FieldValue | None]:
    """Return what people said last of each field; ``checks`` in the order of time."""
    return {name: change.new for check in checks for name, change in check.fields.items()}


def overlaid(draft: Draft, right: Mapping[FieldName, FieldValue | None]) -> Draft:
    """Return the draft with what people said; a field that is as they say keeps its words."""
    fields = dict(draft.fields)
    for name, value in right.items():
        if value is None:
            fields.pop(name, None)
        elif not _is_same(draft.value(name), value):
            fields[name] = Field(value, 1.0, (), Origin.PERSON)
    return replace(draft, fields=MappingProxyType(fields))


def _is_same(mine: FieldValue | None, right: FieldValue) -> bool:
    """Compare values; True is not 1."""
    return type(mine) is type(right) and mine == right
