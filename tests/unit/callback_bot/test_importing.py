"""A table of callbacks as people send it: every row is taken or told, whatever the program that wrote it."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.callback_bot.schedule import import_reader
from hotline.callback_bot.schedule.importing import COLUMNS, Problem, check_file
from hotline.core.errors import InvalidInputError
from hotline.core.robot_settings import RobotSettings

ZONE = ZoneInfo("Asia/Shanghai")
PATTERNS = RobotSettings().numbers
HEAD = "工单编号,联系电话,诉求人,承办单位,诉求类型,标题,办结日期,优先级,最晚回访时间"
GOOD = "20261118-A1,138 0013 8000,王女士,城管局,投诉,路灯不亮,2026年11月18日,5,2026/11/25"


def check(text: str, encoding: str = "utf-8-sig"):
    return check_file(text.encode(encoding), ZONE, PATTERNS)


def workbook(*rows: tuple[object, ...]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, datetime):
                    sheet.write_datetime(number, place, cell, day)
                else:
                    sheet.write(number, place, cell)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_row_of_a_text_file(encoding: str, delimiter: str) -> None:
    checked = check(f"{HEAD}\r\n{GOOD}\r\n\r\n".replace(",", delimiter), encoding)
    assert checked.problems == ()
    (new,) = checked.callbacks
    assert (new.ticket, new.phone, new.person, new.unit) == ("20261118-A1", "13800138000", "王女士", "城管局")
    assert (new.handled_on, new.priority) == (date(2026, 11, 18), 5)
    assert new.latest == datetime(2026, 11, 25, 15, 59, tzinfo=UTC)


def test_a_row_of_a_workbook_with_numbers_and_dates() -> None:
    day = datetime(2026, 11, 18)  # noqa: DTZ001  # a cell has no zone
    data = workbook(
        ("工单编号", "手机号", "反馈时间", "最晚时间", "备注"),
        (202611180001, 13800138000, day, day, "x"),
        (None, None, None, None, None),
        ("T2", "+86 138-0013-8001", "2026-11-18 09:30", "2026.11.19 17:00", ""),
    )
    checked = check_file(data, ZONE, PATTERNS)
    assert (checked.problems, checked.unused) == ((), ("备注",))
    assert [(one.row, one.callback.ticket, one.callback.phone) for one in checked.good] == [
        (2, "202611180001", "13800138000"),
        (4, "T2", "13800138001"),
    ]
    assert checked.callbacks[0].latest == datetime(2026, 11, 18, 15, 59, tzinfo=UTC)
    assert checked.callbacks[1].latest == datetime(2026, 11, 19, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "column", "told"),
    [
        (",13800138000", "工单编号", "没有填写"),
        ("T1,", "联系电话", "没有填写"),
        ("T1,110", "", "不是手机号码"),
        ("T1,1.38E+10", "联系电话", "科学计数法"),
        ("T1,13800138000转8", "", "数字以外"),
        ("T1,13800138000,,,,,2026-02-30", "办结日期", "没有“2026-02-30”这个日期"),
        ("T1,13800138000,,,,,昨天", "办结日期", "不是日期"),
        ("T1,13800138000,,,,,,10", "优先级", "0 到 9"),
        (f"T1,13800138000,{'王' * 41}", "", "诉求人 超过 40 个字"),
        ("T1,13800138000,\x1b[2J", "", "控制字符"),
        ("20261118-A1,13900139000,,,,,2026-11-18", "", "与第 2 行是同一工单"),
    ],
)
def test_each_bad_row_is_told_and_the_good_ones_stay(row: str, column: str, told: str) -> None:
    checked = check(f"{HEAD}\n{GOOD}\n{row}\nT9,13900139009\n")
    assert [one.callback.ticket for one in checked.good] == ["20261118-A1", "T9"]
    (problem,) = checked.problems
    assert (problem.row, problem.column) == (3, column)
    assert told in problem.reason


def test_a_row_whose_questions_are_nowhere_is_told() -> None:
    text = "工单编号,联系电话,问卷\nT1,13800138000,ours\nT2,13800138001,standard\nT3,13800138002,\n"
    checked = check_file(text.encode(), ZONE, PATTERNS, {"standard", "beijing"})
    assert [one.callback.ticket for one in checked.good] == ["T2", "T3"]
    assert checked.problems == (Problem(2, "", "没有问卷“ours”，现有：beijing、standard"),)


def test_every_problem_of_a_row_has_its_column() -> None:
    checked = check(f"{HEAD}\nT1,13800138000,,,,,昨天,x,明天\n")
    assert [(one.row, one.column) for one in checked.problems] == [
        (2, "办结日期"),
        (2, "优先级"),
        (2, "最晚回访时间"),
    ]
    assert isinstance(checked.problems[0], Problem)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "文件是空的"),
        ("姓名,地址\n王,李\n".encode(), "缺少列：工单编号、联系电话"),
        ("电话,手机,工单号\n1,2,3\n".encode(), "有两列都是“联系电话”"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧版 Excel"),
        (b"PK\x03\x04 broken", "xlsx 读不出来"),
        (b"\xff\xfe\x00\x01\x00\x02", "不是 UTF-8"),
        ('工单号,电话\n"1,2\n'.encode(), "不是 CSV"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(data: bytes, told: str) -> None:
    with pytest.raises(InvalidInputError, match=told):
        check_file(data, ZONE, PATTERNS)


def test_a_file_that_unpacks_to_too_much_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_reader, "MOST_UNPACKED", 1000)
    with pytest.raises(InvalidInputError, match="解压后过大"):
        check_file(workbook(("工单编号", "电话")), ZONE, PATTERNS)
    monkeypatch.setattr(import_reader, "MOST_BYTES", 10)
    with pytest.raises(InvalidInputError, match="文件超过"):
        check("工单编号,电话\n1,2\n")
    monkeypatch.setattr(import_reader, "MOST_ROWS", 2)
    monkeypatch.setattr(import_reader, "MOST_BYTES", 1000)
    with pytest.raises(InvalidInputError, match="超过 2 行"):
        check("工单编号,电话\n1,2\n3,4\n5,6\n")


def test_an_xlsx_that_is_a_zip_of_something_else_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("a.txt", "nothing")
    with pytest.raises(InvalidInputError, match="xlsx 读不出来"):
        check_file(file.getvalue(), ZONE, PATTERNS)


def test_a_formula_is_never_followed() -> None:
    data = workbook(("工单编号", "联系电话", "标题"), ("T1", "13800138000", "=1+1"))
    (new,) = check_file(data, ZONE, PATTERNS).callbacks
    assert new.matter in ("", "0")


CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
"""What can stand in a workbook at all: XML has no control characters."""


@settings(max_examples=60)
@given(st.lists(st.lists(CELLS, max_size=9), max_size=6), st.sampled_from(list(COLUMNS)))
def test_whatever_is_in_a_file_is_taken_or_told(rows: list[list[str]], last: str) -> None:
    heads = [
        "ticket",
        "phone",
        *[key for key in ("person", "matter", last) if key not in ("ticket", "phone")],
    ]
    data = workbook(tuple(dict.fromkeys(heads)), *map(tuple, rows))
    checked = check_file(data, ZONE, PATTERNS)
    told = {one.row for one in checked.problems} | {one.row for one in checked.good}
    assert told <= set(range(2, len(rows) + 2))
    assert all(one.callback.phone.isdigit() for one in checked.good)
