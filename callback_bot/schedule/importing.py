"""Checks a table of callbacks before any of it is added: each row is good, or says what to mend. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from ...core.errors import InvalidInputError
from .import_reader import Cell, Row, read_table
from .new_callback import NewCallback, checked, same_matter

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "ticket": ("工单编号", "工单号", "编号", "诉求编号"),
    "phone": ("联系电话", "电话", "电话号码", "手机", "手机号", "手机号码", "诉求人电话", "来电号码"),
    "person": ("诉求人", "姓名", "联系人", "诉求人姓名"),
    "unit": ("承办单位", "办理单位", "主办单位"),
    "kind": ("诉求类型", "工单类型", "类型", "诉求类别"),
    "matter": ("事项", "标题", "诉求标题", "工单标题", "诉求内容"),
    "handled_on": ("办结日期", "办理日期", "办结时间", "反馈时间", "反馈日期"),
    "earliest": ("最早回访时间", "最早时间"),
    "latest": ("最晚回访时间", "最晚时间", "回访期限"),
    "priority": ("优先级",),
    "dialogue": ("问卷", "话术"),
}
"""The names that a column may have beside its own; the first one is shown."""
NEEDED = ("ticket", "phone")
_OF_NAME = {name: key for key, names in COLUMNS.items() for name in (key, *names)}
_DATE = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[ T]+(\d{1,2})[:：时](\d{1,2})(?:[:：分](\d{1,2}))?[秒分]?)?"
)
_FLAT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_FLOAT = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a row (its number in the file), in Chinese; ``column`` is empty for all of it."""

    row: int
    column: str
    reason: str


@dataclass(frozen=True)
class Good:
    """A row that can be added."""

    row: int
    callback: NewCallback


@dataclass(frozen=True)
class Checked:
    """What a file has: rows to add, rows to mend, columns that nobody asked for."""

    good: tuple[Good, ...]
    problems: tuple[Problem, ...]
    unused: tuple[str, ...]

    @property
    def callbacks(self) -> list[NewCallback]:
        """Return what can be added, in the order of the file."""
        return [one.callback for one in self.good]


def check_file(
    data: bytes, zone: ZoneInfo, patterns: Sequence[str], dialogues: Collection[str] | None = None
) -> Checked:
    """Return what a CSV or xlsx file has; raises ``InvalidInputError`` when it cannot be read at all.

    ``patterns`` are the numbers that may be called, ``dialogues`` the names there are (None: not looked at);
    times without a zone are the site's.
    """
    rows = iter(read_table(data))
    head = next(rows, None)
    if head is None:
        raise InvalidInputError("文件是空的", mend="第一行写列名，例如 工单编号、联系电话")
    names = [str(cell or "").strip() for cell in head[1]]
    keys = [_OF_NAME.get(name) for name in names]
    _check_head(keys)
    unused = tuple(name for name, key in zip(names, keys, strict=True) if name and key is None)
    good, problems = _check_rows(rows, keys, zone, patterns, dialogues)
    return Checked(tuple(good), tuple(problems), unused)


def _check_head(keys: Sequence[str | None]) -> None:
    for key, names in COLUMNS.items():
        if keys.count(key) > 1:
            raise InvalidInputError(f"有两列都是“{names[0]}”", mend="只留一列")
    missing = [COLUMNS[key][0] for key in NEEDED if key not in keys]
    if missing:
        raise InvalidInputError(f"缺少列：{'、'.join(missing)}", mend="第一行写列名，例如 工单编号、联系电话")


def _check_rows(
    rows: Iterable[Row],
    keys: Sequence[str | None],
    zone: ZoneInfo,
    patterns: Sequence[str],
    dialogues: Collection[str] | None,
) -> tuple[list[Good], list[Problem]]:
    good: list[Good] = []
    problems: list[Problem] = []
    first: dict[str, int] = {}
    for number, cells in rows:
        values: dict[str, Any] = {}
        wrong: list[Problem] = []
        for key, cell in zip(keys, cells, strict=False):
            if key is None or cell in (None, ""):
                continue
            try:
                values[key] = _read(key, cell, zone)
            except ValueError as error:
                wrong.append(Problem(number, COLUMNS[key][0], str(error)))
        wrong = wrong or [
            Problem(number, COLUMNS[key][0], "没有填写") for key in NEEDED if not values.get(key)
        ]
        if not wrong:
            try:
                new = checked(NewCallback(**values), patterns, dialogues)
            except ValueError as error:
                wrong.append(Problem(number, "", _in_words(str(error))))
            else:
                before = first.setdefault(same_matter(new), number)
                if before == number:
                    good.append(Good(number, new))
                else:
                    wrong.append(Problem(number, "", f"与第 {before} 行是同一工单"))
        problems += wrong
    return good, problems


def _in_words(reason: str) -> str:
    """Return a reason with the column's name that people know."""
    for one in fields(NewCallback):
        if reason.startswith(f"{one.name} "):
            return f"{COLUMNS[one.name][0]}{reason.removeprefix(one.name)}"
    return reason


def _read(key: str, cell: Cell, zone: ZoneInfo) -> Any:
    match key:
        case "handled_on":
            return _moment(cell, zone).date()
        case "earliest" | "latest":
            return _moment(cell, zone, end=key == "latest")
        case "priority":
            text = _text(cell)
            if not re.fullmatch(r"[0-9]", text):
                raise ValueError("优先级应为 0 到 9")
            return int(text)
        case _:
            text = _text(cell)
            if key in NEEDED and _FLOAT.fullmatch(text):
                raise ValueError("号码被表格软件写成了科学计数法，请把该列设为文本格式后重新填写")
            return text


def _text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split()).removeprefix("'")


def _moment(cell: Cell, zone: ZoneInfo, *, end: bool = False) -> datetime:
    """Return a moment; a day alone is its beginning, or its last minute for an ``end``."""
    whole = time(23, 59) if end else time()
    if isinstance(cell, datetime):
        is_day = end and cell.time() == time()
        return (datetime.combine(cell.date(), whole) if is_day else cell).replace(tzinfo=cell.tzinfo or zone)
    if isinstance(cell, date):
        return datetime.combine(cell, whole, zone)
    text = _text(cell)
    found = _DATE.fullmatch(text) or _FLAT_DATE.fullmatch(text)
    if found is None:
        raise ValueError(f"“{text[:30]}”不是日期，应如 2026-11-18 或 2026-11-18 09:30")
    parts = [int(one) for one in found.groups() if one is not None]
    try:
        if len(parts) == 3:
            return datetime.combine(date(*parts), whole, zone)
        return datetime(*parts, tzinfo=zone)  # pyright: ignore[reportArgumentType]  # five or six numbers
    except ValueError as error:
        raise ValueError(f"没有“{text[:30]}”这个日期") from error
