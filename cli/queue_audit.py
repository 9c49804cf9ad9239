"""``hotline queue audit``: tells whether the figures are what the switch's own journal says."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from ..core.clock import utc_now
from ..core.db import Database
from ..core.errors import InvalidInputError
from ..queue.audit import Audit, Auditor
from ..queue.audit_agents import TABLE as SPELLS
from ..queue.definitions import DEFINITIONS
from ..queue.journal_scan import JournalGoneError
from ..queue.reports_period import read_moment
from ..telephony.asterisk_config import Paths
from .common import ConfigOption, JsonOption, console, load_settings, print_json, progress_console, run
from .tables import table

SHOWN = 200
ABSENT = "（无）"
_TABLES = {
    "calls": "通话",
    "legs": "通话腿",
    "call_steps": "步骤",
    "room_lines": "三方线路",
    "agent_spells": "坐席时段",
}

Since = Annotated[
    str | None,
    typer.Option(help="Calls that came in from here on; a date or a moment.  [default: all of the journal]"),
]
Until = Annotated[str | None, typer.Option(help="Calls that came in before this; a date means its end.")]
Limit = Annotated[
    int, typer.Option("--limit", "-n", min=1, help="Print at most so many differences; all are counted.")
]


def audit(
    since: Since = None,
    until: Until = None,
    limit: Limit = SHOWN,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Make every call and figure anew from the switch's journal alone, and compare with what is stored.

    Exit status: 0 nothing differs, 1 something does, 2 the journal does not cover the period, or an error.
    """
    settings = load_settings(config)
    zone = ZoneInfo(settings.site.timezone)
    now = utc_now()
    begin = read_moment(since, now, zone) if since else None
    end = read_moment(until, now, zone, is_end=True) if until else None
    if begin is not None and end is not None and begin >= end:
        raise InvalidInputError("the period is empty", mend="--since must lie before --until")

    async def compare() -> Audit:
        database = Database(settings.database)
        try:
            with _bar() as bar:
                task = bar.add_task("核对流水", total=None, calls=0)

                def progress(done: int, total: int, calls: int) -> None:
                    bar.update(task, completed=done, total=total, calls=calls)

                auditor = Auditor(
                    database,
                    Paths.of(settings).log,
                    settings.site.node,
                    since=begin,
                    until=end,
                    progress=progress,
                )
                return await auditor.run()
        finally:
            await database.close()

    try:
        found = run(compare())
    except OSError as error:  # a status of 1 would say that something differs
        raise JournalGoneError(
            f"the audit could not be run: {error}",
            mend="can this user read the journal and reach the database? `hotline doctor`",
        ) from error
    if as_json:
        print_json(as_plain(found, limit))
    else:
        _show(found, zone, limit)
    if not found.is_clean:
        raise typer.Exit(1)
    if found.uncovered:
        raise typer.Exit(2)


def as_plain(found: Audit, limit: int) -> dict[str, Any]:
    """Return an audit as plain values for ``--json``."""
    return {
        "clean": found.is_clean,
        "since": found.since,
        "until": found.until,
        "journal_begins": found.journal_begins,
        "calls": {
            "compared": found.compared,
            "in_progress": found.in_progress,
            "not_read_yet": found.unread,
            "before_the_journal": found.earlier,
        },
        "agent_spells_compared": found.spells,
        "bad_records": found.bad_records,
        "difference_count": len(found.differences),
        "differences": [one._asdict() for one in found.differences[:limit]],
        "figure_difference_count": len(found.figures),
        "figures": [one._asdict() for one in found.figures[:limit]],
        "not_covered": [{"since": begin, "until": end} for begin, end in found.uncovered],
    }


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[calls]} 通"),
        TimeElapsedColumn(),
        console=progress_console,
        transient=True,
    )


def _show(found: Audit, zone: ZoneInfo, limit: int) -> None:
    if found.differences:
        listed = table("通话／坐席", "数据表", "行", "列", "库中的值", "流水中的值", title="逐通差异")
        for one in found.differences[:limit]:
            whole = not one.column
            listed.add_row(
                escape(one.call),
                _TABLES.get(one.table, one.table),
                escape(one.row),
                escape(one.column) or "（整行）",
                _side(one.stored, whole=whole),
                _side(one.journal, whole=whole),
            )
        console.print(listed)
        _rest(len(found.differences), limit)
    if found.figures:
        listed = table("范围", "指标", "名称", "按库计算", "按流水计算", title="指标差异")
        for one in found.figures[:limit]:
            definition = DEFINITIONS.get(one.figure)
            listed.add_row(
                escape(one.scope),
                one.figure,
                definition.title if definition else "",
                _side(one.stored),
                _side(one.journal),
            )
        console.print(listed)
        _rest(len(found.figures), limit)
    _tell(found, zone)


def _tell(found: Audit, zone: ZoneInfo) -> None:
    calls = len({one.call for one in found.differences if one.table != SPELLS})
    console.print(
        f"已核对 {found.compared} 通、坐席时段 {found.spells} 段；有差异的通话 {calls} 通，"
        f"差异共 {len(found.differences)} 处，指标差异 {len(found.figures)} 项。"
    )
    console.print(f"未核对：进行中 {found.in_progress} 通，服务尚未读到 {found.unread} 通。")
    if found.earlier:
        console.print(
            f"流水从 {_local(found.journal_begins, zone)} 开始，更早的 {found.earlier} 通没有核对。"
        )
    if found.bad_records:
        console.print(f"流水中有 {found.bad_records} 条记录无法读取。")
    for begin, end in found.uncovered:
        console.print(
            f"这一段没有流水，无法核对：{_local(begin, zone) if begin else '更早'} 至 {_local(end, zone)}",
            style="red",
        )
    if found.is_clean:
        console.print(
            "库中数据与流水一致。" if found.compared or found.spells else "没有可核对的通话。", style="green"
        )


def _rest(count: int, limit: int) -> None:
    if count > limit:
        console.print(f"…… 另有 {count - limit} 处（--limit 可显示更多）")


def _side(value: str | None, *, whole: bool = False) -> str:
    if value is None:
        return ABSENT
    return "有" if whole else escape(value)


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"
