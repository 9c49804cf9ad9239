"""What the switch knows about a call before anybody listens to it, and the shape of an extractor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from .fields import Field, FieldName, Found
from .talk import Talk


@dataclass(frozen=True)
class CallContext:
    """Facts of a call.

    ``called_at`` is aware; its zone is the one the citizen's "yesterday" is meant in (the site's).
    """

    call: str
    caller: str
    called_at: datetime
    answered_at: datetime | None = None
    agent: str | None = None
    queue: str | None = None
    unit: str | None = None
    """The receiving unit: the site's name."""

    def __post_init__(self) -> None:
        if self.called_at.tzinfo is None:
            raise ValueError("called_at needs a time zone")


class Extractor(Protocol):
    """Reads some fields out of a call; pure, and returns nothing for what was not said."""

    def __call__(self, talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
        """Return the fields it is sure enough of; ``found`` holds those of earlier extractors."""
        ...
