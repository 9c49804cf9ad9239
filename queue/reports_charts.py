"""The charts of a report's workbook: the two shares against their limits, and calls by row and hour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .reports import Report
from .reports_columns import Column, first_heading
from .reports_subject import SPAN_TITLES

_FIRST_FIGURE = 4
_HELP = 20
"""The column on the charts' own sheet from which what they draw stands: behind the charts."""
_SIZE = {"width": 900, "height": 320}


def add_charts(
    book: Any, report: Report, shown: Sequence[Column], last: int, *, names: tuple[str, str]
) -> None:
    """Add a sheet with charts over the rows 1 to ``last`` of another; ``names`` are those of the two."""
    name, rows = names
    sheet = book.add_worksheet(name)
    places = {column.figure: _FIRST_FIGURE + n for n, column in enumerate(shown) if not column.part}
    labels = [rows, 1, 0, last, 0]
    subject = report.plan.subject
    kind = {"type": "line" if report.plan.by in SPAN_TITLES else "column"}
    for number, (figure, title) in enumerate(subject.rates):
        definition = report.plan.definitions[figure]
        chart = book.add_chart(kind)
        values = [rows, 1, places[figure], last, places[figure]]
        chart.add_series({"name": title, "categories": labels, "values": values})
        if definition.limit is not None:
            place = _HELP + number
            sheet.write_string(0, place, f"{title}限值")
            for row in range(1, last + 1):
                sheet.write_number(row, place, definition.limit)
            limit = book.add_chart({"type": "line"})
            limit.add_series(
                {
                    "name": f"限值 {definition.limit:.0%}",
                    "categories": labels,
                    "values": [name, 1, place, last, place],
                    "line": {"color": "#C00000", "dash_type": "dash", "width": 1.5},
                }
            )
            chart.combine(limit)
        heading = title if definition.limit is None else f"{title}与限值"
        chart.set_title({"name": heading, "name_font": {"size": 12}})
        chart.set_y_axis({"num_format": "0%", "max": 1})
        _place(sheet, chart, number)
    counts = book.add_chart({"type": "column"})
    for title, figure, part in subject.counts.series:
        place = _place_of(shown, figure, part)
        counts.add_series(
            {"name": title, "categories": labels, "values": [rows, 1, place, last, place], "gap": 60}
        )
    counts.set_title(
        {"name": f"{subject.counts.title}（按{first_heading(report)}）", "name_font": {"size": 12}}
    )
    _place(sheet, counts, len(subject.rates))
    if subject.of_the_day:
        _hours(book, sheet, name, report)


def _hours(book: Any, sheet: Any, name: str, report: Report) -> None:
    first = _HELP + len(report.plan.subject.rates) + 1
    asked, answered = report.plan.subject.of_the_day
    for place, title in enumerate(("时", asked, answered), start=first):
        sheet.write_string(0, place, title)
    for row, (hour, calls) in enumerate(enumerate(report.hours), start=1):
        sheet.write_string(row, first, f"{hour:02d}时")
        sheet.write_number(row, first + 1, calls.offered)
        sheet.write_number(row, first + 2, calls.answered)
    chart = book.add_chart({"type": "column"})
    for title, place in ((asked, first + 1), (answered, first + 2)):
        chart.add_series(
            {
                "name": title,
                "categories": [name, 1, first, 24, first],
                "values": [name, 1, place, 24, place],
                "gap": 60,
            }
        )
    chart.set_title({"name": "每小时来电量（一天24小时，全期合计）", "name_font": {"size": 12}})
    _place(sheet, chart, len(report.plan.subject.rates) + 1)


def _place(sheet: Any, chart: Any, number: int) -> None:
    chart.set_size(_SIZE)
    chart.set_legend({"position": "bottom"})
    chart.show_blanks_as("gap")
    sheet.insert_chart(number * 17, 0, chart)


def _place_of(shown: Sequence[Column], figure: str, part: str) -> int:
    return _FIRST_FIGURE + next(
        n for n, column in enumerate(shown) if (column.figure, column.part) == (figure, part)
    )
