"""What live audio does now and did since the service began."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Totals:
    """What was counted since the service began; lost sound in microseconds."""

    attached: int = 0
    """Streams that were there, the first and all later ones."""
    again: int = 0
    """Of these, those that were not a leg's first."""
    failed: int = 0
    """Streams that the switch could not make."""
    frames: int = 0
    left_out: int = 0
    """Frames that came after they had been told as lost."""
    lost_us: int = 0
    sink_faults: int = 0


@dataclass(frozen=True)
class AudioFigures:
    """Legs now, and totals; ``…_seconds`` are of one leg's sound."""

    legs: int
    """Legs that are known; of these:"""
    up: int
    attaching: int
    refused: int
    """Not admitted."""
    apart: int
    """Admitted, not with the citizen now."""
    attached_total: int
    again_total: int
    failed_total: int
    cut_off_total: int
    """Connections that were not let in, or cut off."""
    heard_seconds: float
    lost_seconds: float
