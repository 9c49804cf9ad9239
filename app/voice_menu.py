"""Voice navigation, the service's half: listens to citizens who are asked what is wanted (R-IVR-4).

The dialplan asks, plays and decides (``ivr/voice_render.py``); this part only writes variables of the
citizen's channel: the number of a way, or that somebody speaks. It promises for some seconds at a time that
it listens; when it is dead, full, slow or wrong the promise runs out or no answer comes, and the keys follow.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ..asr.ear import Ear
from ..asr.ears import Ears
from ..asr.engine import Engine, Partial, Spoken
from ..core.aio import TaskKeeper
from ..core.clock import Clock, to_us, utc_now
from ..core.errors import HotlineError
from ..core.events import DomainEvent
from ..core.settings import Settings
from ..ivr.voice import OFF, UNCLEAR, Token, Ways, decide, words_name
from ..ivr.voice_render import TURNS
from ..telephony.ami import AmiPort
from ..telephony.asterisk_config import Paths
from ..telephony.audio_heard import CHANNEL
from ..telephony.audio_ports import LegOfCall
from ..telephony.events import CallEnded, HumanRequested, MenuStep, SelfServiceHeard, VoiceAsked

PROMISE_S, BEAT_S = 12, 4.0
"""The promise to listen holds so long, and is renewed so often."""
SPEAKS_MS = 1500
"""Each sign of speech makes the dialplan wait so much longer, up to its own limit."""
SAID_AGAIN_S = 0.4
"""The least time between two such signs."""
LATEST_S = 5.0
"""Who was asked before that is past it: the journal tells of old calls, too."""
LONGEST_S = 60.0
"""An ear that nobody closed is closed by then."""
AT_ONCE = 4
"""Citizens who are listened to at a time; more are led on to the keys at once."""
_OVER = (CallEnded, HumanRequested, MenuStep, SelfServiceHeard)


class VoiceMenu:
    """Run ``run`` supervised; ``hear`` every domain event. Without words in the menu it does nothing."""

    def __init__(
        self,
        settings: Settings,
        ami: AmiPort,
        engine: Callable[[], Engine | None],
        *,
        at_once: int = AT_ONCE,
        clock: Clock = utc_now,
    ) -> None:
        self._menus = Paths.of(settings).menus
        self._ami = ami
        self._engine = engine
        self._at_once = at_once
        self._clock = clock
        self._streams = Ears(settings.live_audio, ami, "voice menu")
        self._ears: dict[str, Ear] = {}
        self._turns: dict[str, VoiceAsked] = {}
        self._ways: dict[str, Ways | None] = {}
        self._spoke: dict[str, float] = {}
        self._tasks = TaskKeeper()
        self._promised = False

    @property
    def listening(self) -> int:
        """How many citizens are listened to now."""
        return len(self._ears)

    def hear(self, event: DomainEvent) -> None:
        """Listen to who is asked, and no longer than that."""
        if isinstance(event, VoiceAsked):
            self._asked(event)
        elif isinstance(event, _OVER) and (asked := self._turns.get(event.call)) is not None:
            again = isinstance(event, MenuStep) and event.why == "unclear" and asked.turn < TURNS
            if not again:
                self._close(event.call)

    async def run(self) -> None:
        """Promise to listen for as long as that is true; raises ``OSError`` when no port can be had."""
        async with self._streams.serving():
            try:
                while True:
                    self._look()
                    await self._promise()
                    await asyncio.sleep(BEAT_S)
            finally:
                for call in tuple(self._turns):
                    self._close(call)
                await self._tasks.stop()

    async def close(self) -> None:
        """Take the promise back, as far as the switch can be reached."""
        self._streams.close()
        if self._promised and self._ami.connected:
            await self._streams.set("", "HL_VOICE_UNTIL", "0")

    async def _promise(self) -> None:
        has_words = await asyncio.to_thread(_has_words, self._menus)
        able = has_words and self._engine() is not None and not self._streams.is_stuck and self._ami.connected
        if able:
            until = to_us(self._clock()) // 1_000_000 + PROMISE_S
            self._promised = await self._streams.set("", "HL_VOICE_UNTIL", str(until))

    def _look(self) -> None:
        """Close ears that were left, and forget words of versions that are gone."""
        for call, asked in tuple(self._turns.items()):
            if (self._clock() - asked.at).total_seconds() > LONGEST_S:
                self._close(call)
        if len(self._ways) > 50:
            self._ways.clear()

    def _asked(self, asked: VoiceAsked) -> None:
        late = (self._clock() - asked.at).total_seconds() > LATEST_S
        if late or not CHANNEL.fullmatch(asked.channel):
            return
        before = self._turns.get(asked.call)
        if before is None and len(self._ears) >= self._at_once:
            self._tasks.start(self._answer(asked, OFF, 0), name="voice menu is full")
            return
        self._turns[asked.call] = asked
        if before is None:
            ear = self._ears[asked.call] = Ear(asked.call)
            self._tasks.start(self._listen(asked, ear), name="voice menu ear")

    async def _listen(self, asked: VoiceAsked, ear: Ear) -> None:
        """Attach an ear and recognise until it is closed; whatever fails, the citizen goes on to the keys."""
        try:
            ways = await self._ways_of(asked.version)
            engine = self._engine()
            if ways is None or engine is None:
                await self._answer(asked, OFF, 0)
                return
            leg = LegOfCall(asked.call, asked.call, asked.channel, "citizen", "")
            hears, speaks = partial(self._said, asked.call, ways), partial(self._speaks, asked.call)
            await self._streams.hear(leg, ear, engine, hears, speaks)
        except* (HotlineError, OSError) as errors:
            self._streams.failed(errors.exceptions[0])
            await self._answer(self._turns.get(asked.call, asked), OFF, 0)
        finally:
            if self._ears.get(asked.call) is ear:
                self._close(asked.call)

    async def _ways_of(self, version: str) -> Ways | None:
        if version not in self._ways:
            self._ways[version] = await asyncio.to_thread(_read_ways, self._menus, version)
        return self._ways[version]

    def _said(self, call: str, ways: Ways, heard: Spoken) -> None:
        asked = self._turns.get(call)
        if asked is None:
            return
        choice = decide(ways, [Token(word.text, word.confidence) for word in heard.words])
        self._tasks.start(self._answer(asked, choice.way, choice.word), name="voice menu answer")
        if choice.way != UNCLEAR:
            self._close(call)

    def _speaks(self, call: str, _guess: Partial) -> None:
        asked, now = self._turns.get(call), time.monotonic()
        if asked is None or now - self._spoke.get(call, 0.0) < SAID_AGAIN_S:
            return
        self._spoke[call] = now
        until = str(to_us(self._clock()) // 1000 + SPEAKS_MS)
        self._tasks.start(self._streams.set(asked.channel, "HL_SPEAKS", until), name="voice menu hears")

    async def _answer(self, asked: VoiceAsked, way: int, word: int) -> None:
        await self._streams.set(asked.channel, "HL_SAID", f"{asked.turn}-{way}-{word}")

    def _close(self, call: str) -> None:
        self._turns.pop(call, None)
        self._spoke.pop(call, None)
        ear = self._ears.pop(call, None)
        if ear is not None:
            ear.close()


def _has_words(menus: Path) -> bool:
    return menus.is_dir() and any(menus.glob(words_name("*")))


def _read_ways(menus: Path, version: str) -> Ways | None:
    """Return the words of a version, None when it has none that can be read."""
    if not (len(version) == 8 and version.isalnum()):
        return None
    try:
        return Ways.from_json((menus / words_name(version)).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
