"""The supervisor's floor in a browser before a real service, switch and calls."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from hotline.app import schema
from hotline.app.service import Service
from hotline.asr.live_events import SpeechHeard
from hotline.asr.transcripts import Word
from hotline.core.action_log import actions
from hotline.core.clock import to_us, utc_now
from hotline.core.db import Database
from hotline.queue.agent_moves import MOVED
from hotline.telephony.supervise import REQUEST
from hotline.ticket_bridge import tables
from hotline.ticket_bridge.draft import Draft
from hotline.ticket_bridge.fields import Evidence, Field, FieldName
from support.browser import Watched, watch
from support.flow import Flow
from support.rooms import talk
from support.screens import HEIGHT, WIDTH, grave_findings, picture
from support.softphone import build_pages
from support.supervising import SUPERVISOR, supervised, supervised_flow

pytestmark = [pytest.mark.asterisk, pytest.mark.takes(40)]

LIMIT_MS = 30_000
SCRIPT = '<img src=x onerror="window.hacked=1">'


async def put_risk(database: Database) -> str:
    """Store a ticket whose risk no person has looked at; returns its number."""
    now = utc_now() - timedelta(minutes=20)
    words = Evidence(f"煤气味特别大{SCRIPT}", "citizen", 0, 12.4, 14.0)
    fields = {
        FieldName.TITLE: Field("燃气泄漏", 0.9),
        FieldName.RISK_CLASS: Field("社会安全", 0.9),
        FieldName.RISK_GRADE: Field("II", 0.9, (words,)),
    }
    await schema.upgrade(database)
    async with database.write() as session:
        draft = Draft("node1-1795320000.12", fields)
        ids = {"ticket_id": f"T{1:025}", "node": "node1", "model": "test"}
        assert await tables.save_draft(session, draft, timezone="Asia/Shanghai", now=now, **ids)
        found = await tables.find(session, draft.call)
    assert found is not None
    return found.number


@pytest.fixture
async def flow(running_asterisk: Any, tmp_path: Any) -> AsyncGenerator[Flow]:
    async with await supervised_flow(running_asterisk, tmp_path) as flow:
        yield flow


@pytest.fixture
async def service(flow: Flow) -> AsyncGenerator[Service]:
    told = flow.switch.settings
    external = told.asterisk.model_copy(update={"mode": "external"})
    settings = told.model_copy(update={"asterisk": external})
    database = Database(settings.database)
    await put_risk(database)
    await database.close()
    async with Service(settings, None) as service:
        yield service


async def opened(browser: Browser, service: Service) -> Watched:
    """The floor of an administrator."""
    expect.set_options(timeout=LIMIT_MS)
    at = f"http://127.0.0.1:{service.settings.web.port}"
    page = await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="zh-CN")
    page.set_default_timeout(LIMIT_MS)
    sign_in = {"token": service.settings.web.token}
    answer = await page.request.post(f"{at}/api/v1/session", data=sign_in, headers={"Origin": at})
    assert answer.ok
    watched = watch(page)
    await page.goto(f"{at}/floor")
    return watched


def say(service: Service, call: str, text: str) -> None:
    """Tell of what a citizen said as the recognition does."""
    now = utc_now()
    words = tuple(Word(sign, 0.1 * n, 0.1 * n + 0.1, 0.95) for n, sign in enumerate(text))
    begun = to_us(now) - 2_000_000
    heard = SpeechHeard(
        **{"at": now, "call": call, "leg": call, "speaker": "citizen", "agent": "", "text": text},
        **{"start_us": begun, "end_us": begun + 1_500_000, "words": words},
    )
    service.bus.publish(heard)


def agent(page: Page, name: str) -> Any:
    return page.locator("section[aria-labelledby=agents-title] .card").filter(has_text=name)


def panel(page: Page, title: str) -> Any:
    return page.locator(f"section[aria-labelledby={title}]")


@pytest.mark.clause("R-3W-4", "R-R-5", "R-Q-1")
async def test_a_supervisor_sees_who_needs_help_listens_moves_an_agent_and_checks_a_mark(
    flow: Flow, service: Service, browser: Browser
) -> None:
    build_pages()
    watched = await opened(browser, service)
    page = watched.page
    await expect(page.get_by_role("heading", name="现场")).to_be_visible()
    await expect(agent(page, "王芳")).to_contain_text("未签入")
    await expect(panel(page, "attention-title")).to_contain_text("没有风险")

    await talk(flow)
    await expect(agent(page, "王芳")).to_contain_text("通话中")
    [record] = service.tracker.open_calls()
    say(service, record.id, "楼道里着火了有人被困住了快派消防")
    urgent = panel(page, "attention-title").locator("li")
    await expect(urgent).to_contain_text("119")
    await expect(urgent).to_contain_text("着火")
    waiting = await flow.citizen("13800000002")
    await waiting.call("12345")
    await expect(panel(page, "queues-title").locator("tr", has_text="综合").first).to_contain_text("1")
    await expect(panel(page, "queues-title").locator(".bar")).to_have_count(1)
    await picture(page, "floor")
    assert await grave_findings(page) == []

    boss = await flow.agent(SUPERVISOR, signed_in=False)
    await urgent.get_by_role("button", name="监听").click()
    await boss.wait_for("established")
    await supervised(flow, "HL_SUPERVISE")

    await agent(page, "王芳").click()
    await page.get_by_role("checkbox", name="涉企").press("Space")
    await page.get_by_role("button", name="调整队列").click()
    await expect(agent(page, "王芳")).to_contain_text("已调动")
    await picture(page, "floor-agent")
    assert "PJSIP/1001" not in await flow.switch.runtime.console("queue show enterprise")
    assert "PJSIP/1001" in await flow.switch.runtime.console("queue show public")
    await panel(page, "agent-title").get_by_role("button", name="关闭").click()
    await expect(panel(page, "agent-title")).to_have_count(0)

    marks = panel(page, "marks-title")
    await expect(marks).to_contain_text(f"煤气味特别大{SCRIPT}")
    await marks.get_by_role("button", name="确认").click()
    await expect(marks).to_contain_text("没有待复核的风险标记")
    await marks.get_by_text("已复核").click()
    await expect(marks).to_contain_text("确认")

    await service.three_way.log.put("test", "written", limit_s=20)
    done = {(one.action, one.result) for one in await actions(service.database)}
    assert {(MOVED, "done"), (REQUEST, "accepted"), ("ticket.confirm", "done")} <= done
    assert await page.evaluate("window.hacked") is None
    assert watched.faults == []
    assert len(watched.hosts) == 1
