"""The pages with users behind their door: a real store, cheap hashes, a clock of the test's own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher

from hotline.core.access.passwords import Passwords
from hotline.core.access.users import NewUser
from hotline.core.db import Base, Database
from hotline.core.roles import Role
from hotline.core.settings import Settings
from hotline.telephony.tables import CallRow, LegRow
from hotline.web.desk import Desk
from hotline.web.door import Access, open_access
from hotline.web.server import build_app
from support.pages import TOKEN, FakeDesk

PASSWORD = "correct horse battery"
SECRET = "only-for-these-tests-of-doors"
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


def door_settings(state: Path, **sections: Any) -> Settings:
    agents = [
        {"number": number, "name": name, "secret": SECRET, "queues": ["public"]}
        for number, name in (("1001", "王芳"), ("1002", "李强"))
    ]
    return Settings.model_validate(
        {
            "state": state,
            "asterisk": {"ami_event_secret": SECRET, "ami_action_secret": SECRET},
            "queues": [{"name": "public", "label": "综合"}],
            "agents": agents,
            "web": {"token": TOKEN, **sections.pop("web", {})},
            **sections,
        }
    )


class Doors:
    """An application with its access, and browsers before it."""

    def __init__(self, settings: Settings, database: Database, *, desk: FakeDesk | None = None) -> None:
        self.settings = settings
        self.database = database
        self.clock = Clock()
        self.desk = desk or FakeDesk()
        self.access: Access = open_access(settings, database, clock=self.clock, passwords=Passwords(CHEAP))
        self.app = build_app(settings.web, cast(Desk, self.desk), access=self.access)

    async def add(self, user: str, role: Role, agent: str | None = None) -> None:
        await self.access.users.add(
            NewUser(user, f"{user}的姓名", role, agent), PASSWORD, by="test", must_change=False
        )

    async def had(self, call: str, agent: str, *, number: str = "13800138000") -> None:
        """Store a call that an agent answered; who answered it before stays."""
        leg = LegRow(
            call=call,
            id=f"{call}.{agent}",
            node="node1",
            role="agent",
            channel=f"PJSIP/{agent}-00000001",
            agent=agent,
            answered_at=self.clock.now,
            bridges=[],
        )
        row = CallRow(
            id=call, node="node1", trunk="test", did="12345", number=number, facts=[], t0=self.clock.now
        )
        async with self.database.write() as session:
            await session.merge(row)
            session.add(leg)


@asynccontextmanager
async def doors_of(
    folder: Path, *, desk: FakeDesk | None = None, url: str = "", **sections: Any
) -> AsyncGenerator[Doors]:
    """An application over a new database with every table."""
    database = Database(url or f"sqlite+aiosqlite:///{folder / 'doors.db'}")
    try:
        async with database.write() as session:
            connection = await session.connection()
            await connection.run_sync(Base.metadata.create_all)
        yield Doors(door_settings(folder / "state", **sections), database, desk=desk)
    finally:
        await database.close()


@asynccontextmanager
async def serving(doors: Doors) -> AsyncGenerator[Browser]:
    """A browser before the application's own server."""
    async with TestClient(TestServer(doors.app)) as client:
        yield Browser(client)


class Browser:
    """Asks as a page of ours does: with its cookies and its origin."""

    def __init__(self, client: TestClient[Any, Any]) -> None:
        self.client = client
        self.forget()
        self.origin = f"http://127.0.0.1:{client.port}"

    def forget(self) -> None:
        """Become another browser."""
        self.client.session._cookie_jar = CookieJar(unsafe=True)

    def cookies(self) -> dict[str, str]:
        return {cookie.key: cookie.value for cookie in self.client.session.cookie_jar}

    async def ask(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """Return the status and the JSON that came, {} without one."""
        sent = {"Origin": self.origin, **headers}
        more = {} if body is None else {"json": body}
        async with self.client.request(method, path, headers=sent, allow_redirects=False, **more) as answer:
            is_json = "json" in answer.content_type
            return answer.status, await answer.json(content_type=None) if is_json else {}

    async def sign_in(self, user: str, password: str = PASSWORD) -> int:
        status, _ = await self.ask("POST", "/api/v1/session", {"user": user, "password": password})
        return status
