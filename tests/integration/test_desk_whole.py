"""A citizen's matter from the first ring to the closed call, at the agent's desk in a browser."""

from __future__ import annotations

from contextlib import suppress

import pytest
from playwright.async_api import expect

from hotline.demo.phones import Phone, SipAccount
from support.live_ears import until
from support.softphone import AGENT_SAYS, AUDIO, CITIZEN_SAYS, desks, loudness, told
from support.speech import MANIFEST, error_rate

pytestmark = [pytest.mark.asterisk, pytest.mark.heavy(1), pytest.mark.takes(70)]

SAID = {
    line.split("\t")[0]: line.split("\t")[-1] for line in MANIFEST.read_text(encoding="utf-8").splitlines()
}


@pytest.mark.clause("R-S-1")
@pytest.mark.clause("R-T-9")
@pytest.mark.clause("R-3W-1")
async def test_an_agent_in_a_browser_helps_a_citizen_from_the_first_ring_to_the_closed_call(
    running_asterisk, tmp_path
) -> None:
    async with desks(running_asterisk, tmp_path, live=True) as scene:
        await until(lambda: scene.service.transcriber, limit_s=90)
        page = await scene.window()
        await scene.ready(page)
        trunk = next(one for one in scene.switch.settings.trunks if one.name == "line")
        account = SipAccount("110", "127.0.0.1", trunk.port, register=False)
        police = Phone(
            account,
            tmp_path / "police",
            speech=AUDIO / CITIZEN_SAYS,
            answer_after_s=0.3,
            listen_port=trunk.port,
        )
        async with police, scene.citizen() as citizen:
            await citizen.call("12345")
            await told(page, "call-state", "来电")
            await expect(page.locator("[data-test=caller]")).to_contain_text("138****5678")
            call = await scene.answered(page)

            # What both say stands on the page while they talk, and the draft fills itself.
            words = page.locator("[data-test=words]")
            lamps = words.locator("li.citizen .text").filter(has_text="路灯")
            for _ in range(4):  # a busy machine may lose some of the sound that is heard live
                await scene.hears(page, citizen)
                with suppress(AssertionError):
                    await expect(lamps.first).to_be_visible(timeout=15_000)
                    break
            await expect(lamps.first).to_be_visible()
            await expect(words.locator("li.agent .text").first).to_be_visible(timeout=60_000)
            await until(lambda: scene.draft(call).get("content") is not None, limit_s=60)

            # What is there is confirmed by one key; a second press where the standards miss something.
            await page.keyboard.press("F10")
            if await page.locator("[data-test=confirm].armed").count():
                await page.keyboard.press("F10")
            await told(page, "ticket-state", "已确认")

            # 110 is joined by one touch.
            await page.click("[data-test=line-110]:enabled")
            await told(page, "line-110", "通话中")
            await police.hang_up()
            await until(lambda: not any(one.lines_joined for one in scene.at_desk()))

            await citizen.hang_up()
            await told(page, "agent-state", "整理")
            await until(lambda: not scene.service.tracker.open_calls(), limit_s=60)

            # In the wrap-up the ticket is there, and the whole of it is confirmed by the same key.
            transcript, _ = await scene.transcript(call), await scene.ticket(call)
            await page.keyboard.press("F10")
            if await page.locator("[data-test=confirm].armed").count():
                await page.keyboard.press("F10")
            await told(page, "ticket-state", "工单已由")

        # Both voices are in their recordings, as what was said.
        assert max(loudness(scene.recording("citizen"))) > 300
        assert max(loudness(scene.recording("agent"))) > 300
        for speaker, file in (("citizen", CITIZEN_SAYS), ("agent", AGENT_SAYS)):
            heard = [one.text for one in transcript.utterances if one.speaker == speaker]
            assert min(error_rate(SAID[file], one) for one in heard) < 0.5, heard
        assert (await scene.ticket(call)).checked_by == "wangfang"
        assert scene.switch.faults("hotline/") == []  # no prompts are made here
