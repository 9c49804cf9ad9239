"""What is written: read back as a program would, and attacked with names that are formulas."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import replace
from typing import Any

import pytest

from hotline.queue.reports import Report
from hotline.queue.reports_columns import columns, shown, shown_difference
from hotline.queue.reports_csv import to_csv
from hotline.queue.reports_json import to_json
from hotline.queue.reports_period import By
from hotline.queue.reports_xlsx import CHARTS, DEFINITIONS, ROWS, TOTAL, to_xlsx
from support.reports import call, report_of

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
ATTACKS = {
    "=cmd": "=1+1",
    "+x": "+HYPERLINK(1)",
    "-x": "-2+3",
    "@x": "@SUM(A1)",
    "full": "＝1+1",
    "space": "  =1+1",
    "tab": "\t=1+1",
    "line": "a\r\n=1+1",
    "link": "https://evil.example/",
    "turned": "a\u202eb",
    "nul": "a\x00b\x0bc",
    "lone": "a\ud800b",
}
CALLS = [
    call("2026-11-19T10:00", 4.0),
    call("2026-11-20T10:00", 3.0),
    call("2026-11-20T10:10", 20.5),
    call("2026-11-20T11:00", None),
    call("2026-11-21T11:00", 15.0),
]


class Book:
    """An xlsx file as its parts say it."""

    def __init__(self, content: bytes) -> None:
        self.files = zipfile.ZipFile(io.BytesIO(content))
        shared = self.xml("xl/sharedStrings.xml")
        self.strings = ["".join(one.itertext()) for one in shared.iter(f"{MAIN}si")]
        names = [one.get("name", "") for one in self.xml("xl/workbook.xml").iter(f"{MAIN}sheet")]
        self.sheets = {name: self.xml(f"xl/worksheets/sheet{n}.xml") for n, name in enumerate(names, start=1)}

    def xml(self, name: str) -> ET.Element:
        return ET.fromstring(self.files.read(name))  # noqa: S314  # our own code has just written it

    def cells(self, sheet: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for cell in self.sheets[sheet].iter(f"{MAIN}c"):
            value = cell.findtext(f"{MAIN}v")
            if value is not None:
                place = cell.get("r", "")
                found[place] = self.strings[int(value)] if cell.get("t") == "s" else float(value)
        return found


def rows_of(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf"), "Excel reads UTF-8 only with this mark"
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def attacked(by: By = "queue") -> Report:
    calls = [call(f"2026-11-20T10:{n:02d}", queue=key) for n, key in enumerate(ATTACKS)]
    return report_of(calls, by, names=ATTACKS, site="=HYPERLINK(9)")


def test_csv_is_read_back_with_figures_before_and_difference() -> None:
    rows = rows_of(to_csv(report_of(CALLS, "day", "2026-11-20", "2026-11-20")))
    assert [row["日期"] for row in rows] == ["2026-11-20", "合计"]
    row = rows[0]
    assert row["起始"] == "2026-11-20 00:00:00"
    assert row["请求人工数 [offered v1]"] == "3"
    assert row["15秒接通率（按请求） [sl15_offered v1]"] == "0.333333"
    assert row["上期 15秒接通率（按请求） [sl15_offered v1]"] == "1"
    assert row["差异 15秒接通率（按请求） [sl15_offered v1]"] == "-0.666667"
    assert row["最长等待（秒） [wait_max v1]"] == "20.5"
    assert row["已接听 [outcome.answered v1]"] == "2"
    assert row["24小时接通率最低时刻"] == "2026-11-20 11:00:00"
    assert row["上期起始"] == "2026-11-19 00:00:00"


@pytest.mark.clause("R-T-11")
def test_a_report_counts_each_level_and_who_answered_the_question() -> None:
    said = ["satisfied", "satisfied", "dissatisfied", None, None]
    calls = [
        replace(call(f"2026-11-20T10:0{place}"), was_asked=place < 4, evaluation=level)
        for place, level in enumerate(said)
    ]
    row = rows_of(to_csv(report_of(calls, "day", "2026-11-20", "2026-11-20")))[0]
    assert row["满意 [evaluation.satisfied v1]"] == "2"
    assert row["不满意 [evaluation.dissatisfied v1]"] == "1"
    assert row["非常满意 [evaluation.very_satisfied v1]"] == "0"
    assert row["参评率 [evaluation_rate v1]"] == "0.75"


@pytest.mark.parametrize("by", ["hour", "day", "week", "month", "queue", "agent"])
def test_every_format_names_every_definition_with_its_version(by: By) -> None:
    made = report_of(CALLS, by)
    told = json.dumps(to_json(made), ensure_ascii=False)
    book = Book(to_xlsx(made))
    heads = "".join(rows_of(to_csv(made))[0])
    for one in made.plan.definitions.values():
        assert f'"definition": "{one.id}", "version": {one.version}' in told
        assert f"[{one.id}" in heads
    for column in columns(made):
        assert column.reference in heads
        assert column.reference in book.cells(TOTAL).values()
        assert column.heading in book.cells(ROWS).values()


def test_nothing_is_empty_in_csv_and_no_zero() -> None:
    row = rows_of(to_csv(report_of([])))[0]
    assert row["24小时接通率 [connect_rate_24h v1]"] == ""
    assert row["请求人工数 [offered v1]"] == "0"


def test_no_text_of_a_csv_is_a_formula_or_breaks_its_row() -> None:
    content = to_csv(attacked())
    rows = rows_of(content)
    assert len(rows) == len(ATTACKS) + 1
    for row in rows:
        for name, text in row.items():
            assert not text.lstrip().startswith(("=", "+", "@", "＝", "\t", "\r")), (name, text)
            if text.startswith("-"):
                float(text)
            assert all(sign.isprintable() for sign in text)


def test_a_workbook_is_read_back() -> None:
    made = report_of(CALLS)
    book = Book(to_xlsx(made))
    assert list(book.sheets) == [TOTAL, ROWS, CHARTS, DEFINITIONS]
    cells = book.cells(ROWS)
    heads = {text: place.rstrip("1") for place, text in cells.items() if place.rstrip("1").isalpha()}
    share = heads["15秒接通率（按请求） [sl15_offered v1]"]
    assert [cells[f"{share}{row}"] for row in (2, 3, 4)] == pytest.approx([1 / 3, 1.0, 0.5])
    assert cells["A2"] == "2026-11-20"
    assert cells["A4"] == "合计"
    assert isinstance(cells["C2"], float), "a date that Excel can calculate with"
    total = book.cells(TOTAL)
    assert "指标" in total.values()
    assert 0.95 in total.values(), "the limit stands beside the figure"
    assert set(book.cells(DEFINITIONS).values()) >= {one.formula for one in made.plan.definitions.values()}
    for sheet in (TOTAL, ROWS, DEFINITIONS):
        pane = book.sheets[sheet].find(f".//{MAIN}pane")
        assert pane is not None
        assert pane.get("state") == "frozen"


def test_shares_are_shown_as_per_cent() -> None:
    book = Book(to_xlsx(report_of(CALLS)))
    styles = book.xml("xl/styles.xml")
    forms = {one.get("numFmtId"): one.get("formatCode") for one in styles.iter(f"{MAIN}numFmt")}
    formats = [one.get("numFmtId") for one in styles.find(f"{MAIN}cellXfs") or []]
    builtin = {"10": "0.00%", "3": "#,##0"}
    cells = {one.get("r"): one for one in book.sheets[ROWS].iter(f"{MAIN}c")}
    names = {place: text for place, text in book.cells(ROWS).items() if place.rstrip("1").isalpha()}
    checked = 0
    for place, text in names.items():
        cell = cells.get(place.rstrip("1") + "2")
        if cell is None or not isinstance(text, str) or text.startswith("差异"):
            continue
        number = formats[int(cell.get("s", "0"))] or "0"
        form = forms.get(number) or builtin.get(number, "")
        if "rate_24h" in text or "[sl15" in text:
            assert form == "0.00%", text
            checked += 1
    assert checked >= 4


def test_charts_draw_the_shares_against_their_limits_and_the_calls() -> None:
    book = Book(to_xlsx(report_of(CALLS, "hour")))
    charts = [book.xml(name) for name in book.files.namelist() if name.startswith("xl/charts/chart")]
    assert len(charts) == 4
    text = ["".join(chart.itertext()) for chart in charts]
    assert sum("限值 95%" in one for one in text) == 2
    assert any("每小时来电量" in one for one in text)
    areas = [one.text or "" for chart in charts for one in chart.iter(f"{CHART}f")]
    assert any(area.startswith(ROWS) and area.endswith("$49") for area in areas), "all 48 hours"
    limits = [value for place, value in book.cells(CHARTS).items() if place.startswith("U")]
    assert limits[1:] == [0.95] * 48


def test_no_text_of_a_workbook_is_a_formula_or_a_link() -> None:
    book = Book(to_xlsx(attacked()))
    for name in book.files.namelist():
        content = book.files.read(name)
        assert b"<f>" not in content or name.startswith("xl/charts/"), name
        assert b"hyperlink" not in content, name
    quoted = [one.get("quotePrefix") for one in book.xml("xl/styles.xml").find(f"{MAIN}cellXfs") or []]
    cells = {one.get("r"): one for one in book.sheets[ROWS].iter(f"{MAIN}c")}
    values = book.cells(ROWS)
    formulas = [
        place for place, text in values.items() if isinstance(text, str) and text.lstrip()[:1] in "=+-@＝"
    ]
    assert len(formulas) >= 6
    for place in formulas:
        assert quoted[int(cells[place].get("s", "0"))] == "1", "stays a text when it is edited"


def test_a_share_below_the_limit_is_never_shown_as_the_limit() -> None:
    (column,) = [one for one in columns(report_of([])) if one.figure == "connect_rate_24h"]
    assert shown(column, 0.949999) == "94.99%"
    assert [shown(column, value) for value in (0.95, 1.0, 0.0, 0.29)] == [
        "95.00%",
        "100.00%",
        "0.00%",
        "29.00%",
    ]
    assert shown(column, None) == "—"
    assert [shown_difference(column, value) for value in (0.0123, -0.5, 0.0, None)] == [
        "+1.23",
        "-50.00",
        "±0",
        "",
    ]


def test_json_has_what_a_share_was_divided_from_and_the_moment_of_the_minimum() -> None:
    told = to_json(report_of(CALLS))
    figure = told["total"]["figures"]["sl15_offered"]
    assert (figure["numerator"], figure["denominator"], figure["limit"]) == (2, 4, 0.95)
    assert told["total"]["figures"]["connect_rate_24h_min"]["at"] == "2026-11-21T10:10:00+08:00"
    assert told["timezone"] == "Asia/Shanghai"
    assert told["total"]["figures"]["outcome"]["difference"]["answered"] == 2
    assert len(told["hours"]) == 24
    json.dumps(told)
