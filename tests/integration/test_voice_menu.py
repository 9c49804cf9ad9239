"""Citizens say what they need; keys work all the while, and whatever fails leads to them (R-IVR-4)."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from hotline.demo.phones import Phone, citizen_phone
from support.asterisk import Switch, started_switch
from support.journal import Line, marks, until, until_idle
from support.menus import QUEUES
from support.node import Node
from support.speech import AUDIO
from support.voice import VoiceSide, ask_by_voice, speak_by_tones, voice_menu

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-IVR-4"), pytest.mark.takes(20)]

SPOKEN, UNCLEAR, LONG = AUDIO / "sv0085.wav", AUDIO / "g20008.wav", AUDIO / "base0104.wav"
"""A word of the menu, another one, and a whole sentence."""


@pytest.mark.takes(45)
async def test_the_whole_service_listens_and_its_death_in_mid_word_leaves_the_keys(asterisk_binary, tmp_path):
    async with started_switch(asterisk_binary, queues=QUEUES, agents=[]) as switch:
        speak_by_tones(switch.settings)
        beside = switch.settings.asterisk.model_copy(update={"mode": "external"})
        node = Node(switch.settings.model_copy(update={"asterisk": beside}), voice_menu(wait_seconds=3))
        await node.start()
        try:
            await promised(switch, limit_s=90)  # the model is loaded by a thread that gives way to all others
            await led(switch, tmp_path)
            async with phone(switch, tmp_path, "13900000009", LONG) as caller:
                await caller.call("12345")
                await told(switch, "HL_VOICE", "13900000009")
                await node.kill()
                assert (await told(switch, "HL_SAID", "13900000009"))["to"] == "none"
                await caller.press("3")
                assert (await told(switch, "HL_HUMAN", "13900000009"))["why"] == "key"
        finally:
            await node.kill()


@pytest.fixture
async def switch(running_asterisk) -> Switch:
    started = await running_asterisk(queues=QUEUES, agents=[])
    await ask_by_voice(started)
    return started


def mine(switch: Switch, name: str, number: str) -> list[dict[str, str]]:
    found: list[Line] = [line for line in marks(switch, name) if line.fields["number"] == number]
    return [line.values for line in found]


async def told(switch: Switch, name: str, number: str, count: int = 1) -> dict[str, str]:
    """Wait for the ``count``-th mark of a name."""
    found = await until(lambda: rows if len(rows := mine(switch, name, number)) >= count else [], limit_s=30)
    return found[count - 1]


def phone(switch: Switch, folder: Path, number: str, speech: Path | None = None) -> Phone:
    return citizen_phone(switch.settings, number, folder / number, speech=speech)


async def promised(switch: Switch, *, limit_s: float = 20) -> None:
    async with asyncio.timeout(limit_s):
        while "HL_VOICE_UNTIL=1" not in await switch.console("dialplan show globals"):  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.1)


async def promise(switch: Switch) -> None:
    """Promise for nobody, as a service that has just died had."""
    await switch.console("dialplan set global HL_VOICE_UNTIL 1999999999")


async def test_a_spoken_word_leads_to_its_queue_and_0_to_a_human_at_once(switch, tmp_path):
    await ask_by_voice(switch, wait_seconds=3)
    async with VoiceSide(switch.settings) as side:
        await promised(switch)
        number = await led(switch, tmp_path)
        said = mine(switch, "HL_SAID", number)[-1]
        assert (said["to"], said["word"], said["turn"]) == ("human:frequent", "1", "1")
        async with phone(switch, tmp_path, "13900000009") as other:
            await other.call("12345")
            await told(switch, "HL_VOICE", "13900000009")
            await other.press("0")
            human = await told(switch, "HL_HUMAN", "13900000009")
            assert (human["queue"], human["why"]) == ("public", "zero")
            await until(lambda: side.voice.listening == 0)
    assert switch.faults() == []


async def led(switch: Switch, folder: Path) -> str:
    """Say the word until it was heard in time, which a busy machine may not manage; all get to a human."""
    for number in (f"1390000000{place}" for place in range(8)):
        async with phone(switch, folder, number, SPOKEN) as caller:
            await caller.call("12345")
            human = await told(switch, "HL_HUMAN", number)
            assert not caller.happened("closed")
            if human["why"] == "voice":
                assert human["queue"] == "frequent"
                return number
    raise AssertionError("never heard in time")


async def test_nothing_is_asked_where_nobody_listens(switch, tmp_path):
    async with phone(switch, tmp_path, "13900000001", SPOKEN) as one:
        await one.call("12345")
        human = await told(switch, "HL_HUMAN", "13900000001")
        assert (human["queue"], human["why"]) == ("public", "timeout")
    assert mine(switch, "HL_VOICE", "13900000001") == []
    assert switch.faults() == []


async def test_what_is_not_understood_is_asked_once_more_and_then_the_keys_follow(switch, tmp_path):
    await ask_by_voice(switch, wait_seconds=3)
    async with VoiceSide(switch.settings):
        await promised(switch)
        async with phone(switch, tmp_path, "13900000001", UNCLEAR) as one:
            await one.call("12345")
            first = await told(switch, "HL_SAID", "13900000001")
            assert (first["to"], first["why"], first["turn"]) == ("none", "unclear", "1")
            await one.play(UNCLEAR)
            second = await told(switch, "HL_SAID", "13900000001", 2)
            assert (second["to"], second["turn"]) == ("none", "2")
            await one.press("3")
            assert (await told(switch, "HL_HUMAN", "13900000001"))["queue"] == "frequent"
    assert switch.faults() == []


@pytest.mark.parametrize("fault", ["killed", "hung", "full"])
async def test_a_recogniser_that_fails_in_the_middle_of_a_word_leaves_the_keys(switch, tmp_path, fault):
    async with VoiceSide(switch.settings, at_once=0 if fault == "full" else 4) as side:
        let_go = threading.Event()
        if fault == "hung":
            side.hang().submit(let_go.wait)
        await promised(switch)
        async with phone(switch, tmp_path, "13900000001", LONG) as one:
            await one.call("12345")
            await told(switch, "HL_VOICE", "13900000001")
            if fault == "killed":
                await until(lambda: side.voice.listening == 1)
                await side.stop()
            said = await told(switch, "HL_SAID", "13900000001")
            assert said["to"] == "none"
            assert said["why"] == ("off" if fault == "full" else "silent")
            # 1.2 s of prompts and 1 s of silence, or what somebody who spoke till the end may add to it.
            assert int(said["ms"]) < 1200 + 1000 + 2500
            await one.press("3")
            human = await told(switch, "HL_HUMAN", "13900000001")
            assert (human["queue"], human["why"]) == ("frequent", "key")
        let_go.set()
    await until_idle(switch)
    assert switch.faults() == []


GARBAGE = {
    "1-77-1": None,
    "2-1-1": None,
    "1--": None,
    "1-0001-1": None,
    "${SHELL(id)}": None,
    "1-1,1)-": None,
    "hotline-bye,s,1": None,
    "-" * 200: None,
    "1-" + "9" * 200: None,
    "1-2-${EXTEN}": "enterprise",
    "1-said1": "frequent",
    "1-0-": "public",
}
"""What the channel's variable may hold, and the queue it leads to; None: nowhere, the keys follow."""


async def test_whatever_is_written_as_an_answer_leads_to_a_way_of_the_menu_or_to_the_keys(switch, tmp_path):
    await promise(switch)
    for place, (answer, queue) in enumerate(GARBAGE.items()):
        number = f"139000001{place:02}"
        async with phone(switch, tmp_path, number) as caller:
            await caller.call("12345")
            await told(switch, "HL_VOICE", number)
            asked = [line for line in marks(switch, "HL_VOICE") if line.fields["number"] == number]
            await switch.console(f"dialplan set chanvar {asked[0].channel} HL_SAID {answer}")
            if queue is None:
                assert (await told(switch, "HL_SAID", number))["to"] == "none"
                await caller.press("3")
            assert (await told(switch, "HL_HUMAN", number))["queue"] == (queue or "frequent")
            assert not caller.happened("closed")
    assert switch.faults() == []
