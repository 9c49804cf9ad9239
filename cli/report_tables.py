"""A report as it was asked for: tables on the terminal, or a file that programs read."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.markup import escape
from rich.table import Table

from ..core.errors import InvalidInputError
from ..queue.reports import Report
from ..queue.reports_columns import columns, first_heading, has_lowest, plain, shown, shown_difference
from ..queue.reports_csv import to_csv
from ..queue.reports_json import to_json
from ..queue.reports_period import Period
from ..queue.reports_xlsx import to_xlsx
from . import common, tables
from .output import give, give_tables

Format = Literal["table", "json", "csv", "xlsx"]
_WIDE, _NORMAL = 180, 104
"""From so many signs on the terminal a row has room for every figure, and for most."""
_MORE = "。各行的全部指标：终端加宽，或 --format csv、xlsx、json"


@dataclass(frozen=True)
class Widths:
    """The figures, each with its part, that a row shows on a narrow and on a usual terminal."""

    narrow: frozenset[tuple[str, str]]
    usual: frozenset[tuple[str, str]]
    caption: str


def form_of(form: Format, output: Path | None, *, as_json: bool) -> Format:
    """Return the form that is meant; raises ``InvalidInputError`` for a workbook on a terminal."""
    if as_json:
        return "json"
    if form == "xlsx" and output is None and sys.stdout.isatty():
        raise InvalidInputError("an Excel workbook is no text", mend="name a file: --output report.xlsx")
    return form


def give_report(made: Report, widths: Widths, form: Format, output: Path | None) -> None:
    """Write a report in its form, to a file or to standard output."""
    match form:
        case "table":
            give_tables([total(made), lines(made, widths)], output)
        case "json" if output is None:
            common.print_json(to_json(made))
        case "json":
            give(common.json_text(to_json(made)).encode(), output)
        case "csv":
            give(to_csv(made), output)
        case "xlsx":
            give(to_xlsx(made), output)


def total(made: Report) -> Table:
    """Return every figure of the period beside that of the period before."""
    zone = made.plan.zone

    def span(period: Period) -> str:
        since, until = period.since.astimezone(zone), period.until.astimezone(zone)
        return f"{since:%Y-%m-%d %H:%M} – {until:%Y-%m-%d %H:%M}"

    title = f"{made.plan.site}  {span(made.period)}（{zone.key}），上期 {span(made.before)}"
    table = tables.table("指标", "本期", "上期", "差异", "限值", "定义", title=escape(plain(title)))
    limits = {one.id: one.limit for one in made.plan.definitions.values()}
    for column in columns(made):
        unit = "（秒）" if column.kind == "seconds" else ""
        limit = None if column.part else limits[column.figure]
        table.add_row(
            escape(column.title + unit),
            shown(column, column.value(made.total.now)),
            shown(column, column.value(made.total.before)),
            shown_difference(column, column.difference(made.total)),
            "" if limit is None else shown(column, limit / 1000 if column.kind == "seconds" else limit),
            column.reference,
        )
    if has_lowest(made) and (at := made.total.lowest_at()) is not None:
        table.add_row("24小时接通率最低时刻", f"{at.astimezone(zone):%m-%d %H:%M:%S}", "", "", "", "")
    return table


def lines(made: Report, widths: Widths) -> Table:
    """Return a row for each line, with as many figures as the terminal has room for."""
    width = common.console.width
    wide = width >= _WIDE
    wanted = widths.usual if width >= _NORMAL else widths.narrow
    picked = [column for column in columns(made) if wide or (column.figure, column.part) in wanted]
    table = tables.table(first_heading(made), whole=1)
    for column in picked:
        table.add_column(column.title, justify="right", overflow="fold")
    for line in (*made.lines, made.total):
        cells: list[str] = []
        for column in picked:
            change = shown_difference(column, column.difference(line))
            value = shown(column, column.value(line.now)).removesuffix("%")
            cells.append(f"{value}\n[dim]{change}[/dim]" if change else value)
        table.add_row(escape(plain(line.label)), *cells)
    table.caption = widths.caption + ("" if wide else _MORE)
    return table
