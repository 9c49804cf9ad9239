"""Live audio: each leg of a talk streamed from the switch beside the call, never in its way (R-T-2).

The switch listens to a leg's channel (ChanSpy, that leg's own voice only) and brings what it hears here over
AudioSocket. A call knows nothing of it: with this service dead, slow or wrong a stream ends and nothing else.
See docs/live-audio.md.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping

import structlog

from ..core.aio import TaskKeeper, woken
from ..core.clock import Clock, IdMaker, new_id, to_us, utc_now
from ..core.events import DomainEvent
from ..core.settings import Settings
from .ami import AmiPort
from .ami_errors import AmiError
from .audio_figures import AudioFigures, Totals
from .audio_heard import NOBODY, Heard, heard, with_citizen
from .audio_machine import Ask, Attach, Close, Command, Detach, Ears, State
from .audio_ports import FRAME_BYTES, FRAME_US, RATE, LegOfCall, LegSink, OpenSink, Speaker
from .audio_server import AudioServer
from .audio_stream import Stream
from .audio_switch import bridges_of, listen
from .calls import CallRecord
from .conference import Calls
from .events import AgentAnswered, CallBridged, CallEnded, LineChanged, RoomChanged, Supervised

__all__ = [
    "FRAME_BYTES",
    "FRAME_US",
    "RATE",
    "AudioFigures",
    "LegOfCall",
    "LegSink",
    "LiveAudio",
    "OpenSink",
    "Speaker",
]

log = structlog.get_logger(__name__)

LOOK_S, SHORTEST_LOOK_S = 0.25, 0.05
"""How often everything is looked at, and how soon again at the most when something has happened."""
ASK_SWITCH_S = 1.0
"""How often the switch is asked whether an agent has come back to the citizen."""
_WAKING = (AgentAnswered, CallBridged, CallEnded, LineChanged, RoomChanged, Supervised)


class LiveAudio:
    """Streams the legs of a node's calls to sinks. Run ``run`` supervised; ``hear`` every domain event."""

    def __init__(
        self,
        settings: Settings,
        ami: AmiPort,
        calls: Calls,
        open_sink: OpenSink,
        *,
        clock: Clock = utc_now,
        make_id: IdMaker = new_id,
        make_secret: Callable[[], uuid.UUID] = uuid.uuid4,
    ) -> None:
        self._where = settings.live_audio
        self._ami = ami
        self._calls = calls
        self._open_sink = open_sink
        self._clock = clock
        self._make_id = make_id
        self._make_secret = make_secret
        self._server = AudioServer()
        self._ears = Ears()
        self._streams: dict[str, Stream] = {}
        self._totals = Totals()
        self._bridges: dict[str, Mapping[str, str]] = {}
        self._asked_at = 0.0
        self._wake = asyncio.Event()
        self._tasks = TaskKeeper()
        self._failures = self._unread = 0

    @property
    def port(self) -> int:
        """Where the streams come in; 0 while it does not run."""
        return self._server.port

    def hear(self, event: DomainEvent) -> None:
        """Look at once when something has happened that changes who speaks with whom."""
        if isinstance(event, _WAKING):
            self._wake.set()

    def figures(self) -> AudioFigures:
        """Return what is done now and what was done."""
        totals, count = self._totals, self._ears.count
        return AudioFigures(
            legs=len(self._ears),
            up=count(State.UP),
            attaching=count(State.ATTACHING),
            refused=count(State.REFUSED),
            apart=count(State.APART),
            attached_total=totals.attached,
            again_total=totals.again,
            failed_total=totals.failed,
            cut_off_total=self._server.refused.total(),
            heard_seconds=totals.frames * FRAME_US / 1_000_000,
            lost_seconds=totals.lost_us / 1_000_000,
        )

    async def run(self) -> None:
        """Listen and attach for ever; raises ``OSError`` when the port cannot be had."""
        async with self._server.listening(self._where.host, self._where.port):
            log.info("live audio listens", host=self._where.host, port=self._server.port)
            try:
                while True:
                    self._look()
                    await asyncio.sleep(SHORTEST_LOOK_S)
                    await woken(self._wake, LOOK_S)
            finally:
                for command in self._ears.end():
                    self._carry_out(command)
                await self._tasks.stop()

    def _look(self) -> None:
        clock = asyncio.get_running_loop().time
        now = clock()
        wanted: dict[str, LegOfCall] = {}
        alive: set[str] = set()
        unsure: list[Heard] = []
        for record in self._calls.open_calls():
            found = self._heard(record)
            alive |= found.alive
            if found.unsure:
                unsure.append(found)
            for leg in with_citizen(found, self._bridges.get(record.id, {})):
                wanted[leg.leg] = leg
        self._ask_switch(unsure, now)
        for stream in self._streams.values():
            stream.look()
        for command in self._ears.see(wanted, alive, now):
            self._carry_out(command)
        while commands := self._ears.tick(clock()):
            for command in commands:
                self._carry_out(command)

    def _heard(self, record: CallRecord) -> Heard:
        try:
            return heard(record)
        except Exception as error:  # a call that cannot be read costs the others nothing
            self._unread += 1
            if str(self._unread).strip("0") == "1":
                log.error("call cannot be heard live", call=record.id, count=self._unread, exc_info=error)
            return NOBODY

    def _carry_out(self, command: Command) -> None:
        leg = command.leg
        stream = self._streams.get(leg.leg)
        match command:
            case Ask():
                self._ask(leg)
            case Attach() if stream is not None:
                self._tasks.start(self._attach(stream), name="live audio stream")
            case Detach() if stream is not None:
                self._server.forget(stream.uuid)
                stream.detach()
            case Close() if stream is not None:
                del self._streams[leg.leg]
                self._server.forget(stream.uuid)
                stream.end()
            case _:
                pass

    def _ask(self, leg: LegOfCall) -> None:
        loop = asyncio.get_running_loop()
        try:
            sink = self._open_sink(leg)
        except Exception:  # whoever takes the sound cannot harm the other legs
            log.exception("live audio cannot be opened", call=leg.call, leg=leg.leg)
            sink = None
        if sink is None:
            self._ears.refused(leg.leg, loop.time())
            return
        offset = to_us(self._clock()) - round(loop.time() * 1_000_000)
        self._streams[leg.leg] = Stream(
            leg,
            sink,
            lambda: offset + round(loop.time() * 1_000_000),
            self._totals,
            on_up=lambda leg_id: self._ears.up(leg_id, loop.time()),
            on_frame=lambda leg_id: self._ears.frame(leg_id, loop.time()),
            on_down=lambda leg_id: self._ears.down(leg_id, loop.time()),
        )
        self._ears.admitted(leg.leg, loop.time())

    async def _attach(self, stream: Stream) -> None:
        """Have the switch listen to a leg and bring here what it hears."""
        secret = self._make_secret()
        stream.uuid = secret.bytes
        self._server.expect(secret.bytes, stream)
        host = self._where.reached_at or self._where.host
        where = f"{f'[{host}]' if ':' in host else host}:{self._server.port}"
        try:
            await listen(self._ami, stream.leg, where, secret, self._make_id())
        except AmiError as error:
            self._could_not(stream, secret.bytes, error)

    def _could_not(self, stream: Stream, secret: bytes, error: AmiError) -> None:
        """Try later; when the switch may have done it all the same, the stream may yet come in time."""
        self._totals.failed += 1
        self._failures += 1
        if str(self._failures).strip("0") == "1":
            log.warning("live audio stream failed", reason=str(error), count=self._failures)
        if not error.maybe_done and stream.uuid == secret:
            self._server.forget(secret)
            self._ears.down(stream.leg.leg, asyncio.get_running_loop().time())

    def _ask_switch(self, unsure: list[Heard], now: float) -> None:
        """Have the switch say where those are of whom the journal does not tell; what it said last counts."""
        asked = {found.citizen.call for found in unsure if found.citizen is not None}
        self._bridges = {call: told for call, told in self._bridges.items() if call in asked}
        if unsure and now - self._asked_at >= ASK_SWITCH_S and self._ami.connected:
            self._asked_at = now
            self._tasks.start(self._learn(unsure), name="live audio bridges")

    async def _learn(self, unsure: list[Heard]) -> None:
        for found in unsure:
            if found.citizen is not None:
                legs = (found.citizen, *found.unsure)
                self._bridges[found.citizen.call] = await bridges_of(self._ami, legs)
