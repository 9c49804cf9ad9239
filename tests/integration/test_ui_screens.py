"""Every page in a real browser before a real service and switch: who can use it, what it asks and shows.

HOTLINE_SCREENS=docs/screens make test ARGS=tests/integration/test_ui_screens.py
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, expect

from hotline.app.service import Service
from support.browser import Watched, watch
from support.screens import HEIGHT, WIDTH, grave_findings, picture
from support.shown_node import NAMES, SCRIPT, shown_node

pytestmark = pytest.mark.asterisk

LIMIT_MS = 30_000
NEW_PASSWORD = "correct horse battery staple"
_MADE_BY_THE_SERVER = ("/", f"/calls/{NAMES[0]}", f"/calls/{NAMES[3]}", "/wall", "/wall/link", "/api/docs")
_NAMED_BY_PATH = (
    "/api/docs",
    "/password",
    "/no-access",
    "/ops/reports",
    "/admin/tokens",
    "/admin/access-log",
)
PICTURES = {"/": "overview", f"/calls/{NAMES[0]}": "call", "/wall": "wall", "/wall/link": "wall-link"} | {
    path: path.strip("/").replace("/", "-") for path in _NAMED_BY_PATH
}
"""Names of pictures; pages that need calls to show something are taken by their own tests."""
_BESIDE_THE_MENU = ("/password", "/no-access", "/admin/nothing")

_SMUGGLED = """async () => {
  const box = document.createElement("div");
  box.innerHTML = '<b id="smuggled">x</b><style>#smuggled { display: none }</style>'
    + '<img src="x:" onerror="window.hacked = 1">'
    + '<iframe srcdoc="<script>parent.hacked = 2</script>"></iframe>';
  const script = document.createElement("script");
  script.textContent = "window.hacked = 3";
  document.body.append(box, script);
  await new Promise((resume) => setTimeout(resume));
  try { (0, eval)("window.hacked = 4"); } catch { /* refused */ }
}"""


@pytest.fixture
async def service(running_asterisk) -> AsyncGenerator[Service]:
    async with shown_node(await running_asterisk()) as service:
        yield service


@pytest.fixture
async def watched(browser: Browser, service: Service) -> AsyncGenerator[Watched]:
    """A window on the service, in Chinese."""
    context = await browser.new_context(
        base_url=f"http://127.0.0.1:{service.settings.web.port}",
        viewport={"width": WIDTH, "height": HEIGHT},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    context.set_default_timeout(LIMIT_MS)
    expect.set_options(timeout=LIMIT_MS)
    yield watch(await context.new_page())
    await context.close()


async def sign_in(page: Page, token: str) -> None:
    await page.goto("/login")
    await page.get_by_role("textbox", name="访问令牌").fill(token)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/admin/users")


async def settled(page: Page) -> None:
    """Wait until the page has its head and asks for nothing more but streams."""
    await expect(page.locator("h1, main").first).to_be_visible()
    await page.wait_for_function(
        "() => !document.querySelector('.el-loading-mask, .is-loading') && document.fonts.status === 'loaded'"
    )


async def led_to(page: Page) -> list[str]:
    """Return the addresses that the page's menus lead to, a section's own menu too."""
    paths: list[str] = await page.locator("nav a").evaluate_all("all => all.map((one) => one.pathname)")
    return paths


async def toggle(page: Page, *names: str) -> bool:
    """Press the switches of how pages look; False on a page that has none."""
    for name in names:
        switch = page.get_by_role("switch", name=name)
        if not await switch.count():
            return False
        await switch.press("Space")
    return True


@pytest.mark.takes(60)
async def test_every_page_can_be_used_by_everybody_and_shows_what_callers_send_as_text(
    service: Service, watched: Watched
) -> None:
    page = watched.page
    await page.goto("/ops/figures")
    await page.wait_for_url("**/login?next=/ops/figures")
    await settled(page)
    await picture(page, "login")
    await sign_in(page, service.settings.web.token)

    grave: dict[str, list[str]] = {}
    seen: list[str] = []
    waiting = ["/admin/users", *_BESIDE_THE_MENU, *_MADE_BY_THE_SERVER]
    while waiting:
        path = waiting.pop(0)
        seen.append(path)
        await page.goto(path)
        await settled(page)
        assert await page.evaluate("window.hacked") is None, path
        if path in PICTURES:
            await picture(page, PICTURES[path])
        if found := await grave_findings(page):
            grave[path] = found
        if await toggle(page, "大字", "高对比度"):
            assert await page.evaluate("document.documentElement.className") == "large-type high-contrast"
            if found := await grave_findings(page, looks_only=True):
                grave[f"{path}, large type and high contrast"] = found
            if path == "/ops/figures":
                await picture(page, "large-type")
            await toggle(page, "大字", "高对比度")
        waiting += [one for one in await led_to(page) if one not in (*seen, *waiting)]
    assert {"/desk", "/floor", "/ops/figures", "/admin/tokens", "/admin/access-log"} <= set(seen)
    assert grave == {}

    await page.goto("/")
    link = page.get_by_role("link", name="查看").first
    await link.evaluate("(link) => { link.closest('main').dataset.here = 'yes'; link.dataset.old = 'yes'; }")
    await page.wait_for_function("() => !document.querySelector('[data-old]')")
    assert await page.locator("main").get_attribute("data-here") == "yes", "shown anew in place"

    await page.goto(f"/calls/{NAMES[3]}")
    assert SCRIPT in await page.locator("main").inner_text()
    assert watched.hosts <= {f"127.0.0.1:{service.settings.web.port}", ""}
    assert [fault for fault in watched.faults if "404" not in fault] == []


@pytest.mark.takes(20)
async def test_from_the_token_to_a_user_of_ones_own_by_the_keyboard_alone(
    service: Service, watched: Watched
) -> None:
    page = watched.page
    await page.goto("/login")
    await expect(page.get_by_text("首次使用请从这里进入")).to_be_visible()
    await page.keyboard.type("wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("令牌不正确")
    await page.keyboard.type(service.settings.web.token)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/admin/users")

    await page.get_by_role("button", name="添加用户").press("Enter")
    await page.get_by_label("用户名", exact=True).press_sequentially("wangfang")
    await page.keyboard.press("Tab")
    await page.keyboard.type("王芳")
    await page.get_by_label("坐席号").press_sequentially("1001")
    await page.keyboard.press("Enter")
    secret = page.get_by_role("dialog").locator("code")
    await expect(secret).to_be_visible()
    password = await secret.inner_text()
    assert await grave_findings(page) == []
    await page.get_by_role("button", name="我已记下").press("Enter")
    await expect(page.get_by_role("row", name=re.compile("wangfang.*王芳.*坐席.*1001"))).to_be_visible()
    await expect(page.get_by_text(password)).to_have_count(0)
    await picture(page, "admin-users")
    await page.get_by_role("button", name="退出").press("Enter")

    await page.wait_for_url("**/login")
    await page.get_by_label("用户名", exact=True).press_sequentially("wangfang")
    await page.keyboard.press("Tab")
    await page.keyboard.type(password)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/password?next=**")
    await page.get_by_label("当前密码").press_sequentially(password)
    for _ in range(2):
        await page.keyboard.press("Tab")
        await page.keyboard.type(NEW_PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(lambda url: urlsplit(url).path == "/desk")

    # Whatever came into a page as markup in spite of all: the page's own policy refuses to run or to obey it.
    await page.evaluate(_SMUGGLED)
    await expect(page.locator("#smuggled")).to_be_visible()
    assert await page.evaluate("window.hacked") is None
    assert len([fault for fault in watched.faults if "Content Security Policy" in fault]) >= 3

    await page.goto("/admin/users")
    await expect(page.get_by_role("heading", name="没有权限")).to_be_visible()
    names = [
        urlsplit(one).path
        for one in await page.locator("nav a").evaluate_all("all => all.map((a) => a.href)")
    ]
    assert "/desk" in names
    assert not {"/floor", "/admin/users"} & set(names)
    assert await page.evaluate("fetch('/api/v1/users').then((answer) => answer.status)") == 403
