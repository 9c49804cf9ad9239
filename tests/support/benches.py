"""What the benches share: their arguments, their progress, their one line of JSON, a process's figures."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Awaitable
from pathlib import Path
from typing import Protocol

from hotline.core.log import setup_logging


class Measure(Protocol):
    """Measures and returns the bench's result; the quick form ends within 60 s."""

    def __call__(self, *, quick: bool) -> Awaitable[dict[str, object]]: ...


def run(description: str | None, measure: Measure) -> None:
    """Read the arguments, measure, print one line of JSON."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; JSON is always printed")
    parser.add_argument("--quick", action="store_true", help="end within 60 s")
    arguments = parser.parse_args()
    setup_logging(level="WARNING")
    print(json.dumps(asyncio.run(_result(measure, quick=arguments.quick)), ensure_ascii=False))


async def _result(measure: Measure, *, quick: bool) -> dict[str, object]:
    return await measure(quick=quick)


def say(line: str) -> None:
    """Show progress on standard error."""
    print(line, file=sys.stderr, flush=True)


def cpu_s(pid: int) -> float:
    """Return the processor time that a process has used, all its threads, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_bytes(pid: int) -> int:
    """Return a process's proportional set size."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the kernel tells no Pss")
