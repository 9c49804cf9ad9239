"""What the service says to a survey leads where the dialogue says or nowhere; its silence leaves the keys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import pytest

from hotline.callback_bot.survey.dialogue_install import apply
from hotline.callback_bot.survey.ways import way_of
from support.asterisk import Switch
from support.journal import until, write_tone
from support.outside import telephones
from support.ports import free_ports
from support.survey import Surveys, acting

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-CB-7"), pytest.mark.takes(25)]

WHEN = 1_999_999_999
HEARS = {"HL_HEARS": "1999999999"}
"""A service that promises to listen, and is then silent."""
SATISFIED, BAD = way_of("满意"), way_of("不满意")
ASKS_BACK, SWEARING, UNCLEAR, REFUSE = (
    way_of(value) for value in ("asks_back", "swearing", "unclear", "refuse")
)
DEMAND, MACHINE, HUMAN, LATER = (way_of(value) for value in ("new_demand", "machine", "human", "later"))


@pytest.fixture
async def surveys(running_asterisk) -> AsyncGenerator[Surveys]:
    [port] = free_ports(1)
    trunk = {"name": "out", "host": "127.0.0.1", "port": port, "numbers": ["12345"]}
    switch: Switch = await running_asterisk(trunks=[trunk])
    async with AsyncExitStack() as stack:
        ami = await stack.enter_async_context(acting(switch.settings))
        await stack.enter_async_context(telephones(port))
        yield await Surveys.begin(switch, ami)


SPOKEN: dict[str, tuple[tuple[tuple[str, str | int], ...], str]] = {
    "全程说话": (
        (
            *(("identity", 1), ("consent", 1), ("contacted", 2), ("solved", 2), ("satisfied", BAD)),
            *(("reason", 22), ("reason_words", "1"), ("more", 2)),
        ),
        "completed",
    ),
    "说了时间": ((("identity", 1), ("consent", WHEN * 100 + LATER)), "later"),
    "再说时间": ((("identity", 1), ("consent", LATER), ("when", WHEN * 100 + way_of("at"))), "later"),
    "反问": ((("identity", ASKS_BACK), ("identity", 1), ("consent", 2)), "refused"),
    "骂人": ((("identity", 1), ("consent", SWEARING), ("consent", 2)), "refused"),
    "含糊": (
        (("identity", UNCLEAR), ("identity", UNCLEAR), ("identity", "1"), ("consent", REFUSE)),
        "refused",
    ),
    "中途拒绝": ((("identity", 1), ("consent", 1), ("contacted", REFUSE)), "refused"),
    "新诉求以后再说": (
        (("identity", 1), ("consent", 1), ("contacted", DEMAND), ("demand", 2), ("contacted", REFUSE)),
        "refused",
    ),
    "新诉求转人工": ((("identity", 1), ("consent", 1), ("contacted", DEMAND), ("demand", 1)), "handed_over"),
    "说人工": ((("identity", 1), ("consent", HUMAN)), "handed_over"),
    "答录机": ((("identity", MACHINE),), "machine"),
    "说一半没人听": ((("identity", 1), ("consent", 15), ("consent", "2")), "refused"),
}


@pytest.mark.clause("R-CB-1", "R-CB-5")
@pytest.mark.takes(30)
async def test_what_is_understood_leads_where_the_dialogue_says_and_is_marked(surveys: Surveys) -> None:
    script = {name: steps for name, (steps, _) in SPOKEN.items() if name != "说一半没人听"}
    attempts = {name: await surveys.dial("out", **HEARS) for name in script}
    await asyncio.gather(*(surveys.go(attempts[name], *steps) for name, steps in script.items()))
    for name, attempt in attempts.items():
        await until(lambda attempt=attempt: surveys.outcome(attempt), limit_s=30)
        assert (name, surveys.outcome(attempt)) == (name, SPOKEN[name][1])
    said = {name: surveys.answers(attempt) for name, attempt in attempts.items()}
    assert said["全程说话"][4:6] == [("satisfied", "dissatisfied", "speech"), ("reason", "slow", "speech")]
    assert surveys.values(attempts["说了时间"], "HL_ROBOT_ANSWER", "at")[-1:] == [str(WHEN)]
    assert surveys.answers(attempts["再说时间"])[-1] == ("when", "at", "speech")
    assert said["含糊"][:3] == [("identity", "unclear", "speech")] * 2 + [("identity", "yes", "key")]
    assert surveys.values(attempts["含糊"], "HL_ROBOT_ASK", "by")[:3] == ["voice", "voice", "keys"]
    assert said["新诉求以后再说"][2:4] == [("contacted", "new_demand", "speech"), ("demand", "no", "speech")]
    assert said["反问"][0] == ("identity", "asks_back", "speech")
    assert said["骂人"][1] == ("consent", "swearing", "speech")
    assert surveys.switch.faults() == []


GARBAGE = (
    "1-77-0",
    "2-1-0",
    "1--",
    "1-0001-1",
    "${SHELL(id)}",
    "1-9,9)-",
    "hotline-bye,s,1",
    "-" * 200,
    "1-21-0",
)
"""None of it is a way of the first question."""


async def test_whatever_is_written_into_the_channel_leads_out_of_no_question(surveys: Surveys) -> None:
    attempts = {said: await surveys.dial("out", **HEARS) for said in GARBAGE}

    async def attack(attempt: str, said: str) -> None:
        line = await surveys.asked(attempt, "identity")
        await surveys.set(line, "HL_SPEAKS", said)
        await surveys.set(line, "HL_HEARS", said)
        await surveys.set(line, "HL_SAID", said)
        again = await surveys.asked(attempt, "identity", 2)
        await surveys.press(again, "2")
        await surveys.over(attempt)

    await asyncio.gather(*(attack(attempt, said) for said, attempt in attempts.items()))
    assert {surveys.outcome(attempt) for attempt in attempts.values()} == {"wrong_person"}
    contexts = {line.fields["context"] for attempt in attempts.values() for line in surveys.lines(attempt)}
    assert {
        name for name in contexts if not name.startswith(("robot-", "hotline-robot", "hotline-mark"))
    } <= {"from-trunk"}


async def test_who_interrupts_is_heard_at_once_and_a_late_stop_takes_no_question_away(
    surveys: Surveys,
) -> None:
    long = surveys.switch.settings.prompts / "robot-identity.wav"
    write_tone(long, 440.0, 40)
    surveys.ready = await apply(surveys.ami, surveys.switch.settings, "quick")
    attempt = await surveys.dial("out", **HEARS)
    line = await surveys.asked(attempt, "identity")
    stop = {"Channel": line.channel, "Control": "stop"}
    await surveys.ami.action("ControlPlayback", stop)
    await surveys.say(line, 2)
    await surveys.over(attempt)
    [answer] = surveys.lines(attempt, "HL_ROBOT_ANSWER")
    assert (answer.values["value"], answer.values["given"]) == ("no", "speech")
    assert int(answer.values["ms"]) < 35_000
    assert surveys.outcome(attempt) == "wrong_person"
    assert surveys.values(attempt, "HL_ROBOT_ASK", "turn") == ["1"]


async def test_what_an_attempt_is_given_is_data_and_an_unknown_version_ends_it(surveys: Surveys) -> None:
    lost = await surveys.dial("out", HL_ROBOT_VERSION="00000000")
    odd = await surveys.dial("out", HL_P_CONSENT="../../etc/passwd", HL_ROBOT_CALLBACK="a/b:c=d@e")
    await surveys.over(lost)
    assert surveys.outcome(lost) == "line_failed"
    await surveys.go(odd, ("identity", "1"), ("consent", "2"))
    await surveys.over(odd)
    assert surveys.outcome(odd) == "refused"
    assert surveys.values(odd, "HL_ROBOT", "callback") == ["abcde"]


async def test_a_dialogue_that_changes_leaves_surveys_in_progress_in_theirs(surveys: Surveys) -> None:
    settings, old = surveys.switch.settings, surveys.ready
    attempt = await surveys.dial("out")
    line = await surveys.asked(attempt, "identity")
    file = settings.menu.with_name("dialogues") / "quick.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("wait_seconds: 2", "wait_seconds: 3"), encoding="utf-8"
    )
    surveys.ready = await apply(surveys.ami, settings, "quick")
    assert surveys.ready.version != old.version
    assert await surveys.sweep() == ()
    await surveys.press(line, "1")
    await surveys.go(attempt, ("consent", "2"))
    await surveys.over(attempt)
    assert set(surveys.values(attempt, "HL_ROBOT_ASK", "version")) == {old.version}
    await surveys.swept(old.version)
    new = await surveys.dial("out")
    await surveys.go(new, ("identity", "2"))
    await surveys.over(new)
    assert surveys.outcome(new) == "wrong_person"
