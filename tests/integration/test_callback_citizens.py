"""Fifty citizens who do what people do when a robot calls: every outcome, every answer, every recording."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import soundfile
from sqlalchemy import select

from hotline.asr.catalogue import open_engine
from hotline.asr.engine import Engine
from hotline.callback_bot.schedule.adding import Adding
from hotline.callback_bot.schedule.new_callback import NewCallback
from hotline.callback_bot.tables import AttemptRow
from hotline.core.clock import utc_now
from hotline.core.db import Database
from hotline.core.settings import Settings
from hotline.demo.phones import Phone, SipAccount
from hotline.ticket_bridge.callback_results import callbacks_of
from hotline.ticket_bridge.tables import TicketRow
from support.asterisk import started_switch
from support.journal import until_idle
from support.ports import free_ports
from support.receiver import Receiver, receiver
from support.receiver import until as delivered
from support.robot_citizens import CITIZENS
from support.robot_node import CAMPAIGN, RobotSide, add, answered, callbacks, first_tries, robot_settings
from support.robot_phones import telephones
from support.robot_talks import Asked, Talks
from support.survey import write_dialogue
from support.third_line_phones import Leg
from support.third_line_sound import playing

pytestmark = [pytest.mark.asterisk, pytest.mark.heavy(2), pytest.mark.takes(140)]

LINES_HEARD, LINES_BY_KEYS = 2, 6
"""Whoever speaks is called first, two at a time: a busy machine recognises no more. The others are called by
a robot that has no recogniser, as it goes on when that fails."""
NUMBERS = {f"1390000{place:04}": citizen for place, citizen in enumerate(CITIZENS, 1)}


BEFORE = "working"
"""What the tickets are before: whoever is not reached leaves theirs as it was."""
BECOMES = {"done": "closed", "check": "check"}
EVENTS = {
    "done": "callback.closed",
    "check": "callback.check",
    "refused": "callback.refused",
    "expired": "callback.unrated",
}


def unrecorded(folder: Path, bases: Mapping[str, str]) -> list[str]:
    """Return which recordings of calls are not there, or hold nothing: after the answer, and before it."""
    found: list[str] = []
    for number, citizen in NUMBERS.items():
        legs = ("mix", "citizen", "agent") if citizen.answers else ()
        early = ("early",) if citizen.early and not citizen.answers else ()
        for leg in (*legs, *early):
            file = folder / f"{bases[number]}-{leg}.wav"
            if not file.is_file() or soundfile.info(file).frames < (4000 if early else 400):
                found.append(f"{citizen.name} {leg}")
    return found


def misunderstood(
    tries: Mapping[str, AttemptRow], stored: Mapping[str, list[tuple[str, str, str]]]
) -> dict[str, object]:
    """Return what was stored of whom something else was meant."""
    found: dict[str, object] = {}
    for number, citizen in NUMBERS.items():
        said = {question: value for question, value, _ in stored.get(tries[number].id, [])}
        if not citizen.values.items() <= said.items():
            found[citizen.name] = said
    return found


async def put_tickets(database: Database) -> None:
    """Have a ticket of ours for everybody who is called."""
    at = utc_now()
    usual = {"node": "node1", "status": BEFORE, "confidential": False, "model": "", "fields": {}}
    async with database.write() as session:
        session.add_all(
            TicketRow(id=f"01{n}", number=f"T{n}", call=f"c-{n}", created_at=at, updated_at=at, **usual)
            for n in NUMBERS
        )


async def check_tickets(database: Database) -> None:
    """Each ticket is what its callback makes of it, and shows what was said."""
    async with database.read() as session:
        statuses = {row.number: row.status for row in await session.scalars(select(TicketRow))}
        told = {number: await callbacks_of(session, f"T{number}") for number in NUMBERS}
    assert statuses == {f"T{n}": BECOMES.get(one.state, BEFORE) for n, one in NUMBERS.items()}
    levels = {n: [one["level"] for one in told[n]] for n in NUMBERS}
    for number, one in NUMBERS.items():
        assert len(levels[number]) == (one.state in EVENTS), one.name
        if one.state != "done" or "satisfied" in one.values:
            assert set(levels[number]) <= {one.values.get("satisfied", "")}, one.name


async def check_messages(city: Receiver) -> None:
    """The city's system has been told of everyone whose callback has ended, and of nobody else."""
    ended = {f"T{number}": one for number, one in NUMBERS.items() if one.state in EVENTS}
    await delivered("the city knows all", lambda: {one["ticket"] for one in city.taken} >= ended.keys())
    last = {message["ticket"]: message for message in city.taken}
    assert {ticket: message["event"] for ticket, message in last.items()} == {
        ticket: EVENTS[one.state] for ticket, one in ended.items()
    }
    for ticket, one in ended.items():
        said = {answer["question"]: answer["value"] for answer in last[ticket]["answers"]}
        assert one.values.items() <= said.items(), one.name
        assert bool(last[ticket]["recording"]) == bool(one.answers or one.early), one.name


@asynccontextmanager
async def robot(
    settings: Settings, lines: int, engine: Engine | None, asked: Asked, talks: Talks
) -> AsyncGenerator[RobotSide]:
    """Have the robot call on so many lines."""
    trunk = settings.robot.trunks[0].model_copy(update={"lines": lines})
    own = settings.robot.model_copy(update={"trunks": (trunk,)})
    async with RobotSide(settings.model_copy(update={"robot": own}), engine) as side:
        side.events.on("*", asked.observe)
        talks.database = side.database
        yield side


@pytest.mark.clause("R-CB-1", "R-CB-2", "R-CB-3", "R-CB-5", "R-CB-6", "R-CB-7")
async def test_whatever_citizens_do_is_understood_recorded_and_written_down(asterisk_binary, tmp_path: Path):
    port, *ports = free_ports(1 + sum(citizen.baresip for citizen in CITIZENS))
    baresips = dict(zip((number for number, one in NUMBERS.items() if one.baresip), ports, strict=True))
    engine = open_engine("mini-cn-synthetic", None)
    await asyncio.to_thread(engine.load)
    given = robot_settings(port, lines=LINES_HEARD, ring_seconds=20)
    hook = {"name": "city", "topics": ["callbacks"], "secret": "a-secret-of-its-own"}
    heard = [number for number, citizen in NUMBERS.items() if citizen.is_heard]
    async with AsyncExitStack() as stack:
        city = await stack.enter_async_context(receiver())
        given["webhooks"] = [{**hook, "url": city.target().url}]
        switch = await stack.enter_async_context(started_switch(asterisk_binary, **given))
        write_dialogue(switch.settings)
        await add(switch.settings, heard)
        asked = Asked()
        talks = Talks(NUMBERS, asked)
        await asyncio.to_thread(talks.prepare, tmp_path)
        band = await stack.enter_async_context(playing())
        calls: list[asyncio.Task[None]] = []

        def incoming(leg: Leg) -> None:
            calls.append(asyncio.create_task(talks.called(leg)))

        trunk = switch.settings.asterisk.trunk_port
        network = await stack.enter_async_context(telephones(band, port, trunk, incoming))
        for number, own in baresips.items():
            account = SipAccount(number, "127.0.0.1", port, register=False)
            folder = tmp_path / number
            phone = Phone(account, folder, listen_port=own, answer_after_s=0.3)
            await stack.enter_async_context(phone)
            calls.append(asyncio.create_task(talks.at_baresip(number, phone, folder)))
        network.passed.update(baresips)
        async with robot(switch.settings, LINES_HEARD, engine, asked, talks) as side:
            await put_tickets(side.database)
            await first_tries(side.database, len(heard), limit_s=240)
        side = await stack.enter_async_context(robot(switch.settings, LINES_BY_KEYS, None, asked, talks))
        others = [
            NewCallback(f"T{number}", number, dialogue="quick") for number in NUMBERS.keys() - set(heard)
        ]
        await Adding(side.database, switch.settings, side.hours).add(CAMPAIGN, others)
        tries = await first_tries(side.database, len(NUMBERS), limit_s=120)
        await asyncio.gather(*calls)

        outcomes = {one.name: tries[number].outcome for number, one in NUMBERS.items()}
        assert outcomes == {one.name: one.outcome for one in CITIZENS}
        stored = await answered(side.database)
        assert misunderstood(tries, stored) == {}
        states = {NUMBERS[number].name: row.state for number, row in (await callbacks(side.database)).items()}
        assert states == {one.name: one.state for one in CITIZENS}

        await check_tickets(side.database)
        await check_messages(city)
        assert unrecorded(switch.recordings, {number: row.recording for number, row in tries.items()}) == []
        assert set(Counter(leg.called for leg in network.legs).values()) == {1}, "nobody is called twice"
        given_by = Counter(how for answers in stored.values() for _, _, how in answers)
        assert given_by["speech"] >= 20, given_by
        await until_idle(switch)
        assert switch.faults() == []
