"""``hotline callback list|show|add``: single callbacks."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from ..callback_bot.desk_checks import callback_state
from ..callback_bot.desk_views import STATE_NAMES
from ..callback_bot.model import CallbackState
from ..callback_bot.outcome.results import VERDICT_NAMES, Verdict
from ..callback_bot.schedule.adding import Fate
from ..callback_bot.schedule.new_callback import NewCallback
from ..core.errors import InvalidInputError
from ..core.settings import Settings
from ..queue.reports_columns import plain
from . import common, tables
from .callback_desk import CampaignOption, WhoOption, ask_desk, asker, local

FATE_NAMES = {
    Fate.ADDED: "已加入",
    Fate.KNOWN: "已有同一事项",
    Fate.QUIET: "在免打扰名单中，记为拒绝回访",
    Fate.NOT_DRAWN: "抽样未抽中",
}


def add(
    ticket: Annotated[str, typer.Argument(help="The ticket's number.")],
    phone: Annotated[str, typer.Argument(help="The number to call.")],
    *,
    person: Annotated[str, typer.Option(help="Who is asked for, such as 王女士.")] = "",
    unit: Annotated[str, typer.Option(help="The handling unit (承办单位).")] = "",
    kind: Annotated[str, typer.Option(help="The kind of ticket, such as 投诉.")] = "",
    matter: Annotated[str, typer.Option(help="What it was about, in a few words that can be said.")] = "",
    handled_on: Annotated[
        str, typer.Option("--handled-on", help="The day of its handling, 2026-11-18.", show_default=False)
    ] = "",
    priority: Annotated[int, typer.Option(min=0, max=9, help="9 first.")] = 0,
    dialogue: Annotated[
        str, typer.Option(help="The questions: standard, beijing or the site's own.")
    ] = "standard",
    earliest: Annotated[
        datetime | None, typer.Option(help="Not called before; site time.", show_default=False)
    ] = None,
    latest: Annotated[
        datetime | None,
        typer.Option(help="Unanswered by then, it is 未评; site time.", show_default=False),
    ] = None,
    campaign: CampaignOption = "manual",
    who: WhoOption = "",
    as_json: common.JsonOption = False,
    config: common.ConfigOption = None,
) -> None:
    """Have one citizen called back; the service dials within the hours.

    Example: hotline callback add 20261118-7Q2M9XKD 13800138000 --person 王女士 --matter 路灯不亮
    """
    settings = common.load_settings(config)
    zone = ZoneInfo(settings.site.timezone)
    new = NewCallback(
        ticket,
        phone,
        person=person,
        unit=unit,
        kind=kind,
        matter=matter,
        handled_on=_day(handled_on),
        priority=priority,
        dialogue=dialogue,
        earliest=earliest and earliest.replace(tzinfo=zone),
        latest=latest and latest.replace(tzinfo=zone),
    )
    (added,) = ask_desk(settings, lambda desk: desk.add(campaign, [new], who=asker(who)))
    if as_json:
        common.print_json({"id": added.id, "fate": added.fate.value, "campaign": campaign})
        return
    common.console.print(f"{added.id}  {FATE_NAMES[added.fate]}", markup=False)


def list_(
    *,
    campaign: Annotated[str, typer.Option("--campaign", "-c", help="Only of this campaign.")] = "",
    state: Annotated[str, typer.Option(help="Only in this state: waiting, calling, paused, done …")] = "",
    ticket: Annotated[str, typer.Option(help="Only of this ticket.")] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100_000, help="At most so many.")] = 50,
    as_json: common.JsonOption = False,
    config: common.ConfigOption = None,
) -> None:
    """List callbacks, the newest first; numbers are masked.

    Example: hotline callback list --state check
    """
    settings = common.load_settings(config)
    state = callback_state(state)
    found = ask_desk(
        settings, lambda desk: desk.list(campaign=campaign, state=state, ticket=ticket, limit=limit)
    )
    if as_json:
        common.print_json(found)
        return
    common.console.print(table_of(found, settings))


def table_of(found: list[dict[str, Any]], settings: Settings) -> Table:
    """Return callbacks as a table."""
    listed = tables.table(
        "编号", "任务", "工单", "号码", "单位", "类型", "状态", "说明", "次数", "下次", "期限"
    )
    for one in found:
        texts = (one["id"], one["campaign"], one["ticket"], one["phone"], one["unit"], one["kind"])
        listed.add_row(
            *(escape(plain(text)) for text in texts),
            STATE_NAMES[CallbackState(one["state"])],
            escape(plain(one["why_label"] or "")),
            str(one["tries"]),
            local(one["next_at"], settings),
            local(one["latest"], settings),
        )
    return listed


def show(
    callback: Annotated[str, typer.Argument(help="A callback's id, as list shows it.")],
    as_json: common.JsonOption = False,
    config: common.ConfigOption = None,
) -> None:
    """Show a callback: its attempts, what was answered and how, and the result. Personal data.

    Example: hotline callback show 01JD8Q2M9XKD7T3VW5YZ0ABCDE
    """
    settings = common.load_settings(config)
    found = ask_desk(settings, lambda desk: desk.show(callback))
    if as_json:
        common.print_json(found)
        return
    common.console.print(table_of([{**found, "phone": found["phone"]}], settings))
    attempts = tables.table(
        "拨打时间", "结果", "应答", "问题", "回答", "方式", "次", "原话", "置信度", "秒", whole=2
    )
    for one in found["attempts"]:
        head = (
            local(one["at"], settings),
            escape(plain(one["outcome_label"] or one["state"])),
            local(one["answered_at"], settings),
        )
        rows = one["answers"] or [None]
        for place, said in enumerate(rows):
            attempts.add_row(*(head if place == 0 else ("", "", "")), *_answer(said))
    common.console.print(attempts)
    result = found["result"]
    if result is not None:
        verdict = VERDICT_NAMES[Verdict(result["verdict"])]
        solved, contacted = result["solved"] or "—", result["contacted"] or "—"
        words = f"结论 {verdict}  满意度 {result['level'] or '未评'}  解决 {solved}  联系 {contacted}"
        common.console.print(words, markup=False)
        for name, text in (("原因", "、".join(result["reasons"])), ("其他", result["remarks"])):
            if text:
                common.console.print(f"{name} {plain(text)}", markup=False, soft_wrap=True)


def _answer(said: dict[str, Any] | None) -> tuple[str, ...]:
    if said is None:
        return ("",) * 7
    return (
        said["question"],
        escape(plain(said["value"])),
        said["given"],
        str(said["turn"]),
        escape(plain(said["words"])),
        f"{said['confidence']:.2f}" if said["given"] == "speech" else "",
        f"{said['start_ms'] / 1000:.1f}–{said['end_ms'] / 1000:.1f}",
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(f"no day: {text[:20]!r}", mend="give it like 2026-11-18") from error
