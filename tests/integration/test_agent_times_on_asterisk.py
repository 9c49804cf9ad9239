"""Agents' times, vanished telephones and unanswered rings, on a real switch with real telephones."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from hotline.app.agent_times import AgentTimes
from hotline.app.agent_watch import SETTLE_S
from hotline.core.clock import utc_now
from hotline.core.db import Base, Database
from hotline.core.events import EventBus
from hotline.queue.tables import AgentSpellRow
from hotline.telephony.tracker import Tracker
from support.asterisk import free_ports
from support.flow import AGENTS, QUEUES, Flow
from support.journal import journal, until, until_idle
from support.sipp_agents import answering_agents, desk_phones
from support.watching import Watching

pytestmark = pytest.mark.asterisk

RING_S = 5
ASTDB_S = 2
"""The switch writes its own database once a second; what it has not written is lost when it is killed."""


def queue_log(switch, *events: str) -> list[list[str]]:
    """The fields of the lines with these events."""
    lines = [line.split("|") for line in switch.queue_log.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if len(line) > 4 and line[4] in events]


def rung(switch, call: str) -> list[str]:
    """The telephones that were called for a citizen, in order."""
    return [
        line.channel.removeprefix("PJSIP/").split("-")[0]
        for line in journal(switch)
        if line.event == "CHAN_START" and line.linkedid == call and line.uniqueid != call
    ]


@pytest.fixture
async def database(tmp_path):
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'agents.db'}")
    yield database
    await database.close()


async def summary_of(switch, database, since, until):
    """What a new service would say that has only the switch's journal."""
    async with database.write() as session:
        await (await session.connection()).run_sync(Base.metadata.create_all)
    tracker, times = Tracker(switch.settings, database, EventBus()), AgentTimes(switch.settings, database)
    await tracker.load()
    await tracker.read_journal()
    await times.load()
    await times.read()
    return {row["agent"]: row for row in await times.summary(since, until)}


async def test_a_shift_is_told_by_the_journal_alone(running_asterisk, tmp_path, database):
    switch = await running_asterisk(queues=QUEUES, agents=AGENTS, agents_work={"wrap_up_seconds": 2})
    since = utc_now() - timedelta(seconds=1)
    async with Flow(switch, tmp_path) as flow, Watching(switch, database) as watching:
        phone, citizen = await flow.agent("1001"), await flow.citizen()
        await flow.key(phone, "*142")
        await until(lambda: watching.live()["1001"] == ("paused", "meal"))
        await asyncio.sleep(2)
        await flow.key(phone, "*13")
        await citizen.call("12345")
        await phone.wait_for("established")
        await until(lambda: "mix" in flow.files() and flow.files()["mix"].stat().st_size > 30_000)
        await phone.hold()
        await until(lambda: watching.kind("1001") == "held")
        await until(lambda: queue_log(switch, "HL_HOLD"))
        await asyncio.sleep(2)
        await phone.resume()
        await until(lambda: queue_log(switch, "HL_UNHOLD"))
        await citizen.hang_up()
        await flow.queue("paused:wrapup")
        await until_idle(switch)
        await flow.key(phone, "*12")
        await until(lambda: watching.live()["1001"] == ("signed_out", ""))
        await until(lambda: watching.times.tracks["1001"].pauses == {})
    end = utc_now()
    other = Database(f"sqlite+aiosqlite:///{tmp_path / 'again.db'}")
    told = await summary_of(switch, other, since, end)
    assert told == await summary_of(switch, database, since, end)
    await other.close()
    row = told["1001"]
    times, figures = row["times_ms"], row["figures"]
    assert abs(sum(times.values()) - (end - since) / timedelta(milliseconds=1)) <= 8
    assert times["held"] >= 2000
    assert times["talking"] > 0
    assert times["ringing"] >= 250
    assert times["wrapup"] >= 1000
    assert list(row["pauses_ms"]) == ["meal"]
    assert times["paused"] >= 1000
    assert times["signed_out"] > 0
    assert figures["agent_handled"]["value"] == 1
    assert figures["agent_talk_mean"]["value"] == pytest.approx(times["talking"] + times["held"], abs=2)
    assert figures["agent_no_answer"]["value"] == 0
    assert 0 < figures["agent_occupancy"]["value"] < 1
    assert told["1002"]["times_ms"]["signed_out"] == sum(told["1002"]["times_ms"].values())
    assert switch.faults() == []


async def test_neither_an_outage_of_the_service_nor_a_death_of_the_switch_costs_a_spell(
    running_asterisk, tmp_path, database
):
    switch = await running_asterisk(queues=QUEUES, agents=AGENTS, agents_work={"wrap_up_seconds": 1})
    since = utc_now()
    async with Flow(switch, tmp_path) as flow:
        phone, citizen = await flow.agent("1001"), await flow.citizen()
        async with Watching(switch, database) as watching:
            await flow.key(phone, "*142")
            await until(lambda: watching.times.tracks["1001"].pause == "meal")
        await flow.key(phone, "*13")
        await citizen.call("12345")
        await flow.marks("HL_AGENT")
        await citizen.hang_up()
        await until(lambda: ["wrapup-end"] in [line[5:6] for line in queue_log(switch, "UNPAUSE")])
        await flow.key(phone, "*143")
        await until_idle(switch)
        await asyncio.sleep(ASTDB_S)
        os.kill(switch.pid, signal.SIGKILL)
        await wait_gone(switch.pid)
        switch.pid = await switch.runtime.start()
        async with Watching(switch, database) as watching:
            await until(lambda: watching.live().get("1001", ("", ""))[1] == "training")
            await until(lambda: watching.times.tracks["1001"].pause == "training")
            await asyncio.sleep(SETTLE_S + 2)
            assert queue_log(switch, "HL_FOUND_IN", "HL_FOUND_OUT", "HL_FOUND_PAUSE") == []
    async with database.read() as session:
        rows = list(await session.scalars(select(AgentSpellRow).order_by(AgentSpellRow.began)))
    told = [(row.kind, row.reason) for row in rows if row.kind != "unreachable"]
    assert told == [
        *(("signed_in", ""), ("paused", "meal"), ("wrapup", ""), ("paused", "training")),
        *(("signed_in", ""), ("paused", "training")),
    ]
    assert [row.ended is None for row in rows if row.kind != "unreachable"] == [False] * 4 + [True] * 2
    other = Database(f"sqlite+aiosqlite:///{tmp_path / 'again.db'}")
    end = utc_now()
    assert await summary_of(switch, database, since, end) == await summary_of(switch, other, since, end)
    await other.close()


async def wait_gone(pid):
    """Wait until a process that was killed is gone."""
    await until(lambda: not Path(f"/proc/{pid}").exists() or "Z" in status_of(pid))


def status_of(pid):
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]


@pytest.mark.takes(40)
@pytest.mark.clause("R-IVR-8")
async def test_a_vanished_telephone_is_not_rung_and_costs_no_ring_time(running_asterisk, tmp_path, database):
    switch = await running_asterisk(queues=QUEUES, agents=AGENTS)
    async with Flow(switch, tmp_path) as flow, Watching(switch, database) as watching:
        gone, there = await flow.agent("1001"), await flow.agent("1002")
        citizen = await flow.citizen()
        await gone.vanish()
        await until(lambda: watching.kind("1001") == "unreachable")
        await until(lambda: watching.times.tracks["1001"].is_unreachable)
        for _ in range(2):  # whichever of the two is next in the round
            await citizen.call("12345")
            await there.wait_for("established")
            await citizen.hang_up()
            await until_idle(switch, limit_s=40)
        calls = [line.linkedid for line in await flow.marks("HL_ARRIVED", 2)]
        assert [rung(switch, call) for call in calls] == [["1002"], ["1002"]]
        waits = [
            next(
                line.at
                for line in journal(switch)
                if line.event == "CHAN_START" and line.linkedid == call and line.uniqueid != call
            )
            - next(mark.at for mark in flow.mark("HL_QUEUE") if mark.linkedid == call)
            for call in calls
        ]
        assert max(waits) < RING_S
        assert queue_log(switch, "RINGNOANSWER") == []
        await gone.stop()
        await flow.agent("1001", signed_in=False)
        await until(lambda: watching.kind("1001") == "ready")
        await until(lambda: not watching.times.tracks["1001"].is_unreachable)
    row = (await watching.times.summary(utc_now() - timedelta(hours=1), utc_now()))[0]
    assert row["agent"] == "1001"
    assert row["times_ms"]["unreachable"] > 0
    assert [line[3] for line in queue_log(switch, "HL_UNREACHABLE", "HL_REACHABLE")] == ["1001", "1001"]


async def test_a_desk_telephone_at_a_fixed_address_is_watched(running_asterisk, tmp_path, database):
    port = free_ports(1)[0]
    switch = await running_asterisk(queues=QUEUES, agents=[*desk_phones(1, port), AGENTS[1]])
    async with Flow(switch, tmp_path) as flow, Watching(switch, database) as watching:
        there, citizen = await flow.agent("1002"), await flow.citizen()
        async with answering_agents(port):
            await watching.agents.sign_in("2000")
            await until(lambda: watching.kind("2000") == "ready")
        await until(lambda: watching.kind("2000") == "unreachable")
        await citizen.call("12345")
        await there.wait_for("established")
        await citizen.hang_up()
        await until_idle(switch, limit_s=40)
        [mark] = await flow.marks("HL_ARRIVED")
        assert rung(switch, mark.linkedid) == ["1002"]
        async with answering_agents(port):
            await until(lambda: watching.kind("2000") == "ready")


async def test_who_does_not_answer_is_paused_until_ready_again(running_asterisk, tmp_path, database):
    switch = await running_asterisk(
        queues=[{**QUEUES[0], "max_wait_seconds": 60}, QUEUES[1]],
        agents=AGENTS,
        agents_work={"no_answer_limit": 2, "wrap_up_seconds": 0},
    )
    async with Flow(switch, tmp_path) as flow:
        phone, citizen = await flow.agent("1001", answer_after_s=None), await flow.citizen()
        await citizen.call("12345")
        for _ in range(3):  # without the service the agent goes on being rung
            await phone.wait_for("ringing")
        async with Watching(switch, database) as watching:
            await until(lambda: watching.live()["1001"] == ("paused", "noanswer"))
            assert queue_log(switch, "PAUSE")[-1][3:6] == ["1001", "PAUSE", "noanswer"]
            [state] = [state for state in await watching.agents.states() if state.number == "1001"]
            assert (state.kind.value, state.reason) == ("paused", "noanswer")
            rings = len(phone.happened("ringing"))
            await phone.wait_for("closed")
            await flow.key(phone, "*13")
            await phone.wait_for("ringing")
            assert len(phone.happened("ringing")) == rings + 1
            await phone.answer()
            await phone.wait_for("established")
            await until(lambda: queue_log(switch, "CONNECT"))
            await citizen.hang_up()
            await until_idle(switch)
            await until(lambda: watching.times.tracks["1001"].unanswered == 0)
            await until(lambda: watching.live()["1001"] == ("ready", ""))
    assert switch.faults() == []
