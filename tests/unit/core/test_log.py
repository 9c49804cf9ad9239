from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TALKS = """
import structlog
from hotline.core.log import setup_logging

setup_logging()
for number in range(2000):
    structlog.get_logger().warning("journal waits", number=number)
print("goes on", flush=True)
"""


def test_a_log_that_cannot_be_written_harms_nobody():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", TALKS],
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.stdout == "goes on\n"
