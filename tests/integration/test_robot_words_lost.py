"""A service that dies in a call loses no word of the answers that it heard: the recording has them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import soundfile
from sqlalchemy import select

from hotline.callback_bot.model import Question
from hotline.callback_bot.tables import AnswerRow, AttemptRow
from hotline.callback_bot.understanding.understand import understand
from hotline.core.db import Database
from hotline.telephony.ami import Ami
from hotline.telephony.ami_message import AmiMessage
from hotline.telephony.cel import fact_of_event
from hotline.telephony.events_wanted import EVENTS_WANTED
from support.asterisk import started_switch
from support.journal import until
from support.ports import free_ports
from support.robot_citizens import SPEAKERS
from support.robot_node import LIMITS, RobotProcess, add, first_tries, robot_settings
from support.robot_phones import telephones
from support.robot_talks import Asked, Talks
from support.survey import write_dialogue
from support.third_line_phones import Leg
from support.third_line_sound import playing

pytestmark = [pytest.mark.asterisk, pytest.mark.heavy(2), pytest.mark.takes(45)]

NUMBER = "13900008001"
MODEL = "mini-cn-synthetic"


class Answers:
    """What the switch tells of spoken answers."""

    def __init__(self) -> None:
        self.spoken: list[str] = []

    def observe(self, message: AmiMessage) -> None:
        fact = fact_of_event(message) if message.name == "CEL" else None
        if fact is not None and fact.slot.endswith(":HL_ROBOT_ANSWER") and fact.get("given") == "speech":
            self.spoken.append(fact.get("question"))


async def stored(database: Database) -> list[AnswerRow]:
    async with database.read() as session:
        rows = await session.scalars(select(AnswerRow).order_by(AnswerRow.seq))
        return [row for row in rows if row.given == "speech" and row.value != "recorded"]


async def with_words(database: Database) -> list[AnswerRow]:
    async with asyncio.timeout(60):
        while True:
            rows = await stored(database)
            if rows and all(row.words for row in rows):
                return rows
            await asyncio.sleep(0.1)


@pytest.mark.clause("R-CB-3", "R-CB-7")
async def test_words_heard_by_a_service_that_was_killed_come_from_the_recording(
    asterisk_binary, tmp_path: Path
):
    [port] = free_ports(1)
    citizens = {NUMBER: SPEAKERS[0]}
    async with AsyncExitStack() as stack:
        switch = await stack.enter_async_context(started_switch(asterisk_binary, **robot_settings(port)))
        write_dialogue(switch.settings)
        await add(switch.settings, [NUMBER])
        asked, answers = Asked(), Answers()
        talks = Talks(citizens, asked)
        await asyncio.to_thread(talks.prepare, tmp_path)
        talks.database = database = Database(switch.settings.database)
        stack.push_async_callback(database.close)
        own = switch.settings.asterisk
        events = Ami(
            *(own.ami_host, own.ami_port, "hotline-events", own.ami_event_secret),
            wanted=EVENTS_WANTED,
            limits=LIMITS,
        )
        events.on("*", asked.observe)
        events.on("*", answers.observe)
        listening = asyncio.create_task(events.run())
        stack.callback(listening.cancel)
        await events.wait_connected(20)
        band = await stack.enter_async_context(playing())
        calls: list[asyncio.Task[None]] = []

        def incoming(leg: Leg) -> None:
            calls.append(asyncio.create_task(talks.called(leg)))

        await stack.enter_async_context(telephones(band, port, own.trunk_port, incoming))
        process = RobotProcess(switch.settings, MODEL)
        stack.push_async_callback(process.kill)
        await process.start()
        await until(lambda: len(answers.spoken) >= 2, limit_s=90)
        await process.kill()
        await process.start()
        [attempt] = (await first_tries(database, 1, limit_s=120)).values()
        await asyncio.gather(*calls)
        assert attempt.outcome == "completed"
        rows = await with_words(database)
        assert len(rows) >= 2
        async with database.read() as session:
            file = (await session.get_one(AttemptRow, attempt.id)).recording
        length_ms = 1000 * soundfile.info(switch.recordings / f"{file}-citizen.wav").duration
        for row in rows:
            assert understand(Question(row.question), row.words).value == row.value, (row.question, row.words)
            assert 0 < row.confidence <= 1
            assert 0 <= row.start_ms < row.end_ms <= length_ms + 500
