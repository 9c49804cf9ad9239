"""The robot's store on SQLite and PostgreSQL: what is due is claimed once, by whoever, and never lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text

from hotline.callback_bot.dial.attempt import Ending
from hotline.callback_bot.model import Answer, CallbackState, Given, Outcome, Question
from hotline.callback_bot.schedule import campaigns
from hotline.callback_bot.schedule.adding import Added, Fate
from hotline.callback_bot.schedule.people import allow_again, never_again, quiet_list
from hotline.callback_bot.schedule.sweep import FORSAKEN, forsaken, sweep
from hotline.callback_bot.tables import AnswerRow, AttemptRow, CallbackRow, PersonRow
from hotline.core.db import Database
from hotline.core.errors import InvalidInputError, NotFoundError
from support.robot_store import RobotStore, new, robot_settings


async def test_an_attempt_is_stored_before_it_is_returned(database: Database) -> None:
    robot = RobotStore(database)
    (added,) = await robot.add(new(1))
    (claimed,) = await robot.claim()
    assert (claimed.callback.id, claimed.attempt.number, claimed.shown) == (added.id, "13900000001", "12345")
    (stored,) = await robot.store.open_attempts()
    assert stored == claimed.attempt
    assert (await robot.row(added.id)).state == CallbackState.CALLING.value
    assert await robot.claim() == []


async def test_priority_comes_first_then_who_waited_longest(database: Database) -> None:
    settings = robot_settings(trunks=[{"name": "city", "lines": 1, "per_second": 100}])
    robot = RobotStore(database, settings)
    await robot.add(new(1), new(2, priority=5), new(3), new(4, priority=9))
    order: list[str] = []
    for _ in range(4):
        (claimed,) = await robot.claim()
        order.append(claimed.callback.ticket)
        await robot.end(claimed, Outcome.COMPLETED)
    assert order[:2] == ["T000004", "T000002"]
    assert sorted(order[2:]) == ["T000001", "T000003"]


async def test_only_free_lines_are_filled_and_numbers_take_turns(database: Database) -> None:
    limited = {"name": "city", "lines": 5, "capacity": 20, "reserve": 12, "per_second": 100}
    robot = RobotStore(database, robot_settings(trunks=[limited]))
    await robot.add(*map(new, range(20)))
    assert await robot.claim(pressed=True) == []
    assert await robot.claim({"city": 8}) == []
    claimed = await robot.claim({"city": 4})
    assert Counter(one.shown for one in claimed) == {"12345": 2, "12346": 2}
    assert len(await robot.claim({"city": 4})) == 1
    assert await robot.claim({"city": 5}) == []
    await robot.end(claimed[0], Outcome.BUSY)
    assert len(await robot.claim({"city": 4}, {"city": 5})) == 1


async def test_a_line_whose_call_is_over_is_free_before_its_end_is_written(database: Database) -> None:
    only = {"name": "city", "lines": 1, "per_second": 100}
    robot = RobotStore(database, robot_settings(trunks=[only]))
    await robot.add(*map(new, range(3)))
    (first,) = await robot.claim()
    assert await robot.claim() == []
    (second,) = await robot.store.claim({}, {}, pressed=False, ended=[first.attempt.id])
    assert second.callback.id != first.callback.id
    assert await robot.store.claim({}, {}, pressed=False, ended=[first.attempt.id]) == []
    assert {one.id for one in await robot.store.open_attempts()} == {first.attempt.id, second.attempt.id}


async def test_so_many_begin_in_a_second_whatever_restarts(database: Database) -> None:
    settings = robot_settings(trunks=[{"name": "city", "lines": 30, "per_second": 2}])
    await RobotStore(database, settings).add(*map(new, range(30)))
    begun = 0
    for _ in range(20):
        robot = RobotStore(database, settings)
        robot.after(seconds=begun / 10)
        begun += len(await robot.claim()) > 0
    async with database.read() as session:
        count = await session.scalar(select(func.count()).select_from(AttemptRow))
    assert count is not None
    assert count <= 2 + 2 * 20 / 10


async def test_a_number_of_ours_calls_no_more_than_its_share_of_a_day(database: Database) -> None:
    trunk = {"name": "city", "lines": 30, "per_second": 100, "number_per_day": 2}
    robot = RobotStore(database, robot_settings(trunks=[trunk]))
    await robot.add(*map(new, range(10)))
    assert len(await robot.claim()) == 4
    assert await robot.claim() == []
    robot.after(days=1)
    assert len(await robot.claim()) == 4


async def test_a_number_of_ours_is_one_number_on_every_node(database: Database) -> None:
    trunk = {"name": "city", "lines": 30, "per_second": 100, "number_per_day": 3, "number_lines": 2}
    one, two = (RobotStore(database, robot_settings(node, trunks=[trunk])) for node in ("node1", "node2"))
    await one.add(*map(new, range(20)))
    begun = await one.claim()
    assert len(begun) == 4
    assert await two.claim() == [], "each number is on two lines"
    for claimed in begun:
        assert await one.end(claimed, Outcome.NO_ANSWER)
    assert len(await two.claim()) == 2, "one more call a day for each number"
    assert await one.claim() == []
    two.after(days=1)
    assert len(await two.claim()) > 0


@pytest.mark.clause("R-CB-1")
async def test_who_refused_is_never_called_again(database: Database) -> None:
    robot = RobotStore(database)
    await robot.add(new(1), new(2, phone="13900000001"), new(3))
    first = next(one for one in await robot.claim() if one.attempt.number == "13900000001")
    assert await robot.end(first, Outcome.REFUSED)
    assert {row.ticket: row.state for row in await robot.rows()} == {
        "T000001": "refused",
        "T000002": "refused",
        "T000003": "calling",
    }
    assert sorted(robot.ended) == sorted((row.id, "refused") for row in (await robot.rows())[:2])
    (later,) = await robot.add(new(4, phone="+86 139-0000-0001"))
    assert later.fate is Fate.QUIET
    robot.after(days=1)
    assert await robot.claim() == []
    async with database.write() as session:
        assert [one.phone for one in await quiet_list(session)] == ["13900000001"]
        assert await allow_again(session, "13900000001")
        assert not await allow_again(session, "13900000001")
    await robot.add(new(5, phone="13900000001"))
    assert [one.callback.ticket for one in await robot.claim()] == ["T000005"]


async def test_the_quiet_list_holds_for_what_waits_and_what_is_added_by_other_ways(
    database: Database,
) -> None:
    robot = RobotStore(database)
    await robot.add(new(1), new(2))
    async with database.write() as session:
        (closed,) = await never_again(session, "13900000001", robot.now, why="来信要求", who="web")
        assert closed.ticket == "T000001"
        await session.execute(
            text("UPDATE robot_callbacks SET state = 'waiting', ended_at = NULL WHERE ticket = 'T000001'")
        )
    assert [one.callback.ticket for one in await robot.claim()] == ["T000002"]
    assert (await robot.row(closed.id)).state == CallbackState.REFUSED.value


async def test_a_person_has_one_call_at_a_time_and_a_rest_after_it(database: Database) -> None:
    robot = RobotStore(database, robot_settings(person_per_day=2, person_gap_minutes=60))
    await robot.add(*(new(i, phone="13900000001") for i in range(4)))
    (first,) = await robot.claim()
    robot.after(minutes=10)
    assert await robot.claim() == []
    await robot.end(first, Outcome.COMPLETED)
    robot.after(minutes=59)
    assert await robot.claim() == []
    robot.after(hours=4)
    (second,) = await robot.claim()
    await robot.end(second, Outcome.COMPLETED)
    robot.after(hours=2)
    assert await robot.claim() == []
    assert {row.why for row in await robot.rows() if row.state == "waiting"} == {"day_limit"}
    robot.after(hours=21)
    assert len(await robot.claim()) == 1


async def test_a_telephone_that_never_rang_is_no_burden(database: Database) -> None:
    robot = RobotStore(database)
    await robot.add(new(1))
    (claimed,) = await robot.claim()
    await robot.end(claimed, Outcome.NEVER_BEGUN)
    person = await robot.person("13900000001")
    assert (person.calls, person.free_at, person.attempt) == (0, None, None)
    row = await robot.row(claimed.callback.id)
    assert (row.state, row.tries, row.outcomes) == ("waiting", 0, ["never_begun"])
    robot.after(seconds=15)
    assert len(await robot.claim()) == 1


async def test_an_end_is_taken_once_with_its_answers(database: Database) -> None:
    robot = RobotStore(database)
    await robot.add(new(1))
    (claimed,) = await robot.claim()
    await robot.store.answered(claimed.attempt.id, robot.now)
    said = [
        Answer(Question.SOLVED, "no", Given.KEY),
        Answer(Question.SATISFIED, "不满意", Given.SPEECH, 2, "不太满意", 0.8, 100, 900),
    ]
    assert await robot.end(claimed, Outcome.COMPLETED, answers=said, recording="robot/a.wav")
    assert not await robot.end(claimed, Outcome.NO_ANSWER)
    row = await robot.row(claimed.callback.id)
    assert (row.state, row.tries, row.outcomes) == ("check", 1, ["completed"])
    assert robot.ended == [(row.id, "check")]
    async with database.read() as session:
        stored = (await session.scalars(select(AnswerRow).order_by(AnswerRow.seq))).all()
        attempt = await session.get_one(AttemptRow, claimed.attempt.id)
    assert [(one.question, one.value, one.words) for one in stored][1] == ("satisfied", "不满意", "不太满意")
    assert (attempt.state, attempt.outcome, attempt.recording) == ("over", "completed", "robot/a.wav")
    assert await robot.store.open_attempts() == []


async def test_a_level_counts_however_the_call_ended(database: Database) -> None:
    robot = RobotStore(database)
    await robot.add(new(1))
    (claimed,) = await robot.claim()
    await robot.end(claimed, Outcome.HUNG_UP, answers=[Answer(Question.SATISFIED, "满意", Given.KEY)])
    assert (await robot.row(claimed.callback.id)).state == CallbackState.DONE.value


@pytest.mark.clause("R-CB-3")
async def test_what_nobody_answered_is_unrated_in_the_end(database: Database) -> None:
    robot = RobotStore(database)
    added = await robot.add(new(1), new(2, latest=robot.now + timedelta(hours=1)))
    for _ in range(6):
        for claimed in await robot.claim():
            await robot.end(claimed, Outcome.NO_ANSWER)
        robot.after(hours=24)
        await sweep(database, robot.now, robot.store._after)
    assert [(await robot.row(one.id)).state for one in added] == ["expired", "expired"]
    assert (await robot.row(added[0].id)).tries == 3
    assert sorted(robot.ended) == sorted((one.id, "expired") for one in added)
    assert (await campaigns_in(database))["november"] == "ended"


async def campaigns_in(database: Database) -> dict[str, str]:
    async with database.read() as session:
        return {one.id: one.state.value for one in await campaigns.counts(session)}


async def test_a_campaign_is_paused_resumed_and_cancelled(database: Database) -> None:
    robot = RobotStore(database)
    added = await robot.add(*map(new, range(3)))
    await robot.campaign("other", lines=1)
    await robot.add(*map(new, range(3, 6)), campaign="other")
    async with database.write() as session:
        await campaigns.pause(session, "november")
    (only,) = await robot.claim()
    assert only.callback.campaign == "other"
    async with database.write() as session:
        await campaigns.resume(session, "november")
        await campaigns.hold(session, added[0].id)
    assert {one.callback.id for one in await robot.claim()} == {one.id for one in added[1:]}
    async with database.write() as session:
        await campaigns.release(session, added[0].id, robot.now)
        await campaigns.cancel(session, "other")
        with pytest.raises(campaigns.CampaignStateError):
            await campaigns.resume(session, "other")
        with pytest.raises(NotFoundError):
            await campaigns.pause(session, "nowhere")
    assert [one.callback.id for one in await robot.claim()] == [added[0].id]
    swept = await sweep(database, robot.now)
    assert (swept.cancelled, swept.ended) == (2, 0)
    await robot.end(only, Outcome.BUSY)
    assert (await robot.row(only.callback.id)).state == CallbackState.CANCELLED.value
    assert (await sweep(database, robot.now)).ended == 1
    with pytest.raises(NotFoundError):
        await robot.add(new(9), campaign="other")


async def test_the_same_matter_is_added_once(database: Database) -> None:
    robot = RobotStore(database)
    first = await robot.add(new(1), new(1), new(2))
    assert [one.fate for one in first] == [Fate.ADDED, Fate.KNOWN, Fate.ADDED]
    assert first[0].id == first[1].id
    again = await robot.add(new(1), new(3), campaign="december")
    assert [one.fate for one in again] == [Fate.KNOWN, Fate.ADDED]
    async with database.write() as session:
        await campaigns.give_up(session, first[0].id, robot.now)
    (anew,) = await robot.add(new(1))
    assert anew.fate is Fate.ADDED
    other_day = new(1, handled_on=date(2026, 11, 1))
    assert (await robot.add(other_day, other_day)) == [Added(anew.id, Fate.KNOWN)] * 2
    claimed = next(one for one in await robot.claim() if one.callback.id == anew.id)
    await robot.end(claimed, Outcome.COMPLETED)
    handled_again = await robot.add(other_day, new(1), new(1, handled_on=date(2026, 11, 2)))
    assert [one.fate for one in handled_again] == [Fate.ADDED, Fate.KNOWN, Fate.KNOWN]
    with pytest.raises(InvalidInputError, match="第 2 条"):
        await robot.add(new(7), new(8, phone="110"))
    assert len(await robot.rows()) == 5


async def test_a_part_is_drawn_the_same_way_by_everybody(database: Database) -> None:
    rule = {"kinds": ["咨询"], "share": 0.3}
    robot = RobotStore(database, robot_settings(sampling=[rule]))
    added = await robot.add(*(new(i, kind="咨询" if i % 2 else "投诉") for i in range(400)))
    fates = Counter(one.fate for one in added)
    assert 200 + 35 <= fates[Fate.ADDED] <= 200 + 85
    assert {row.state for row in await robot.rows() if row.kind == "投诉"} == {"waiting"}
    assert {row.why for row in await robot.rows() if row.state == "cancelled"} == {"not_drawn"}


async def test_many_nodes_share_the_work_without_a_second_call(database: Database) -> None:
    nodes = [RobotStore(database, robot_settings(f"node{i}")) for i in range(4)]
    await nodes[0].add(*(new(i, phone=f"1390000{i // 2:04}") for i in range(200)))
    seen: Counter[str] = Counter()
    begun: Counter[str] = Counter()
    for _ in range(20):
        for claims in await asyncio.gather(*(node.claim() for node in nodes)):
            seen.update(one.callback.id for one in claims)
        async with database.read() as session:
            busy = await session.scalars(select(AttemptRow.number).where(AttemptRow.state == "dialling"))
            assert max(Counter(busy).values(), default=1) == 1
        for node in nodes:
            for attempt in await node.store.open_attempts():
                begun[attempt.node] += 1
                assert await node.store.finish(attempt.id, Ending(Outcome.COMPLETED))
            node.after(minutes=61)
        if nodes[0].now.hour >= 10:
            for node in nodes:
                node.after(hours=16)
    assert set(seen.values()) == {1}
    assert len(seen) == 200
    assert len(begun) > 1 or database.is_sqlite


async def test_attempts_of_a_node_that_is_gone_are_found(database: Database) -> None:
    robot, other = RobotStore(database), RobotStore(database, robot_settings("node2"))
    await robot.add(new(1), new(2))
    (first, _second) = await robot.claim()
    robot.after(seconds=50)
    await robot.store.extend()
    assert await other.store.open_attempts() == []
    assert await forsaken(database, robot.now + timedelta(hours=23)) == []
    gone = await forsaken(database, robot.now + FORSAKEN + timedelta(minutes=2))
    assert first.attempt.id in gone
    assert len(gone) == 2


async def test_rows_of_people_that_are_missing_are_made(database: Database) -> None:
    robot = RobotStore(database)
    (added,) = await robot.add(new(1))
    async with database.write() as session:
        await session.execute(text("DELETE FROM robot_people"))
    assert await robot.claim() == []
    robot.after(seconds=31)
    (claimed,) = await robot.claim()
    assert claimed.callback.id == added.id
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(PersonRow)) == 1
        assert await session.scalar(select(func.count()).select_from(CallbackRow)) == 1
