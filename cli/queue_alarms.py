"""``hotline queue alarms``: what stands, what stood, and whether the webhooks are taken."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape

from ..callback_bot.outcome.result_message import trial_message as trial_result
from ..core.clock import new_id
from ..core.db import Database
from ..core.errors import ConfigError
from ..core.settings import Settings
from ..core.webhook import Outcome, Webhooks
from ..core.webhook_store import Message, Topic
from ..queue.alarm_message import as_json, trial_message, worst_first
from ..queue.alarm_tables import rows
from ..ticket_bridge.notices.notice_message import trial_notice
from .common import (
    ConfigOption,
    JsonOption,
    ask_store,
    console,
    load_settings,
    print_json,
    progress_console,
    run,
)
from .tables import table


def alarms(
    show_all: Annotated[bool, typer.Option("--all", help="Also those that are over, newest first.")] = False,
    test_webhook: Annotated[
        bool, typer.Option("--test-webhook", help="Send every webhook a test message and say what came back.")
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=100_000, help="With --all: at most so many.")
    ] = 500,
    config: ConfigOption = None,
    as_json_text: JsonOption = False,
) -> None:
    """Show the alarms that stand, on every node of the database; exit status 1 when a test fails.

    Example: hotline queue alarms --all --json
    """
    settings = load_settings(config)
    if test_webhook:
        _test(settings, as_json_text=as_json_text)
        return
    found = ask_store(settings, lambda database: _read(database, show_all=show_all, limit=limit + 1))
    if show_all and len(found) > limit:
        found = found[:limit]
        progress_console.print(f"older ones are not shown: the newest {limit}; raise --limit", soft_wrap=True)
    if as_json_text:
        print_json(found)
        return
    zone = ZoneInfo(settings.site.timezone)
    columns = ("severity", "alarm", "what", "since", "until", "node", "runbook")
    listed = table(*(column for column in columns if show_all or column != "until"), whole=0)
    for alarm in found:
        level = f" ({alarm['level']})" if alarm["level"] else ""
        cells = [
            f"{alarm['severity']}{level}",
            alarm["title"],
            alarm["text"],
            _local(alarm["since"], zone),
            *([_local(alarm["cleared_at"], zone)] if show_all else []),
            alarm["node"],
            f"docs{alarm['runbook']}.md",
        ]
        listed.add_row(*map(escape, cells))
    if found:
        console.print(listed)
    else:
        console.print("no alarm" if show_all else "no alarm stands")


async def _read(database: Database, *, show_all: bool, limit: int) -> list[dict[str, Any]]:
    async with database.read() as session:
        stored = await rows(session, all_of_them=show_all, known_only=True, limit=limit if show_all else None)
    found = [as_json(row.alarm(), node=row.node) for row in stored]
    return found if show_all else sorted(found, key=worst_first)


def _local(moment: str | None, zone: ZoneInfo) -> str:
    return "" if moment is None else f"{datetime.fromisoformat(moment).astimezone(zone):%m-%d %H:%M:%S}"


def _test(settings: Settings, *, as_json_text: bool) -> None:
    if not settings.webhooks:
        raise ConfigError("there is no webhook", mend="add [[webhooks]] with name and url to hotline.toml")
    results = run(_send(settings))
    if as_json_text:
        print_json(results)
    else:
        listed = table("webhook", "topic", "taken", "status", "ms", "error")
        for result in results:
            status = "" if result["status"] is None else str(result["status"])
            taken = "yes" if result["ok"] else "no"
            cells = (result["webhook"], result["topic"], taken, status, str(result["ms"]), result["error"])
            listed.add_row(*map(escape, cells))
        console.print(listed)
    if not all(result["ok"] for result in results):
        raise typer.Exit(1)


async def _send(settings: Settings) -> list[dict[str, Any]]:
    database = Database(settings.database)
    trial = new_id()
    messages: dict[Topic, Message] = {
        "alarms": trial_message(trial, settings.site),
        "notices": trial_notice(trial, settings.site),
        "callbacks": trial_result(trial, settings.site),
    }
    senders: dict[Topic, Webhooks] = {
        topic: Webhooks(
            database, settings.webhooks, settings.alarms.webhook_secret, node=settings.site.node, topic=topic
        )
        for topic in messages
    }

    async def one(target: str, topic: Topic) -> dict[str, Any]:
        begun = time.monotonic()
        outcome: Outcome = await senders[topic].send(target, messages[topic], delivery=trial)
        ms = round((time.monotonic() - begun) * 1000)
        fields = {"ok": outcome.ok, "status": outcome.status, "ms": ms, "error": outcome.error}
        return {"webhook": target, "topic": topic, **fields}

    try:
        tests = (one(name, topic) for topic, sender in senders.items() for name in sender.names)
        return await asyncio.gather(*tests)
    finally:
        await database.close()
