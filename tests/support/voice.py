"""The service's half of voice navigation in this process, beside a real switch with a menu that asks."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from hotline.app import schema
from hotline.app.voice_menu import VoiceMenu
from hotline.asr.catalogue import open_engine
from hotline.core.db import Database
from hotline.core.events import EventBus
from hotline.core.settings import Settings
from hotline.ivr.install import install_menu
from hotline.telephony.ami import Ami, AmiLimits
from hotline.telephony.events_wanted import EVENTS_WANTED
from hotline.telephony.tracker import Tracker
from support.asterisk import Switch
from support.journal import write_tone
from support.menus import MENU

VOICE = """\
voice:
  prompt: 请说出您要办的事，或者按0转人工。
  wait_seconds: 1
  words:
    满意: {human: frequent}
    不同意: {human: enterprise}
    时间: {service: hours}
"""
"""Words of short recordings that are shipped: sv0085, g20073."""
LIMITS = AmiLimits(first_pause_s=0.05, longest_pause_s=0.2)


def voice_menu(*, wait_seconds: int) -> str:
    """A menu file that asks; a machine that is busy may need 3 seconds to know that somebody speaks."""
    return MENU + VOICE.replace("wait_seconds: 1", f"wait_seconds: {wait_seconds}")


async def ask_by_voice(switch: Switch, *, wait_seconds: int = 1) -> None:
    """Load a menu that asks what is wanted; every prompt that matters is a short tone."""
    speak_by_tones(switch.settings)
    switch.settings.menu.write_text(voice_menu(wait_seconds=wait_seconds), encoding="utf-8")
    await install_menu(switch.settings)
    await switch.console("dialplan reload")


def speak_by_tones(settings: Settings) -> None:
    """Have the prompts of the menu be recordings: short tones."""
    for name in ("greeting-normal", "greeting-new_year", "greeting-festival", "voice", "menu-main"):
        write_tone(settings.prompts / f"{name}.wav", 440.0, 0.6)


class VoiceSide:
    """What listens: it follows the calls over AMI and recognises with the embedded model."""

    def __init__(self, settings: Settings, **options: Any) -> None:
        switch = settings.asterisk
        where = (switch.ami_host, switch.ami_port)
        self.database = Database(settings.database)
        self.bus = EventBus()
        self.events = Ami(
            *where, "hotline-events", switch.ami_event_secret, wanted=EVENTS_WANTED, limits=LIMITS
        )
        self.actions = Ami(*where, "hotline-actions", switch.ami_action_secret, limits=LIMITS)
        self.tracker = Tracker(settings, self.database, self.bus)
        self.engine = open_engine(settings.asr.model, settings.state)
        self.voice = VoiceMenu(settings, self.actions, lambda: self.engine, **options)
        self._tasks: list[asyncio.Task[None]] = []
        self.events.on("*", self.tracker.feed_live)
        self.bus.listen(self.voice.hear)

    async def __aenter__(self) -> VoiceSide:
        await asyncio.to_thread(self.engine.load)
        await schema.upgrade(self.database)
        runs = [self.events.run, self.actions.run, self.tracker.run_journal]
        self._tasks = [asyncio.create_task(run()) for run in runs]
        await self.events.wait_connected(20)
        await self.actions.wait_connected(20)
        async with asyncio.timeout(20):
            await self.tracker.caught_up.wait()
        self._tasks.append(asyncio.create_task(self.voice.run()))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """End it as a kill would: nothing is taken back, connections are cut."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
            await self.database.close()

    def hang(self) -> ThreadPoolExecutor:
        """Give it a recogniser that never comes back: shut the returned pool down to let it go."""
        pool = ThreadPoolExecutor(1)
        self.voice._streams.pool = pool  # pyright: ignore[reportPrivateUsage]  # a fault from inside
        return pool
