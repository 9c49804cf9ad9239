"""An agent's browser with a softphone: built pages, Chromium with a file as microphone, service, switch."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import struct
import subprocess
import wave
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Page, expect

from hotline.app.service import Service
from hotline.asr import tables as transcripts
from hotline.asr.transcripts import Transcript
from hotline.core.access.users import NewUser
from hotline.core.roles import Role
from hotline.demo.phones import Phone, citizen_phone
from hotline.telephony.facts import STEP, step_of
from hotline.ticket_bridge import tables as tickets
from support.asterisk import PHONE_SECRET, Switch
from support.browser import open_browser
from support.live_ears import until
from support.ports import free_ports
from support.screens import HEIGHT, WIDTH
from support.speech import AUDIO

ROOT = Path(__file__).parents[2]
PASSWORD = "four words that stand apart"
LIMIT_MS = 30_000
_KEEP_LINES = """
  window.lines = [];
  const Line = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Line {
    constructor(...told) { super(...told); window.lines.push(this); }
  };
"""
_SOUND = """async () => {
  const line = window.lines?.at(-1);
  if (!line || line.connectionState !== "connected") return null;
  const found = { heard: 0, received: 0, sent: 0 };
  for (const one of (await line.getStats()).values()) {
    if (one.type === "inbound-rtp") {
      found.heard = one.totalAudioEnergy;
      found.received = one.packetsReceived;
    }
    if (one.type === "outbound-rtp") found.sent = one.packetsSent;
  }
  return found;
}"""
CITIZEN_SAYS, AGENT_SAYS = "base0016.wav", "base0216.wav"


def build_pages() -> None:
    """Build the pages when their sources changed."""
    subprocess.run([ROOT / "scripts" / "ui.sh", "build"], check=True, timeout=240, capture_output=True)


def desk_settings(**more: Any) -> dict[str, Any]:
    """Settings of a switch with an agent in a browser (1001), one on the desk (1002), and 110."""
    (line,) = free_ports(1)
    third = {"name": "line", "host": "127.0.0.1", "match": ["127.0.0.11"], "port": line, "emergency": True}
    agents = [
        {"number": number, "name": name, "secret": PHONE_SECRET, "queues": ["public"], "phone": phone}
        for number, name, phone in (("1001", "王芳", "browser"), ("1002", "李强", "sip"))
    ]
    return {
        "agents": agents,
        "queues": [{"name": "public", "label": "综合受理"}],
        "agents_work": {"wrap_up_seconds": 60},
        "desk": {"port": free_ports(1, socket.SOCK_STREAM)[0]},
        "trunks": [{"name": "test", "host": "127.0.0.1", "numbers": ["12345"]}, third],
        "third_lines": [
            {
                "name": "police",
                "code": "110",
                "label": "公安报警",
                "kind": "emergency",
                "routes": [{"trunk": "line", "number": "110"}],
            }
        ],
        **more,
    }


@dataclass
class Desks:
    """A switch, its service, and a browser in which agents sign in."""

    switch: Switch
    service: Service
    folder: Path
    browser: Any

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.switch.settings.web.port}"

    async def window(self, context: BrowserContext | None = None) -> Page:
        """Open a window and sign in as agent 1001; another one of a context is signed in already."""
        if context is not None:
            page = await context.new_page()
            await page.goto(f"{self.url}/desk")
            return page
        context = await self.browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
        context.set_default_timeout(LIMIT_MS)
        await context.add_init_script(_KEEP_LINES)
        page = await context.new_page()
        await page.goto(f"{self.url}/login?next=/desk")
        await page.fill("#user", "wangfang")
        await page.fill("#password", PASSWORD)
        await page.click("button[type=submit]")
        await page.wait_for_url("**/desk")
        return page

    async def ready(self, page: Page) -> None:
        """Sign in to the queues and wait until the phone is registered."""
        await page.click("[data-test=sign-in]")
        await told(page, "phone", "话机正常")
        await told(page, "agent-state", "就绪")

    def citizen(self, name: str = "citizen", number: str = "13812345678") -> Phone:
        """A citizen's telephone that speaks a sentence."""
        return citizen_phone(self.switch.settings, number, self.folder / name, speech=AUDIO / CITIZEN_SAYS)

    async def answered(self, page: Page) -> str:
        """Answer what rings in a window; returns the call."""
        await page.click("[data-test=answer]:enabled")
        await until(lambda: any(one.state == "talking" for one in self.at_desk()), limit_s=30)
        return self.at_desk()[0].call

    def at_desk(self) -> list[Any]:
        """The call at the agent's desk, as the service sees it."""
        found = self.service.pages.desks.web.control.now("1001")
        return [] if found is None else [found]

    def talks(self, legs: int | None = None) -> Callable[[], bool]:
        """Tell whether the agent talks; with ``legs`` on the so-many-th leg of the call."""

        def told() -> bool:
            return any(one.state == "talking" for one in self.at_desk()) and (
                legs is None or len(self.legs()) >= legs
            )

        return told

    async def hears(self, page: Page, citizen: Phone) -> None:
        """Have the citizen speak until the browser plays it, and see that the browser sends."""
        before = await _sound(page)
        async with asyncio.timeout(LIMIT_MS / 1000):
            for second in itertools.count():
                if second % 10 == 0:
                    await citizen.play(AUDIO / CITIZEN_SAYS)
                await asyncio.sleep(1)  # one look a second: what is looked for is sound that goes on
                after = await _sound(page)
                if after["heard"] > before["heard"] + 0.001 and after["sent"] > before["sent"]:
                    return
                if after["received"] < before["received"]:
                    before = after  # another line than before

    def steps(self, call: str) -> list[str]:
        """The marks of a call, in order."""
        record = self.service.tracker.find(call)
        assert record is not None
        return [name for (leg, slot) in record.slots if leg == call and (name := _mark(slot))]

    async def channels(self, prefix: str) -> int:
        """How many channels of a telephone there are."""
        lines = (await self.switch.console("core show channels concise")).splitlines()
        return sum(line.startswith(prefix) for line in lines)

    async def contacts(self) -> list[str]:
        """Where the agent's browser is registered."""
        shown = await self.switch.console("pjsip show contacts")
        return [line for line in shown.splitlines() if " 1001/sip:" in line]

    def draft(self, call: str) -> dict[str, Any]:
        """The fields of a call's draft, while it goes on."""
        state = self.service.drafting.live.state_of(call)
        return {} if state is None else dict(state["fields"])

    async def transcript(self, call: str) -> Transcript:
        """What the recording of a call that is over was found to say."""
        async with asyncio.timeout(90):
            while True:
                async with self.service.database.read() as session:
                    if (found := await transcripts.load(session, call)) is not None:
                        return found
                await asyncio.sleep(0.2)

    async def ticket(self, call: str) -> tickets.TicketRow:
        """The ticket of a call that is over."""
        async with asyncio.timeout(90):
            while True:
                async with self.service.database.read() as session:
                    if (found := await tickets.find(session, call)) is not None:
                        return found
                await asyncio.sleep(0.2)

    def recording(self, kind: str) -> Path:
        """A recording of the one call."""
        (found,) = self.switch.recordings.rglob(f"*-{kind}.wav")
        return found

    def legs(self) -> list[str]:
        """The agent's legs of the call in progress."""
        (record,) = self.service.tracker.open_calls()
        return sorted({leg for leg, slot in record.slots if slot == "agent"})


async def told(page: Page, name: str, words: str) -> None:
    """Wait until a part of the desk says something."""
    await expect(page.locator(f"[data-test={name}]")).to_contain_text(words, timeout=LIMIT_MS)


@asynccontextmanager
async def desks(
    running_asterisk: Any, folder: Path, *, microphone: bool = True, live: bool = False, **more: Any
) -> AsyncGenerator[Desks]:
    """Start switch, service and browser; the user wangfang is agent 1001."""
    await asyncio.to_thread(build_pages)
    switch = await running_asterisk(**desk_settings(**more))
    settings = switch.settings
    live_speech = settings.asr.live.model_copy(update={"enabled": live, "machine_full_percent": 100})
    beside = settings.model_copy(
        update={
            "asterisk": settings.asterisk.model_copy(update={"mode": "external"}),
            "asr": settings.asr.model_copy(update={"live": live_speech}),
        }
    )
    voice = ["--use-fake-ui-for-media-stream"]
    if microphone:
        file = f"--use-file-for-fake-audio-capture={AUDIO / AGENT_SAYS}"
        voice += ["--use-fake-device-for-media-stream", file]
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(Service(beside, None))
        await until(service._stored.is_set, limit_s=60)
        await service.pages.access.users.add(
            NewUser("wangfang", "王芳", Role.AGENT, "1001"), PASSWORD, by="test", must_change=False
        )
        browser = await stack.enter_async_context(open_browser(*voice))
        await until(lambda: service.actions.connected and service.events.connected, limit_s=60)
        yield Desks(switch, service, folder, browser)


async def _sound(page: Page) -> dict[str, float]:
    async with asyncio.timeout(LIMIT_MS / 1000):
        while (found := await page.evaluate(_SOUND)) is None:  # noqa: ASYNC110  # the browser's, not ours
            await asyncio.sleep(0.1)
    return found


def _mark(slot: str) -> str:
    return step_of(slot)[1] if slot.startswith(STEP) else ""


def loudness(path: Path) -> list[float]:
    """The loudness of each second of a recording, as it is now."""
    with wave.open(os.fspath(path)) as file:
        rate = file.getframerate()
        data = file.readframes(file.getnframes() or 10**9)
    values = struct.unpack(f"<{len(data) // 2}h", data[: len(data) // 2 * 2])
    return [
        (sum(one * one for one in values[at : at + rate]) / rate) ** 0.5
        for at in range(0, len(values) - rate + 1, rate)
    ]
