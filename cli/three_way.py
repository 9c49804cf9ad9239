"""``hotline three-way``: which third lines were brought into calls, how soon they answered, and why not."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from ..core.clock import utc_now
from ..core.db import Database
from ..core.settings import Settings
from ..queue.reports_csv import safe_text
from ..queue.reports_period import Period, read_period
from ..telephony.room_names import HOW_NAMES, KIND_NAMES, MODE_NAMES, STATE_NAMES, why_name
from ..telephony.room_queries import STEPS, Asked, Directory, read_lines
from ..telephony.room_report import report as make_report
from ..ticket_bridge.notices.notice_tables import with_notices
from . import common, tables
from .output import give, give_tables

app = typer.Typer(
    no_args_is_help=True, help="See the third lines of three-way calls: 110, utilities, departments."
)

Format = Literal["table", "json", "csv"]
Kind = Literal["emergency", "utility", "department"]
Since = Annotated[str, typer.Option(help="2026-11-22, 2026-11-22T08:00, today, yesterday; site time.")]
Until = Annotated[str, typer.Option(help="The same; a day is in it with all its hours.")]
OfKind = Annotated[Kind | None, typer.Option(help="Only lines of this kind.", show_default=False)]
OfTarget = Annotated[
    str, typer.Option("--target", help="Only this third line, by its name.", show_default=False)
]
Form = Annotated[Format, typer.Option("--format", help="How it is written.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="The file to write.", show_default=False)]
_STEP_TITLES = dict(zip(STEPS, ("转入", "拨出", "振铃", "应答", "接入", "离开", "结束"), strict=True))


@app.callback()
def group() -> None:
    """See the third lines of three-way calls."""


@app.command("list", epilog="Example:  hotline three-way list --since today --kind emergency --json")
def list_(
    *,
    since: Since = "today",
    until: Until = "now",
    kind: OfKind = None,
    target: OfTarget = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100_000, help="At most so many.")] = 1000,
    form: Form = "table",
    output: Output = None,
    as_json: common.JsonOption = False,
    config: common.ConfigOption = None,
) -> None:
    """List every request for a third line, the newest first, with the milliseconds of each step after it."""
    settings = common.load_settings(config)
    zone = ZoneInfo(settings.site.timezone)
    period = read_period(since, until, utc_now(), zone)
    found = _read(settings, period, kind, target, limit)
    match "json" if as_json else form:
        case "json":
            give(_text(common.json_text(_plain(found)) + "\n"), output)
        case "csv":
            give(_text(_lines_csv(found, zone), mark=True), output)
        case _:
            give_tables([_lines_table(found, zone)], output)


@app.command("report", epilog="Example:  hotline three-way report --kind emergency --since 2026-11-01")
def report(
    *,
    since: Since = "today",
    until: Until = "now",
    kind: OfKind = None,
    target: OfTarget = "",
    form: Form = "table",
    output: Output = None,
    as_json: common.JsonOption = False,
    config: common.ConfigOption = None,
) -> None:
    """Report each third line of a period: asked, answered, failed and why, and the time to answer.

    JSON holds every single line too (``lines``).
    """
    settings = common.load_settings(config)
    zone = ZoneInfo(settings.site.timezone)
    period = read_period(since, until, utc_now(), zone)
    found = _read(settings, period, kind, target, None)
    made = make_report(found)
    match "json" if as_json else form:
        case "json":
            head = {"since": period.since, "until": period.until, "kind": kind, "target": target or None}
            give(_text(common.json_text({**head, **made, "lines": _plain(found)}) + "\n"), output)
        case "csv":
            give(_text(_report_csv(made), mark=True), output)
        case _:
            give_tables([_report_table(made, period, zone)], output)


def _read(
    settings: Settings, period: Period, kind: str | None, target: str, limit: int | None
) -> list[dict[str, Any]]:
    asked = Asked(period.since, period.until, kind or "", target, limit)

    async def read(database: Database) -> list[dict[str, Any]]:
        async with database.read() as session:
            return await with_notices(session, await read_lines(session, Directory.of(settings), asked))

    return common.ask_store(settings, read)


def _plain(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            name: value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else value
            for name, value in line.items()
        }
        for line in lines
    ]


def _lines_table(lines: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> Table:
    listed = tables.table(
        *("通话", "请求时间", "线路", "坐席", "状态", "原因", "号码"),
        *(f"{_STEP_TITLES[step]} ms" for step in ("dialled", "ringing", "answered", "joined", "ended")),
        "信息推送",
    )
    for line in lines:
        listed.add_row(
            escape(line["call"]),
            _local(line["asked_at"], zone),
            escape(line["label"]),
            escape(line["agent"]),
            STATE_NAMES.get(line["state"], line["state"]),
            escape(why_name(line["why"])),
            escape(line["number"]),
            *(_number(line["ms"][step]) for step in ("dialled", "ringing", "answered", "joined", "ended")),
            line["notice"]["label"] if line["notice"] else "",
        )
    return listed


def _lines_csv(lines: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> str:
    head = [
        "通话",
        "线路编号",
        "请求时间",
        "名称",
        "类别",
        "坐席",
        "方式",
        "接入",
        "状态",
        "原因",
        "路由",
        "号码",
    ]
    rows = [
        [
            *(line["call"], line["line"], _local(line["asked_at"], zone), line["label"]),
            *(
                KIND_NAMES.get(line["kind"], line["kind"]),
                line["agent"],
                HOW_NAMES.get(line["how"], line["how"]),
            ),
            *(MODE_NAMES.get(line["mode"], line["mode"]), STATE_NAMES.get(line["state"], line["state"])),
            *(why_name(line["why"]), str(line["route"] or ""), line["number"]),
            *(_number(line["ms"][step]) for step in STEPS),
            line["notice"]["label"] if line["notice"] else "",
        ]
        for line in lines
    ]
    return _csv([*head, *(f"{title}（毫秒）" for title in _STEP_TITLES.values()), "信息推送"], rows)


_REPORT_TITLES = ("线路", "类别", "请求", "接通", "未接通", "被拒绝", "进行中", "接通率")
_ANSWER_TITLES = {"min": "最短", "p50": "中位数", "p95": "95 分位", "max": "最长"}


def _report_rows(made: Mapping[str, Any]) -> list[list[str]]:
    found: list[list[str]] = []
    rows: list[dict[str, Any]] = [*made["targets"], {**made["total"], "label": "合计"}]
    for row in rows:
        rate = row["answer_rate"]
        found.append(
            [
                *(row["label"], KIND_NAMES.get(row["kind"], row["kind"])),
                *(str(row[name]) for name in ("asked", "answered", "failed", "refused", "in_progress")),
                "" if rate is None else f"{rate:.1%}",
                *(_number(row["answer_ms"][name]) for name in _ANSWER_TITLES),
                " ".join(f"{why_name(why)} {count}" for why, count in row["failures"].items()),
            ]
        )
    return found


def _report_table(made: Mapping[str, Any], period: Period, zone: ZoneInfo) -> Table:
    title = f"三方通话 {_local(period.since, zone)} – {_local(period.until, zone)}（{zone.key}）"
    listed = tables.table(*_REPORT_TITLES, *_ANSWER_TITLES.values(), "未接通原因", title=escape(title))
    for row in _report_rows(made):
        listed.add_row(*(escape(cell) for cell in row))
    listed.caption = "应答时间为毫秒：自坐席请求起至第三方应答止"
    return listed


def _report_csv(made: Mapping[str, Any]) -> str:
    waits = [f"应答时间{title}（毫秒）" for title in _ANSWER_TITLES.values()]
    return _csv([*_REPORT_TITLES, *waits, "未接通原因"], _report_rows(made))


def _csv(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(head)
    writer.writerows([safe_text(cell) for cell in row] for row in rows)
    return file.getvalue()


def _local(moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S.%f}"[:-3] if moment else ""


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _text(text: str, *, mark: bool = False) -> bytes:
    """Return a text's bytes; ``mark`` puts before it what spreadsheets know UTF-8 by."""
    return (("\ufeff" if mark else "") + text).encode()
