"""Each voice of a talk comes alone, in 20 ms frames, and no call knows of it."""

from __future__ import annotations

import pytest

from support.live_ears import AGENTS, CITIZEN, FIRST, LINE, SECOND, ears, until

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-T-2")]


async def test_each_voice_comes_on_its_own_and_a_killed_stream_comes_back(running_asterisk):
    async with ears(running_asterisk) as scene, scene.listening() as (_, live):
        citizen, agent = await scene.talk()
        await until(lambda: (one := scene.sink("citizen")) and one.heard(CITIZEN) > 50)
        await until(lambda: (one := scene.sink("agent", AGENTS[0])) and one.heard(FIRST) > 50)
        mine, theirs = scene.sink("citizen"), scene.sink("agent", AGENTS[0])
        assert (mine.tones, theirs.tones) == ({CITIZEN}, {FIRST})
        print(mine.losses, theirs.losses, mine.unaccounted_us(), await scene.channels())
        print(await scene.switch.console("core show channels"))
