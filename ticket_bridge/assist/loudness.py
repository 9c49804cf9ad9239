"""Measures how loud a citizen speaks while his leg is heard live, beside what hears it (R-T-9)."""

from __future__ import annotations

from collections.abc import Callable

from ...telephony.audio_ports import LegOfCall, LegSink
from .prosody import Level, LoudnessMeter

Tell = Callable[[str, Level], None]
"""Takes the call and a level of its citizen; returns at once."""


class _Measured:
    """A sink that hands all on, and measures."""

    def __init__(self, sink: LegSink, call: str, tell: Tell) -> None:
        self._sink = sink
        self._call = call
        self._tell = tell
        self._meter = LoudnessMeter()

    def feed(self, pcm: bytes, at_us: int) -> None:
        self._sink.feed(pcm, at_us)
        if (level := self._meter.feed(pcm, at_us)) is not None:
            self._tell(self._call, level)

    def lost(self, seconds: float, at_us: int) -> None:
        self._sink.lost(seconds, at_us)

    def end(self) -> None:
        self._sink.end()


def measured(sink: LegSink | None, leg: LegOfCall, tell: Tell) -> LegSink | None:
    """Return a citizen's sink with its loudness measured, every other as it is."""
    if sink is None or leg.speaker != "citizen":
        return sink
    return _Measured(sink, leg.call, tell)
