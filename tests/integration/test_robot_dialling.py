"""The robot calls people on a real switch: what they do is written down once, and nobody hears too much."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from hotline.asr.catalogue import open_engine
from hotline.callback_bot.schedule.adding import Adding
from hotline.callback_bot.schedule.new_callback import NewCallback
from support.asterisk import Switch, started_switch
from support.journal import until_idle
from support.ports import free_ports
from support.robot_finger import SATISFIED, finger
from support.robot_node import (
    CAMPAIGN,
    RobotSide,
    add,
    answered,
    attempts,
    callbacks,
    first_tries,
    robot_settings,
)
from support.robot_overheard import Listening, Pcm, words_of
from support.robot_people import people
from support.robot_phones import telephones
from support.robot_talks import Asked
from support.survey import HANG, write_dialogue
from support.third_line_phones import Leg
from support.third_line_sound import playing

pytestmark = [pytest.mark.asterisk, pytest.mark.takes(38)]

OUTCOMES = {
    "13900000001": "completed",
    "13910000001": "busy",
    "13920000001": "rejected",
    "13930000001": "no_answer",
    "13940000001": "line_failed",
    "13950000001": "hung_up",
    "13960000001": "silent",
    "13970000001": "no_answer",
    "13980000001": "no_such_number",
}


@pytest.mark.clause("R-CB-1", "R-CB-7")
async def test_what_people_do_becomes_the_attempts_outcome_and_nobody_hears_of_another(asterisk_binary):
    [port] = free_ports(1)
    given = robot_settings(port, lines=len(OUTCOMES), ring_seconds=10)
    async with started_switch(asterisk_binary, **given) as switch, RobotSide(switch.settings) as side:
        write_dialogue(switch.settings)
        await every_outcome(switch, side, port)
        await only_the_person_is_told(switch, side, port)
        await until_idle(switch)
        assert side.robot.dialler.attempts == {}
        assert switch.faults() == []


async def every_outcome(switch: Switch, side: RobotSide, port: int) -> None:
    """Nine people, of whom each does something else."""
    async with people(port) as who:
        ids: dict[str, str] = {}
        talks = "13900000001"
        presses = finger(switch.settings, lambda callback: SATISFIED if callback == ids.get(talks) else {})
        async with presses:
            ids |= await add(switch.settings, list(OUTCOMES))
            tries = await first_tries(side.database, len(OUTCOMES), limit_s=120)
        assert {number: row.outcome for number, row in tries.items()} == OUTCOMES
        assert set(who.called().values()) == {1}, "nobody is called twice"
        said = (await answered(side.database))[tries[talks].id]
        assert [(question, value) for question, value, _ in said] == [
            ("identity", "yes"),
            ("consent", "yes"),
            ("contacted", "yes"),
            ("solved", "yes"),
            ("satisfied", "满意"),
            ("more", "no"),
        ]
        states = {number: row.state for number, row in (await callbacks(side.database)).items()}
        assert states[talks] == "done"
        assert states["13910000001"] == "waiting"
        recording = switch.recordings / f"{tries[talks].recording}-mix.wav"
        assert recording.stat().st_size > 8000
        await until_idle(switch)


IS_ASKED_FOR, IS_SOMEBODY_ELSE, SAYS_NOTHING = "13900000101", "13900000102", "13900000103"
KEYS = {
    IS_ASKED_FOR: {"identity": "1", "consent": "1", "contacted": "1", "solved": HANG},
    IS_SOMEBODY_ELSE: {"identity": "2"},
    SAYS_NOTHING: {},
}
TOLD = {
    IS_ASKED_FOR: ("王建国", "人民路的路灯不亮", "城管局"),
    IS_SOMEBODY_ELSE: ("李小明", "幸福小区的电梯坏了", "住建局"),
    SAYS_NOTHING: ("张晓红", "中山路的井盖丢失", "水务局"),
}
ENDS = {IS_ASKED_FOR: "hung_up", IS_SOMEBODY_ELSE: "wrong_person", SAYS_NOTHING: "silent"}
UNDERSTOOD = {
    IS_ASKED_FOR: ("建国", "人民路", "路灯", "城管局"),
    IS_SOMEBODY_ELSE: ("小明", "小区", "电梯", "住建局"),
    SAYS_NOTHING: ("晓红", "中山", "井盖", "水务"),
}
"""Of what is told to each: words that the recogniser finds again."""


async def only_the_person_is_told(switch: Switch, side: RobotSide, port: int) -> None:
    """A name, a matter with its place and a unit are heard after the confirmation, and by nobody else."""
    for question in ("consent", "contacted"):  # a recording would be played instead of the person's own words
        (switch.settings.prompts / f"robot-{question}.wav").unlink()
    asked, calls = Asked(), list[asyncio.Task[None]]()
    side.events.on("*", asked.observe)
    sounds = switch.settings.state / "sounds" / "hotline"
    prompts: dict[str, Pcm] = {}
    people = {number: Listening(keys, sounds, prompts) for number, keys in KEYS.items()}

    async def called(leg: Leg) -> None:
        own = next(row for row in await attempts(side.database) if row.number == leg.called)
        await people[leg.called].talk(leg, asked.of(own.id))

    def incoming(leg: Leg) -> None:
        calls.append(asyncio.create_task(called(leg)))

    async with playing() as band, telephones(band, port, switch.settings.asterisk.trunk_port, incoming):
        news = [
            NewCallback(f"T{number}", number, person=person, matter=matter, unit=unit, dialogue="quick")
            for number, (person, matter, unit) in TOLD.items()
        ]
        await Adding(side.database, switch.settings, side.hours).add(CAMPAIGN, news)
        tries = await first_tries(side.database, len(OUTCOMES) + len(news), limit_s=120)
        await asyncio.gather(*calls)
    assert {number: tries[number].outcome for number in TOLD} == ENDS
    ready = Counter(name[:9] for name in prompts)
    assert ready == {"robot-own": len(TOLD), "robot-all": len(TOLD)}, "their words lay ready"
    engine = open_engine("mini-cn-synthetic", None)
    for number, one in people.items():
        confirmed = one.before if number == IS_ASKED_FOR else len(one.heard)
        assert len(one.heard) > 8000, "the robot's other words were heard"
        assert set(one.heard_of(one.heard[:confirmed]).values()) == {0.0}, number
        words = words_of(one.heard[:confirmed], engine)
        assert [word for told in UNDERSTOOD.values() for word in told if word in words] == [], number
    one = people[IS_ASKED_FOR]
    after = one.heard[one.before :]
    told = one.heard_of(after, first_s=5)  # others' words begin alike: 您好，关于您反映的
    whole = sorted(name[:9] for name, share in told.items() if share > 0.7)
    assert whole == ["robot-all", "robot-own"], told
    words = words_of(after, engine)
    understood = {number for number, known in UNDERSTOOD.items() for word in known if word in words}
    assert understood == {IS_ASKED_FOR}, words
    assert [word for word in UNDERSTOOD[IS_ASKED_FOR] if word not in words] == [], words
