"""Live audio: each leg of a talk streamed from the switch beside the call, never in its way."""

from __future__ import annotations

from .audio_ports import FRAME_BYTES, FRAME_US, RATE, LegOfCall, LegSink, OpenSink, Speaker

__all__ = ["FRAME_BYTES", "FRAME_US", "RATE", "LegOfCall", "LegSink", "OpenSink", "Speaker"]
