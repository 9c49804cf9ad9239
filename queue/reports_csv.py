"""A report as CSV for spreadsheets: UTF-8 with a byte order mark, and texts that stay texts."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime

from .reports import Line, Report
from .reports_columns import Column, columns, first_heading, has_lowest, looks_like_formula, plain


def to_csv(report: Report) -> bytes:
    """Return the file: a heading, a row for each line, the total last.

    Shares are between 0 and 1, times in seconds, moments in the site's time. Each figure's heading names
    its definition; behind all figures come those of the period before (上期), then the differences (差异).
    """
    shown = columns(report)
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    headings = [first_heading(report), "编号", "起始", "结束", *(column.heading for column in shown)]
    headings += [*(["24小时接通率最低时刻"] if has_lowest(report) else []), "上期起始", "上期结束"]
    headings += [f"上期 {column.heading}" for column in shown] + [
        f"差异 {column.heading}" for column in shown
    ]
    writer.writerow([safe_text(heading) for heading in headings])
    for line in (*report.lines, report.total):
        writer.writerow(_cells(report, line, shown))
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def safe_text(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, in one line."""
    text = plain(text)
    return f"'{text}" if looks_like_formula(text) else text


def _cells(report: Report, line: Line, shown: Sequence[Column]) -> list[str]:
    def local(moment: datetime | None) -> str:
        return f"{moment.astimezone(report.plan.zone):%Y-%m-%d %H:%M:%S}" if moment else ""

    return [
        safe_text(line.label),
        safe_text(line.key),
        local(line.period.since),
        local(line.period.until),
        *(_number(column.value(line.now)) for column in shown),
        *([local(line.lowest_at())] if has_lowest(report) else []),
        local(line.before_period and line.before_period.since),
        local(line.before_period and line.before_period.until),
        *(_number(column.value(line.before)) for column in shown),
        *(_number(column.difference(line)) for column in shown),
    ]


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.6f}".rstrip("0").rstrip(".")
