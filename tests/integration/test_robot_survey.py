"""The survey on a real switch with nobody beside it: every way through it, its marks, its recordings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import pytest

from support.asterisk import Switch
from support.outside import telephones
from support.ports import free_ports
from support.survey import Surveys, acting

pytestmark = [pytest.mark.asterisk, pytest.mark.takes(25)]

RATED = (("identity", "1"), ("consent", "1"), ("contacted", "1"), ("solved", "1"))


@pytest.fixture
async def surveys(running_asterisk) -> AsyncGenerator[Surveys]:
    [port] = free_ports(1)
    trunk = {"name": "out", "host": "127.0.0.1", "port": port, "numbers": ["12345"]}
    switch: Switch = await running_asterisk(trunks=[trunk], agents=[])
    async with AsyncExitStack() as stack:
        ami = await stack.enter_async_context(acting(switch.settings))
        await stack.enter_async_context(telephones(port))
        yield await Surveys.begin(switch, ami)


@pytest.mark.clause("R-CB-1", "R-CB-2", "R-CB-3", "R-CB-7")
async def test_every_way_through_the_survey_by_keys_has_its_end_and_its_marks(surveys: Surveys) -> None:
    scripts: dict[str, tuple[tuple[tuple[str, str], ...], str]] = {
        "满意": ((*RATED, ("satisfied", "1"), ("more", "2")), "completed"),
        "不满意": (
            (*RATED, ("satisfied", "3"), ("reason", "2"), ("reason_words", "1"), ("more", "2")),
            "completed",
        ),
        "一直不说话": (
            (
                ("identity", ""),
                ("identity", ""),
            ),
            "silent",
        ),
        "不是本人": ((("identity", "2"),), "wrong_person"),
        "拒绝": ((("identity", "1"), ("consent", "2")), "refused"),
        "改时间": ((("identity", "1"), ("consent", "3"), ("when", "2")), "later"),
        "按错": (
            (
                ("identity", "7"),
                ("identity", "1"),
                ("consent", "8"),
                ("consent", "9"),
            ),
            "silent",
        ),
        "问一半不答": (
            (*RATED[:2], ("contacted", ""), ("contacted", ""), ("solved", ""), ("solved", "")),
            "silent",
        ),
    }
    attempts = {name: await surveys.dial("out") for name in scripts}
    await asyncio.gather(*(surveys.go(attempts[name], *script) for name, (script, _) in scripts.items()))
    await asyncio.gather(*map(surveys.over, attempts.values()))
    for name, (_, outcome) in scripts.items():
        print(name, surveys.answers(attempts[name]), surveys.outcome(attempts[name]))
        assert surveys.outcome(attempts[name]) == outcome
    assert surveys.switch.faults() == []
