"""Thirty three-way calls in which something fails: nobody is dropped or left alone, the records are true.

A failure names seed and run; ``docs/testing.md`` tells how one run is repeated alone.
"""

from __future__ import annotations

import os

import pytest

from hotline.telephony.installation import Asterisk
from support.third_line_trial import trial

pytestmark = [pytest.mark.asterisk, pytest.mark.heavy(1)]

RUNS = int(os.environ.get("HOTLINE_RUNS", "30"))
SEED = int(os.environ.get("HOTLINE_SEED", "4"))


@pytest.mark.takes(60)
@pytest.mark.clause("R-3W-1")
@pytest.mark.clause("R-3W-4")
async def test_no_failure_drops_a_citizen_or_leaves_one_alone(asterisk_binary: Asterisk) -> None:
    found = await trial(asterisk_binary, seed=SEED, runs=RUNS)
    assert not found, "\n".join(found)
