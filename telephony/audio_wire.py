"""The AudioSocket protocol as bytes: a stream cut anywhere becomes frames. No I/O here.

A frame is one byte of kind, two of length (big-endian), and so many bytes. Only what Asterisk sends for 8 kHz
is taken; anything else is no frame of ours, and the connection it came on is worth nothing any more.
"""

from __future__ import annotations

from enum import IntEnum

from .audio_ports import FRAME_BYTES

HEAD = 3
LONGEST_AUDIO = 5 * FRAME_BYTES


class Kind(IntEnum):
    """What a frame holds."""

    HANGUP = 0x00
    UUID = 0x01
    DTMF = 0x03
    AUDIO = 0x10
    ERROR = 0xFF


_LENGTHS = {
    Kind.HANGUP: range(1),
    Kind.UUID: range(16, 17),
    Kind.DTMF: range(1, 2),
    Kind.AUDIO: range(FRAME_BYTES, LONGEST_AUDIO + 1, FRAME_BYTES),
    Kind.ERROR: range(2),
}
GOODBYE = bytes((Kind.HANGUP, 0, 0))
"""Ends a stream from our side."""

Frame = tuple[Kind, bytes]


class FrameError(ValueError):
    """The bytes are not what the switch sends; the message is constant and says why."""


class FrameReader:
    """Cuts the bytes of one connection into frames; holds less than one frame between two calls."""

    def __init__(self) -> None:
        self._rest = b""

    @property
    def held(self) -> int:
        """How many bytes of a frame are there whose end has not come yet."""
        return len(self._rest)

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that the next bytes complete; raises ``FrameError`` at the first wrong one."""
        data = self._rest + data if self._rest else data
        self._rest = b""
        frames: list[Frame] = []
        at, size = 0, len(data)
        while size - at >= HEAD:
            kind, length = _head(data[at], data[at + 1] << 8 | data[at + 2])
            if size - at < HEAD + length:
                break
            frames.append((kind, data[at + HEAD : at + HEAD + length]))
            at += HEAD + length
        self._rest = data[at:]
        return frames


def _head(kind: int, length: int) -> tuple[Kind, int]:
    try:
        lengths = _LENGTHS[Kind(kind)]
    except ValueError:
        raise FrameError("unknown kind") from None
    if length not in lengths:
        raise FrameError("wrong length")
    return Kind(kind), length
