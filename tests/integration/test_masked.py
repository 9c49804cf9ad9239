"""A citizen's number, name and words, and who gets to see them: by every way in which a page can ask."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from hotline.asr import tables as transcripts
from hotline.core.access.access_log import entries, verify
from hotline.core.access.api_tokens import NewToken
from hotline.core.db import Database
from hotline.core.events import EventBus
from hotline.core.jobs import Jobs
from hotline.core.roles import Role
from hotline.queue.agents import Agents
from hotline.telephony.calls import CallRecord
from hotline.telephony.tables import CallRow, RecordingRow
from hotline.ticket_bridge.checks.check_service import Checks
from hotline.ticket_bridge.tables import TicketRow, find
from hotline.ticket_bridge.worker import DraftWorker
from hotline.web.desk import Desk
from hotline.web.live import Live
from hotline.web.server import build_app
from support.call_facts import Story
from support.doors import NOON, Browser, Doors, door_settings, serving
from support.heard_legs import record_of
from support.pages import BEARER, FakeFigures
from support.robot_desk import robot_desk
from support.robot_rows import callback, campaign
from support.talks import transcript_of

CALL = "node1-1795320000.12"
SOUND = f"2026/11/22/{CALL}-mix.wav"
LINE, SAID, SPOKEN, NAME = "13812345678", "13987654321", "幺三九八七六五四三二幺", "欧阳明"
LEAKS = (LINE, SAID, SPOKEN, NAME)
TALK = f"""坐: 您好 请问 您 需要 什么 帮助
市: 我 投诉 包工头 欠 我们 三十 个 人 的 工钱
坐: 请问 您 贵姓 电话 多少
市: 我叫 {NAME}
市: 我 的 电话 是 {" ".join(SPOKEN)}"""
WHOLE = (
    ("GET", f"/api/v1/calls/{CALL}"),
    ("GET", f"/api/v1/calls/{CALL}/transcript"),
    ("GET", f"/api/v1/tickets/{CALL}"),
)
LISTS = (
    ("GET", "/api/v1/calls"),
    ("GET", "/api/v1/tickets"),
    ("GET", "/api/v1/recordings"),
    ("GET", "/api/v1/transcripts"),
)
PAGE = ("GET", f"/calls/{CALL}")
NOW = "node1-1795320031.99"
RECORDING = f"/api/v1/recordings/node1/{SOUND}"
REVEAL = {"what": "call", "id": CALL, "field": "caller", "reason": "回拨市民核实地址"}


class NoSwitch:
    async def action(self, name: str, *_more: Any, **_options: Any) -> list[Any]:
        raise ConnectionRefusedError(name)


class FakeCalls:
    """Calls in memory."""

    def __init__(self) -> None:
        self.records: dict[str, CallRecord] = {}

    def find(self, call: str) -> CallRecord | None:
        return self.records.get(call)

    def open_calls(self) -> list[CallRecord]:
        return list(self.records.values())

    def rings(self, call: str, agent: str) -> None:
        """Let an agent's telephone ring for a call."""
        self.records[call] = record_of(Story(call).arrive().menu().ask().enter().ring(f"{call}1", agent))


@pytest.fixture
def live() -> FakeCalls:
    return FakeCalls()


async def ticket_of(doors: Doors) -> TicketRow:
    async with doors.database.read() as session:
        ticket = await find(session, CALL)
    assert ticket is not None
    return ticket


@pytest.fixture
async def doors(tmp_path: Path, database: Database, live: FakeCalls) -> Doors:
    settings = door_settings(tmp_path / "state")
    doors = Doors(settings, database)
    agents = Agents(settings, NoSwitch())
    desk = Desk(settings, database, agents, lambda: Live(True, 1, []), FakeFigures(), clock=doors.clock)
    checks = Checks(database, node="node1", clock=doors.clock)
    doors.app = build_app(
        settings.web,
        desk,
        checks=checks,
        access=doors.access,
        live_calls=live,
        callbacks=robot_desk(database, tmp_path).web,
    )
    await fill(doors)
    for user, role, agent in (
        ("wangfang", Role.AGENT, "1001"),
        ("liqiang", Role.AGENT, "1002"),
        *((role.value, role, None) for role in Role if role is not Role.AGENT),
    ):
        await doors.add(user, role, agent)
    return doors


async def fill(doors: Doors) -> None:
    """Write a call of agent 1001 with its recording, transcript and ticket."""
    common = {"node": "node1", "trunk": "test", "did": "12345", "facts": []}
    begun, done = NOON - timedelta(minutes=3), {"ended_by": "citizen", "outcome": "answered"}
    call = CallRow(
        id=CALL,
        number=LINE,
        agent="1001",
        queue="public",
        t0=begun,
        t3=begun,
        ended_at=NOON,
        **common,
        **done,
    )
    sound = {"sha256": "0" * 64, "bytes": 200, "duration_ms": 1000, "sample_rate": 8000, "repaired": False}
    row = RecordingRow(
        node="node1",
        path=SOUND,
        call=CALL,
        kind="mix",
        state="ready",
        begun_at=begun,
        registered_at=NOON,
        **sound,
    )
    async with doors.database.write() as session:
        session.add_all([call, row])
        await transcripts.save(
            session, transcript_of(TALK, call=CALL), node="node1", cost_ms=1, created_at=NOON
        )
    jobs = Jobs(doors.database, node="node1", clock=doors.clock)
    async with doors.database.write() as session:
        await jobs.put(session, "draft", CALL, {"call": CALL})
    assert await DraftWorker(doors.settings, doors.database, jobs, EventBus(), clock=doors.clock).run_once()
    file = doors.settings.state / "recordings" / SOUND
    file.parent.mkdir(parents=True)
    file.write_bytes(bytes(200))


@pytest.fixture
async def browser(doors: Doors) -> AsyncGenerator[Browser]:
    async with serving(doors) as browser:
        yield browser


async def text_of(browser: Browser, way: tuple[str, str], **headers: str) -> tuple[int, str]:
    async with browser.client.request(*way, headers=headers, allow_redirects=False) as answer:
        return answer.status, (await answer.read()).decode("utf-8", "replace")


async def test_the_nodes_own_token_sees_all_of_it(browser: Browser) -> None:
    """Else nothing below would prove anything."""
    shown = "".join([(await text_of(browser, way, **BEARER))[1] for way in WHOLE])
    assert [leak in shown for leak in (LINE, SAID, NAME)] == [True, True, True]


@pytest.mark.clause("R-S-1")
@pytest.mark.parametrize("user", ["supervisor", "auditor", "admin"])
async def test_who_did_not_take_the_call_sees_nothing_personal(browser: Browser, user: str) -> None:
    await browser.sign_in(user)
    for way in (*WHOLE, *LISTS, PAGE):
        status, shown = await text_of(browser, way)
        assert status == 200, way
        for leak in LEAKS:
            assert leak not in shown, (way, leak)
            assert leak not in shown.replace(" ", ""), (way, leak)
    assert "138****5678" in (await text_of(browser, WHOLE[0]))[1]


@pytest.mark.clause("R-S-1")
async def test_an_agent_is_told_of_the_own_calls_and_no_others(doors: Doors, browser: Browser) -> None:
    await browser.sign_in("liqiang")
    for way in (*WHOLE, PAGE):
        status, shown = await text_of(browser, way)
        assert (status, CALL in shown) == (403, False), way
    for way in (*LISTS, ("GET", "/")):
        status, shown = await text_of(browser, way)
        assert (status, CALL in shown) == (200, False), way
    for way in (("PATCH", {"fields": {"title": "改了"}}), ("PATCH", {"confirm": True})):
        status, told = await browser.ask(way[0], f"/api/v1/tickets/{CALL}", way[1])
        assert (status, told["type"]) == (403, "urn:hotline:access.refused")
    ticket = await ticket_of(doors)
    for key in (CALL, ticket.id, ticket.number):
        assert (await browser.ask("POST", f"/api/v1/tickets/{key}/confirm"))[0] == 403
        assert (await browser.ask("GET", f"/api/v1/tickets/{key}"))[0] == 403
    assert (await ticket_of(doors)).checked_by is None
    await doors.had(CALL, "1002", number=LINE)  # the call is handed on to this agent, too
    for way in (*WHOLE, PAGE):
        assert (await text_of(browser, way))[0] == 200, way
    for way in (*LISTS, ("GET", "/")):
        assert CALL in (await text_of(browser, way))[1], way
    assert (await text_of(browser, ("GET", RECORDING)))[0] == 200
    assert (await browser.ask("POST", f"/api/v1/tickets/{ticket.number}/confirm"))[0] == 200
    assert (await ticket_of(doors)).checked_by == "liqiang"
    noted = {one.entry.subject for one in await entries(doors.database, who="liqiang")}
    assert {f"call/{CALL}", f"ticket/{CALL}", f"ticket/{ticket.number}"} <= noted


@pytest.mark.clause("R-S-1")
async def test_the_tickets_of_who_calls_now_can_be_read_and_not_changed(
    doors: Doors, browser: Browser, live: FakeCalls
) -> None:
    """What became of my report: the agent who has the citizen on the line may look, masked."""
    await browser.sign_in("liqiang")
    live.rings(NOW, "1002")
    await doors.had(NOW, "1001", number=SAID)
    assert (await browser.ask("GET", f"/api/v1/tickets/{CALL}"))[0] == 403, "another number"
    await doors.had(NOW, "1003", number=LINE)
    status, shown = await text_of(browser, ("GET", f"/api/v1/tickets/{CALL}"))
    assert status == 200
    for leak in LEAKS:
        assert leak not in shown
    assert (await browser.ask("PATCH", f"/api/v1/tickets/{CALL}", {"confirm": True}))[0] == 403
    assert (await text_of(browser, WHOLE[1]))[0] == 403
    live.records.clear()
    assert (await browser.ask("GET", f"/api/v1/tickets/{CALL}"))[0] == 403, "the call is over"


async def test_operations_get_none_of_it(browser: Browser) -> None:
    await browser.sign_in("ops")
    for way in (*WHOLE, *LISTS[1:], PAGE, ("GET", RECORDING)):
        assert (await text_of(browser, way))[0] == 403, way
    assert (await browser.ask("POST", "/api/v1/reveals", REVEAL))[0] == 403


async def test_who_took_the_call_sees_what_was_said_and_not_the_line(browser: Browser) -> None:
    await browser.sign_in("wangfang")
    shown = "".join([(await text_of(browser, way))[1] for way in WHOLE])
    assert SAID in shown
    assert LINE not in shown
    assert (await text_of(browser, ("GET", RECORDING)))[0] == 200
    status, told = await browser.ask("POST", "/api/v1/reveals", REVEAL)
    assert (status, told) == (200, {"value": LINE})


@pytest.mark.clause("R-S-1")
async def test_an_agent_hears_and_reveals_the_own_calls_only(doors: Doors, browser: Browser) -> None:
    await browser.sign_in("liqiang")
    assert (await text_of(browser, ("GET", RECORDING)))[0] == 403
    for what in (REVEAL, {**REVEAL, "id": "none"}, {**REVEAL, "what": "ticket", "field": "phone"}):
        status, told = await browser.ask("POST", "/api/v1/reveals", what)
        assert (status, told["type"]) == (403, "urn:hotline:access.refused")
    found = [(one.entry.action, one.entry.result) for one in await entries(doors.database, who="liqiang")]
    assert found[:3] == [("reveal", "refused")] * 3


@pytest.mark.clause("R-S-1")
async def test_who_moves_a_callback_is_told_no_more_than_the_role_reads(
    doors: Doors, browser: Browser
) -> None:
    one, path = "0" * 26, f"/api/v1/callbacks/{'0' * 26}"
    async with doors.database.write() as session:
        session.add_all([campaign(), callback(one, phone=LINE, person=NAME, matter=f"回拨 {SAID}")])
    asks = (("POST", f"{path}/pause", {}), ("PATCH", path, {"phone": LINE}), ("POST", f"{path}/resume", {}))
    for user in ("supervisor", "ops"):
        await browser.sign_in(user)
        for method, address, body in asks:
            status, told = await browser.ask(method, address, body)
            if user == "ops" and method == "PATCH":
                assert status == 403
                continue
            assert (status, told["phone"]) == (200, "138****5678"), (user, method)
            assert all(leak not in str(told) for leak in LEAKS), (user, method)
            assert (told["matter"] == "") == (user == "ops")
    noted = await entries(doors.database, who="supervisor")
    assert f"callback/{one}" in {row.entry.subject for row in noted}


@pytest.mark.parametrize("reason", ["", "    ", "abc", "\x00\x00\x00\x00\x00" * 50])
async def test_without_a_reason_nothing_is_revealed(browser: Browser, reason: str) -> None:
    await browser.sign_in("supervisor")
    assert (await browser.ask("POST", "/api/v1/reveals", {**REVEAL, "reason": reason}))[0] == 422


@pytest.mark.clause("R-S-1")
async def test_every_look_is_in_the_log_with_its_reason(doors: Doors, browser: Browser) -> None:
    await browser.sign_in("auditor")
    for way in (WHOLE[0], WHOLE[0], ("GET", RECORDING), WHOLE[2]):
        await text_of(browser, way)
    await browser.ask("POST", "/api/v1/reveals", {**REVEAL, "what": "ticket", "field": "phone"})
    found = await entries(doors.database, who="auditor")
    assert [(one.entry.action, one.entry.subject, one.entry.reason) for one in found[::-1]] == [
        ("sign-in", "user/auditor", ""),
        ("look", f"call/{CALL}", ""),
        ("look", f"recording/node1/{SOUND}", ""),
        ("look", f"ticket/{CALL}", ""),
        ("reveal", f"ticket/{CALL}/phone", REVEAL["reason"]),
    ]
    assert found[0].entry.address == "127.0.0.1"
    assert (await verify(doors.database, state=doors.settings.state))[1] == []
    _, told = await browser.ask("GET", "/api/v1/access-log?who=auditor&limit=2")
    assert len(told["entries"]) == 2
    _, more = await browser.ask("GET", f"/api/v1/access-log?who=auditor&limit=500&after={told['next']}")
    assert {one["seq"] for one in more["entries"]}.isdisjoint({one["seq"] for one in told["entries"]})
    assert (await browser.ask("GET", "/api/v1/access-log/verify"))[1]["whole"]


@pytest.mark.clause("R-S-1")
async def test_without_the_log_nobody_looks(doors: Doors, browser: Browser) -> None:
    await browser.sign_in("auditor")
    doors.access.log._database = Database("sqlite+aiosqlite:////nowhere/at/all.db")
    for way in (*WHOLE, ("GET", RECORDING)):
        assert (await text_of(browser, way))[0] == 503, way
    assert (await browser.ask("POST", "/api/v1/reveals", REVEAL))[0] == 503
    await doors.access.log._database.close()


@pytest.mark.clause("R-S-2")
async def test_a_program_hears_and_sees_whole_only_with_the_scope(doors: Doors, browser: Browser) -> None:
    plain, _ = await doors.access.tokens.create(NewToken("plain", Role.SUPERVISOR), by="test")
    whole, _ = await doors.access.tokens.create(
        NewToken("whole", Role.SUPERVISOR, ("read", "personal")), by="test"
    )
    for token, hears, sees in ((plain, 403, False), (whole, 200, True)):
        held = {"Authorization": f"Bearer {token}"}
        assert (await text_of(browser, ("GET", RECORDING), **held))[0] == hears
        shown = "".join([(await text_of(browser, way, **held))[1] for way in WHOLE])
        assert (LINE in shown, SAID in shown, NAME in shown) == (sees, sees, sees)


async def test_what_is_shown_masked_is_never_stored_over_what_is_true(browser: Browser) -> None:
    await browser.sign_in("supervisor")
    status, _ = await browser.ask("PATCH", f"/api/v1/tickets/{CALL}", {"fields": {"phone": "139****4321"}})
    assert status == 422
    status, told = await browser.ask("PATCH", f"/api/v1/tickets/{CALL}", {"fields": {"phone": "13800138000"}})
    assert (status, told["fields"]["phone"]["value"]) == (200, "138****8000")


@pytest.mark.parametrize("user", ["wangfang", "auditor"])
async def test_no_path_leads_out_of_the_recordings(browser: Browser, user: str) -> None:
    await browser.sign_in(user)
    paths = ("../../../hotline.db", "..%2f..%2fdoors.db", "%2fetc%2fpasswd", f"{SOUND}/../../../../x", "%00")
    for path in paths:
        address = URL(f"{browser.origin}/api/v1/recordings/node1/{path}", encoded=True)
        async with browser.client.session.get(address, allow_redirects=False) as answer:
            assert answer.status == 404, path
