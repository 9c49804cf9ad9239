"""Which key was pressed at the offer stands in the journal: who leaves a message waits no more."""

from __future__ import annotations

import pytest

from support.asterisk import free_ports
from support.callbacks import begin
from support.journal import until

pytestmark = pytest.mark.asterisk


@pytest.mark.takes(30)
@pytest.mark.parametrize("key", ["1", "2"])
async def test_a_key_at_the_offer_is_marked(running_asterisk, tmp_path, key: str):
    flow = await begin(running_asterisk, tmp_path, free_ports(1)[0])
    async with flow:
        citizen = await flow.citizen()
        await citizen.call("12345")
        await until(lambda: [line.values["status"] for line in flow.mark("HL_QUEUE_END")] == ["TIMEOUT"])
        await citizen.press(key)
        [mark] = await until(lambda: flow.mark("HL_OFFER"))
        assert mark.values["key"] == key
        assert int(mark.values["n"]) > int(flow.mark("HL_QUEUE_END")[0].values["n"])
        assert flow.switch.faults() == []
