"""The agent's page before a real service, switch and call, with a telephone on the desk."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from playwright.async_api import Browser, Page, expect

from hotline.app.service import Service
from hotline.core.settings import Settings
from hotline.ivr.prompts import synthesise
from support.browser import watch
from support.live_ears import AGENTS, CITIZEN, Scene, ears, until
from support.live_talk import Voice
from support.screens import HEIGHT, WIDTH, grave_findings, picture
from support.softphone import build_pages
from support.third_line_phones import Leg

pytestmark = [pytest.mark.asterisk, pytest.mark.heavy(2), pytest.mark.takes(40)]

WAIT_MS = 30_000
SCRIPT = "<img src=x onerror=\"document.title='hit'\">四号楼"


def seen(page: Page, name: str):
    return expect(page.locator(f"[data-test={name}]"))


@asynccontextmanager
async def desk(browser: Browser, settings: Settings, service: Service) -> AsyncGenerator[Page]:
    """The page of the first agent, opened by an administrator, before a service that hears calls."""
    async with service:
        await until(lambda: service.transcriber)
        yield await _opened(browser, settings)


async def _opened(browser: Browser, settings: Settings) -> Page:
    page = await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    page.set_default_timeout(WAIT_MS)
    at = f"http://127.0.0.1:{settings.web.port}"
    answer = await page.request.post(
        f"{at}/api/v1/session", data={"token": settings.web.token}, headers={"Origin": at}
    )
    assert answer.ok
    await page.goto(f"{at}/desk?agent={AGENTS[0]}")
    return page


def beside(scene: Scene) -> Settings:
    told = scene.switch.settings
    live = told.asr.live.model_copy(update={"enabled": True, "machine_full_percent": 100})
    return told.model_copy(
        update={
            "asterisk": told.asterisk.model_copy(update={"mode": "external"}),
            "asr": told.asr.model_copy(update={"live": live}),
        }
    )


def _in_words(page: Page):
    return page.locator("[data-test=words] li:not(.guess)")


async def _rings(page: Page, scene: Scene, ringing: list[Leg]) -> Leg:
    """Have a citizen call; the page shows who calls before the agent answers at the telephone."""
    citizen = await scene.citizens.call("13800000001", "12345", CITIZEN)
    await seen(page, "call-state").to_contain_text("来电振铃")
    await seen(page, "caller").to_contain_text("138")
    await seen(page, "answer").to_be_disabled()
    await picture(page, "desk-ringing")
    await ringing[0].accept()
    await seen(page, "call-state").to_have_text("通话中")
    return citizen


async def _speaks(page: Page, service: Service, citizen: Leg) -> Voice:
    """Have the citizen tell of a danger: words, hints and the ticket follow by themselves."""
    sound = await synthesise("danger", "有人要跳楼")
    voice = Voice(citizen)
    await until(lambda: service.live_speech.speech.figures().legs >= 2)
    await voice.say((sound.samples * 32767).astype(np.int16))
    await expect(_in_words(page)).to_contain_text(["跳楼"])
    await expect(page.locator("[data-kind=emergency_line]")).to_contain_text("跳楼")
    await seen(page, "line-110").to_contain_text("建议接入")
    await expect(page.locator("[data-by=draft]").first).to_be_visible()
    return voice


async def _calls_the_police(page: Page, scene: Scene) -> None:
    """One key brings in what is proposed; nothing had been called before."""
    assert scene.lines.legs == []
    await page.keyboard.press("F8")
    await seen(page, "line-110").to_contain_text("通话中")
    await seen(page, "call-state").to_have_text("三方通话")
    await expect(page.locator("[data-kind=emergency_line]")).to_have_count(0)
    await picture(page, "desk-three-way")


async def _writes(page: Page) -> None:
    """What the agent writes is stored at once, and it is text."""
    place = page.locator("#field-place")
    await place.fill(SCRIPT)
    await place.press("Enter")
    await expect(page.locator("[data-field=place]")).to_have_attribute("data-fate", "stored")
    await page.locator("#field-people").fill("许多")
    await page.keyboard.press("Tab")
    await expect(page.locator("[data-field=people]")).to_contain_text("整数")
    await page.locator("#field-people").fill("")


async def _hears_the_words(page: Page) -> None:
    """A click on what a field stands on plays its seconds."""
    async with page.expect_response(lambda one: "/sound?" in one.url) as asked:
        await page.locator("[data-test=evidence]").first.click()
    answer = await asked.value
    assert (answer.status, answer.headers["content-type"]) in ((200, "audio/wav"), (206, "audio/wav"))
    await expect(page.locator("[data-test=words] .marked")).to_contain_text("跳楼")


async def _confirms(page: Page) -> None:
    """One key; the second press says that it is meant although something is missing."""
    await page.locator("#field-place").fill("阳光家园四号楼")
    await page.keyboard.press("F10")
    await seen(page, "ticket-state").to_contain_text("再按一次")
    await page.keyboard.press("F10")
    await seen(page, "ticket-state").to_contain_text("已")
    await expect(page.locator("[data-field=place]")).to_contain_text("已确认")


@pytest.mark.clause("R-T-2")
@pytest.mark.clause("R-T-9")
@pytest.mark.clause("R-3W-1")
async def test_a_call_from_the_ring_to_the_confirmed_ticket(running_asterisk, browser: Browser) -> None:
    expect.set_options(timeout=WAIT_MS)
    build_pages()
    async with ears(running_asterisk) as scene:
        ringing: list[Leg] = []
        scene.desks.incoming = ringing.append
        service = Service(beside(scene), None)
        async with desk(browser, scene.switch.settings, service) as page:
            watched = watch(page)
            await page.click("[data-test=sign-in]")
            await seen(page, "agent-state").to_have_text("就绪")
            citizen = await _rings(page, scene, ringing)
            voice = await _speaks(page, service, citizen)
            assert await grave_findings(page) == []
            await picture(page, "desk-talking")
            await _calls_the_police(page, scene)
            await _writes(page)
            await _hears_the_words(page)

            await page.reload()
            await expect(page.locator("#field-place")).to_have_value(SCRIPT)
            await expect(_in_words(page)).to_contain_text(["跳楼"])
            await seen(page, "line-110").to_contain_text("通话中")

            await page.keyboard.press("F9")
            await seen(page, "hangup").to_contain_text("再按一次")
            await citizen.hang_up()
            await seen(page, "call-state").to_have_text("通话已结束")
            await _confirms(page)
            await picture(page, "desk-confirmed")
            assert await page.title() != "hit"
            assert watched.faults == []
            voice.close()

            await service.stop()
            await seen(page, "service").to_have_text("服务断开")
            await seen(page, "notice").to_contain_text("照常接听")
            await picture(page, "desk-service-lost")
