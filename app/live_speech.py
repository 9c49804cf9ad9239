"""Wires what hears the calls that go on: sound from the switch, recognition, transcripts, streams to viewers.

Beside the call path: with all of this gone, calls, recordings and the transcripts after them are the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..asr.conversation import Conversations
from ..asr.engine import Engine
from ..asr.live import LiveSpeech
from ..asr.live_transcripts import LiveTranscripts
from ..core.aio import supervise
from ..core.clock import Clock
from ..core.events import DomainEvent, EventBus
from ..core.settings import Settings
from ..core.spare import Spare
from ..telephony.ami import Ami
from ..telephony.audio import LegOfCall, LegSink, LiveAudio
from ..telephony.tracker import Tracker
from ..ticket_bridge.assist.loudness import Tell as TellLevel
from ..ticket_bridge.assist.loudness import measured
from ..web.desk import Desk
from ..web.prometheus_speech import SpeechCollector
from ..web.speech_stream import Speech


class LiveSpeechParts:
    """Live speech of one node. ``hear`` is a listener of the bus, ``run`` is supervised.

    ``engine`` gives the model in use, None while there is none; ``recorded`` tells what was said when live
    speech cannot.
    """

    def __init__(
        self,
        settings: Settings,
        ami: Ami,
        tracker: Tracker,
        bus: EventBus,
        *,
        engine: Callable[[], Engine | None],
        recorded: Conversations,
        clock: Clock,
    ) -> None:
        live = settings.asr.live
        self._enabled = live.enabled
        self._is_running = False
        self.speech = LiveSpeech(
            engine,
            bus.publish,
            threads=live.threads,
            most_legs=live.most_legs,
            machine_full=Spare(full=live.machine_full_percent / 100).is_full,
            clock=clock,
        )
        self.transcripts = LiveTranscripts(engine, recorded, clock=clock)
        self.speech.on_record = self.transcripts.record
        self.on_level: TellLevel = lambda _call, _level: None
        """Told of how loud the citizens speak."""
        self.audio = LiveAudio(settings, ami, tracker, self._open, clock=clock)
        recordings = settings.recording.directory or settings.state / "recordings"
        self.web = Speech(bus, tracker, self.transcripts, recordings=recordings)

    def _open(self, leg: LegOfCall) -> LegSink | None:
        return measured(self.speech.open(leg), leg, self.on_level)

    def tell(self, desk: Desk) -> None:
        """Show the figures in ``/metrics``."""
        desk.exposition.registry.register(SpeechCollector(self.speech.figures, self.audio.figures))

    def hear(self, event: DomainEvent) -> None:
        """Take in an event; returns at once."""
        self.transcripts.hear(event)
        if self._is_running:
            self.audio.hear(event)

    async def run(self) -> None:
        """Hear calls until cancelled; does nothing where it is not wanted."""
        if not self._enabled:
            await asyncio.Event().wait()
        self._is_running = True
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(supervise("live speech", self.speech.run))
                group.create_task(supervise("live audio", self.audio.run))
        finally:
            self._is_running = False

    async def close(self) -> None:
        """Hear nothing any more; the calls go on."""
        await self.speech.close()
