"""The runbook's pages for people who see an alarm: ``docs/runbook/KIND.md`` at ``/runbook/KIND``."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from aiohttp import web
from markupsafe import Markup, escape

from ..core.clock import utc_now
from ..core.errors import NotFoundError
from ..core.roles import SIGNED_IN
from ..queue.alarm_kinds import KINDS
from .desk import DESK
from .routes import declared

routes = web.RouteTableDef()

FOLDER = Path(__file__).parents[1] / "docs" / "runbook"
_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
_ITEM = re.compile(r"[0-9]+\. ")

Block = tuple[str, Markup]
"""``h1``, ``h2``, ``p`` or ``li``, with what is in it."""


@routes.get("/runbook/{kind}")
@declared(allow=SIGNED_IN)
async def runbook(request: web.Request) -> web.Response:
    """Show what an alarm means and what to do first; only kinds of alarms have a page."""
    kind = request.match_info["kind"]
    if kind not in KINDS:
        raise NotFoundError("there is no such kind of alarm", mend="see docs/alarms.md")
    text = request.app[DESK].pages.render("runbook.html", now=utc_now(), blocks=blocks_of(kind))
    return web.Response(text=text, content_type="text/html")


@cache
def blocks_of(kind: str) -> tuple[Block, ...]:
    """Return a page's blocks; it uses headings, paragraphs, one list at a time, code and links only."""
    return tuple(_blocks((FOLDER / f"{kind}.md").read_text(encoding="utf-8")))


def _blocks(text: str) -> list[Block]:
    found: list[tuple[str, str]] = []
    fresh = True
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped:
            fresh = True
        elif stripped.startswith("#"):
            marks, _, title = stripped.partition(" ")
            found.append((f"h{len(marks)}", title))
            fresh = True
        elif item := _ITEM.match(stripped):
            found.append(("li", stripped[item.end() :]))
            fresh = False
        elif fresh:
            found.append(("p", stripped))
            fresh = False
        else:
            kind, begun = found[-1]
            found[-1] = (kind, f"{begun} {stripped}")
    return [(kind, _inline(words)) for kind, words in found]


def _inline(words: str) -> Markup:
    marked = _CODE.sub(r"<code>\1</code>", str(escape(words)))
    return Markup(_LINK.sub(_link, marked))  # noqa: S704  # escaped just above; the tags are ours


def _link(found: re.Match[str]) -> str:
    name = found[2].removesuffix(".md")
    return f'<a href="/runbook/{name}">{found[1]}</a>' if name in KINDS else f"{found[1]} ({found[2]})"
