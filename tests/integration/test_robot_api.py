"""The API of callbacks: add, follow, pause, check, quiet list, report; and what it refuses."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from hotline.app.robot_desk import RobotDesk
from hotline.callback_bot.outcome.rates import DEFINITIONS
from hotline.callback_bot.outcome.result_store import Results
from hotline.callback_bot.tables import CallbackRow
from hotline.core.action_log import actions
from hotline.core.db import Database
from support.robot_desk import api_of, robot_desk
from support.robot_rows import NOW, answers, attempt, callback, campaign, put_ended

Client = TestClient[Any, Any]
BASE = "/api/v1/callbacks"
ONE = {
    "ticket": "20261118-7Q2M9XKD",
    "phone": "+86 138 0013 8000",
    "person": "王女士",
    "unit": "城管局",
    "kind": "投诉",
    "matter": "路灯不亮",
    "handled_on": "2026-11-18",
}


@pytest.fixture
def robot(database: Database, tmp_path: Path) -> RobotDesk:
    return robot_desk(database, tmp_path)


@pytest.fixture
async def client(robot: RobotDesk) -> AsyncGenerator[Client]:
    async with api_of(robot) as client:
        yield client


async def sent(client: Client, path: str, body: object) -> tuple[int, dict[str, Any]]:
    answer = await client.post(f"{BASE}{path}", json=body)
    return answer.status, await answer.json()


async def got(client: Client, path: str) -> dict[str, Any]:
    answer = await client.get(f"{BASE}{path}")
    assert answer.status == 200, await answer.text()
    return await answer.json()


@pytest.mark.clause("R-CB-1")
async def test_a_callback_is_added_once_shown_paused_and_cancelled(
    client: Client, database: Database
) -> None:
    status, told = await sent(client, "", {"who": "2001", "campaign": "november", "callbacks": [ONE, ONE]})
    assert (status, [one["fate"] for one in told["callbacks"]]) == (201, ["added", "known"])
    (listed,) = (await got(client, "?campaign=november"))["callbacks"]
    assert (listed["phone"], listed["state"]) == ("138****8000", "waiting")
    assert "person" not in listed
    path = f"/{listed['id']}"
    shown = await got(client, path)
    assert (shown["phone"], shown["person"], shown["attempts"], shown["result"]) == (
        "13800138000",
        "王女士",
        [],
        None,
    )
    for act, state in (("pause", "paused"), ("resume", "waiting"), ("cancel", "cancelled")):
        status, told = await sent(client, f"{path}/{act}", {"who": "2001"})
        assert (status, told["state"]) == (200, state)
    status, told = await sent(client, f"{path}/resume", {"who": "2001"})
    assert (status, told["type"]) == (409, "urn:hotline:callback.state")
    log = {(one.who, one.action, one.request) for one in await actions(database, prefix="callback.")}
    assert log == {
        ("2001", "callback.add", "november"),
        *(("2001", f"callback.{act}_one", listed["id"]) for act in ("pause", "resume", "cancel")),
    }


async def test_a_campaign_is_made_paused_resumed_cancelled_and_counted(client: Client) -> None:
    body = {"who": "2001", "id": "十一月", "lines": 3, "hours": ["工作日 09:00-12:00"], "paused": True}
    assert (await sent(client, "/campaigns", body))[0] == 201
    assert (await sent(client, "/campaigns", body))[0] == 200
    await sent(client, "", {"campaign": "十一月", "callbacks": [ONE]})
    for act, state in (("resume", "running"), ("pause", "paused"), ("cancel", "cancelled")):
        status, told = await sent(client, f"/campaigns/十一月/{act}", {"who": "2001"})
        assert (status, told["state"], told["open"], told["total"]) == (200, state, 1, 1)
    status, told = await sent(client, "/campaigns/十一月/resume", {})
    assert (status, told["status"]) == (409, 409)
    (campaign,) = (await got(client, "/campaigns"))["campaigns"]
    assert (campaign["id"], campaign["states"]["waiting"]) == ("十一月", 1)
    assert (await client.get(f"{BASE}/campaigns/none")).status == 404


@pytest.mark.clause("R-CB-1")
async def test_the_quiet_list_ends_what_waits_and_keeps_what_comes_from_waiting(client: Client) -> None:
    await sent(client, "", {"campaign": "november", "callbacks": [ONE]})
    status, told = await sent(client, "/quiet", {"who": "2001", "phone": "138-0013-8000", "why": "来电要求"})
    assert (status, told) == (200, {"ended": 1})
    (listed,) = (await got(client, ""))["callbacks"]
    assert listed["state"] == "refused"
    assert (await got(client, f"/{listed['id']}"))["result"]["verdict"] == "refused"
    other = {**ONE, "ticket": "T2"}
    _, told = await sent(client, "", {"campaign": "november", "callbacks": [other]})
    assert told["callbacks"][0]["fate"] == "quiet"
    (person,) = (await got(client, "/quiet"))["quiet"]
    assert (person["phone"], person["why"], person["by"]) == ("13800138000", "来电要求", "2001")
    for removed in (True, False):
        _, told = await sent(client, "/quiet/remove", {"who": "2001", "phone": "13800138000"})
        assert told == {"removed": removed}


@pytest.mark.clause("R-CB-6")
async def test_a_bad_mark_is_decided_by_a_person(
    client: Client, robot: RobotDesk, database: Database
) -> None:
    name = "0" * 25 + "1"
    async with database.write() as session:
        session.add(campaign())
        row = await put_ended(session, name, solved="no", satisfied="不满意")
        await robot.desk._results.ended(session, row, NOW)
    (waiting,) = (await got(client, "?state=check"))["callbacks"]
    assert waiting["id"] == name
    good = {"who": "2001", "reopen": False, "note": "已修好", "level": "基本满意", "solved": "yes"}
    for bad in (
        {"who": "2001"},
        {**good, "who": ""},
        {"reopen": True, "note": "x"},
        {**good, "note": " "},
        {**good, "note": "x" * 501},
        {**good, "reopen": "yes"},
        {**good, "level": "好"},
        {**good, "solved": "maybe"},
        {**good, "note": "a\r\nb"},
    ):
        status, told = await sent(client, f"/{name}/check", bad)
        assert (status, told["type"]) == (422, "urn:hotline:input.invalid"), bad
    status, told = await sent(client, f"/{name}/check", good)
    assert (status, told["state"], told["result"]["level"]) == (200, "done", "基本满意")
    assert told["result"]["said"] == {"level": "不满意", "solved": "no"}
    assert (await sent(client, f"/{name}/check", good))[0] == 409
    assert (await sent(client, f"/{'0' * 26}/check", good))[0] == 404
    (entry,) = await actions(database, prefix="callback.check")
    assert entry.details == {"reopen": False, "corrected": True}


REFUSED: list[tuple[object, str]] = [
    ("x", "callbacks[0]: Input should be an object"),
    ({"ticket": "T"}, "callbacks[0].phone: Field required"),
    ({**ONE, "phone": None}, "callbacks[0].phone: Input should be a valid string"),
    ({**ONE, "phone": "110"}, "第 1 条"),
    ({**ONE, "phone": "13800138000&SIP/evil"}, "第 1 条"),
    ({**ONE, "phone": "13800138000\r\nAction: Originate"}, "第 1 条"),
    ({**ONE, "person": "王\r\nVariable: X=1"}, "第 1 条"),
    ({**ONE, "matter": "x" * 201}, "第 1 条"),
    ({**ONE, "person": 5}, "callbacks[0].person: Input should be a valid string"),
    ({**ONE, "priority": True}, "callbacks[0].priority: Input should be a valid integer"),
    ({**ONE, "priority": 10}, "callbacks[0].priority: Input should be less than or equal to 9"),
    ({**ONE, "handled_on": "18.11.2026"}, "callbacks[0].handled_on: Input should be a valid date"),
    ({**ONE, "latest": "2026-11-30T09:00"}, "callbacks[0].latest: must tell its offset"),
    ({**ONE, "state": "done"}, "callbacks[0].state: Extra inputs are not permitted"),
]


async def test_what_may_not_be_called_is_refused_before_anything_is_written(
    client: Client,
) -> None:
    for entry, told in REFUSED:
        status, problem = await sent(client, "", {"campaign": "november", "callbacks": [entry]})
        assert (status, problem["status"]) == (422, 422), entry
        assert told in problem["detail"]
    assert (await got(client, "/campaigns"))["campaigns"] == []


async def test_a_wrong_number_is_replaced_and_dialled_again(client: Client, database: Database) -> None:
    wrong, marked = "0" * 25 + "1", "0" * 25 + "2"
    async with database.write() as session:
        session.add(campaign(state="ended"))
        session.add(callback(wrong, state="check", why="no_such_number", tries=2, ended_at=NOW))
        row = callback(marked, state="check", ended_at=NOW)
        session.add_all([row, attempt(marked, "A"), *answers(marked, "A", satisfied="不满意")])
        await session.flush()
        assert await Results().ended(session, row, NOW) is not None
    for phone in ("110", "01012345678x", "13900139000&x"):
        assert (await sent(client, f"/{wrong}/number", {"phone": phone}))[0] == 422
    await sent(client, "/quiet", {"phone": "13700137000"})
    assert (await sent(client, f"/{wrong}/number", {"phone": "13700137000"}))[0] == 422
    assert (await sent(client, f"/{marked}/number", {"phone": "13900139000"}))[0] == 409
    status, told = await sent(client, f"/{wrong}/number", {"who": "2001", "phone": "139 0013 9000"})
    assert (status, told["state"], told["phone"], told["tries"]) == (200, "waiting", "13900139000", 0)
    assert (await got(client, "/campaigns/november"))["state"] == "running"
    assert (await sent(client, f"/{wrong}/number", {"phone": "13900139000"}))[0] == 409


async def test_a_wrong_number_is_corrected_as_long_as_nobody_was_dialled(
    client: Client, database: Database
) -> None:
    waiting, paused, tried, done = ("0" * 25 + sign for sign in "1234")
    async with database.write() as session:
        session.add(campaign())
        session.add_all([callback(waiting), callback(paused, state="paused"), callback(done, state="done")])
        session.add_all([callback(tried), attempt(tried, "A")])
    await sent(client, "/quiet", {"phone": "13700137000"})
    for phone in ("110", "01012345678x", "13900139000&x", "13700137000"):
        assert (await changed(client, waiting, {"phone": phone}))[0] == 422
    for one in (waiting, paused):
        status, told = await changed(client, one, {"who": "2001", "phone": "+86 139-0013-9000"})
        assert (status, told["phone"]) == (200, "13900139000")
    for one in (tried, done):
        status, problem = await changed(client, one, {"phone": "13900139000"})
        assert (status, problem["type"]) == (409, "urn:hotline:callback.dialled")
        assert "/number" in problem["detail"]
    assert (await changed(client, "9" * 26, {"phone": "13900139000"}))[0] == 404
    noted = await actions(database, prefix="callback.correct_number")
    assert sorted((one.who, one.request, (one.details or {})["changed"]) for one in noted) == [
        ("2001", waiting, True),
        ("2001", paused, True),
    ]


async def changed(client: Client, callback_id: str, body: object) -> tuple[int, dict[str, Any]]:
    async with client.patch(f"/api/v1/callbacks/{callback_id}", json=body) as answer:
        return answer.status, await answer.json()


async def test_names_that_would_be_commands_elsewhere_are_kept_as_texts(
    client: Client, database: Database
) -> None:
    hostile = {
        **ONE,
        "person": "${SHELL(id)}",
        "unit": "=HYPERLINK(1)",
        "matter": "'); DROP TABLE robot_callbacks;--",
    }
    status, told = await sent(client, "", {"campaign": "c", "callbacks": [hostile]})
    assert status == 201
    async with database.read() as session:
        row = await session.get_one(CallbackRow, told["callbacks"][0]["id"])
    assert (row.person, row.unit, row.matter) == (hostile["person"], hostile["unit"], hostile["matter"])


MEANINGLESS: list[tuple[str, object]] = [
    ("", {"campaign": "c"}),
    ("", {"campaign": "c", "callbacks": []}),
    ("", {"campaign": "c", "callbacks": [{"ticket": "T", "phone": "13800138000"}] * 201}),
    ("", {"campaign": "", "callbacks": [ONE]}),
    ("", {"campaign": "a\nb", "callbacks": [ONE]}),
    ("", {"campaign": "c", "who": "x" * 61, "callbacks": [ONE]}),
    ("", []),
    ("/campaigns", {"id": "c", "lines": "3"}),
    ("/campaigns", {"id": "c", "lines": 0}),
    ("/campaigns", {"id": "c", "hours": ["always"]}),
    ("/campaigns", {"id": "c", "hours": "工作日 09:00-12:00"}),
    ("/campaigns", {"id": "c", "paused": 1}),
    ("/quiet", {"phone": "abc"}),
    ("/quiet", {}),
    ("/quiet/remove", {}),
]


async def test_bodies_that_mean_nothing_are_refused(client: Client) -> None:
    for path, body in MEANINGLESS:
        status, problem = await sent(client, path, body)
        assert (status, problem["type"]) == (422, "urn:hotline:input.invalid"), body


async def test_queries_that_mean_nothing_are_refused_and_strangers_find_nothing(client: Client) -> None:
    for query in (
        "?limit=0",
        "?limit=1000",
        "?state=gone",
        "/report?by=phone",
        "/report?since=x",
        "?ticket=a%0ab",
    ):
        assert (await client.get(f"{BASE}{query}")).status == 422, query
    assert (await got(client, "?campaign=%27%20OR%201%3D1"))["callbacks"] == []
    for path in ("/NOTANID", f"/{'x' * 26}", "/campaigns/a%00b"):
        assert (await client.get(f"{BASE}{path}")).status == 404, path


async def test_the_report_names_its_definitions(client: Client, robot: RobotDesk, database: Database) -> None:
    async with database.write() as session:
        for number, level in enumerate(("满意", "基本满意", "不满意")):
            row = await put_ended(session, str(number), satisfied=level, solved="yes")
            await robot.desk._results.ended(session, row, NOW)
    told = await got(client, "/report?since=2026-11-19&until=2026-11-20T11:00&by=kind")
    assert (told["by"], [row["label"] for row in told["rows"]]) == ("kind", ["投诉"])
    figures = told["total"]["figures"]
    assert figures["cb_satisfied_basic_rate"]["numerator"] == 2
    assert figures["cb_satisfied_basic_rate"]["denominator"] == 3
    assert {one["id"] for one in (await got(client, "/definitions"))["definitions"]} == set(DEFINITIONS)


async def test_the_dry_run_says_whom_it_would_call_when(database: Database, tmp_path: Path) -> None:
    robot = robot_desk(database, tmp_path, robot={"trunks": [{"name": "test", "lines": 2}]})
    async with api_of(robot) as client:
        await sent(client, "", {"campaign": "november", "callbacks": [ONE]})
        (planned,) = (await got(client, "/plan?campaign=november"))["plan"]
        assert (planned["ticket"], planned["phone"]) == (ONE["ticket"], "138****8000")
        assert planned["at"].startswith("2026-11-20T03:00")
        assert (await client.get(f"{BASE}/plan?campaign=none")).status == 404


async def test_nothing_is_told_without_the_token(client: Client) -> None:
    for path in ("", "/campaigns", "/quiet", "/report", f"/{'0' * 26}"):
        answer = await client.get(f"{BASE}{path}", headers={"Authorization": "Bearer wrong"})
        assert answer.status == 401
