"""The desk with its service dead: the browser's phone answers, and 110 comes by the keys of the switch."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from hotline.demo.phones import Phone, SipAccount
from support.softphone import AUDIO, CITIZEN_SAYS, desks, told

pytestmark = [pytest.mark.asterisk, pytest.mark.heavy(1), pytest.mark.takes(35)]


@pytest.mark.clause("R-3W-1")
@pytest.mark.clause("R-S-1")
async def test_without_a_service_an_agent_answers_calls_in_110_and_leaves(running_asterisk, tmp_path) -> None:
    async with desks(running_asterisk, tmp_path) as scene:
        page = await scene.window()
        await scene.ready(page)
        await expect(page.locator("[data-test=line-110]")).to_contain_text("公安")
        trunk = next(one for one in scene.switch.settings.trunks if one.name == "line")
        account = SipAccount("110", "127.0.0.1", trunk.port, register=False)
        police = Phone(
            account,
            tmp_path / "police",
            speech=AUDIO / CITIZEN_SAYS,
            answer_after_s=0.3,
            listen_port=trunk.port,
        )
        await scene.service.stop()
        await told(page, "service", "服务断开")
        await told(page, "notice", "照常接听")
        async with police, scene.citizen() as citizen:
            await citizen.call("12345")
            await told(page, "call-state", "来电振铃")
            await page.keyboard.press("F2")
            await told(page, "call-state", "通话中")
            await page.keyboard.press("Alt+1")
            await told(page, "notice", "*110")
            await police.wait_for("established", limit_s=40)
            await page.click("[data-test=hangup]:enabled")
            await told(page, "call-state", "没有通话")
            # Citizen and 110 talk on without the agent.
            assert not citizen.happened("closed")
            assert not police.happened("closed")
            await citizen.hang_up()
            await police.wait_for("closed", limit_s=30)
