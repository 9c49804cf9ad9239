"""What the kernel tells of a process."""

from __future__ import annotations

import os
import time
from pathlib import Path


def began_at(pid: int) -> float:
    """Return when a process began, in seconds since 1970, to a hundredth of a second."""
    fields = (
        Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    )
    since_boot = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + since_boot
