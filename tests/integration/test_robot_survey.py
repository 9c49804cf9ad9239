"""The survey on a real switch with nobody beside it: every way through it, its marks, its recordings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import pytest

from support.asterisk import Switch
from support.outside import telephones
from support.ports import free_ports
from support.survey import HANG, Surveys, acting

pytestmark = [pytest.mark.asterisk, pytest.mark.takes(25)]

RATED = (("identity", "1"), ("consent", "1"), ("contacted", "1"), ("solved", "1"))


@pytest.fixture
async def surveys(running_asterisk) -> AsyncGenerator[Surveys]:
    [port] = free_ports(1)
    trunk = {"name": "out", "host": "127.0.0.1", "port": port, "numbers": ["12345"]}
    switch: Switch = await running_asterisk(trunks=[trunk])
    async with AsyncExitStack() as stack:
        ami = await stack.enter_async_context(acting(switch.settings))
        await stack.enter_async_context(telephones(port))
        yield await Surveys.begin(switch, ami)


BY_KEYS: dict[str, tuple[tuple[tuple[str, str], ...], str]] = {
    "满意": ((*RATED, ("satisfied", "1"), ("more", "2")), "completed"),
    "不满意": (
        (*RATED, ("satisfied", "3"), ("reason", "2"), ("reason_words", "1"), ("more", "2")),
        "completed",
    ),
    "其他意见": ((*RATED, ("satisfied", "2"), ("more", "1"), ("remarks", "1")), "completed"),
    "一直不说话": ((("identity", ""), ("identity", "")), "silent"),
    "不是本人": ((("identity", "2"),), "wrong_person"),
    "拒绝": ((("identity", "1"), ("consent", "2")), "refused"),
    "改时间": ((("identity", "1"), ("consent", "3"), ("when", "2")), "later"),
    "按错": ((("identity", "7"), ("identity", "1"), ("consent", "8"), ("consent", "9")), "silent"),
    "后来不答": (
        (*RATED[:2], ("contacted", ""), ("contacted", ""), ("solved", ""), ("solved", "")),
        "silent",
    ),
    "开头就挂": ((("identity", HANG),), ""),
    "问到一半挂": ((*RATED, ("satisfied", HANG)), ""),
    "评价以后挂": ((*RATED, ("satisfied", "2"), ("more", HANG)), ""),
    "中间转人工": ((*RATED[:3], ("solved", "0")), "handed_over"),
    "留言时转人工": ((*RATED, ("satisfied", "1"), ("more", "1"), ("remarks", "0")), "handed_over"),
}
"""What is pressed at each question in turn, and how it ends; an empty key is silence, a hang-up no end."""


@pytest.mark.clause("R-CB-1", "R-CB-2", "R-CB-3", "R-CB-7")
@pytest.mark.takes(30)
async def test_every_way_by_keys_has_its_end_its_marks_and_its_recording_with_no_service(surveys) -> None:
    attempts = {name: await surveys.dial("out") for name in BY_KEYS}
    await asyncio.gather(*(surveys.go(attempts[name], *script) for name, (script, _) in BY_KEYS.items()))
    human = {attempts[name] for name, (_, outcome) in BY_KEYS.items() if outcome == "handed_over"}
    await asyncio.gather(*(surveys.over(attempt) for attempt in attempts.values() if attempt not in human))
    for attempt in human:
        await surveys.switch.console(f"channel request hangup {surveys.lines(attempt)[0].channel}")
    await asyncio.gather(*map(surveys.over, human))
    for name, (script, outcome) in BY_KEYS.items():
        attempt = attempts[name]
        assert (name, surveys.outcome(attempt)) == (name, outcome or None)
        asked = [question for question, _ in script]
        answered = [question for question, told in script if told != HANG]
        assert [question for question, _, _ in surveys.answers(attempt)] == answered
        assert {"mix", "citizen", "agent"} <= surveys.files(attempt).keys()
        assert surveys.values(attempt, "HL_ROBOT_ASK", "turn") == [str(n) for n in range(1, len(asked) + 1)]
    said = dict((name, surveys.answers(attempt)) for name, attempt in attempts.items())
    assert said["不满意"][4:6] == [("satisfied", "dissatisfied", "key"), ("reason", "slow", "key")]
    assert said["其他意见"][-1] == ("remarks", "recorded", "speech")
    assert said["改时间"][-1] == ("when", "tomorrow_morning", "key")
    assert said["一直不说话"] == [("identity", "silence", "none")] * 2
    assert said["按错"][0] == ("identity", "unclear", "key")
    assert surveys.switch.faults() == []
