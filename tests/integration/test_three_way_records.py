"""Rooms on a real switch are recorded as they were, with the service there and with the service away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hotline.app.agent_times import AgentTimes
from hotline.core.clock import to_us, utc_now
from hotline.core.db import Base, Database
from hotline.core.events import EventBus
from hotline.demo.phones import Phone
from hotline.queue.tables import AgentSpellRow
from hotline.telephony.rooms import Room, room
from hotline.telephony.tables import LegRow, RoomLineRow
from hotline.telephony.tracker import Tracker
from support.asterisk import Switch
from support.flow import Flow
from support.journal import until, until_idle
from support.recorded import Recorded, job_of, rows_of, stored, voices
from support.rooms import room_flow, room_mark, talk, third_phone

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-3W-4")]


@pytest.fixture
async def flow(running_asterisk: Any, tmp_path: Path) -> AsyncGenerator[Flow]:
    async with await room_flow(running_asterisk, tmp_path) as flow:
        yield flow


@pytest.fixture
async def journal_alone(tmp_path: Path) -> AsyncGenerator[Database]:
    """The store of a service that was never there while anything happened."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'alone.db'}")
    async with database.write() as session:
        await (await session.connection()).run_sync(Base.metadata.create_all)
    yield database
    await database.close()


async def read_all(switch: Switch, database: Database) -> None:
    tracker, times = Tracker(switch.settings, database, EventBus()), AgentTimes(switch.settings, database)
    await tracker.load()
    await tracker.read_journal()
    await times.load()
    await times.read()


async def summary(switch: Switch, database: Database, since: datetime, until: datetime) -> dict[str, Any]:
    rows = await AgentTimes(switch.settings, database).summary(since, until)
    return next(row for row in rows if row["agent"] == "1001")


async def transfer_to_the_police(
    flow: Flow, agent: Phone, citizen: Phone, recorded: Recorded | None = None
) -> None:
    """*110: the first route is dead, the second answers; the agent leaves; citizen and 110 go on."""
    async with third_phone(flow, trunk="second") as police:
        await agent.press("*110")
        await police.wait_for("established", limit_s=30)
        await room_mark(flow, "JOINED")
        files = flow.files
        await until(lambda: "1001" in files() and files()["1001"].stat().st_size > 40_000)
        if recorded is not None:
            await until(lambda: "joined" in recorded.steps())
            (call,) = recorded.tracker.open_calls()
            now = room(call)
            assert now is not None
            assert ([party.who for party in now.parties], now.state) == (["citizen", "agent"], "open")
            assert recorded.kind("1001") == "talking"
            assert "In use" in await flow.switch.console("queue show public")
        await agent.hang_up()
        await room_mark(flow, "LEFT")
        if recorded is not None:
            await until(lambda: recorded.live()["1001"] == ("wrapup", "wrapup"))
            (call,) = recorded.tracker.open_calls()
            await until(lambda: len(parties(recorded)) == 1)
            assert parties(recorded) == ["citizen"]
        size = files()["citizen"].stat().st_size
        await until(lambda: files()["citizen"].stat().st_size > size + 30_000)
        assert not citizen.happened("closed")
        await citizen.hang_up()
        await police.wait_for("closed")
        await until_idle(flow.switch)


def parties(recorded: Recorded) -> list[str]:
    now = [room(call) for call in recorded.tracker.open_calls()]
    return [party.who for one in now if one is not None for party in one.parties]


async def test_a_transfer_to_110_with_the_service_there(
    flow: Flow, database: Database, journal_alone: Database
) -> None:
    since = utc_now() - timedelta(seconds=1)
    async with Recorded(flow.switch, database) as recorded:
        agent_phone, citizen_phone = await talk(flow)
        await transfer_to_the_police(flow, agent_phone, citizen_phone, recorded)
        (call,) = await recorded.finished()
        await wrapped_up(database)
        steps, comings = recorded.steps(), recorded.comings()
        found = await recorded.audit()
    end = utc_now()
    assert steps[:4] == ["asked", "dial 1", "failed 1", "dial 2"]
    assert [step for step in steps if not step.startswith("ringing")][4:] == ["answered 2", "joined", "left"]
    assert sorted(comings) == [
        *(("agent", "left"), ("agent", "moved"), ("citizen", "left"), ("citizen", "moved")),
        *(("line", "joined"), ("line", "left")),
    ]
    assert (call.outcome, call.ended_by, call.agent) == ("answered", "citizen", "1001")
    assert call.talk_us == to_us(call.ended_at) - to_us(call.t4)
    await assert_line(database)
    (agent,) = [leg for leg in await rows_of(database, LegRow) if leg.role == "agent"]
    others = [leg for leg in await rows_of(database, LegRow) if leg.role == "other"]
    assert all(leg.agent == "" for leg in others)
    assert agent.ended_at < call.ended_at
    told = await summary(flow.switch, database, since, end)
    talked = (agent.ended_at - agent.answered_at) / timedelta(milliseconds=1)
    assert told["times_ms"]["talking"] == pytest.approx(talked, abs=2)
    assert told["figures"]["agent_talk_mean"]["value"] == pytest.approx(talked, abs=2)
    assert told["figures"]["agent_handled"]["value"] == 1
    assert told["times_ms"]["wrapup"] > 0
    await assert_voices(database, call.id)
    assert (found.is_clean, found.compared) == (True, 1), found.differences
    await read_all(flow.switch, journal_alone)
    assert await stored(journal_alone) == await stored(database)
    assert await summary(flow.switch, journal_alone, since, end) == told


async def assert_line(database: Database) -> None:
    (line,) = await rows_of(database, RoomLineRow)
    assert (line.target, line.kind, line.agent) == ("police", "emergency", "1001")
    assert (line.how, line.mode, line.state, line.route) == ("key", "direct", "left", 2)
    assert (line.trunk, line.number) == ("second", "110")
    moments = [line.asked_at, line.dialled_at, line.answered_at, line.joined_at, line.left_at]
    assert None not in moments
    assert moments == sorted(moments)
    assert line.asked_at <= line.moved_at <= line.joined_at
    first, second = line.tries
    assert (first["route"], first["why"], second["why"]) == (1, "unreachable", "")


async def assert_voices(database: Database, call: str) -> None:
    rows = await voices(database)
    (line,) = await rows_of(database, RoomLineRow)
    room_line = f"room-line-{line.line}"
    assert {name: row.kind for name, row in rows.items() if row.call == call} == {
        **{kind: kind for kind in ("mix", "citizen", "agent")},
        **{"room-agent-1001": "room-agent", room_line: "room-line"},
    }
    assert all(row.state == "ready" and row.duration_ms > 1000 for row in rows.values())
    payload = await job_of(database, call)
    assert [part["speaker"] for part in payload["parts"]] == ["agent", "third"]
    ((since, until_s),) = payload["mixed"]
    at = {part["speaker"]: part["at_s"] for part in payload["parts"]}
    assert at["agent"] == pytest.approx(since, abs=1.0)
    assert since < at["third"] < until_s
    for part, name in zip(payload["parts"], ("room-agent-1001", room_line), strict=True):
        ends = part["at_s"] + rows[name].duration_ms / 1000
        assert ends < until_s + 1.5


async def test_a_service_that_was_away_has_the_whole_record_later(
    flow: Flow, database: Database, journal_alone: Database
) -> None:
    """It goes while the two talk, and comes back when all is over."""
    since = utc_now() - timedelta(seconds=1)
    async with Recorded(flow.switch, database) as recorded:
        agent, citizen = await talk(flow)
        await until(recorded.tracker.open_calls)
    await transfer_to_the_police(flow, agent, citizen)
    assert await rows_of(database, RoomLineRow) == []
    async with Recorded(flow.switch, database) as recorded:
        (call,) = await recorded.finished()
        await wrapped_up(database)
        found = await recorded.audit()
    end = utc_now()
    await assert_line(database)
    await assert_voices(database, call.id)
    assert (call.outcome, call.ended_by) == ("answered", "citizen")
    assert (found.is_clean, found.compared) == (True, 1), found.differences
    await read_all(flow.switch, journal_alone)
    assert await stored(journal_alone) == await stored(database)
    told = await summary(flow.switch, database, since, end)
    assert told == await summary(flow.switch, journal_alone, since, end)
    assert told["times_ms"]["talking"] > 1000


async def wrapped_up(database: Database, agents: int = 1) -> None:
    """Wait until the end of the wrap-up of so many agents is stored."""
    async with asyncio.timeout(30):
        while True:
            spells = await rows_of(database, AgentSpellRow)
            if len({row.agent for row in spells if row.kind == "wrapup" and row.ended}) >= agents:
                return
            await asyncio.sleep(0.1)


async def consult(flow: Flow, recorded: Recorded) -> None:
    """As the service does it: the citizen waits with music, the agent and 110 speak."""
    citizen, agent = flow.mark("HL_ARRIVED")[0], flow.mark("HL_AGENT")[0]
    both = {
        **{"Channel": citizen.channel, "Context": "hotline-room", "Exten": "wait", "Priority": "1"},
        **{"ExtraChannel": agent.channel, "ExtraContext": "hotline-room", "ExtraExten": "agent"},
        "ExtraPriority": "1",
    }
    line = f"{to_us(utc_now()) // 1000}"
    values = {
        **{"HL_CALL": citizen.uniqueid, "HL_LINE": line, "HL_ASKED_BY": "1001", "HL_MODE": "consult"},
        **{"HL_AGENT_CHANNEL": agent.channel, "HL_REQUEST": "r-1"},
    }
    await recorded.actions.action("Redirect", both)
    await recorded.actions.action(
        "Originate",
        {
            **{"Channel": "Local/police@hotline-line/n", "Context": "hotline-room", "Exten": "line"},
            **{"Priority": "1", "Async": "true", "Timeout": "3600000"},
            "ChannelId": f"node1-records-{line}",
            "Variable": [f"{name}={value}" for name, value in values.items()],
        },
    )


async def test_a_consultation_then_alone_then_another_agent_and_another_room(
    flow: Flow, database: Database, journal_alone: Database
) -> None:
    since = utc_now() - timedelta(seconds=1)
    async with Recorded(flow.switch, database) as recorded:
        agent, citizen = await talk(flow)
        async with third_phone(flow) as police, third_phone(flow, "110", trunk="second") as fire:
            await consult(flow, recorded)
            await police.wait_for("established")
            await until(lambda: "joined" in recorded.steps())
            now = room_of(recorded)
            assert (now.state, [party.who for party in now.parties]) == ("held", ["citizen", "agent"])
            assert [(line.state, line.mode, line.how) for line in now.lines] == [("joined", "consult", "api")]
            assert recorded.kind("1001") == "talking"
            await recorded.actions.action(
                "Redirect",
                {
                    **{"Channel": flow.mark("HL_ARRIVED")[0].channel, "Context": "hotline-room"},
                    **{"Exten": "citizen", "Priority": "1"},
                },
            )
            await until(lambda: room_of(recorded).state == "open")
            await grows(flow, "citizen")
            await police.hang_up()
            await until(lambda: "left" in recorded.steps())
            other = await flow.agent("1002")
            await agent.hang_up()
            await other.wait_for("established", limit_s=40)
            await until(lambda: len(flow.mark("HL_AGENT")) == 2)
            assert (room_of(recorded).state, room_of(recorded).parties) == ("over", ())
            await other.press("*119")
            await fire.wait_for("established", limit_s=30)
            await until(lambda: recorded.steps().count("joined") == 2)
            assert [party.who for party in room_of(recorded).parties] == ["citizen", "agent"]
            assert [party.agent for party in room_of(recorded).parties] == ["", "1002"]
            assert recorded.kind("1002") == "talking"
            await grows(flow, "citizen")
            await citizen.hang_up()
            await fire.wait_for("closed")
            await until_idle(flow.switch)
        (call,) = await recorded.finished()
        await wrapped_up(database, 2)
        found = await recorded.audit()
    end = utc_now()
    assert (call.outcome, call.ended_by, call.agent) == ("answered", "citizen", "1001")
    await assert_both_rooms(database, call.id)
    assert (found.is_clean, found.compared) == (True, 1), found.differences
    await read_all(flow.switch, journal_alone)
    assert await stored(journal_alone) == await stored(database)
    await assert_both_agents(flow.switch, database, since, end)


async def assert_both_rooms(database: Database, call: str) -> None:
    first, second = sorted(await rows_of(database, RoomLineRow), key=lambda line: line.asked_at)
    assert [(line.target, line.mode, line.how, line.state) for line in (first, second)] == [
        ("police", "consult", "api", "left"),
        ("fire", "direct", "key", "left"),
    ]
    assert (first.request, first.agent, second.agent) == ("r-1", "1001", "1002")
    assert second.moved_at is not None
    assert second.moved_at > first.left_at
    kinds = sorted(row.kind for row in (await voices(database)).values() if row.call == call)
    assert kinds == ["agent", "citizen", "mix", "room-agent", "room-agent", "room-line", "room-line"]
    payload = await job_of(database, call)
    assert len(payload["parts"]) == 4
    (one, one_end), (two, two_end) = payload["mixed"]
    assert one < one_end < two < two_end


async def assert_both_agents(switch: Switch, database: Database, since: datetime, end: datetime) -> None:
    legs = {leg.agent: leg for leg in await rows_of(database, LegRow) if leg.role == "agent"}
    rows = await AgentTimes(switch.settings, database).summary(since, end)
    for number in ("1001", "1002"):
        (row,) = [row for row in rows if row["agent"] == number]
        talked = (legs[number].ended_at - legs[number].answered_at) / timedelta(milliseconds=1)
        assert row["times_ms"]["talking"] == pytest.approx(talked, abs=2)
        assert row["figures"]["agent_handled"]["value"] == 1


def room_of(recorded: Recorded) -> Room:
    (call,) = recorded.tracker.open_calls()
    now = room(call)
    assert now is not None
    return now


async def grows(flow: Flow, name: str, more: int = 30_000) -> None:
    """Wait until a recording has grown."""
    size = flow.files()[name].stat().st_size
    await until(lambda: flow.files()[name].stat().st_size > size + more)
