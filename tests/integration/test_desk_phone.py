"""A talk in the browser survives reloads, lost lines, second windows and missing microphones."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

import pytest
from playwright.async_api import Error, expect

from hotline.demo.phones import agent_phone
from support.live_ears import until
from support.ports import free_ports
from support.softphone import LIMIT_MS, desks, loudness, told
from support.tcp_proxy import tcp_proxy

_ASKS = "path => fetch(path, {method: 'POST', body: '{}'}).then((answer) => answer.status)"

pytestmark = [pytest.mark.asterisk, pytest.mark.heavy(2), pytest.mark.takes(30)]


async def test_a_reload_in_mid_call_keeps_the_citizen_and_the_agent(running_asterisk, tmp_path) -> None:
    async with desks(running_asterisk, tmp_path) as scene:
        page = await scene.window()
        await scene.ready(page)
        async with scene.citizen() as citizen:
            await citizen.call("12345")
            call = await scene.answered(page)
            await page.reload()
            await until(scene.talks(legs=2))
            assert scene.at_desk()[0].call == call
            await told(page, "call-state", "通话")
            await scene.hears(page, citizen)
            assert "HL_LOST" in scene.steps(call)
            assert not citizen.happened("closed")
            await page.click("[data-test=hangup]:enabled")
            await citizen.wait_for("closed")
        assert scene.switch.faults() == []


async def test_a_lost_websocket_does_not_touch_the_talk(running_asterisk, tmp_path) -> None:
    door, proxy = free_ports(2, socket.SOCK_STREAM)
    # A browser that a busy machine keeps from sending for seconds is not lost.
    desk = {"port": door, "url": f"ws://127.0.0.1:{proxy}/ws", "lost_seconds": 30}
    async with tcp_proxy(proxy, door) as line, desks(running_asterisk, tmp_path, desk=desk) as scene:
        page = await scene.window()
        await scene.ready(page)
        async with scene.citizen() as citizen:
            await citizen.call("12345")
            call = await scene.answered(page)
            line.cut()
            await told(page, "phone", "断开")
            assert scene.talks(legs=1)()
            line.mend()
            await told(page, "phone", "话机正常")
            assert scene.talks(legs=1)()
            assert "HL_LOST" not in scene.steps(call)
            await scene.hears(page, citizen)
            # The switch's BYE may find no way to the browser: the desk tells it that the call is over.
            await citizen.hang_up()
            await until(lambda: not scene.at_desk())
            await told(page, "agent-state", "整理")
            await expect(page.locator("[data-test=hangup]")).to_be_disabled(timeout=LIMIT_MS)
            async with asyncio.timeout(30):
                while await scene.channels("PJSIP/1001"):  # noqa: ASYNC110  # the switch's
                    await asyncio.sleep(0.1)


async def test_of_two_windows_one_has_the_phone_and_the_other_can_take_it(running_asterisk, tmp_path) -> None:
    async with desks(running_asterisk, tmp_path) as scene:
        first = await scene.window()
        await scene.ready(first)
        for path in ("hangup?agent=1002", "phone?agent=1002", "transfer?agent=1002"):
            assert await first.evaluate(_ASKS, f"/api/v1/desk/{path}") == 403
        second = await scene.window(first.context)
        await told(second, "phone", "话机在别处")
        async with scene.citizen() as citizen:
            await citizen.call("12345")
            call = await scene.answered(first)
            await told(second, "call-state", "通话")
            await second.click("[data-test=notice-act]")
            await told(second, "phone", "话机正常")
            await until(scene.talks(legs=2))
            await told(first, "phone", "话机在别处")
            await scene.hears(second, citizen)
            assert scene.at_desk()[0].call == call
            assert not citizen.happened("closed")
            # Closing the window that gave the phone away changes nothing.
            await first.close()
            await second.click("[data-test=hangup]:enabled")
            await citizen.wait_for("closed")
        assert len(await scene.contacts()) == 1


async def test_without_a_microphone_an_agent_hears_and_without_a_service_nobody_is_lost(
    running_asterisk, tmp_path
) -> None:
    desk = {"port": free_ports(1, socket.SOCK_STREAM)[0], "resume_seconds": 5, "lost_seconds": 2}
    async with desks(running_asterisk, tmp_path, microphone=False, desk=desk) as scene:
        page = await scene.window()
        await scene.ready(page)
        await told(page, "notice", "麦克风")
        async with scene.citizen() as citizen:
            await citizen.call("12345")
            await scene.answered(page)
            await scene.hears(page, citizen)
            await scene.service.stop()
            with suppress(Error):
                await page.goto("chrome://crash")
            # No service, no word of goodbye: the switch waits for the browser, then a colleague is called.
            async with agent_phone(scene.switch.settings, "1002", tmp_path / "1002") as colleague:
                await scene.switch.console("queue add member PJSIP/1002 to public")
                await colleague.wait_for("established", limit_s=40)
                assert not citizen.happened("closed")
                await citizen.hang_up()
                await colleague.wait_for("closed")
        # The browser sent silence alone: what the citizen heard before the colleague came is music.
        assert max(loudness(scene.recording("agent"))) > 300
        assert scene.switch.faults() == []
