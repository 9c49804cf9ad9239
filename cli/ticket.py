"""Commands for draft tickets: list and show them, make one from a transcript, measure the drafting."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from ..asr.transcripts import Transcript
from ..core.clock import utc_now
from ..core.db import Database
from ..core.errors import InvalidInputError, NotFoundError
from ..ticket_bridge.check_service import Checks
from ..ticket_bridge.context import CallContext
from ..ticket_bridge.dialogues import TextOf, read_dialogues
from ..ticket_bridge.draft import Draft, draft
from ..ticket_bridge.evaluate import Score
from ..ticket_bridge.evaluate import evaluate as measure
from ..ticket_bridge.fields import SPECS, Field, Origin
from ..ticket_bridge.tables import TicketRow, newest
from . import common, tables
from .ticket_check import confirm, correct, examples, notes

app = typer.Typer(no_args_is_help=True, help="Draft tickets: list, show, correct, make, measure.")
app.command("correct")(correct)
app.command("confirm")(confirm)
app.command("examples")(examples)

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
    transcript: Annotated[Path, typer.Argument(help="A transcript as JSON (docs/tickets.md).")],
    called_at: Annotated[
        datetime | None,
        typer.Option(help="When the call came, site time; now when not given.", show_default=False),
    ] = None,
    caller: Annotated[str, typer.Option(help="The caller's number.")] = "",
    timezone: Annotated[str, typer.Option(help="The zone of the site's days.")] = "Asia/Shanghai",
    as_json: common.JsonOption = False,
) -> None:
    """Make a draft from a transcript in a file; nothing is stored.

    Example: hotline ticket draft call.json --called-at 2026-11-22T10:00:00
    """
    zone = ZoneInfo(timezone)
    moment = utc_now().astimezone(zone) if called_at is None else called_at.replace(tzinfo=zone)
    try:
        spoken = Transcript.from_json(json.loads(transcript.read_text(encoding="utf-8")))
    except OSError as error:
        raise NotFoundError(f"cannot read {transcript}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(
            f"{transcript} is no transcript: {error}", mend="docs/tickets.md tells the format"
        ) from error
    made = draft(spoken, CallContext(spoken.call, caller, moment))
    if as_json:
        common.print_json({"call": made.call, "fields": made.to_json()})
    else:
        common.console.print(_sheet(made, f"通话 {made.call} 的工单草稿"))


@app.command()
def evaluate(
    dialogues: Annotated[Path, typer.Argument(help="Labelled calls, one JSON object a line.")],
    field: Annotated[
        Literal["asr", "text"], typer.Option(help="What to read: as recognised, or as said.")
    ] = "asr",
    as_json: common.JsonOption = False,
) -> None:
    """Draft every labelled call and compare with the expert's ticket.

    Example: hotline ticket evaluate tests/data/dialogues/dev.jsonl --field text
    """
    if not dialogues.is_file():
        raise NotFoundError(f"no file {dialogues}")
    text_of: TextOf = field
    scores = measure(list(read_dialogues(dialogues)), text_of=text_of)
    if as_json:
        common.print_json({"field": field, "scores": [_score_json(score) for score in scores]})
        return
    table = tables.table("field", "measure", "calls", "score", "95 %", "second", "null prec.", "null recall")
    for score in scores:
        second = "" if score.detail_score is None else f"{score.detail} {score.detail_score:.3f}"
        spread = f"{score.low:.2f}–{score.high:.2f}"
        table.add_row(
            score.field,
            score.measure,
            str(score.calls),
            f"{score.score:.3f}",
            spread,
            second,
            _share(score.null_precision),
            _share(score.null_recall),
        )
    common.console.print(table)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _score_json(score: Score) -> dict[str, Any]:
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in vars(score).items()}


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
