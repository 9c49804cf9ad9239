"""Who made a draft: the rules, or a model server with the rules behind it, and what became of its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

RULES = "rules"


@dataclass(frozen=True)
class Making:
    """How a draft was made; without anything given: by the rules alone, as they were asked to.

    ``extractor`` is who was asked. ``by_model`` names the fields whose value is the model's, proved against
    the transcript; every other field is the rules'. ``dropped`` counts what the model said and could not
    prove, by reason. ``fallback`` tells why the model has no part in the draft although it was asked.
    """

    extractor: str = RULES
    model: str = ""
    by_model: tuple[str, ...] = ()
    dropped: Mapping[str, int] | None = None
    fallback: str = ""

    def maker(self, field: str) -> str:
        """Return who made a field: ``rules``, or the model by its name."""
        return self.model or self.extractor if field in self.by_model else RULES

    def to_json(self) -> dict[str, Any]:
        """Return a plain structure for the store and the API."""
        return {
            "extractor": self.extractor,
            "model": self.model,
            "by_model": list(self.by_model),
            "dropped": dict(self.dropped or {}),
            "fallback": self.fallback,
        }

    @staticmethod
    def from_json(data: Mapping[str, Any] | None) -> Making:
        """Read what ``to_json`` wrote; a ticket older than this was made by the rules."""
        if not data:
            return BY_RULES
        return Making(
            extractor=data["extractor"],
            model=data["model"],
            by_model=tuple(data["by_model"]),
            dropped=data["dropped"],
            fallback=data["fallback"],
        )


BY_RULES = Making()
