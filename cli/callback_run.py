"""``hotline callback run|status|pause|resume|cancel``: campaigns, with live progress."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from ..callback_bot.desk import Act, Desk
from ..callback_bot.desk_views import STATE_NAMES
from ..callback_bot.model import CallbackState, CampaignState
from ..callback_bot.outcome.progress import Progress
from ..core.settings import Settings
from ..queue.reports_columns import plain
from . import common, tables
from .callback_desk import WhoOption, ask_desk, asker, must_call

LOOK_EVERY_S = 1.0
_OVER = (CampaignState.ENDED.value, CampaignState.CANCELLED.value)
_ONE = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_STATES = {"running": "进行中", "paused": "暂停", "ended": "已结束", "cancelled": "已取消"}

CampaignArgument = Annotated[str, typer.Argument(help="A campaign.")]
WhatArgument = Annotated[str, typer.Argument(help="A campaign, or a callback's id.")]
Watch = Annotated[bool, typer.Option("--watch/--no-watch", help="Follow it until it ends.")]


def run(
    campaign: CampaignArgument,
    *,
    watch: Watch = True,
    who: WhoOption = "",
    as_json: common.JsonOption = False,
    config: common.ConfigOption = None,
) -> None:
    """Let a campaign run, and follow it until it ends; the service dials, so leaving this changes nothing.

    Example: hotline callback run november
    """
    settings = common.load_settings(config)
    must_call(settings)

    async def ask(desk: Desk) -> Progress:
        found = await desk.progress(campaign)
        if found.state not in _OVER:
            found = await desk.act("resume", campaign, who=asker(who))
        return await _follow(desk, found) if watch else found

    _give(ask_desk(settings, ask), as_json=as_json)


def status(
    campaign: Annotated[str, typer.Argument(help="A campaign; all without.", show_default=False)] = "",
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Follow it until it ends.")] = False,
    as_json: common.JsonOption = False,
    config: common.ConfigOption = None,
) -> None:
    """Show how far campaigns are.

    Example: hotline callback status november --watch
    """
    settings = common.load_settings(config)
    if campaign:

        async def ask(desk: Desk) -> Progress:
            found = await desk.progress(campaign)
            return await _follow(desk, found) if watch else found

        _give(ask_desk(settings, ask), as_json=as_json)
        return
    found = ask_desk(settings, lambda desk: desk.campaigns())
    if as_json:
        common.print_json(found)
        return
    listed = tables.table("任务", "名称", "状态", "合计", *STATE_NAMES.values(), whole=1)
    for one in found:
        counts = (str(one["states"][state.value]) for state in STATE_NAMES)
        listed.add_row(
            escape(plain(one["id"])),
            escape(plain(one["name"])),
            _STATES[one["state"]],
            str(one["total"]),
            *counts,
        )
    common.console.print(listed)


def pause(
    what: WhatArgument,
    who: WhoOption = "",
    as_json: common.JsonOption = False,
    config: common.ConfigOption = None,
) -> None:
    """Begin no more calls of a campaign, or hold one callback; calls under way go on to their end.

    Example: hotline callback pause november
    """
    _act("pause", what, who, common.load_settings(config), as_json=as_json)


def resume(
    what: WhatArgument,
    who: WhoOption = "",
    as_json: common.JsonOption = False,
    config: common.ConfigOption = None,
) -> None:
    """Let a paused campaign or callback go on.

    Example: hotline callback resume november
    """
    _act("resume", what, who, common.load_settings(config), as_json=as_json)


def cancel(
    what: WhatArgument,
    who: WhoOption = "",
    as_json: common.JsonOption = False,
    config: common.ConfigOption = None,
) -> None:
    """Give a campaign or one callback up; cancelled ones are in no figure.

    Example: hotline callback cancel november
    """
    _act("cancel", what, who, common.load_settings(config), as_json=as_json)


def _act(act: Act, what: str, who: str, settings: Settings, *, as_json: bool) -> None:
    if _ONE.fullmatch(what):
        found = ask_desk(settings, lambda desk: desk.act_on_one(act, what, who=asker(who)))
        if as_json:
            common.print_json(found)
        else:
            common.console.print(f"{what}  {STATE_NAMES[CallbackState(found['state'])]}", markup=False)
        return
    _give(ask_desk(settings, lambda desk: desk.act(act, what, who=asker(who))), as_json=as_json)


async def _follow(desk: Desk, found: Progress) -> Progress:
    """Show a campaign on standard error until it ends or is paused; return it as it is then."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TextColumn("{task.fields[lines]}"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=common.progress_console) as bar:
        shown = bar.add_task(escape(plain(found.name)), total=found.total, lines="")
        while True:
            _show(bar, shown, found)
            if found.state != CampaignState.RUNNING.value:
                return found
            await asyncio.sleep(LOOK_EVERY_S)
            found = await desk.progress(found.campaign)


def _show(bar: Bar, shown: TaskID, found: Progress) -> None:
    lines = f"拨号 {found.dialling} 通话 {found.talking} 近5分钟办结 {found.ended_recent}"
    bar.update(shown, completed=found.ended, total=found.total, lines=lines)


def _give(found: Progress, *, as_json: bool) -> None:
    if as_json:
        common.print_json(found.to_json())
        return
    told: dict[str, Any] = {
        "任务": found.campaign,
        "状态": _STATES[found.state],
        "合计": found.total,
        "已结束": found.ended,
        **{name: found.states[state.value] for state, name in STATE_NAMES.items()},
        "正在拨号": found.dialling,
        "正在通话": found.talking,
        "近5分钟拨出": found.attempts_recent,
        "近5分钟办结": found.ended_recent,
    }
    listed = tables.table("项目", "数值", title=escape(plain(found.name)))
    for name, value in told.items():
        listed.add_row(name, escape(plain(str(value))))
    common.console.print(listed)
