"""What is still to be asked in a call: fields that the standards want and nobody has spoken of (R-T-4)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ..fields import SPECS, FieldName, Found, Origin
from .live_events import Hint


@cache
def _table() -> dict[str, Any]:
    return yaml.safe_load(Path(__file__).with_name("missing.yaml").read_text(encoding="utf-8"))


def wanted(found: Found) -> dict[FieldName, str]:
    """Return the fields that a call must record, the most needed first, with the clause (R-T-4, R-T-8)."""
    table, kind = _table(), found.get(FieldName.KIND)
    urgency = found.get(FieldName.URGENCY)
    rows: list[Mapping[str, str]] = []
    if FieldName.EMERGENCY_LINE in found or (urgency is not None and urgency.value != "一般"):
        rows += table["sudden"]
    if FieldName.THREAT_QUOTE in found:
        rows += table["threat"]
    closed = kind is not None and (kind.value == "无效" or FieldName.OUT_OF_SCOPE in found)
    rows += [] if closed else table["always"]
    rows += [] if closed else table["unknown"] if kind is None else table["kinds"][str(kind.value)]
    clauses: dict[FieldName, str] = {}
    for row in rows:
        clauses.setdefault(FieldName(row["field"]), row["clause"])
    return clauses


def missing(found: Found) -> tuple[Hint, ...]:
    """Return a hint for each wanted field that is empty, or has only what every ticket begins with."""
    questions = _table()["questions"]
    return tuple(
        Hint(name, SPECS[name].label, questions[name.value], clause)
        for name, clause in wanted(found).items()
        if name not in found or found[name].origin is Origin.INITIAL
    )
