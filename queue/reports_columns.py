"""The columns of a report: what stands in them, in which unit, under which definition. For every format."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ..telephony.evaluation import EVALUATION_NAMES
from .definitions import OUTCOMES, Definition
from .outcome_names import OUTCOME_NAMES
from .reports import Line, Report
from .reports_sums import Sums

KEY_TITLES = {
    "hour": "小时",
    "day": "日期",
    "week": "周（周一起）",
    "month": "月份",
    "queue": "队列",
    "agent": "坐席",
}

Kind = Literal["count", "ratio", "seconds"]
_KINDS: Mapping[str, Kind] = {
    "calls": "count",
    "outcomes": "count",
    "levels": "count",
    "ratio": "ratio",
    "ms": "seconds",
}
_NAMES: Mapping[str, Mapping[str, str]] = {
    "outcomes": {name: OUTCOME_NAMES.get(name, name) for name in OUTCOMES},
    "levels": {str(name): title for name, title in EVALUATION_NAMES.items()},
}
"""The figures that are several counts: each count's name for people, by the figure's unit."""
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Column:
    """One number of a row; ``part`` is the outcome that is counted, for the figure that has several."""

    figure: str
    version: int
    title: str
    kind: Kind
    part: str = ""

    @property
    def reference(self) -> str:
        """Id and version of the definition, as every output names them."""
        part = f".{self.part}" if self.part else ""
        return f"{self.figure}{part} v{self.version}"

    @property
    def heading(self) -> str:
        """Title with unit and definition."""
        unit = "（秒）" if self.kind == "seconds" else ""
        return f"{self.title}{unit} [{self.reference}]"

    def value(self, sums: Sums | None) -> float | int | None:
        """Return the number: calls, a share between 0 and 1, or seconds; None of nothing."""
        if sums is None:
            return None
        if self.figure == "abandon_rate" and self.part == "short":
            return sums.short_abandoned
        found = sums.figures[self.figure].value
        if isinstance(found, dict):
            return found.get(self.part, 0)
        if found is None or self.part:
            return None
        return found / 1000 if self.kind == "seconds" else found

    def difference(self, line: Line) -> float | int | None:
        """Return the number less that of the period before."""
        now, before = self.value(line.now), self.value(line.before)
        return None if now is None or before is None else now - before


def columns(report: Report) -> Sequence[Column]:
    """Return every column: each figure, the outcomes one by one, the short abandons beside the abandons."""
    found: list[Column] = []
    for one in report.plan.definitions.values():
        kind = _KINDS[one.unit]
        if one.unit in _NAMES:
            names = _NAMES[one.unit]
            found += [
                Column(one.id, one.version, names.get(name, name), kind, name) for name in _parts(report, one)
            ]
        else:
            found.append(_column(one, kind))
        if one.id == "abandon_rate":
            short = f"其中{report.plan.short_us / 1_000_000:g}秒内放弃"
            found.append(Column(one.id, one.version, short, "count", "short"))
    return found


def shown(column: Column, value: float | None) -> str:
    """Return a number for people: 96.30 %, 12.3 s as 12.3, a count as it is; a dash of nothing.

    Shares are cut, not rounded: 94.999 % is below the limit and must not be read as 95.00 %.
    """
    if value is None:
        return "—"
    match column.kind:
        case "ratio":
            return f"{math.floor(value * 10_000 + 1e-9) / 100:.2f}%"
        case "seconds":
            return f"{value:.1f}"
        case "count":
            return f"{value:d}" if isinstance(value, int) else f"{value:g}"


def shown_difference(column: Column, value: float | None) -> str:
    """Return a difference with its sign; of shares in percentage points."""
    if value is None:
        return ""
    match column.kind:
        case "ratio":
            text = f"{value * 100:+.2f}"
        case "seconds":
            text = f"{value:+.1f}"
        case "count":
            text = f"{value:+.0f}"
    return text if text.strip("+-0.") else "±0"


def plain(text: str) -> str:
    """Return a text in which no unseen sign moves, hides or breaks what is read."""
    return _UNSEEN.sub("\ufffd", text)


def looks_like_formula(text: str) -> bool:
    """Tell whether a spreadsheet would calculate the text instead of showing it."""
    return text.lstrip().startswith(_FORMULA)


def _column(one: Definition, kind: Kind) -> Column:
    title = re.sub(r"（平均）$", "均值", one.title) if kind == "seconds" else one.title
    return Column(one.id, one.version, title, kind)


def _parts(report: Report, one: Definition) -> Sequence[str]:
    """Return the known outcomes or levels, and others that calls of this report have."""
    found = dict.fromkeys(_NAMES[one.unit])
    for line in (*report.lines, report.total):
        for sums in (line.now, line.before):
            value = sums.figures[one.id].value if sums else None
            if isinstance(value, dict):
                found |= dict.fromkeys(value)
    return list(found)
