"""The pages of operations in a browser before a real service and switch."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from hotline.app.service import Service
from hotline.callback_bot.outcome.result_store import Results
from hotline.core.action_log import actions
from hotline.core.clock import utc_now
from hotline.core.db import Database
from support.browser import Watched, watch
from support.robot_rows import answers, attempt, callback
from support.screens import HEIGHT, WIDTH, grave_findings, picture
from support.shown_node import shown_node
from support.softphone import build_pages

pytestmark = [pytest.mark.asterisk, pytest.mark.takes(40)]

LIMIT_MS = 30_000
CALLBACKS = [
    {"ticket": f"T{n}", "phone": f"1380013800{n}", "unit": "城管局", "kind": "投诉"} for n in range(4)
]


@pytest.fixture
async def service(running_asterisk: Any) -> AsyncGenerator[Service]:
    async with shown_node(await running_asterisk()) as service:
        yield service


@pytest.fixture
async def watched(browser: Browser, service: Service) -> Watched:
    """A window of an administrator on the figures."""
    build_pages()
    expect.set_options(timeout=LIMIT_MS)
    context = await browser.new_context(
        base_url=f"http://127.0.0.1:{service.settings.web.port}",
        viewport={"width": WIDTH, "height": HEIGHT},
        locale="zh-CN",
    )
    context.set_default_timeout(LIMIT_MS)
    page = await context.new_page()
    await ask(page, service, "session", {"token": service.settings.web.token})
    watched = watch(page)
    await page.goto("/ops")
    return watched


async def ask(page: Page, service: Service, path: str, body: dict[str, Any]) -> Any:
    """Send something to the API as this browser."""
    origin = {"Origin": f"http://127.0.0.1:{service.settings.web.port}"}
    answer = await page.request.post(f"/api/v1/{path}", data=body, headers=origin)
    assert answer.ok, await answer.text()
    return await answer.json()


async def go(page: Page, name: str) -> None:
    """Open a page by its menu."""
    await page.get_by_role("navigation", name="运行管理").get_by_role("link", name=name).click()
    await expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


async def figures(page: Page) -> None:
    row = page.get_by_role("row").filter(has_text="sl15_offered v1")
    for told in ("75.00%", "3 ÷ 4", "未达标", "15 秒内"):
        await expect(row).to_contain_text(told)
    await expect(page.get_by_role("img", name="24 小时接通率").locator("canvas")).to_be_visible()
    await picture(page, "ops-figures")
    assert await grave_findings(page) == []


async def alarms(page: Page) -> None:
    standing = page.locator("section[aria-labelledby=standing-title] li").filter(has_text="节假日")
    assert (
        await standing.get_by_role("link", name="处置手册").get_attribute("href")
        == "/runbook/calendar_missing"
    )
    await standing.get_by_role("button", name="知悉").click()
    await page.get_by_role("dialog").get_by_role("textbox").fill("已请办公室报送")
    await page.get_by_role("dialog").get_by_role("button", name="知悉").click()
    await expect(standing).to_contain_text("已请办公室报送")
    await picture(page, "ops-alarms")
    assert await grave_findings(page) == []


async def reports(page: Page) -> None:
    await page.get_by_text("今日", exact=True).click()
    await page.get_by_text("JSON", exact=True).click()
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="下载报表").click()
    file = await coming.value
    assert file.suggested_filename.startswith("hotline-calls-")
    told = json.loads(Path(await file.path()).read_text(encoding="utf-8"))
    assert told["total"]["figures"]["offered"]["value"] == 4
    await expect(page.get_by_role("status")).to_contain_text(file.suggested_filename)
    assert await grave_findings(page) == []


async def campaigns(page: Page) -> None:
    one = page.locator("section[aria-labelledby=campaigns-title] li").filter(has_text="十一月回访").first
    await expect(one).to_contain_text("1 / 5")
    await one.get_by_role("button", name="实时进度").click()
    await expect(one).to_contain_text("尚未完成4")
    await one.get_by_role("button", name="暂停").click()
    await expect(one).to_contain_text("已暂停")
    await picture(page, "ops-callbacks")
    await one.get_by_role("button", name="继续").click()
    await expect(one).to_contain_text("进行中")
    assert await grave_findings(page) == []


async def bad_marks(page: Page) -> None:
    """A citizen was not satisfied: a person finds out, and the matter is handled again."""
    waiting = page.locator("section[aria-labelledby=checks-title] li")
    await waiting.get_by_role("button", name="查看回答").click()
    await expect(waiting).to_contain_text("不满意")
    await waiting.get_by_role("button", name="重新办理").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("textbox").fill("现场查看，路灯仍不亮")
    await dialog.get_by_role("button", name="重新办理").click()
    await expect(waiting).to_have_count(0)


async def wrong_number(page: Page) -> None:
    """A number was given wrongly: it is corrected before the robot dials it."""
    single = page.locator("section[aria-labelledby=single-title]")
    await single.get_by_role("button", name="查询").click()
    row = single.get_by_role("row").nth(1)
    await row.get_by_role("button", name="改正号码").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("textbox").fill("139-0013-9999")
    await dialog.get_by_role("button", name="改正").click()
    await expect(row).to_contain_text("139****9999")
    assert await grave_findings(page) == []


async def put_bad_mark(database: Database) -> None:
    """Store a callback that ended with a bad mark."""
    name, now = "0" * 25 + "1", utc_now()
    async with database.write() as session:
        row = callback(name, state="check", ended_at=now)
        session.add_all([row, attempt(name, "A"), *answers(name, "A", satisfied="不满意", solved="no")])
        await session.flush()
        assert await Results().ended(session, row, now) is not None


async def menus(page: Page, service: Service) -> None:
    text = page.get_by_role("textbox", name="菜单文件内容")
    state, apply = page.get_by_role("status"), page.get_by_role("button", name="启用")
    await expect(state).to_contain_text("检查通过")
    before = await text.input_value()
    await text.fill(before.replace("human: public", "human: nowhere"))
    await expect(state).to_contain_text("检查未通过")
    await expect(page.get_by_role("list", name="检查结果")).to_contain_text("没有名为“nowhere”的队列")
    tree = page.locator("section[aria-labelledby=tree-title]")
    await expect(tree.locator(".wrong")).to_contain_text("没有名为“nowhere”的队列")
    await expect(apply).to_be_disabled()
    await picture(page, "ops-menus")
    assert await grave_findings(page) == []
    await text.fill(before.replace("human: public", "human: enterprise"))
    await expect(state).to_contain_text("检查通过")
    await apply.click()
    await page.get_by_role("dialog").get_by_role("button", name="启用").click()
    await expect(state).not_to_contain_text("未启用的改动")
    assert "human: enterprise" in service.settings.menu.read_text(encoding="utf-8")
    await expect(page.locator("header code")).not_to_have_text("无")


async def health(page: Page) -> None:
    await expect(page.locator("dl.tiles")).to_contain_text("已连接")
    await picture(page, "ops-health")
    await page.get_by_role("button", name="开始体检").click()
    table = page.get_by_role("table")
    await expect(table).to_contain_text("正常")
    for told in await table.locator("tbody td").all_inner_texts():
        assert not told or re.search("[\u4e00-\u9fff]|Hz", told), f"the doctor speaks English here: {told}"
    assert await grave_findings(page) == []


@pytest.mark.clause("R-Q-1", "R-CB-1", "R-IVR-1")
async def test_the_hotline_is_run_from_its_pages(watched: Watched, service: Service) -> None:
    page = watched.page
    campaign = {"id": "november", "name": "十一月回访"}
    await ask(page, service, "callbacks/campaigns", campaign)
    await ask(page, service, "callbacks", {"campaign": "november", "callbacks": CALLBACKS})
    await put_bad_mark(service.database)
    await figures(page)
    await go(page, "告警")
    await alarms(page)
    await go(page, "报表下载")
    await reports(page)
    await go(page, "同诉热力")
    await expect(page.get_by_role("img", name="同诉热力图")).to_be_visible()
    await picture(page, "ops-repeats")
    await go(page, "智能回访")
    await campaigns(page)
    await bad_marks(page)
    await wrong_number(page)
    await go(page, "语音菜单")
    await menus(page, service)
    await go(page, "系统状态")
    await health(page)
    done = {one.action for one in await actions(service.database)}
    assert {"callback.pause", "callback.resume", "callback.check", "callback.correct_number"} <= done
    assert await page.evaluate("window.hacked") is None
    assert watched.faults == []
    assert len(watched.hosts) == 1
