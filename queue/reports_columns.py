"""The columns of a report: what stands in them, in which unit, under which definition. For every format."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from .definitions import Definition
from .reports import Line, Report
from .reports_subject import Kind
from .reports_sums import Sums

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
    subject = report.plan.subject
    for one in report.plan.definitions.values():
        kind = subject.units[one.unit]
        if (names := subject.parts.get(one.unit)) is not None:
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


def first_heading(report: Report) -> str:
    """Return what stands over the names of the rows."""
    return report.plan.subject.keys[report.plan.by]


def has_lowest(report: Report) -> bool:
    """Tell whether the rows tell the moment of the lowest rate."""
    return "connect_rate_24h_min" in report.plan.definitions


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
    found = dict.fromkeys(report.plan.subject.parts[one.unit])
    for line in (*report.lines, report.total):
        for sums in (line.now, line.before):
            value = sums.figures[one.id].value if sums else None
            if isinstance(value, dict):
                found |= dict.fromkeys(value)
    return list(found)
