"""The wall when data stop, the connection breaks, the service starts anew or has another token."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser

from hotline.web import wall
from support.page_probes import type_share
from support.wall import WallSite, banner, screen, shows, text, view

NOTE_BANNER = """() => {
  window.told = 0;
  new MutationObserver(() => { window.told += 1; })
    .observe(document.getElementById("banner"), {attributes: true});
}"""


async def test_data_that_stop_are_told_with_since_when(wall_site: WallSite, browser: Browser) -> None:
    """The page's own clock is moved on; the connection stays as it is, and then it is begun anew."""
    opened = await browser.new_context()
    page = await opened.new_page()
    await page.clock.install()
    at = datetime(2026, 5, 1, 4, 0, 5, tzinfo=UTC)
    wall_site.send(view(waiting=1, longest_s=2, at=at))
    await page.goto(wall_site.entry)
    await shows(page, "#waiting-number", "1")
    assert wall_site.arrivals == 1
    await page.clock.fast_forward(9_000)
    await banner(page, "数据已停止更新")
    await shows(page, "#banner", "画面停在 12:00:05，已 0:")
    frozen = await text(page, "#longest-number")
    await page.clock.fast_forward(2_000)
    await shows(page, "#banner", "已 0:1")
    assert await text(page, "#longest-number") == frozen, "a wait of which nothing is known runs on"
    await page.clock.fast_forward(3_000)
    async with asyncio.timeout(20):
        while wall_site.arrivals < 2:  # noqa: ASYNC110  # the browser does it
            await asyncio.sleep(0.05)
    assert not await page.is_hidden("#banner"), "the same old data came again and pass for new"
    wall_site.send(view(waiting=2, longest_s=1, at=at + timedelta(seconds=15)))
    await banner(page, None)
    await shows(page, "#waiting-number", "2")


async def test_the_connection_is_begun_anew_for_ever(wall_site: WallSite, browser: Browser) -> None:
    """Each start is a new process with no session in memory: the screen's pass holds."""
    wall_site.send(view(waiting=1, longest_s=1))
    page = (await screen(browser, wall_site)).page
    await shows(page, "#waiting-number", "1")
    for number in (2, 3, 4):
        await wall_site.die()
        await banner(page, "连接中断")
        await shows(page, "#banner", "画面停在")
        assert "old" in (await page.get_attribute("body", "class") or "")
        assert await type_share(page, "#banner-title") >= 1 / 12
        await wall_site.start()
        wall_site.send(view(waiting=number, longest_s=1))
        await banner(page, None)
        await shows(page, "#waiting-number", str(number))


async def test_a_stream_that_ends_in_order_is_not_worth_a_word(wall_site: WallSite, browser: Browser) -> None:
    """The page's clock moves in small steps of the test's, so that a busy machine is not a long silence."""
    page = await (await browser.new_context()).new_page()
    await page.clock.install()
    wall_site.send(view(waiting=1, longest_s=1))
    await page.goto(wall_site.entry)
    await shows(page, "#waiting-number", "1")
    await page.evaluate(NOTE_BANNER)
    await page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=5))
    wall_site.send(view(waiting=2, longest_s=1))
    await shows(page, "#waiting-number", "2")
    await page.evaluate("window.told = 0")
    wall_site.drop()
    for _ in range(20):
        await asyncio.sleep(0.05)
        await page.clock.run_for(50)
        if wall_site.arrivals == 2:
            break
    wall_site.send(view(waiting=5, longest_s=1))
    await shows(page, "#waiting-number", "5")
    assert wall_site.arrivals == 2
    await page.clock.run_for(1_000)
    assert await page.evaluate("window.told") == 0


async def test_a_new_edition_of_the_page_takes_the_place_of_the_old(
    wall_site: WallSite, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall_site.send(view(waiting=1, longest_s=1))
    page = (await screen(browser, wall_site)).page
    await shows(page, "#waiting-number", "1")
    await wall_site.die()
    monkeypatch.setattr(wall, "edition", lambda: "newer")
    await wall_site.start()
    wall_site.send(view(waiting=2, longest_s=1))
    await page.wait_for_selector("body[data-edition=newer]")
    await shows(page, "#waiting-number", "2")


async def test_a_changed_token_is_told_and_a_new_link_mends_it(wall_site: WallSite, browser: Browser) -> None:
    wall_site.send(view(waiting=1, longest_s=1))
    page = (await screen(browser, wall_site)).page
    await shows(page, "#waiting-number", "1")
    await wall_site.die()
    wall_site.token = "another-token-for-tests"
    await wall_site.start()
    await banner(page, "此屏幕未登录")
    wall_site.send(view(waiting=2, longest_s=1))
    await page.goto(wall_site.entry)
    await shows(page, "#waiting-number", "2")
    await banner(page, None)


async def test_figures_that_cannot_be_made_are_told(wall_site: WallSite, browser: Browser) -> None:
    wall_site.send(view(waiting=1, longest_s=1))
    page = (await screen(browser, wall_site)).page
    await shows(page, "#waiting-number", "1")
    wall_site.send({"error": "store.away", "detail": "the store does not answer"}, event="problem")
    await banner(page, "数据暂不可用")
    await shows(page, "#banner", "the store does not answer")
    wall_site.send(view(waiting=2, longest_s=1, complete=False))
    await banner(page, None)
    assert await text(page, "#sl15 .word") == "正在载入"
    wall_site.send(view(waiting=2, longest_s=1, complete=True))
    await shows(page, "#sl15 .word", "达标")
