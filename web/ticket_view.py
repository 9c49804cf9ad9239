"""A draft ticket for a call's page: fields in order, who made them, what is to be asked, the checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..ticket_bridge.checks.check_service import sheet
from ..ticket_bridge.checks.checks import Check
from ..ticket_bridge.fields import SPECS, FieldName
from ..ticket_bridge.tables import TicketRow


def ticket_view(row: TicketRow, checks: Sequence[Check]) -> dict[str, Any]:
    """Return everything about a ticket; empty fields are left out."""
    told = sheet(row.draft(), list(checks))
    return {
        **row.overview(),
        **told,
        "fields": _fields(row, told["fields"]),
        "checks": [_check(check) for check in checks],
    }


def _fields(row: TicketRow, told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = row.draft().fields
    shown: list[Mapping[str, Any]] = []
    for name in FieldName:
        if (field := found.get(name)) is None:
            continue
        evidence = sorted(field.evidence, key=lambda piece: piece.start_s)
        first = evidence[0] if evidence else None
        shown.append(
            {
                "name": name.value,
                "label": SPECS[name].label,
                "value": ("是" if field.value else "否") if isinstance(field.value, bool) else field.value,
                "confidence": field.confidence,
                "origin": field.origin.value,
                "by": told[name.value]["by"],
                "words": "；".join(piece.words for piece in evidence),
                "start_s": first.start_s if first else None,
            }
        )
    return shown


def _check(check: Check) -> dict[str, Any]:
    changed = [
        {"label": SPECS[name].label, "old": one.old, "new": one.new}
        for name, one in check.fields.items()
        if one.old != one.new
    ]
    return {**check.to_json(), "at": check.at, "changed": changed}
