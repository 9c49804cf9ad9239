"""Several hundred calls with random patience: store, journal and SIPp's own timestamps agree on each."""

from __future__ import annotations

import pytest

from hotline.telephony.installation import Asterisk
from support.load_node import loaded_node
from support.load_plan import callers
from support.postgres import Cluster

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.heavy(1)]


@pytest.mark.takes(95)
@pytest.mark.clause("R-Q-1")
@pytest.mark.clause("R-Q-4")
async def test_several_hundred_calls_are_counted_as_they_were(
    asterisk_binary: Asterisk, postgres_cluster: Cluster
) -> None:
    alone = postgres_cluster.new_database()
    async with loaded_node(asterisk_binary, seed=1, alone=alone) as load:
        async with load.calling(callers(1, 320, 50, over_s=85)):
            pass
        rows = await load.proven()
    assert {row.outcome for row in rows} >= {
        *("answered", "abandoned", "timed_out", "queue_full", "overflowed_unanswered", "callback_accepted"),
    }
    assert any(row.callback_answered_at for row in rows)
