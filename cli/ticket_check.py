"""``hotline ticket correct | confirm | examples``: people set drafts right, and programs learn from it."""

from __future__ import annotations

import json
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from ..core.clock import utc_now
from ..core.db import Database
from ..core.errors import InvalidInputError
from ..core.settings import Settings
from ..queue.reports_period import read_moment
from ..ticket_bridge.call_facts import StoredCalls
from ..ticket_bridge.checks.check_service import Checks
from ..ticket_bridge.checks.check_tables import Said
from ..ticket_bridge.checks.checks import field_name, read_corrections
from ..ticket_bridge.checks.examples import examples as labelled
from ..ticket_bridge.fields import SPECS, FieldName
from .common import ConfigOption, JsonOption, ask_store, console, load_settings, print_json
from .tables import table

_Ticket = Annotated[str, typer.Argument(help="A ticket's number or id, or its call.")]
_YES_NO: dict[str, bool] = {"是": True, "否": False, "true": True, "false": False}


def correct(
    ticket: _Ticket,
    values: Annotated[list[str], typer.Argument(help="FIELD=VALUE, as in kind=投诉; FIELD= empties it.")],
    who: Annotated[str, typer.Option("--who", help="Who says so: an agent's number or a name.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set fields of a draft right; what the machine had is kept beside it.

    Example: hotline ticket correct 20261122-7Q2M9XKD kind=投诉 people=12 --who 1001
    """
    _say(load_settings(config), ticket, Said(who, read_corrections(dict(map(_pair, values)))), as_json)


def confirm(
    ticket: _Ticket,
    who: Annotated[str, typer.Option("--who", help="Who says so: an agent's number or a name.")],
    field: Annotated[
        list[str] | None, typer.Option("--field", help="Only this field; may be repeated.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that a draft is right as it stands: all of it, or the fields that are named.

    Example: hotline ticket confirm 20261122-7Q2M9XKD --who 1001
    """
    names = frozenset(field_name(one) for one in field or [])
    _say(load_settings(config), ticket, Said(who, {}, names, whole=not names), as_json)


def examples(
    since: Annotated[str, typer.Option(help="From a date, a moment, today or yesterday.")] = "today",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Export what people corrected and confirmed as labelled calls; with --json one a line.

    `hotline ticket evaluate` reads the lines. They hold what citizens said: personal data.

    Example: hotline ticket examples --since 2026-11-01 --json > checked.jsonl
    """
    settings = load_settings(config)
    begin = read_moment(since, utc_now(), ZoneInfo(settings.site.timezone))
    shown = table("编号", "来电时间", "更正", "确认", "人员")

    async def read(database: Database) -> None:
        async for one in labelled(database, StoredCalls(settings), since=begin):
            if as_json:
                typer.echo(json.dumps(one, ensure_ascii=False))
            else:
                shown.add_row(*_row(one))

    ask_store(settings, read)
    if not as_json:
        console.print(shown)


def notes(told: dict[str, Any]) -> str:
    """Return who made a draft, what is still to be asked, and what people said of it, as plain lines."""
    made = told["made"]
    lines = [
        "填写：规则"
        if not made["by_model"]
        else f"填写：规则与模型 {made['model']}（{len(made['by_model'])} 项）"
    ]
    if made["fallback"]:
        lines.append(f"模型 {made['model']} 未采用：{made['fallback']}")
    lines += [hint["text"] for hint in told["missing"]]
    for check in told["checks"]:
        lines += [
            f"{check['at'][:16].replace('T', ' ')} {check['who']} {_said(name, one)}"
            for name, one in check["fields"].items()
            if one["old"] != one["new"]
        ]
    if told.get("checked_by"):
        lines.append(f"已由 {told['checked_by']} 确认")
    return "\n".join("".join(char if char.isprintable() else " " for char in line) for line in lines)


def _said(name: str, one: dict[str, Any]) -> str:
    old, new = ("（空）" if value is None else value for value in (one["old"], one["new"]))
    return f"{SPECS[FieldName(name)].label}：{old} → {new}"


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    corrected = {name for name, value in one["gold"].items() if value != one["machine"][name]}
    labels = "、".join(SPECS[name].label for name in FieldName if name.value in corrected)
    confirmed = len(one["gold"]) - len(corrected)
    return one["id"], one["call_time"], labels, str(confirmed), "、".join(one["checked_by"])


def _pair(text: str) -> tuple[str, object]:
    name, sign, value = text.partition("=")
    if not sign:
        raise InvalidInputError(f"{text[:40]!r} is no FIELD=VALUE", mend="such as kind=投诉")
    value = value.strip()
    if not value:
        return name, None
    if name == FieldName.PEOPLE.value and value.isascii() and value.isdigit() and len(value) < 9:
        return name, int(value)
    if name == FieldName.CONFIDENTIAL.value:
        return name, _YES_NO.get(value, value)
    return name, value


def _say(settings: Settings, ticket: str, said: Said, as_json: bool) -> None:
    if not said.who.strip() or not said.who.isprintable() or len(said.who) > 60:
        raise InvalidInputError("--who must be a short text", mend="give an agent's number or a name")

    async def say(database: Database) -> dict[str, Any]:
        return await Checks(database, node=settings.site.node).say(ticket, said)

    told = ask_store(settings, say)
    if as_json:
        print_json(told)
        return
    last = told["checks"][-1]
    corrected = [name for name, one in last["fields"].items() if one["old"] != one["new"]]
    console.print(
        f"工单 {told['number']}：更正 {len(corrected)} 项，确认 {len(last['fields']) - len(corrected)} 项。",
        markup=False,
    )
