"""Writes down in the switch's own journal when it was seen to die: the dead cannot.

``queue_log`` tells a start of the switch by its whole second only, and a switch that is killed is up again
within the same one. With this line the end of its calls is known to the moment, to the service and to an
audit alike.
"""

from __future__ import annotations

import os
from pathlib import Path

from .journal_text import death_line


def note_death(queue_log: Path, at_us: int) -> None:
    """Add the line, whole even behind a line that was cut short. Blocking; raises ``OSError``.

    Call it while no switch runs: it would write into the same file.
    """
    with queue_log.open("a+b", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        torn = size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"
        file.write((b"\n" if torn else b"") + death_line(at_us))
