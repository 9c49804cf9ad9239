"""What goes along with a third line, over a real HTTP server that fails in every way, on both databases."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from hotline.core.clock import utc_now
from hotline.core.db import Base, Database
from hotline.core.log import setup_logging
from hotline.core.webhook import WebhookLimits
from hotline.core.webhook_signature import SIGNATURE, TIMESTAMP, is_signed
from hotline.core.webhook_store import GIVEN_UP, WebhookRow
from hotline.ticket_bridge.events import NoticeChanged
from hotline.ticket_bridge.notices.notice_message import Notice
from hotline.ticket_bridge.notices.notice_tables import NoticeRow
from support.notices import ALARM_SECRET, OWN_SECRET, NoticeNode, Silent, line_of, notice_settings, request
from support.receiver import Receiver, receiver, until

pytestmark = pytest.mark.clause("R-3W-3")


@pytest.fixture(autouse=True)
def _logs() -> None:
    """Log as the service does."""
    setup_logging()


@pytest.fixture
async def url(database: Database, database_url: str) -> str:
    """A database with every table."""
    return database_url


@pytest.fixture
async def file_url(tmp_path: Path) -> str:
    """A SQLite database with every table, for what does not hang on the kind of database."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'notices.db'}")
    async with database.write() as session:
        await (await session.connection()).run_sync(Base.metadata.create_all)
    await database.close()
    return database.url


def taken(police: Receiver) -> list[dict[str, Any]]:
    """The messages that were taken, in order; one that was sent again, as it may be, counts once."""
    return list({(one["id"], one["revision"]): one for one in reversed(police.taken)}.values())[::-1]


def revisions(police: Receiver) -> list[int]:
    return [one["revision"] for one in taken(police)]


def changes(node: NoticeNode) -> list[str]:
    return [event.state for event in node.events if isinstance(event, NoticeChanged)]


async def rows(url: str) -> tuple[int, int]:
    """How many notices there are, and how many messages."""
    database = Database(url)
    async with database.read() as session:
        notices = await session.scalar(select(func.count()).select_from(NoticeRow))
        messages = await session.scalar(select(func.count()).select_from(WebhookRow))
    await database.close()
    return notices or 0, messages or 0


async def given_up(url: str) -> None:
    """Wait until a notice's own row says that its first message was given up."""
    database = Database(url)
    state = None
    while state != GIVEN_UP:
        async with database.read() as session:
            state = await session.scalar(select(NoticeRow.first_state))
        await asyncio.sleep(0.05)
    await database.close()


async def test_the_first_message_goes_at_once_and_the_update_follows_under_the_same_id(
    tmp_path: Path, url: str
) -> None:
    async with receiver() as police:
        node = NoticeNode(notice_settings(tmp_path, url, police))
        story = request()
        async with node.running():
            node.tell(story)
            await until("both are there", lambda: revisions(police) == [1, 2])
            view = await node.seen(story, "both delivered", lambda one: one.update_delivered_at)
            await until("the bus tells it", lambda: changes(node)[-1:] == ["delivered"])
    first, update = (Notice.model_validate(one) for one in taken(police))
    assert first.id == update.id == f"{story.call}.{line_of(story)}"
    assert (first.event, update.event) == ("three_way.notice", "three_way.update")
    assert first.caller.number == "13812345678"
    assert first.call.agent is not None
    assert (first.call.agent.number, first.call.agent.name) == ("1001", "王芳")
    assert (first.line.label, first.line.kind) == ("公安", "emergency")
    assert (first.speech.state, update.speech.state) == ("pending", "unavailable")
    assert update.speech.reason == "no speech in this test"
    assert (view.state, view.label, view.speech, view.error) == ("delivered", "已送达", "unavailable", None)
    assert len(changes(node)) == len(set(changes(node)))
    for headers, body in police.requests:
        signed = (headers[TIMESTAMP], headers[SIGNATURE], body)
        assert is_signed(OWN_SECRET, *signed, now_s=utc_now().timestamp())
        assert not is_signed(ALARM_SECRET, *signed, now_s=utc_now().timestamp())
        assert headers["X-Hotline-Event"] == json.loads(body)["event"]
    assert len({headers["X-Hotline-Delivery"] for headers, _ in police.requests}) == 2


async def test_however_often_a_request_is_told_there_is_one_notice(tmp_path: Path, url: str) -> None:
    async with receiver() as police:
        node = NoticeNode(notice_settings(tmp_path, url, police))
        story = request()
        async with node.running():
            for _ in range(3):
                node.tell(story)
            await node.seen(story, "both delivered", lambda one: one.update_delivered_at)
        await node.store(story)
        async with node.running() as notices:
            node.tell(story)
            other = request(2)
            node.tell(other)
            await node.seen(other, "another one's is delivered", lambda one: one.update_delivered_at)
            await until("nothing is asked for any more", lambda: not len(notices._tasks))
    assert await rows(url) == (2, 4)
    assert revisions(police) == [1, 2, 1, 2]


async def test_lines_that_nobody_is_told_of_make_none(tmp_path: Path, file_url: str) -> None:
    async with receiver() as police:
        node = NoticeNode(notice_settings(tmp_path, file_url, police))
        async with node.running():
            node.tell(request(1, target="water"))
            refused = request(2)
            refused.rows = [[cell.replace("ASKED", "REFUSED") for cell in row] for row in refused.rows]
            node.tell(refused)
            story = request(3)
            node.tell(story)
            await node.seen(story, "delivered", lambda one: one.update_delivered_at)
    assert await rows(file_url) == (1, 2)


async def test_two_lines_of_one_call_are_two_notices(tmp_path: Path, file_url: str) -> None:
    async with receiver() as police:
        node = NoticeNode(notice_settings(tmp_path, file_url, police))
        story = request()
        story.wait(1).ask_for("1795320099999", target="police", how="api", mode="consult")  # pyright: ignore[reportAttributeAccessIssue]  # wait returns the same story
        async with node.running():
            node.tell(story)
            await until("four messages", lambda: len(taken(police)) == 4)
    assert len({one["id"] for one in police.taken}) == 2
    assert {one["line"]["mode"] for one in police.taken} == {"direct", "consult"}


@pytest.mark.parametrize("broken", ["hangs", "fails", "dies"])
async def test_speech_that_is_late_or_broken_costs_the_first_message_nothing(
    tmp_path: Path, file_url: str, broken: str
) -> None:
    source = Silent(hangs=broken == "hangs", fails=MemoryError("vosk") if broken == "dies" else None)
    async with receiver() as police:
        node = NoticeNode(notice_settings(tmp_path, file_url, police), source)
        stories = [request(number) for number in range(8)]
        async with node.running(speech_limit_s=1.0):
            for story in stories:
                node.tell(story)
            await until("every first one", lambda: revisions(police).count(1) == 8, 5)
            if broken == "hangs":
                assert revisions(police).count(2) == 0
            await until("every update", lambda: revisions(police).count(2) == 8)
    reasons = {one["speech"]["reason"] for one in police.taken if one["revision"] == 2}
    expected = {
        "hangs": "not recognised within 1 s",
        "fails": "no speech in this test",
        "dies": "MemoryError",
    }
    assert reasons == {expected[broken]}


async def test_an_endpoint_that_is_down_refuses_or_hangs_is_tried_until_it_takes_it(
    tmp_path: Path, url: str
) -> None:
    async with receiver(500, 503, 5.0, 301) as police:
        node = NoticeNode(notice_settings(tmp_path, url, police))
        story = request()
        async with node.running() as notices:
            node.tell(story)
            view = await node.seen(story, "it is shown", lambda one: one.state == "undelivered")
            assert (view.label, view.delivered_at) == ("未送达", None)
            assert view.error
            assert notices.silent_s()["centre"] > 0
            await until("both at last, in order", lambda: revisions(police)[-2:] == [1, 2])
            view = await node.seen(story, "delivered", lambda one: one.update_delivered_at)
            assert view.state == "delivered"
            assert view.attempts >= 5, "the first may have been sent from memory, while the database was slow"
            assert notices.silent_s()["centre"] == 0
            await until("the bus tells it", lambda: changes(node)[-1:] == ["delivered"])
    assert "undelivered" in changes(node)


async def test_one_that_is_never_taken_is_given_up_and_says_so(tmp_path: Path, file_url: str) -> None:
    short = WebhookLimits(
        answer_s=1, first_pause_s=0.05, longest_pause_s=0.1, give_up_s=1.5, poll_s=0.1, at_once=4
    )
    async with receiver(*[403] * 1000) as police:
        node = NoticeNode(notice_settings(tmp_path, file_url, police))
        story = request(ago_s=0.0)
        async with node.running(limits=short):
            node.tell(story)
            await node.seen(story, "tried", lambda one: one.attempts > 2)
            await asyncio.wait_for(given_up(file_url), 20)
            view = await node.seen(story, "error", lambda one: one.state == "undelivered" and one.error)
            assert "403" in (view.error or "")
        assert police.taken == []


async def test_a_request_seen_hours_later_is_written_down_and_not_sent(tmp_path: Path, url: str) -> None:
    async with receiver() as police:
        node = NoticeNode(notice_settings(tmp_path, url, police))
        old, fresh = request(1, ago_s=2 * 3600), request(2, ago_s=600)
        async with node.running():
            node.tell(old)
            node.tell(fresh)
            view = await node.seen(old, "given up", lambda one: one.state == "undelivered")
            await node.seen(fresh, "ten minutes are not too late", lambda one: one.update_delivered_at)
        assert (view.delivered_at, view.attempts, view.speech) == (None, 0, "unavailable")
        assert "after the request" in (view.error or "")
    assert {one["call"]["id"] for one in police.taken} == {fresh.call}


async def test_a_process_killed_before_the_update_makes_it_after_the_restart(
    tmp_path: Path, url: str
) -> None:
    source = Silent(hangs=True)
    async with receiver() as police:
        node = NoticeNode(notice_settings(tmp_path, url, police), source)
        story = request()
        async with node.running(speech_limit_s=600):
            node.tell(story)
            await until("the first one", lambda: revisions(police) == [1])
        await node.store(story)
        node.calls.clear()
        node.source = Silent()
        async with node.running():
            await until("the update", lambda: revisions(police)[-1:] == [2])
            await node.seen(story, "delivered", lambda one: one.update_delivered_at)
    assert await rows(url) == (1, 2)
    first = [one for one in police.taken if one["revision"] == 1]
    # Killed before it was written down that it was taken, it is made once more and sent under the same id.
    assert {one["id"] for one in first} == {f"{story.call}.{line_of(story)}"}
    told = [{key: one[key] for key in one.keys() - {"made_at", "traffic"}} for one in first]
    assert told == [told[0]] * len(told)


async def test_a_request_that_was_stored_and_not_told_is_found_after_the_restart(
    tmp_path: Path, url: str
) -> None:
    """The service died between the transaction of the call and that of its notice."""
    async with receiver() as police:
        node = NoticeNode(notice_settings(tmp_path, url, police))
        story, water, ended = request(1), request(2, target="water"), request(3)
        ended.ends()
        for one in (story, water, ended):
            await node.store(one)
        async with node.running():
            await until("both", lambda: sorted(revisions(police)) == [1, 1, 2, 2])
    assert {one["call"]["id"] for one in police.taken} == {story.call, ended.call}
    on_line = {one["call"]["id"]: one["caller"]["on_line"] for one in police.taken}
    assert on_line == {story.call: True, ended.call: False}


async def test_a_locked_database_does_not_hold_the_first_message_up(tmp_path: Path, file_url: str) -> None:
    async with receiver() as police:
        node = NoticeNode(notice_settings(tmp_path, file_url, police))
        story = request()
        async with node.running():
            lock = sqlite3.connect(
                file_url.partition("///")[2], isolation_level=None, check_same_thread=False
            )
            await asyncio.to_thread(lock.execute, "BEGIN EXCLUSIVE")
            node.tell(story)
            await until("told from memory, both", lambda: revisions(police) == [1, 2], 15)
            lock.execute("ROLLBACK")
            lock.close()
            view = await node.seen(story, "written down", lambda one: one.update_delivered_at)
            assert view.state == "delivered"
    assert await rows(file_url) == (1, 2)
    assert [one["revision"] for one in police.taken] == [1, 2], "nothing is sent twice"


async def test_nothing_personal_is_logged(
    tmp_path: Path, file_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with receiver(500, 500) as police:
        node = NoticeNode(notice_settings(tmp_path, file_url, police))
        story = request()
        setup_logging()
        async with node.running():
            node.tell(story)
            await node.seen(story, "delivered", lambda one: one.update_delivered_at)
    told = capsys.readouterr()
    assert story.call in told.out + told.err
    assert "13812345678" not in told.out + told.err
    assert OWN_SECRET not in told.out + told.err
