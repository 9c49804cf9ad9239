"""A report as plain values for programs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .definitions import Definition
from .reports import Line, Report, difference
from .reports_period import Period


def to_json(report: Report) -> dict[str, Any]:
    """Return the report: shares between 0 and 1, durations in milliseconds, moments in the site's time."""
    plan = report.plan

    def local(moment: datetime) -> str:
        return moment.astimezone(plan.zone).isoformat()

    def period(of: Period | None) -> dict[str, str] | None:
        return None if of is None else {"since": local(of.since), "until": local(of.until)}

    def row(line: Line) -> dict[str, Any]:
        return {
            "key": line.key,
            "label": line.label,
            **(period(line.period) or {}),
            "before": period(line.before_period),
            "figures": {one.id: _figure(line, one, local) for one in plan.definitions.values()},
            **({"short_abandoned": line.now.short_abandoned} if "abandon_rate" in plan.definitions else {}),
        }

    hours = [
        {"hour": hour, "offered": calls.offered, "answered": calls.answered}
        for hour, calls in enumerate(report.hours)
    ]
    return {
        "site": plan.site,
        "timezone": plan.zone.key,
        "made_at": local(report.made_at),
        "by": plan.by,
        **(period(report.period) or {}),
        "before": period(report.before),
        **({"short_abandon_s": plan.short_us / 1_000_000} if "abandon_rate" in plan.definitions else {}),
        "rows": [row(line) for line in report.lines],
        "total": row(report.total),
        **({"hours": hours} if hours else {}),
        "definitions": [one.as_json() for one in plan.definitions.values()],
    }


def _figure(line: Line, definition: Definition, local: Any) -> Mapping[str, Any]:
    figure = line.now.figures[definition.id]
    before = line.before_value(definition.id)
    found: dict[str, Any] = {
        "value": figure.value,
        "before": before,
        "difference": difference(figure.value, before),
        "definition": definition.id,
        "version": definition.version,
    }
    if figure.denominator is not None:
        found |= {"numerator": figure.numerator, "denominator": figure.denominator}
    if definition.limit is not None:
        found["limit"] = definition.limit
    if definition.id == "connect_rate_24h_min":
        at = line.lowest_at()
        found["at"] = at and local(at)
    return found
