"""Alarms on the overview and in the API, with hostile text in whatever a setting may hold."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hotline.queue.alarm_message import as_json
from hotline.queue.alarms import Alarm
from hotline.web.live import Live
from support.pages import BEARER, FakeDesk, client_of, sign_in

pytestmark = pytest.mark.clause("R-Q-3")

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>{label}"


class Alarmed(FakeDesk):
    def live(self) -> Live:
        wait = {"label": HOSTILE, "longest_s": 15.5, "waiting": 2, "limit_s": 15.0}
        alarms = [
            Alarm("A1", "asterisk_unreachable", "node1", NOW, {}),
            Alarm("A2", "wait_broken", HOSTILE, NOW, wait),
        ]
        return Live(True, 3, [], alarms=[as_json(alarm, node="node1") for alarm in alarms])


async def test_the_overview_shows_what_stands_with_its_page() -> None:
    async with client_of(Alarmed()) as client:
        await sign_in(client)
        async with client.get("/") as answer:
            text = await answer.text()
            assert answer.status == 200
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{label}：最长已等待 15.5 秒" in text
    assert "严重（II 级事件）" in text
    assert "11-22 12:00:00" in text
    assert '<a href="/runbook/wait_broken">处置手册</a>' in text


async def test_no_alarm_is_no_table() -> None:
    async with client_of(FakeDesk()) as client:
        await sign_in(client)
        async with client.get("/") as answer:
            assert "处置手册" not in await answer.text()


async def test_programs_are_told_as_well() -> None:
    async with client_of(Alarmed()) as client, client.get("/api/v1/status", headers=BEARER) as answer:
        found = (await answer.json())["alarms"]
    assert [(one["kind"], one["level"], one["severity"]) for one in found] == [
        ("asterisk_unreachable", "II", "critical"),
        ("wait_broken", None, "critical"),
    ]
