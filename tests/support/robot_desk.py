"""The desk of the robot over a test's database, with its API."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from aiohttp.test_utils import TestClient, TestServer

from hotline.app.robot_desk import RobotDesk
from hotline.core.db import Database
from hotline.core.events import EventBus
from hotline.core.settings import WebSettings
from hotline.web.desk import Desk
from hotline.web.server import build_app
from support.asterisk import make_settings
from support.pages import BEARER, TOKEN, FakeDesk
from support.robot_rows import NOW

LATER = NOW + timedelta(hours=1)


def robot_desk(database: Database, state: Path, **overrides: Any) -> RobotDesk:
    """A desk whose clock stands an hour after ``NOW``."""
    return RobotDesk(make_settings(state, **overrides), database, EventBus(), clock=lambda: LATER)


@asynccontextmanager
async def api_of(robot: RobotDesk) -> AsyncGenerator[TestClient[Any, Any]]:
    """Give a client of the API, signed in."""
    app = build_app(WebSettings(token=TOKEN), cast("Desk", FakeDesk()), callbacks=robot.web)
    async with TestClient(TestServer(app), headers=BEARER) as client:
        yield client
