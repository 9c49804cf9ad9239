"""A report as an Excel workbook: total, rows with charts, hours of the day, definitions.

Texts are always written as texts, never as formulas or links, and marked so that they stay texts when
somebody edits them.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import xlsxwriter

from .reports import Line, Report
from .reports_charts import add_charts
from .reports_columns import Column, columns, first_heading, has_lowest, looks_like_formula, plain
from .reports_subject import Kind

TOTAL, ROWS, CHARTS, DEFINITIONS = "汇总", "明细", "图表", "指标定义"
_FORMS: dict[Kind, str] = {"count": "#,##0", "ratio": "0.00%", "seconds": "#,##0.000"}
_CHANGES: dict[Kind, str] = {
    "count": "+#,##0;-#,##0;0",
    "ratio": "+0.00%;-0.00%;0.00%",
    "seconds": "+#,##0.000;-#,##0.000;0.000",
}
_MOMENT = "yyyy-mm-dd hh:mm:ss"


@dataclass(frozen=True)
class _Look:
    """The formats of one workbook."""

    head: Any
    text: Any
    quoted: Any
    moment: Any
    numbers: dict[Kind, Any]
    changes: dict[Kind, Any]


def to_xlsx(report: Report) -> bytes:
    """Return the file."""
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        book.set_properties(
            {
                "title": plain(f"{report.plan.site} {report.plan.subject.title}"),
                "created": _local(report, report.made_at),
            }
        )
        look = _look(book)
        shown = columns(report)
        _total(book.add_worksheet(TOTAL), report, shown, look)
        last = _rows(book.add_worksheet(ROWS), report, shown, look)
        add_charts(book, report, shown, last, names=(CHARTS, ROWS))
        _definitions(book.add_worksheet(DEFINITIONS), report, look)
    return file.getvalue()


def _look(book: Any) -> _Look:
    def numbers(forms: dict[Kind, str]) -> dict[Kind, Any]:
        return {kind: book.add_format({"num_format": form}) for kind, form in forms.items()}

    head = {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#DCE6F1", "bottom": 1}
    return _Look(
        head=book.add_format(head),
        text=book.add_format({"num_format": "@"}),
        quoted=book.add_format({"num_format": "@", "quote_prefix": True}),
        moment=book.add_format({"num_format": _MOMENT}),
        numbers=numbers(_FORMS),
        changes=numbers(_CHANGES),
    )


def _total(sheet: Any, report: Report, shown: Sequence[Column], look: _Look) -> None:
    """Write every figure of the period beside that of the period before."""
    total, plan = report.total, report.plan
    facts = (
        ("热线", plan.site),
        ("时区", plan.zone.key),
        ("本期", _span(report, total)),
        ("上期", _span(report, total, before=True)),
        ("制表时间", f"{report.made_at.astimezone(plan.zone):%Y-%m-%d %H:%M:%S}"),
    )
    for row, (name, text) in enumerate(facts):
        sheet.write_string(row, 0, name, look.head)
        _write_text(sheet, row, 1, text, look)
    head = len(facts) + 1
    for place, name in enumerate(("指标", "定义及版本", "单位", "本期", "上期", "差异", "限值")):
        sheet.write_string(head, place, name, look.head)
    limits = {one.id: one.limit for one in plan.definitions.values()}
    units: dict[Kind, str] = {"count": "个", "ratio": "%", "seconds": "秒"}
    for row, column in enumerate(shown, start=head + 1):
        number = look.numbers[column.kind]
        _write_text(sheet, row, 0, column.title, look)
        _write_text(sheet, row, 1, column.reference, look)
        sheet.write_string(row, 2, units[column.kind], look.text)
        _write_number(sheet, row, 3, column.value(total.now), number)
        _write_number(sheet, row, 4, column.value(total.before), number)
        _write_number(sheet, row, 5, column.difference(total), look.changes[column.kind])
        limit = None if column.part else limits[column.figure]
        if limit is not None:
            _write_number(sheet, row, 6, limit / 1000 if column.kind == "seconds" else limit, number)
    if has_lowest(report):
        row = head + 1 + len(shown)
        _write_text(sheet, row, 0, "24小时接通率最低时刻", look)
        _write_moment(sheet, row, 3, _local(report, total.lowest_at()), look)
    sheet.freeze_panes(head + 1, 1)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 42)
    sheet.set_column(2, 6, 18)


def _rows(sheet: Any, report: Report, shown: Sequence[Column], look: _Look) -> int:
    """Write a row for each line and the total; return the number of the last line's row."""
    heads = [first_heading(report), "编号", "起始", "结束", *(column.heading for column in shown)]
    heads += ["24小时接通率最低时刻"] if has_lowest(report) else []
    heads += [f"上期 {column.heading}" for column in shown] + [f"差异 {column.heading}" for column in shown]
    for place, text in enumerate(heads):
        sheet.write_string(0, place, plain(text), look.head)
    for row, line in enumerate((*report.lines, report.total), start=1):
        _write_text(sheet, row, 0, line.label, look)
        _write_text(sheet, row, 1, line.key, look)
        _write_moment(sheet, row, 2, _local(report, line.period.since), look)
        _write_moment(sheet, row, 3, _local(report, line.period.until), look)
        place = 4
        for column in shown:
            _write_number(sheet, row, place, column.value(line.now), look.numbers[column.kind])
            place += 1
        if has_lowest(report):
            _write_moment(sheet, row, place, _local(report, line.lowest_at()), look)
            place += 1
        for column in shown:
            _write_number(sheet, row, place, column.value(line.before), look.numbers[column.kind])
            place += 1
        for column in shown:
            _write_number(sheet, row, place, column.difference(line), look.changes[column.kind])
            place += 1
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(report.lines), len(heads) - 1)
    sheet.set_row(0, 62)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 3, 20)
    sheet.set_column(4, len(heads) - 1, 14)
    return len(report.lines)


def _definitions(sheet: Any, report: Report, look: _Look) -> None:
    for place, name in enumerate(("编号", "版本", "名称", "公式", "单位", "限值")):
        sheet.write_string(0, place, name, look.head)
    for row, one in enumerate(report.plan.definitions.values(), start=1):
        for place, text in enumerate((one.id, None, one.title, one.formula, one.unit)):
            if text is not None:
                _write_text(sheet, row, place, text, look)
        sheet.write_number(row, 1, one.version)
        _write_number(sheet, row, 5, one.limit, None)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 2, 24)
    sheet.set_column(3, 3, 90)


def _span(report: Report, line: Line, *, before: bool = False) -> str:
    period = (line.before_period if before else line.period) or line.period
    zone = report.plan.zone
    return f"{period.since.astimezone(zone):%Y-%m-%d %H:%M} 至 {period.until.astimezone(zone):%Y-%m-%d %H:%M}"


def _write_text(sheet: Any, row: int, place: int, text: str, look: _Look) -> None:
    sheet.write_string(row, place, plain(text), look.quoted if looks_like_formula(text) else look.text)


def _write_number(sheet: Any, row: int, place: int, value: float | None, form: Any) -> None:
    if value is not None:
        sheet.write_number(row, place, value, form)


def _write_moment(sheet: Any, row: int, place: int, moment: datetime | None, look: _Look) -> None:
    if moment is not None:
        sheet.write_datetime(row, place, moment, look.moment)


def _local(report: Report, moment: datetime | None) -> datetime | None:
    """Return a moment as Excel has them: the site's time, without a zone, to the second."""
    local = moment and moment.astimezone(report.plan.zone)
    return local and local.replace(tzinfo=None, microsecond=0)
