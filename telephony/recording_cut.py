"""Some seconds out of a recording, also of one that is still being written (R-T-1).

Blocking: call it in a thread.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

from ..core.errors import NotFoundError
from .recording_files import is_safe, look

LONGEST_S = 60.0
_HEADER = 44


def cut(folder: Path, path: str, from_s: float, until_s: float) -> bytes:
    """Return a WAV file of a stretch, seconds from the recording's beginning, 60 s of it at most.

    What lies before the beginning or was not written yet is left out. Raises ``NotFoundError`` when there is
    no such recording, or no sound of that stretch in it.
    """
    state = look(folder, path) if is_safe(path) else None
    if state is None or not state.is_sound:
        raise NotFoundError("there is no such recording on this node", mend="see the call's page")
    frames = state.data_bytes // state.frame_bytes
    first = min(max(round(from_s * state.sample_rate), 0), frames)
    last = min(round(min(until_s, from_s + LONGEST_S) * state.sample_rate), frames)
    if last <= first:
        raise NotFoundError(
            "nothing of that stretch is recorded", mend="wait a second, or ask for an earlier one"
        )
    descriptor = os.open(folder / path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        header = os.pread(descriptor, _HEADER, 0)
        sound = os.pread(descriptor, (last - first) * state.frame_bytes, _HEADER + first * state.frame_bytes)
    finally:
        os.close(descriptor)
    return _with_sizes(header, len(sound)) + sound


def _with_sizes(header: bytes, size: int) -> bytes:
    """Return a header of the same format for so many bytes; the switch writes them only when it is done."""
    return header[:4] + struct.pack("<I", size + _HEADER - 8) + header[8:40] + struct.pack("<I", size)
