"""What the robot says: dialogues in the switch, callbacks' own words spoken ahead, what is asked for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterable, Collection, Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from ..callback_bot.listen.conversation import Asking
from ..callback_bot.model import LEVELS, Callback, Question
from ..callback_bot.speech import speech
from ..callback_bot.speech.speech import Prompts
from ..callback_bot.survey import dialogue_install
from ..callback_bot.survey.dialogue_install import Ready
from ..callback_bot.tables import CallbackRow
from ..core.aio import TaskKeeper
from ..core.clock import Clock, utc_now
from ..core.settings import Settings
from ..ivr.versions import MenuBusyError
from ..telephony.ami import AmiPort
from ..telephony.asterisk_config import Paths

log = structlog.get_logger(__name__)

BUSY_S = 20.0
"""Another change of the switch's menus is waited for so long."""
_KNOWN = 2000
"""Callbacks of which it is remembered that they were spoken."""


class RobotWords:
    """The words of a node's robot. ``stop`` it when the robot ends."""

    def __init__(self, settings: Settings, ami: AmiPort, *, clock: Clock = utc_now) -> None:
        self._settings = settings
        self._ami = ami
        self._clock = clock
        self._zone = ZoneInfo(settings.site.timezone)
        self._menus = Paths.of(settings).menus
        self._prompts = Prompts(Paths.of(settings).sounds, settings.prompts)
        self._ready: dict[str, Ready] = {}
        self._applying = asyncio.Lock()
        self._tasks = TaskKeeper()
        self._spoken: dict[str, None] = {}
        self._surveys: dict[str, tuple[int, dict[str, list[str]]] | None] = {}

    async def stop(self) -> None:
        """End what still goes on in the background."""
        await self._tasks.stop()

    def is_spoken(self, callback: str) -> bool:
        """Tell whether a callback's words were made since the start, as far as that is remembered."""
        return callback in self._spoken

    async def prepare(self, callback: Callback) -> Mapping[str, str]:
        """Have the dialogue in the switch and a callback's own words spoken; returns its variables."""
        ready = await self._dialogue(callback.dialogue)
        today = self._clock().astimezone(self._zone).date()
        sounds = await self._prompts.ready(callback, ready.dialogue.prompts(), today)
        self._spoken[callback.id] = None
        while len(self._spoken) > _KNOWN:
            del self._spoken[next(iter(self._spoken))]
        return {
            "HL_ROBOT_VERSION": ready.version,
            "HL_ROBOT_CALLBACK": callback.id,
            "HL_ROBOT_PHONE": callback.phone,
            **speech.variables(sounds),
        }

    async def forget(self, _session: AsyncSession, callback: CallbackRow, _now: datetime) -> None:
        """Have what only this callback said removed, since it has ended (``schedule.claiming.Ended``)."""
        self._tasks.start(self._prompts.over(callback.id), name="robot forgets words")

    async def sweep(self, open_callbacks: AsyncIterable[Collection[str]]) -> None:
        """Remove the sounds and the dialogues that nobody uses; dialogues only while the switch is there."""
        await self._prompts.sweep(open_callbacks)
        if self._ami.connected:
            await dialogue_install.sweep(self._ami, self._settings)

    def asks(self, version: str, question: Question, turn: int) -> Asking | None:
        """Return what a question of a dialogue's version asks for, None when the version is not here."""
        if version not in self._surveys:
            self._surveys[version] = _survey(self._menus, version)
        survey = self._surveys[version]
        return None if survey is None else Asking(question, turn, LEVELS[survey[0]], survey[1])

    async def _dialogue(self, name: str) -> Ready:
        if (known := self._ready.get(name)) is not None:
            return known
        async with self._applying:
            if name not in self._ready:
                self._ready[name] = await self._apply(name)
                log.info("dialogue is in the switch", dialogue=name, version=self._ready[name].version)
        return self._ready[name]

    async def _apply(self, name: str) -> Ready:
        """Have the switch take a dialogue; waited for a while when somebody else just changes its menus."""
        end = asyncio.get_running_loop().time() + BUSY_S
        while True:
            try:
                return await dialogue_install.apply(self._ami, self._settings, name)
            except MenuBusyError:
                if asyncio.get_running_loop().time() > end:
                    raise
                await asyncio.sleep(0.2)


def _survey(menus: Path, version: str) -> tuple[int, dict[str, list[str]]] | None:
    """Return the levels and the reasons of a dialogue's version, None when it is not here."""
    if not (len(version) == 8 and version.isalnum()):
        return None
    try:
        data = json.loads((menus / f"robot-{version}.words.json").read_text(encoding="utf-8"))
        levels, reasons = data["levels"], data["reasons"]
        return (
            (levels, {str(name): list(words) for name, words in reasons.items()})
            if levels in LEVELS
            else None
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
