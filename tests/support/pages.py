"""The web application on a desk of the test's own, without a service behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from hotline.asr.transcripts import Transcript, Utterance
from hotline.core.db import Database
from hotline.core.errors import NotFoundError
from hotline.core.settings import Settings, WebSettings
from hotline.queue.definitions import definitions
from hotline.web.agents_view import agent_lines
from hotline.web.desk import Desk
from hotline.web.live import Live
from hotline.web.models.calls import CallQuery
from hotline.web.models.tickets import TicketQuery
from hotline.web.prometheus import Exposition
from hotline.web.render import Pages
from hotline.web.rooms_view import RoomsView
from hotline.web.routes import PUBLIC, declaration_of
from hotline.web.server import build_app
from hotline.web.ui_pages import FOLDER

TOKEN = "web-token-for-tests"
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class FakeDesk:
    """Answers what the test put in; everything else is not found."""

    def __init__(self) -> None:
        self.pages = Pages(site="测试热线", node="node1", timezone="Asia/Shanghai")
        self.views: dict[str, dict[str, Any]] = {}
        self.files: dict[tuple[str, str], Path] = {}
        self.problems: list[str] = []
        self.connected = True
        self.error: Exception | None = None
        self.limits: list[int] = []
        self.agents = FakeAgents()
        self.figures = FakeFigures()
        self.definitions = definitions("gb")
        self.exposition = Exposition(
            Database("sqlite+aiosqlite:///:memory:"), self.live, self.figures, self.definitions
        )
        secret = "only-for-these-tests-of-pages"
        settings = Settings.model_validate(
            {
                "asterisk": {"ami_event_secret": secret, "ami_action_secret": secret},
                "queues": [{"name": "public", "label": "综合"}],
                "web": {"token": secret},
            }
        )
        self.rooms = RoomsView(settings, Database("sqlite+aiosqlite:///:memory:"), clock=lambda: NOW)
        self.wall_marks = {"wait_near_ms": 10_000, "wait_limit_ms": 15_000, "near_points": 1.0}

    def live(self) -> Live:
        return Live(self.connected, 3, self.problems)

    async def overview(self, agent: str | None = None, *, tickets: bool = True) -> dict[str, Any]:
        counts = {"arrived": 2, "offered": 2, "answered": 1, "abandoned": 1, "wait_max_s": 3.25}
        calls = [view["call"] for view in self.views.values()]
        tickets = [view["ticket"] for view in self.views.values() if view["ticket"]]
        return {
            **{"now": NOW, "status": self.live(), "today": counts, "calls": calls, "tickets": tickets},
            "agents": agent_lines([], {}),
        }

    @property
    def lists(self) -> FakeLists:
        return FakeLists(self)

    async def call(self, call: str) -> dict[str, Any]:
        if call not in self.views:
            raise NotFoundError(f"there is no call {call[:60]!r}", mend="see the list of calls")
        view = self.views[call]
        return {"three_way": [], **view, "call": {"source": None, "pushed": None, **view["call"]}}

    async def recording(self, node: str, path: str) -> Path:
        if (node, path) not in self.files:
            raise NotFoundError("there is no such recording on this node")
        return self.files[node, path]


class FakeLists:
    """The lists of a desk: its calls, and nothing else."""

    def __init__(self, desk: FakeDesk) -> None:
        self._desk = desk

    async def calls(
        self, asked: CallQuery, agent: str | None = None
    ) -> tuple[list[dict[str, Any]], str | None]:
        self._desk.limits.append(asked.limit)
        if self._desk.error:
            raise self._desk.error
        return [view["call"] for view in self._desk.views.values()], None

    async def tickets(
        self, asked: TicketQuery, agent: str | None = None
    ) -> tuple[list[dict[str, Any]], str | None]:
        self._desk.limits.append(asked.limit)
        return [], None


class FakeFigures:
    """Figures that a test sets; ``change`` is what a call does to the true ones."""

    def __init__(self) -> None:
        self.view: dict[str, Any] = live_view()
        self.asked: list[tuple[str, str]] = []
        self.rendered = 0
        self.error: Exception | None = None
        self._version = 0
        self._changed = asyncio.Event()

    def change(self, **parts: Any) -> None:
        self.view = {**self.view, **parts}
        self._version += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def metrics(self, scope: str = "all", window: str = "24h") -> dict[str, object]:
        self.asked.append((scope, window))
        if scope not in ("all", "public"):
            raise NotFoundError(f"there are no figures of {scope!r}")
        return {"at": NOW.isoformat(), "scope": scope, "figures": {"offered": figure("offered", 3)}}

    def live(self) -> dict[str, object]:
        self.rendered += 1
        if self.error:
            raise self.error
        return self.view

    async def changed(self, seen: int, limit_s: float) -> int:
        if self._version == seen:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), limit_s)
        return self._version


def figure(identity: str, value: float | None) -> dict[str, Any]:
    """A figure as the service publishes it."""
    return {"value": value, "definition": identity, "version": 1}


def live_view(*, waiting: int = 1) -> dict[str, Any]:
    """What ``Figures.live`` tells: one queue, three agents."""
    counts = {
        "waiting": waiting,
        "longest_wait_ms": 11_000 if waiting else None,
        "waiting_over_10s": waiting,
        "waiting_over_15s": 0,
        "agents": {"ready": 2, "talking": 1},
    }
    return {
        "at": NOW.isoformat(),
        "queues": [{"queue": "public", "label": "综合受理", **counts}],
        "total": counts,
        "sl15_offered": figure("sl15_offered", 0.9731),
        "connect_rate_24h": figure("connect_rate_24h", 0.9864),
        "connect_rate_24h_min_today": figure("connect_rate_24h_min", None),
        "agents": [],
        "alarms": [],
        "curve": [],
        "complete": True,
    }


class FakeAgents:
    """Notes what was asked of the agents."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    async def sign_in(self, number: str) -> None:
        self.asked.append(("sign-in", number))

    async def sign_out(self, number: str) -> None:
        self.asked.append(("sign-out", number))

    async def pause(self, number: str, reason: str) -> None:
        self.asked.append(("pause", number, reason))

    async def ready(self, number: str) -> None:
        self.asked.append(("ready", number))

    async def states(self) -> list[Any]:
        return []


def view_of(call: str = "node1-1700000000.12", *, text: str = "您好", title: str = "路灯") -> dict[str, Any]:
    """A call as the desk tells of it, with ``text`` wherever something from outside can stand."""
    times = dict.fromkeys(("arrived_at", "human_requested_at", "queued_at", "answered_at", "bridged_at"), NOW)
    record = {
        **times,
        "id": call,
        "node": "node1",
        "caller": text,
        "queue": text,
        "agent": text,
        "ended_at": NOW,
        "ended_by": "citizen",
        "outcome": text,
        "apart": None,
        "wait_human_s": 1.5,
        "wait_citizen_s": None,
        "length_s": 20.0,
    }
    field = {
        "name": "title",
        "label": "标题",
        "value": text,
        "confidence": 0.9,
        "words": text,
        "start_s": 1.0,
    }
    ticket = {
        "id": "T",
        "number": "HT1",
        "call": call,
        "status": "draft",
        "kind": text,
        "domain": None,
        "urgency": None,
        "title": title,
        "place": text,
        "created_at": NOW,
        "fields": [field],
        "made": {"by_model": [text], "model": text, "fallback": text},
        "missing": [{"text": text, "clause": text}],
        "checked_by": text,
        "checks": [{"at": NOW, "who": text, "changed": [{"label": text, "old": None, "new": text}]}],
    }
    return {
        "now": NOW,
        "call": record,
        "steps": [
            {"at": NOW, "name": "HL_MENU", "params": {"menu": text}},
            {"at": NOW, "name": text, "params": {}},
        ],
        "recordings": [{"id": f"node1/{text}.wav", "kind": "mix", "state": "ready"}],
        "transcript": Transcript(call, text, "zh", (Utterance("citizen", 1.0, 2.0, text),), 2.0),
        "ticket": ticket,
    }


@asynccontextmanager
async def client_of(desk: FakeDesk) -> AsyncGenerator[TestClient[Any, Any]]:
    """A browser that has not signed in; it follows no redirect by itself in the tests."""
    app = build_app(WebSettings(token=TOKEN), cast(Desk, desk))
    app[FOLDER] = Path("/nowhere")  # the pages that need no build
    async with TestClient(TestServer(app)) as client:
        yield client


def is_public(route: web.AbstractRoute) -> bool:
    """Tell whether a route is declared open to who has not signed in."""
    told = declaration_of(route)
    return told is not None and told.allow is PUBLIC


async def sign_in(client: TestClient[Any, Any], token: str = TOKEN) -> int:
    """Send the sign-in form; return the status."""
    async with client.post("/login", data={"token": token}, allow_redirects=False) as answer:
        return answer.status
