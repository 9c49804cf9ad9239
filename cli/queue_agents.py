"""``hotline queue agents``: what every agent did when, from the switch's own journal."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape

from ..app.agent_times import AgentTimes
from ..core.clock import utc_now
from ..queue.reports_period import read_period
from ..queue.states import KIND_NAMES, REASON_NAMES, AgentKind
from .common import ConfigOption, JsonOption, ask_store, console, load_settings, print_json
from .tables import table

_COLUMNS = (
    *(AgentKind.READY, AgentKind.RINGING, AgentKind.TALKING, AgentKind.HELD, AgentKind.WRAPUP),
    *(AgentKind.PAUSED, AgentKind.UNREACHABLE, AgentKind.SIGNED_OUT),
)


def length(ms: int | None) -> str:
    """Return milliseconds as hours, minutes and seconds for people; empty when unknown or nothing."""
    if not ms:
        return ""
    minutes, seconds = divmod(round(ms / 1000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


def agents(
    since: Annotated[str, typer.Option(help="A date or a moment (site time), or today.")] = "today",
    until: Annotated[str, typer.Option(help="A date (with its last moment), a moment, or now.")] = "now",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show each agent's times by state, occupancy, handled calls, mean talk and wrap-up, unanswered rings.

    Example: hotline queue agents --since 2026-11-22 --json
    """
    settings = load_settings(config)
    zone, now = ZoneInfo(settings.site.timezone), utc_now()
    period = read_period(since, until, now, zone)

    found = ask_store(
        settings, lambda database: AgentTimes(settings, database).summary(period.since, period.until)
    )
    if as_json:
        print_json(found)
        return
    listed = table(
        *("坐席", "姓名", *(KIND_NAMES[kind] for kind in _COLUMNS)),
        *("占用率", "受理", "平均通话", "平均整理", "未接听", "暂停原因"),
    )
    for row in found:
        figures = row["figures"]
        occupancy = figures["agent_occupancy"]["value"]
        listed.add_row(
            row["agent"],
            escape(row["name"]),
            *(length(row["times_ms"][kind.value]) for kind in _COLUMNS),
            "" if occupancy is None else f"{occupancy:.1%}",
            str(figures["agent_handled"]["value"]),
            length(figures["agent_talk_mean"]["value"]),
            length(figures["agent_wrapup_mean"]["value"]),
            str(figures["agent_no_answer"]["value"]),
            escape(
                " ".join(f"{REASON_NAMES.get(why, why)} {length(ms)}" for why, ms in row["pauses_ms"].items())
            ),
        )
    console.print(listed)
