"""One leg's sound on its way from the switch to whoever takes it, over all its streams."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from .audio_figures import Totals
from .audio_ports import FRAME_US, LegOfCall, LegSink
from .audio_server import Peer
from .audio_timeline import Hole, Timeline

log = structlog.get_logger(__name__)


@dataclass(eq=False)
class Stream:
    """One leg with its sink; what the server gives its sound to. ``on_…`` are told of its fate."""

    leg: LegOfCall
    sink: LegSink
    now_us: Callable[[], int]
    totals: Totals
    on_up: Callable[[str], None]
    on_frame: Callable[[str], None]
    on_down: Callable[[str], None]
    uuid: bytes = b""
    """The secret of the stream that is expected or there."""
    streams: int = 0
    _timeline: Timeline = field(default_factory=Timeline)
    _peer: Peer | None = None
    _deaf: bool = False

    def connected(self, peer: Peer) -> None:
        """Take the stream in."""
        self._peer = peer
        self.streams += 1
        self.totals.attached += 1
        self.totals.again += self.streams > 1
        self.on_up(self.leg.leg)

    def audio(self, frames: Sequence[bytes]) -> None:
        """Hand frames on, each with its moment, and what was lost before them."""
        hole, left_out, at_us = self._timeline.place(len(frames), self.now_us())
        self._lose(hole)
        self.totals.frames += len(frames)
        self.totals.left_out += left_out
        if self._deaf:
            return
        try:
            for pcm in frames[left_out:]:
                self.sink.feed(pcm, at_us)
                at_us += FRAME_US
        except Exception as error:  # a sink's fault harms neither the others nor the stream
            self._fault(error)
        self.on_frame(self.leg.leg)

    def closed(self, peer: Peer, why: str) -> None:
        """Note that the stream has ended."""
        if peer is self._peer:
            self._peer = None
            self.on_down(self.leg.leg)

    def look(self) -> None:
        """Tell what is lost by now while no frame comes."""
        self._lose(self._timeline.idle(self.now_us()))

    def detach(self) -> None:
        """End the stream that is there."""
        peer, self._peer = self._peer, None
        if peer is not None:
            peer.close()

    def end(self) -> None:
        """Tell the sink that nothing more comes."""
        self.detach()
        try:
            self.sink.end()
        except Exception as error:  # as above
            self._fault(error)

    def _lose(self, hole: Hole | None) -> None:
        if hole is None:
            return
        self.totals.lost_us += hole.lost_us
        try:
            self.sink.lost(hole.lost_us / 1_000_000, hole.at_us)
        except Exception as error:  # as above
            self._fault(error)

    def _fault(self, error: Exception) -> None:
        """Give a faulty sink nothing more but its end."""
        self.totals.sink_faults += 1
        if not self._deaf:
            self._deaf = True
            log.error("live audio cannot be taken", call=self.leg.call, leg=self.leg.leg, exc_info=error)
