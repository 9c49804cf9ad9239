"""What an agent does with a talk from the page, as sound: hold, mute, asking a colleague or a third line."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from hotline.demo.phones import Phone, SipAccount, agent_phone
from support.heard import hears, seconds_of
from support.journal import write_tone
from support.live_ears import until
from support.ports import free_ports
from support.softphone import Desks, desks, told

pytestmark = [pytest.mark.asterisk, pytest.mark.heavy(1), pytest.mark.takes(50)]

CITIZEN_HZ, COLLEAGUE_HZ, WATER_HZ = 600.0, 1700.0, 2300.0


def water(port: int) -> dict[str, Any]:
    """Settings with a third line that is no emergency line."""
    trunk = {"name": "line", "host": "127.0.0.1", "match": ["127.0.0.11"], "port": port}
    route = {"trunk": "line", "number": "96116"}
    third = {"name": "water", "code": "400", "label": "供水服务", "kind": "utility", "routes": [route]}
    return {
        "trunks": [{"name": "test", "host": "127.0.0.1", "numbers": ["12345"]}, trunk],
        "third_lines": [third],
    }


@dataclass
class Talk:
    """An agent's page with a citizen, a colleague at a telephone on the desk, and the water works."""

    scene: Desks
    page: Page
    citizen: Phone
    colleague: Phone
    works: Phone

    async def state(self, words: str) -> None:
        """Wait until the page says of the call."""
        await told(self.page, "call-state", words)

    async def begins(self) -> Path:
        """Have the citizen call and be answered; returns the recording of what the citizen hears."""
        known = set(self.scene.switch.recordings.rglob("*-agent.wav"))
        await self.citizen.call("12345")
        await self.scene.answered(self.page)
        (heard,) = set(self.scene.switch.recordings.rglob("*-agent.wav")) - known
        await hears(heard, "voice")
        return heard


@asynccontextmanager
async def talking(running_asterisk: Any, folder: Path) -> AsyncGenerator[Talk]:
    """Start all of it."""
    (line,) = free_ports(1)
    account = SipAccount("96116", "127.0.0.1", line, register=False)
    tones = [write_tone(folder / f"{one}.wav", one, 60) for one in (CITIZEN_HZ, COLLEAGUE_HZ, WATER_HZ)]
    async with desks(running_asterisk, folder, **water(line)) as scene:
        settings = scene.switch.settings
        page = await scene.window()
        await scene.ready(page)
        citizen = scene.citizen()
        citizen.speech = tones[0]
        colleague = agent_phone(settings, "1002", folder / "1002", speech=tones[1])
        works = Phone(account, folder / "works", speech=tones[2], answer_after_s=0.3, listen_port=line)
        async with citizen, colleague, works:
            yield Talk(scene, page, citizen, colleague, works)
        assert scene.switch.faults("hotline/") == []  # no prompts are made here


@pytest.mark.clause("R-T-9")
@pytest.mark.clause("R-3W-2")
async def test_hold_mute_and_consulting_from_the_page_are_what_the_citizen_hears(
    running_asterisk, tmp_path
) -> None:
    async with talking(running_asterisk, tmp_path) as talk:
        page = talk.page
        heard = await talk.begins()
        await holds_and_mutes(talk, heard)
        await asks_a_colleague(talk, heard)
        await asks_the_works(talk, heard)

        # Muted at the end: the next citizen hears the agent all the same.
        await page.keyboard.press("F4")
        await talk.state("您已静音")
        await page.keyboard.press("F7")
        await page.select_option("[data-test=transfer-dialog] select", "1002")
        await page.click("[data-test=transfer-dialog] button[type=submit]")
        await until(lambda: len(talk.colleague.happened("established")) == 2)
        await told(page, "agent-state", "整理")
        assert not talk.citizen.happened("closed")
        # Who called is still told in the wrap-up, also after a reload.
        await page.reload()
        await told(page, "agent-state", "整理")
        await told(page, "caller", "138****5678")
        await told(page, "phone", "话机正常")
        await talk.citizen.hang_up()
        await talk.colleague.wait_for("closed")
        await page.click("[data-test=ready]:enabled")
        await told(page, "agent-state", "就绪")
        await talk.begins()
        await page.click("[data-test=hangup]:enabled")
        await talk.citizen.wait_for("closed")


async def holds_and_mutes(talk: Talk, heard: Path) -> None:
    """Music while on hold, nothing while muted, also over a reload, and the voice again after each."""
    page = talk.page
    await page.keyboard.press("F6")
    await talk.state("保持中")
    await hears(heard, "music")
    await page.keyboard.press("F6")
    await talk.state("通话中")
    await hears(heard, "voice")
    await page.keyboard.press("F4")
    await talk.state("您已静音")
    await hears(heard, "silence", seconds=2)
    await page.reload()
    await until(talk.scene.talks(legs=2))
    await talk.state("您已静音")
    await hears(heard, "silence", seconds=2)
    await page.keyboard.press("F4")
    await hears(heard, "voice")


async def asks_a_colleague(talk: Talk, heard: Path) -> None:
    """The colleague is asked first, hears the agent and not the citizen, and is let go again."""
    page = talk.page
    await page.keyboard.press("F7")
    await page.select_option("[data-test=transfer-dialog] select", "1002")
    await page.check("[data-test=transfer-dialog] [value=consult]")
    await page.click("[data-test=transfer-dialog] button[type=submit]")
    await talk.colleague.wait_for("established")
    await talk.state("在与李强沟通")
    await hears(heard, "music")
    await page.keyboard.press("F6")
    await talk.colleague.wait_for("closed")
    await talk.state("通话中")
    await hears(heard, "voice")
    assert seconds_of(talk.colleague.heard()[-1], CITIZEN_HZ) == 0
    assert not talk.citizen.happened("closed")


async def asks_the_works(talk: Talk, heard: Path) -> None:
    """A third line is asked first while the citizen waits, then all three talk, then it is dropped."""
    page = talk.page
    await page.click("[data-test=more-lines]:enabled")
    await page.select_option(".lines dialog select", "water")
    await page.fill(".lines dialog input[maxlength]", "三小区停水")
    await page.check(".lines dialog [type=checkbox]")
    await page.click(".lines dialog button[type=submit]")
    await talk.works.wait_for("established")
    await talk.state("咨询中")
    await hears(heard, "music")
    sound = talk.works.heard()[-1]
    await hears(sound, "voice")
    assert seconds_of(sound, CITIZEN_HZ) == 0
    await page.click("[data-test=join]")
    await talk.state("三方通话")
    await until(lambda: seconds_of(sound, CITIZEN_HZ) > 0.5)
    await page.click("[data-test=drop-other]")
    await page.click("[data-test=drop-other]")
    await talk.works.wait_for("closed")
    await talk.state("通话中")
    await hears(heard, "voice")
