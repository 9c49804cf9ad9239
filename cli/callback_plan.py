"""``hotline callback plan``: whom the robot would call when, without calling anybody."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from ..callback_bot.schedule.forecast import SECONDS_EACH
from ..queue.reports_columns import plain
from . import common, tables
from .callback_desk import ask_desk, local, must_call


def plan(
    campaign: Annotated[
        str, typer.Argument(help="A campaign, as if it ran; all that run without.", show_default=False)
    ] = "",
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100_000, help="The next so many.")] = 100,
    seconds_each: Annotated[
        float, typer.Option("--seconds", min=1, max=3600, help="How long a call is supposed to take.")
    ] = SECONDS_EACH,
    as_json: common.JsonOption = False,
    config: common.ConfigOption = None,
) -> None:
    """Say whom the robot would call when, and whom not and why: a dry run, nothing is dialled or written.

    Example: hotline callback plan november --limit 1000 --json
    """
    settings = common.load_settings(config)
    must_call(settings)
    found = ask_desk(
        settings, lambda desk: desk.plan(campaign=campaign, most=limit, seconds_each=seconds_each)
    )
    if as_json:
        common.print_json(found)
        return
    listed = tables.table("时间", "工单", "号码", "单位", "任务", "优先级", "已拨", "不拨的原因")
    for one in found:
        texts = (one["ticket"], one["phone"], one["unit"], one["campaign"])
        listed.add_row(
            local(one["at"], settings) or "—",
            *(escape(plain(text)) for text in texts),
            str(one["priority"]),
            str(one["tries"]),
            "" if one["at"] else escape(plain(one["why_label"])),
        )
    common.console.print(listed)
