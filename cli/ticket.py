"""Commands for draft tickets: list and show them, make one from a transcript, measure the drafting."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from ..asr.transcripts import Transcript
from ..core.clock import utc_now
from ..core.db import Database
from ..core.errors import InvalidInputError, NotFoundError
from ..ticket_bridge.checks.check_service import Checks
from ..ticket_bridge.context import CallContext
from ..ticket_bridge.draft import Draft, draft
from ..ticket_bridge.fields import SPECS, Field, Origin
from ..ticket_bridge.measure.dialogues import TextOf
from ..ticket_bridge.tables import TicketRow, newest
from . import common, tables, ticket_files
from .ticket_check import confirm, correct, examples, notes
from .ticket_handled import handled
from .ticket_repeats import repeats
from .ticket_risk import risk_form

app = typer.Typer(no_args_is_help=True, help="Draft tickets: list, show, correct, make, measure.")
app.command("correct")(correct)
app.command("confirm")(confirm)
app.command("examples")(examples)
app.command("handled")(handled)
app.command("repeats")(repeats)
app.command("risk-form")(risk_form)

_ORIGINS = {
    Origin.WORDS: "",
    Origin.CALL: "（话务数据）",
    Origin.INITIAL: "（初始值）",
    Origin.PERSON: "（人工更正）",
}


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, the newest first.")] = 20,
    kind: Annotated[str | None, typer.Option(help="Only one kind, such as 投诉.", show_default=False)] = None,
    config: common.ConfigOption = None,
    as_json: common.JsonOption = False,
) -> None:
    """List the newest tickets.

    Example: hotline ticket list --kind 投诉
    """
    settings = common.load_settings(config)

    async def read() -> list[TicketRow]:
        database = Database(settings.database)
        try:
            async with database.read() as session:
                return await newest(session, limit=limit, kind=kind)
        finally:
            await database.close()

    rows = common.run(read())
    if as_json:
        common.print_json([row.overview() for row in rows])
        return
    table = tables.table("编号", "时间", "类型", "归口", "紧急程度", "标题", "发生地址")
    zone = ZoneInfo(settings.site.timezone)
    for row in rows:
        when = f"{row.created_at.astimezone(zone):%m-%d %H:%M}"
        table.add_row(
            *(_cell(v) for v in (row.number, when, row.kind, row.domain, row.urgency, row.title, row.place))
        )
    common.console.print(table)


@app.command()
def show(
    ticket: Annotated[str, typer.Argument(help="A ticket's number or id, or its call.")],
    config: common.ConfigOption = None,
    as_json: common.JsonOption = False,
) -> None:
    """Show a ticket: each field with its words, their second of the recording and the confidence.

    Example: hotline ticket show 20261122-7Q2M9XKD
    """
    settings = common.load_settings(config)

    told = common.ask_store(settings, lambda database: Checks(database, node=settings.site.node).show(ticket))
    if as_json:
        common.print_json(told)
        return
    made = Draft.from_json(told["call"], told["fields"])
    common.console.print(_sheet(made, f"工单 {told['number']}（草稿）"))
    common.console.print(notes(told), markup=False, soft_wrap=True)


@app.command("draft")
def draft_(
    file: Annotated[
        Path, typer.Argument(help="A transcript as JSON, or calls one a line (.jsonl); docs/tickets.md.")
    ],
    read: Annotated[
        TextOf, typer.Option("--from", help="Of calls one a line: read them as said, or as recognised.")
    ] = "text",
    called_at: Annotated[
        datetime | None,
        typer.Option(help="When the call came, site time; now when not given.", show_default=False),
    ] = None,
    caller: Annotated[str, typer.Option(help="The caller's number.")] = "",
    *,
    timezone: Annotated[str, typer.Option(help="The zone of the site's days.")] = "Asia/Shanghai",
    as_json: common.JsonOption = False,
) -> None:
    """Make a draft from a transcript in a file, or one for each call of a .jsonl file; nothing is stored.

    Example: hotline ticket draft call.json --called-at 2026-11-22T10:00:00
    """
    if file.suffix == ".jsonl":
        for dialogue, each in ticket_files.drafts(file, read):
            if as_json:
                typer.echo(json.dumps(ticket_files.flat(dialogue, each, read), ensure_ascii=False))
            else:
                common.console.print(_sheet(each, f"通话 {_plain(dialogue.id)} 的工单草稿"))
        return
    zone = ZoneInfo(timezone)
    moment = utc_now().astimezone(zone) if called_at is None else called_at.replace(tzinfo=zone)
    try:
        spoken = Transcript.from_json(json.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise NotFoundError(f"cannot read {file}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(
            f"{file} is no transcript: {error}", mend="docs/tickets.md tells the format"
        ) from error
    made = draft(spoken, CallContext(spoken.call, caller, moment))
    if as_json:
        common.print_json({"call": made.call, "fields": made.to_json()})
    else:
        common.console.print(_sheet(made, f"通话 {made.call} 的工单草稿"))


@app.command()
def evaluate(
    dialogues: Annotated[Path, typer.Argument(help="Labelled calls, one JSON object a line.")],
    read: Annotated[
        ticket_files.Forms, typer.Option("--from", help="Read the calls as said, as recognised, or both.")
    ] = "both",
    *,
    hold_back: Annotated[
        bool,
        typer.Option("--hold-back", help="Score calls whose number is a multiple of 3 apart from the rest."),
    ] = False,
    as_json: common.JsonOption = False,
) -> None:
    """Draft every labelled call and compare with the expert's ticket.

    Example: hotline ticket evaluate tests/data/dialogues/dev.jsonl --from text
    """
    found = ticket_files.results(dialogues, read, hold_back=hold_back)
    if as_json:
        common.print_json({"file": str(dialogues), "results": list(found)})
    else:
        ticket_files.show_results(found)


def _cell(value: object) -> str:
    return "" if value is None else _plain(value)


def _plain(value: object) -> str:
    """Return a value as one line of plain text: nothing a citizen says becomes markup or control."""
    text = {True: "是", False: "否"}[value] if isinstance(value, bool) else str(value)
    return "".join(char if char.isprintable() else " " for char in text).replace("[", r"\[")


def _sheet(made: Draft, title: str) -> Table:
    table = tables.table("字段", "内容", "依据（原话）", "秒", "置信度")
    table.title, table.show_lines = title, True
    for name, spec in SPECS.items():
        field = made.fields.get(name)
        if field is None:
            table.add_row(spec.label, "", "", "", "")
        else:
            table.add_row(spec.label, _plain(field.value), *_grounds(field))
    return table


def _grounds(field: Field) -> tuple[str, str, str]:
    speakers = {"citizen": "市民", "agent": "坐席", "third": "第三方"}
    words = "\n".join(f"{speakers[piece.speaker]}：{_plain(piece.words)}" for piece in field.evidence)
    seconds = "\n".join(f"{piece.start_s:.1f}–{piece.end_s:.1f}" for piece in field.evidence)
    sure = f"{field.confidence:.2f}" if field.origin is Origin.WORDS else ""
    return words or _ORIGINS[field.origin], seconds, sure
