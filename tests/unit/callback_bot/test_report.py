"""Reports of callbacks in every format: rows, the period before, and texts that stay texts."""

from __future__ import annotations

import asyncio
import csv
import io
import zipfile
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from hotline.callback_bot.outcome.rates import Ended
from hotline.callback_bot.outcome.report import By, make_report, plan_of
from hotline.callback_bot.reason_names import reason_names
from hotline.core.clock import to_us
from hotline.queue.reports import Report
from hotline.queue.reports_csv import to_csv
from hotline.queue.reports_json import to_json
from hotline.queue.reports_period import Period, read_period
from hotline.queue.reports_xlsx import to_xlsx
from support.asterisk import make_settings

CHINA = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
HOSTILE = '=HYPERLINK("http://x","y")\r\n＠x\u202e${SHELL(id)}'


def ended(
    at: str, unit: str = "城管局", *, end: str = "rated", level: str = "满意", solved: str = "yes"
) -> Ended:
    moment = to_us(datetime.fromisoformat(at).replace(tzinfo=CHINA))
    return Ended(moment, unit, "投诉", "november", end, level if end == "rated" else "", "yes", solved)


def report_of(
    many: Sequence[Ended],
    by: By = "day",
    *,
    since: str = "2026-11-20",
    until: str = "2026-11-21",
    levels: int = 3,
    reasons: Mapping[str, str] | None = None,
) -> Report:
    async def source(period: Period) -> AsyncIterator[Ended]:
        for one in sorted(many, key=lambda one: one.ended_us):
            if to_us(period.since) <= one.ended_us < to_us(period.until):
                yield one

    site = {"name": "测试热线", "profile": "beijing" if levels == 5 else "gb"}
    settings = make_settings(Path("/nowhere"), site=site)
    wanted = plan_of(settings, by, read_period(since, until, NOW, CHINA), reasons)
    return asyncio.run(make_report(wanted, source, NOW))


MANY = [
    ended("2026-11-18T10:00", level="不满意", solved="no"),
    ended("2026-11-20T00:00"),
    ended("2026-11-20T23:59:59", level="不满意", solved="no"),
    ended("2026-11-21T12:00", "水务局", end="unrated", solved=""),
]


@pytest.mark.clause("R-CB-3")
def test_rows_by_day_hold_what_ended_on_it_beside_the_days_before() -> None:
    made = to_json(report_of(MANY))
    first, second = made["rows"]
    assert first["figures"]["cb_satisfied_rate"] == {
        "value": 0.5,
        "before": 0.0,
        "difference": 0.5,
        "definition": "cb_satisfied_rate",
        "version": 1,
        "numerator": 1,
        "denominator": 2,
    }
    assert second["figures"]["cb_satisfied_rate"]["value"] is None
    assert second["figures"]["cb_unrated_rate"]["value"] == 1.0
    assert made["total"]["figures"]["cb_end"]["value"] == {"rated": 2, "unrated": 1, "refused": 0}
    assert {one["id"] for one in made["definitions"]} == set(made["total"]["figures"])
    assert "hours" not in made
    assert "short_abandon_s" not in made


def test_rows_by_unit_add_up_and_those_of_the_period_before_have_a_row_too() -> None:
    made = to_json(report_of([*MANY, ended("2026-11-18T10:00", "")], "unit"))
    rows = {row["label"]: row["figures"]["cb_ended"] for row in made["rows"]}
    assert {name: figure["value"] for name, figure in rows.items()} == {
        "（未记单位）": 0,
        "城管局": 2,
        "水务局": 1,
    }
    assert sum(figure["value"] for figure in rows.values()) == made["total"]["figures"]["cb_ended"]["value"]
    assert rows["（未记单位）"]["before"] == 1


def test_a_scale_of_five_shows_all_five_and_levels_of_another_scale_are_not_lost() -> None:
    def levels(made: Report) -> list[str]:
        head = to_csv(made).decode("utf-8-sig").splitlines()[0]
        return [
            cell.split(" ")[0]
            for cell in next(csv.reader([head]))
            if "cb_level" in cell and "上期" not in cell
        ]

    assert levels(report_of(MANY))[:3] == ["满意", "基本满意", "不满意"]
    assert levels(report_of(MANY, levels=5))[:5] == ["非常满意", "满意", "基本满意", "不满意", "非常不满意"]
    odd = [ended("2026-11-20T10:00", level="非常满意")]
    assert "非常满意" in levels(report_of(odd))


def test_no_name_is_taken_for_a_formula_or_breaks_a_row() -> None:
    made = report_of([ended("2026-11-20T10:00", HOSTILE)], "unit")
    rows = list(csv.reader(io.StringIO(to_csv(made).decode("utf-8-sig"))))
    assert len(rows) == 3
    assert rows[1][0].startswith("'=HYPERLINK")
    assert not any(char in rows[1][0] for char in "\r\n\u202e")
    book = to_xlsx(made)
    cells: list[Any] = [
        cell
        for sheet in openpyxl.load_workbook(io.BytesIO(book)).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and "HYPERLINK" in cell.value
    ]
    assert cells
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in cells)
    with zipfile.ZipFile(io.BytesIO(book)) as files:
        assert not any("<f>" in files.read(name).decode() for name in files.namelist() if "sheet" in name)


def test_the_workbook_has_its_sheets_and_charts() -> None:
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(report_of(MANY))))
    assert book.sheetnames == ["汇总", "明细", "图表", "指标定义"]
    titles = [row[0].value for row in book["指标定义"].iter_rows(min_row=2)]
    assert "cb_satisfied_basic_rate" in titles
    assert len(book["图表"]._charts) == 4
    assert book.properties.title == "测试热线 回访报表"


def test_reasons_are_called_as_the_dialogue_calls_them(tmp_path: Path) -> None:
    own = tmp_path / "dialogues"
    own.mkdir()
    (own / "broken.yaml").write_text("nothing", encoding="utf-8")
    names = reason_names(make_settings(tmp_path))
    assert names["slow"] == "办理太慢"
    bad = replace(ended("2026-11-20T10:00", level="不满意"), reasons=("slow", "unheard_of"))
    made = report_of([bad], reasons=names)
    head = next(csv.reader([to_csv(made).decode("utf-8-sig").splitlines()[0]]))
    assert "办理太慢 [cb_reason.slow v1]" in head
    assert "unheard_of [cb_reason.unheard_of v1]" in head
