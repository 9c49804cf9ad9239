"""Results of callbacks: result, ticket and message are one transaction; a check decides bad marks."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from hotline.app.robot_results import RobotResults
from hotline.callback_bot.listen.recorded_words import Heard, put_words
from hotline.callback_bot.outcome.report import Wanted
from hotline.callback_bot.outcome.report_source import ended_in
from hotline.callback_bot.outcome.result_store import Results
from hotline.callback_bot.outcome.results import Decision, Verdict
from hotline.callback_bot.tables import AnswerRow, CallbackRow, ResultRow
from hotline.core.db import Database
from hotline.core.webhook import WebhookLimits
from hotline.core.webhook_signature import SIGNATURE, TIMESTAMP, is_signed
from hotline.core.webhook_store import WebhookRow
from hotline.queue.reports_period import Period
from hotline.ticket_bridge.callback_results import TicketCallbackRow, callbacks_of
from hotline.ticket_bridge.tables import TicketRow, find
from support.asterisk import make_settings
from support.receiver import Receiver, receiver, until
from support.robot_rows import NOW, attempt, callback, put_ended

OWN = "a-secret-of-its-own"
LATER = NOW + timedelta(hours=1)
QUICK = WebhookLimits(answer_s=5, first_pause_s=0.05, longest_pause_s=0.2, poll_s=0.05, at_once=4)
HOSTILE = '=HYPERLINK("http://x")\r\nAction: Originate ${SHELL(id)} <script>'


def robot(
    database: Database, state: Path, *told: Receiver, topics: tuple[str, ...] = ("callbacks",)
) -> RobotResults:
    hooks = [
        {"name": f"city{n}", "url": one.target().url, "topics": topics, "secret": f"{OWN}-{n}"}
        for n, one in enumerate(told)
    ]
    return RobotResults(make_settings(state, webhooks=hooks), database, limits=QUICK)


def ticket(number: str, status: str = "handled") -> TicketRow:
    return TicketRow(
        id=f"01{number}", number=number, call=f"c-{number}", node="node1", status=status, confidential=False,
        model="", fields={}, created_at=NOW, updated_at=NOW,
    )  # fmt: skip


async def conclude(robot: RobotResults, database: Database, name: str) -> bool:
    async with database.write() as session:
        row = await session.get_one(CallbackRow, name)
        return await robot.results.ended(session, row, LATER) is not None


@pytest.mark.clause("R-H-9")
@pytest.mark.clause("R-CB-2")
async def test_a_good_mark_closes_the_ticket_and_tells_the_city(database: Database, tmp_path: Path) -> None:
    async with receiver(503) as city:
        one = robot(database, tmp_path, city)
        async with database.write() as session:
            session.add(ticket("T-1"))
            await put_ended(session, "1", contacted="yes", solved="yes", satisfied="满意", remarks="谢谢")
        assert await conclude(one, database, "1")
        assert not await conclude(one, database, "1"), "a second time nothing is new"
        sending = asyncio.create_task(one.run())
        await until("the city knows", lambda: city.taken)
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
    (message,) = city.taken
    assert message["event"] == "callback.closed"
    assert (message["ticket"], message["level"], message["solved"]) == ("T-1", "满意", "yes")
    assert (message["remarks"], message["recording"]) == ("谢谢", "robot/A-1.wav")
    assert message["person"] == {"phone": "13800138000", "name": "王女士"}
    assert [one["question"] for one in message["answers"]] == ["contacted", "solved", "satisfied", "remarks"]
    headers, body = city.requests[-1]
    now_s = float(headers[TIMESTAMP])
    assert is_signed(f"{OWN}-0", headers[TIMESTAMP], headers[SIGNATURE], body, now_s=now_s)
    async with database.read() as session:
        found = await find(session, "T-1")
        assert found is not None
        assert found.status == "closed"
        (told,) = await callbacks_of(session, "T-1")
        assert (told["level"], told["verdict"]) == ("满意", "close")


async def test_personal_data_go_to_no_target_that_does_not_name_the_topic(
    database: Database, tmp_path: Path
) -> None:
    async with receiver() as duty:
        one = robot(database, tmp_path, duty, topics=("notices",))
        async with database.write() as session:
            await put_ended(session, "1", satisfied="满意")
        assert await conclude(one, database, "1")
    async with database.read() as session:
        assert (await session.scalars(select(WebhookRow))).all() == []
        assert await session.get(ResultRow, "1") is not None


async def test_what_follows_and_the_result_are_there_together_or_not_at_all(database: Database) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("the ticket cannot be written")

    async with database.write() as session:
        row = await put_ended(session, "1", satisfied="满意")
    with pytest.raises(RuntimeError):
        async with database.write() as session:
            await Results((broken,)).ended(session, row, LATER)
    async with database.read() as session:
        assert await session.get(ResultRow, "1") is None


@pytest.mark.clause("R-CB-6")
async def test_a_bad_mark_is_handled_again_only_after_a_check(database: Database, tmp_path: Path) -> None:
    async with receiver() as city:
        one = robot(database, tmp_path, city)
        async with database.write() as session:
            session.add(ticket("T-1"))
            await put_ended(session, "1", "done", solved="no", satisfied="不满意", reason="slow")
        assert await conclude(one, database, "1")
        async with database.read() as session:
            assert (await session.scalar(select(TicketRow.status))) == "check"
            assert (await session.get_one(CallbackRow, "1")).state == "check"
        async with database.write() as session:
            row = await session.get_one(CallbackRow, "1")
            decision = Decision("2001", LATER, reopen=True, note="现场看过，未修")
            concluded = await one.results.decide(session, row, decision)
            assert concluded is not None
            assert concluded.verdict is Verdict.REOPEN
        async with database.write() as session:
            row = await session.get_one(CallbackRow, "1")
            assert await one.results.decide(session, row, decision) is None, "decided once"
            assert await one.results.ended(session, row, LATER) is None, "later words change nothing"
        sending = asyncio.create_task(one.run())
        await until("the city knows", lambda: len(city.taken) == 2)
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
    assert [message["event"] for message in city.taken] == ["callback.check", "callback.reopened"]
    assert [message["revision"] for message in city.taken] == [1, 2]
    assert city.taken[1]["check"]["note"] == "现场看过，未修"
    async with database.read() as session:
        assert (await session.scalar(select(TicketRow.status))) == "reopened"
        row = await session.get_one(CallbackRow, "1")
        assert (row.state, row.why) == ("done", "reopen")
        (told,) = await callbacks_of(session, "T-1")
        assert (told["checked_by"], told["verdict"], told["reasons"]) == ("2001", "reopen", ["slow"])


async def test_words_that_come_later_make_the_result_anew(database: Database, tmp_path: Path) -> None:
    one = robot(database, tmp_path)
    async with database.write() as session:
        await put_ended(session, "1", satisfied="不满意", solved="yes", reason_words="")
    assert await conclude(one, database, "1")
    async with database.write() as session:
        row = await session.get_one(AnswerRow, ("A-1", 3))
        row.words = HOSTILE
    assert await conclude(one, database, "1")
    async with database.read() as session:
        result = await session.get_one(ResultRow, "1")
        assert result.data["revision"] == 2
        assert "\r" not in result.remarks
        assert result.remarks.startswith("=HYPERLINK")
        told = await session.get_one(TicketCallbackRow, "1")
        assert told.remarks == result.remarks


async def test_the_answers_decide_how_a_callback_ended(database: Database, tmp_path: Path) -> None:
    one = robot(database, tmp_path)
    async with database.write() as session:
        await put_ended(session, "agent", "expired", satisfied="基本满意")
        await put_ended(session, "lost", "done", solved="yes")
        await put_ended(session, "never", "refused", satisfied="满意")
    assert [await conclude(one, database, name) for name in ("agent", "lost", "never")] == [True] * 3
    async with database.read() as session:
        states = {
            name: (await session.get_one(CallbackRow, name)).state for name in ("agent", "lost", "never")
        }
    assert states == {"agent": "done", "lost": "expired", "never": "refused"}


@pytest.mark.clause("R-CB-3")
async def test_nobody_reached_is_unrated_and_the_last_words_before_count(
    database: Database, tmp_path: Path
) -> None:
    one = robot(database, tmp_path)
    async with database.write() as session:
        session.add_all(
            [
                callback("1", state="expired", tries=3, ended_at=NOW),
                attempt("1", "A1", answered=False),
                attempt("1", "A2", at=NOW + timedelta(hours=1), outcome="hung_up"),
                attempt("1", "A3", at=NOW + timedelta(hours=2), answered=False),
                callback("2", state="expired", ended_at=NOW),
                callback("3", state="expired", ended_at=NOW),
                attempt("3", "A4", answered=False, outcome="never_begun"),
                callback("4", state="cancelled", ended_at=NOW),
            ]
        )
    assert [await conclude(one, database, name) for name in "1234"] == [True, True, True, False]
    period = Period(NOW - timedelta(days=1), NOW + timedelta(days=1))
    ended = [row async for row in ended_in(database, Wanted(), period)]
    assert [(row.end, row.called, row.reached) for row in ended] == [
        ("unrated", True, True),
        ("unrated", False, False),
        ("unrated", False, False),
    ]


async def test_ended_callbacks_are_read_in_portions_and_picked(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.callback_bot.outcome.report_source._PORTION", 2)
    one = robot(database, tmp_path)
    for name in "abcde":
        async with database.write() as session:
            row = await put_ended(session, name, satisfied="满意")
            row.unit = "水务局" if name in "bd" else row.unit
        assert await conclude(one, database, name)
    async with database.write() as session:
        session.add(callback("wrong", state="check", why="no_such_number", ended_at=NOW))
    assert await conclude(one, database, "wrong")
    period = Period(NOW, NOW + timedelta(days=1))
    assert len([row async for row in ended_in(database, Wanted(), period)]) == 5
    assert len([row async for row in ended_in(database, Wanted(unit="水务局"), period)]) == 2
    assert not [row async for row in ended_in(database, Wanted(campaign="x' OR 1=1 --"), period)]


async def test_a_number_that_cannot_be_right_is_unrated_once_a_person_has_looked(
    database: Database, tmp_path: Path
) -> None:
    one = robot(database, tmp_path)
    async with database.write() as session:
        session.add(callback("1", state="check", why="no_such_number", ended_at=NOW))
    async with database.write() as session:
        row = await session.get_one(CallbackRow, "1")
        concluded = await one.results.decide(session, row, Decision("2001", LATER, reopen=False, note="空号"))
        assert concluded is not None
        assert concluded.verdict is Verdict.UNRATED
    async with database.read() as session:
        assert (await session.get_one(CallbackRow, "1")).state == "expired"
        result = await session.get_one(ResultRow, "1")
        assert json.loads(json.dumps(result.data))["verdict"] == "unrated"


async def test_a_check_and_words_that_come_at_the_same_moment_never_undo_each_other(
    database: Database, tmp_path: Path
) -> None:
    one = robot(database, tmp_path)
    async with database.write() as session:
        await put_ended(session, "1", solved="no", satisfied="不满意", remarks="")
    assert await conclude(one, database, "1")

    async def check() -> None:
        async with database.write() as session:
            row = await session.get_one(CallbackRow, "1", with_for_update=True)
            decision = Decision("2001", LATER, reopen=False, note="已修好", level="满意", solved="yes")
            await one.results.decide(session, row, decision)

    words = put_words(database, "A-1", {3: Heard("谢谢", 0.8, 0.0, 1.0)}, LATER, (one.results.ended,))
    await asyncio.gather(check(), words)
    async with database.read() as session:
        row = await session.get_one(CallbackRow, "1")
        result = await session.get_one(ResultRow, "1")
        told = await session.get_one(TicketCallbackRow, "1")
        assert (row.state, result.state, result.level, told.level) == ("done", "done", "满意", "满意")
        assert (result.checked_by, told.verdict) == ("2001", "close")
        assert (await session.get_one(AnswerRow, ("A-1", 3))).words == "谢谢"
