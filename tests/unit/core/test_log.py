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


ENDS = """
import asyncio, logging
from hotline.core.log import setup_logging

setup_logging()
for kind in (asyncio.CancelledError, OSError):
    try:
        raise kind("of a test")
    except kind:
        logging.getLogger("sqlalchemy.pool.impl").error("Exception during reset", exc_info=True)
"""


def test_what_was_cancelled_is_no_error_of_a_library_and_all_else_is():
    done = subprocess.run(
        [sys.executable, "-c", ENDS], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr.count("Exception during reset") == 1
    assert "OSError: of a test" in done.stderr
    assert "CancelledError" not in done.stderr
