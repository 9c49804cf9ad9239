"""What is told of a draft while the call goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...core.events import DomainEvent
from ..fields import FieldName, FieldValue


@dataclass(frozen=True)
class Hint:
    """A field that the standards ask for and nobody has spoken of: what the agent may ask (R-T-4)."""

    field: FieldName
    label: str
    text: str
    """For the agent's screen, such as 问一下：事发地点？"""
    clause: str

    def to_json(self) -> dict[str, str]:
        """Return a plain structure for the API."""
        return {"field": self.field.value, "label": self.label, "text": self.text, "clause": self.clause}


@dataclass(frozen=True, kw_only=True)
class DraftChanged(DomainEvent):
    """The draft of a call in progress is another than before.

    ``fields`` are those filled now, by name, as ``Field.to_json`` gives them, with ``by``: who made it
    (``rules``, or a model by its name). ``changed`` names those that are new, other or empty again;
    ``missing`` is what is still to be asked, the most needed first.
    """

    call: str
    fields: Mapping[str, Any]
    changed: tuple[str, ...]
    missing: tuple[Hint, ...]


@dataclass(frozen=True, kw_only=True)
class DraftChecked(DomainEvent):
    """A person said what is right in the draft of a call, in progress or over (R-R-5).

    ``right`` holds the values by field, None for a field that stays empty; ``ticket`` is empty while there
    is none.
    """

    call: str
    ticket: str
    who: str
    right: Mapping[FieldName, FieldValue | None]
