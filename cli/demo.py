"""``hotline demo``: three citizens are helped, one gives up, in about a minute, with real calls."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from typing import Any

from rich.markup import escape
from rich.table import Table

from ..core.log import setup_logging
from ..demo.baresip import module_folder
from ..demo.check import transcript_text
from ..demo.play import Say
from ..demo.run import Outcome, Result, run_demo
from ..queue.outcome_names import OUTCOME_NAMES
from ..telephony.install import install
from ..telephony.installation import Asterisk
from .common import JsonOption, console, print_json, progress_console
from .tables import table


def demo(as_json: JsonOption = False) -> None:
    """Play a few minutes of a hotline: real switch, real phones, spoken Mandarin, draft tickets.

    It brings its own configuration and ports and leaves nothing behind. Exit status 1 when anything is
    not as it must be, 2 when it cannot be played.

    Example:  hotline demo --json
    """
    setup_logging(level="WARNING")
    begun = time.monotonic()

    def say(line: str) -> None:
        progress_console.print(f"[dim]{time.monotonic() - begun:5.1f} s[/dim]  {escape(line)}")

    module_folder()  # no phones, no demo: said before anything is fetched or started
    asterisk = install(lambda what, done, total: say(what) if done in (0, total) else None)
    try:
        result = asyncio.run(_run(asterisk, say))
    except asyncio.CancelledError:
        sys.exit(128 + signal.SIGTERM)
    except KeyboardInterrupt:
        say("停止")
        sys.exit(128 + signal.SIGINT)
    if as_json:
        print_json(_json(result))
    else:
        _show(result)
    if not result.good:
        sys.exit(1)


async def _run(asterisk: Asterisk, say: Say) -> Result:
    """Run the demo; SIGTERM ends it as Ctrl-C does, with phones and switch."""
    running = asyncio.ensure_future(run_demo(asterisk, say))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    return await running


def _json(result: Result) -> dict[str, Any]:
    return {
        "good": result.good,
        "elapsed_s": round(result.elapsed_s, 1),
        "model": result.model,
        "calls": [
            {
                "citizen": outcome.citizen.name,
                "call": outcome.call["call"] if outcome.call else None,
                "transcript": _transcript_json(outcome),
                "ticket": outcome.call["ticket"] if outcome.call else None,
                "checks": [one.to_json() for one in outcome.checks],
            }
            for outcome in result.outcomes
        ],
    }


def _transcript_json(outcome: Outcome) -> dict[str, Any] | None:
    transcript = outcome.call["transcript"] if outcome.call else None
    return transcript.to_json() if transcript else None


def _show(result: Result) -> None:
    calls = table("市民", "队列", "坐席", "等待人工", "结果", title="通话")
    texts = table("市民", "市民说的（转写）", title=f"转写（模型 {result.model}，只懂合成语音，仅供演示）")
    drafts = table("市民", "编号", "字段", "内容", "依据（原话）", "录音秒", whole=0, title="草稿工单")
    for outcome in result.outcomes:
        name, call = outcome.citizen.name, outcome.call
        if call is None:
            continue
        row = call["call"]
        wait = row["wait_human_s"]
        calls.add_row(
            name,
            row["queue"] or "",
            row["agent"] or "",
            f"{wait:.1f} 秒" if wait is not None else "",
            OUTCOME_NAMES.get(row["outcome"], ""),
        )
        texts.add_row(name, transcript_text(call["transcript"], "citizen"))
        _add_ticket(drafts, name, call["ticket"])
    for each in (calls, texts, drafts):
        console.print(each)
    bad = [one for outcome in result.outcomes for one in outcome.checks if not one.good]
    total = sum(len(outcome.checks) for outcome in result.outcomes)
    for one in bad:
        console.print(f"[red]不符[/red]  {one.call}：{one.what}：{one.seen}")
    verdict = "[green]全部相符[/green]" if result.good else f"[red]{len(bad)} 项不符[/red]"
    console.print(f"{verdict}（检查 {total} 项，用时 {result.elapsed_s:.0f} 秒）")


def _add_ticket(drafts: Table, name: str, ticket: dict[str, Any] | None) -> None:
    fields = ticket["fields"] if ticket else []
    for index, field in enumerate(field for field in fields if field["words"]):
        drafts.add_row(
            name if index == 0 else "",
            ticket["number"] if ticket and index == 0 else "",
            field["label"],
            str(field["value"]),
            field["words"],
            f"{field['start_s']:.1f}",
        )
