"""``hotline callback import``: callbacks from a table that people send, checked row by row first."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape

from ..callback_bot.desk import Desk
from ..callback_bot.schedule.adding import Added, Fate
from ..callback_bot.schedule.importing import Checked, check_file
from ..callback_bot.survey import dialogue_install
from ..core.errors import NotFoundError
from ..queue.reports_columns import plain
from ..queue.reports_csv import safe_text
from . import common, tables
from .callback_desk import CampaignOption, WhoOption, ask_desk, asker
from .callback_list import FATE_NAMES
from .output import give

_SHOWN = 50
"""So many problems are shown on the terminal; all of them are in ``--json`` and ``--problems``."""


def import_(
    file: Annotated[Path, typer.Argument(help="CSV or xlsx, its first row the names of the columns.")],
    *,
    campaign: CampaignOption,
    name: Annotated[str, typer.Option(help="The campaign's name for people, when it is new.")] = "",
    lines: Annotated[
        int | None, typer.Option(min=1, help="Calls at a time of a new campaign.", show_default=False)
    ] = None,
    hours: Annotated[
        list[str] | None,
        typer.Option(
            help="Hours of a new campaign, within the site's: 工作日 09:00-12:00", show_default=False
        ),
    ] = None,
    paused: Annotated[bool, typer.Option("--paused", help="A new campaign waits for `run`.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only check the file.")] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Add the good rows of a file with bad ones.")
    ] = False,
    problems: Annotated[
        Path | None, typer.Option(help="Write what is wrong as CSV.", show_default=False)
    ] = None,
    who: WhoOption = "",
    as_json: common.JsonOption = False,
    config: common.ConfigOption = None,
) -> None:
    """Add the callbacks of a file to a campaign; with bad rows nothing is added, unless they are skipped.

    Example: hotline callback import november.xlsx --campaign november --paused
    """
    settings = common.load_settings(config)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise NotFoundError(f"cannot read {file}: {error.strerror}") from error
    zone, known = ZoneInfo(settings.site.timezone), dialogue_install.files(settings)
    checked = check_file(data, zone, settings.robot.numbers, known)
    if problems is not None:
        give(_problems_csv(checked), problems)
    refused = bool(checked.problems) and not skip_bad
    added: list[Added] = []
    if not check and not refused and checked.good:

        async def ask(desk: Desk) -> list[Added]:
            by = asker(who)
            await desk.create(campaign, who=by, name=name, lines=lines, hours=hours or (), paused=paused)
            return await desk.add(campaign, checked.callbacks, who=by)

        added = ask_desk(settings, ask)
    told = _told(checked, added)
    if as_json:
        common.print_json(told)
    else:
        _show(checked, told)
    if refused:
        raise typer.Exit(1)


def _told(checked: Checked, added: list[Added]) -> dict[str, Any]:
    fates = Counter(one.fate for one in added)
    return {
        "good": len(checked.good),
        "bad": len({one.row for one in checked.problems}),
        "problems": [vars(one) for one in checked.problems],
        "unused_columns": list(checked.unused),
        "written": {fate.value: fates[fate] for fate in Fate},
    }


def _show(checked: Checked, told: dict[str, Any]) -> None:
    if checked.problems:
        listed = tables.table("行", "列", "问题")
        for one in checked.problems[:_SHOWN]:
            listed.add_row(str(one.row), escape(plain(one.column)), escape(plain(one.reason)))
        common.console.print(listed)
    if len(checked.problems) > _SHOWN:
        common.console.print(
            f"… 共 {len(checked.problems)} 个问题，--problems FILE.csv 写出全部", markup=False
        )
    if checked.unused:
        common.console.print(f"未使用的列：{plain('、'.join(checked.unused))}", markup=False, soft_wrap=True)
    fates = "，".join(f"{FATE_NAMES[Fate(fate)]} {count}" for fate, count in told["written"].items() if count)
    words = f"可用 {told['good']} 行，有问题 {told['bad']} 行；{fates or '没有写入'}"
    common.console.print(words, markup=False, soft_wrap=True)


def _problems_csv(checked: Checked) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(["行", "列", "问题"])
    writer.writerows([str(one.row), safe_text(one.column), safe_text(one.reason)] for one in checked.problems)
    return b"\xef\xbb\xbf" + file.getvalue().encode()
