"""A service that gives way starts what must not."""

from __future__ import annotations

import os
import subprocess
import sys

_PROGRAM = """
import asyncio, os, subprocess, sys
from hotline.core.priority import FullPriority, give_way

def child():
    program = "import os; print(os.getpriority(os.PRIO_PROCESS, 0))"
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return out.stdout.strip()

async def main():
    full = FullPriority()
    give_way()
    print(os.getpriority(os.PRIO_PROCESS, 0), child(), await full.call(child))
    give_way()
    print(os.getpriority(os.PRIO_PROCESS, 0))
    full.close()

asyncio.run(main())
"""


def test_a_child_keeps_the_first_priority_and_the_service_gives_way_once() -> None:
    first = os.getpriority(os.PRIO_PROCESS, 0)
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True, start_new_session=True
    )
    lowered = max(first, 10)
    assert done.stdout.split() == [str(lowered), str(lowered), str(first), str(lowered)]
