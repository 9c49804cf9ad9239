"""A supervisor's telephone is rung by the API and led to the call; refusals say why; all is on record."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from hotline.core.action_log import actions
from hotline.telephony.call_figures import answers, ended_by
from hotline.telephony.call_legs import legs
from hotline.telephony.conference_view import agents_of
from hotline.telephony.tables import CallStepRow, LegRow
from support.attached import attached
from support.flow import CITIZEN_HZ, SUPERVISOR_HZ
from support.journal import marks, until, until_idle
from support.rooms import hears, room_mark, talk, talks
from support.supervising import SUPERVISOR, supervised, supervised_flow

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-3W-4")]


@pytest.fixture
async def flow(running_asterisk, tmp_path):
    async with await supervised_flow(running_asterisk, tmp_path) as flow:
        yield flow


@pytest.fixture
async def service(flow):
    async with attached(flow.switch.settings) as service:
        yield service


async def ask(service, call, mode, supervisor=SUPERVISOR):
    return await service.api("POST", f"calls/{call}/supervise", {"supervisor": supervisor, "mode": mode})


async def log_of(service, action):
    await service.calls.log.put("test", "written", limit_s=20)
    return [entry for entry in await actions(service.database) if entry.action == action]


def _ended_legs(record):
    found = sorted((leg for leg in legs(record) if leg.role == "agent"), key=lambda leg: leg.agent)
    return found if len(found) == 2 and all(leg.ended_us for leg in found) else []


async def test_listening_by_request_rings_the_supervisor_and_stays_unheard(flow, service):
    _agent, citizen = await talk(flow)
    boss = await flow.agent(SUPERVISOR, signed_in=False)
    call = await service.talk()
    status, answer = await ask(service, call, "listen")
    assert (status, answer["supervisor"], answer["agent"], answer["mode"]) == (202, "1009", "1001", "listen")
    await supervised(flow, "HL_SUPERVISE")
    await flow.hears(boss, 3)
    status, refused = await ask(service, call, "whisper")
    assert (status, refused["type"]) == (409, "urn:hotline:supervise.busy")
    await boss.hang_up()
    await supervised(flow, "HL_SUPERVISE_END")
    assert talks(citizen)
    await citizen.hang_up()
    await until_idle(flow.switch)
    assert hears(boss, CITIZEN_HZ)[0] > 1.5
    assert hears(citizen, SUPERVISOR_HZ) == [0.0]
    assert [entry.result for entry in await log_of(service, "supervise.request")] == ["accepted", "refused"]
    await until(lambda: service.tracker.find(call).ended_us)
    steps = await log_of(service, "supervise.step")
    assert [(step.result, step.who, step.call, step.details) for step in steps] == [
        (step, "1009", call, {"agent": "1001", "mode": "listen"}) for step in ("begin", "end")
    ]
    assert flow.switch.faults() == []


async def test_a_call_taken_over_by_request_is_true_on_record(flow, service):
    agent, citizen = await talk(flow)
    boss = await flow.agent(SUPERVISOR, signed_in=False)
    call = await service.talk()
    assert (await ask(service, call, "take"))[0] == 202
    await agent.wait_for("closed")
    await room_mark(flow, "MOVED", 2)
    await flow.hears(boss, 2)
    status, refused = await ask(service, call, "listen")
    assert (status, refused["type"]) == (409, "urn:hotline:supervise.not_in_talk")
    await citizen.hang_up()
    await boss.wait_for("closed")
    await until_idle(flow.switch)
    record = await until(lambda: found if (found := service.tracker.find(call)).ended_us else None)
    assert [mark.get("agent") for _, mark in answers(record)] == ["1001", "1009"]
    assert ended_by(record) == "citizen"
    old, new = await until(lambda: _ended_legs(service.tracker.find(call)))
    assert (old.agent, new.agent) == ("1001", "1009")
    assert old.ended_us < new.ended_us
    (talk_of_both,) = new.spells
    assert talk_of_both.left_us - talk_of_both.entered_us > 1_500_000
    async with service.database.read() as session:
        rows = (await session.scalars(select(LegRow).where(LegRow.call == call))).all()
        steps = (await session.scalars(select(CallStepRow).where(CallStepRow.call == call))).all()
    assert sorted(row.agent for row in rows if row.role == "agent") == ["1001", "1009"]
    assert {"HL_SUPERVISE", "HL_SUPERVISE_END", "HL_AGENT"} <= {step.name for step in steps}
    assert [entry.result for entry in await log_of(service, "supervise.step")] == ["begin", "end"]


async def test_a_supervisor_who_does_not_answer_is_on_record_and_may_be_asked_again(flow, service):
    _agent, citizen = await talk(flow)
    boss = await flow.agent(SUPERVISOR, signed_in=False, answer_after_s=None)
    call = await service.call()
    assert (await ask(service, call, "barge"))[0] == 202
    await boss.wait_for("ringing")
    await boss.hang_up()
    async with asyncio.timeout(20):
        while len(log := await log_of(service, "supervise.request")) < 2:  # noqa: ASYNC110  # rows of a table
            await asyncio.sleep(0.1)
    assert [one.result for one in log] == ["accepted", "not_answered"]
    assert talks(citizen)
    assert marks(flow.switch, "HL_SUPERVISE") == []
    async with asyncio.timeout(20):
        while (await ask(service, call, "listen"))[0] != 202:  # noqa: ASYNC110  # the telephone is free soon
            await asyncio.sleep(0.2)


async def test_a_supervisor_who_answers_when_the_agent_has_another_citizen_hears_nothing(flow, service):
    agent, citizen = await talk(flow)
    boss = await flow.agent(SUPERVISOR, signed_in=False, answer_after_s=None)
    call = await service.call()
    assert (await ask(service, call, "take"))[0] == 202
    await boss.wait_for("ringing")
    await citizen.hang_up()
    await agent.wait_for("closed")
    other = await flow.citizen("13800000002")
    await other.call("12345")
    await other.wait_for("established")
    await flow.marks("HL_AGENT", 2)
    await boss.answer()
    await boss.wait_for("closed")
    assert talks(agent)
    assert talks(other)
    assert marks(flow.switch, "HL_SUPERVISE") == []
    assert hears(boss, CITIZEN_HZ) == [0.0]
    await other.hang_up()
    await until_idle(flow.switch)


async def test_what_is_refused_says_what_to_do_and_is_on_record(flow, service):
    status, answer = await ask(service, "none", "listen")
    assert (status, answer["type"]) == (404, "urn:hotline:supervise.no_call")
    citizen = await flow.citizen()
    await citizen.call("12345")
    await until(lambda: marks(flow.switch, "HL_QUEUE"))
    call = await service.call()
    assert (await ask(service, call, "listen"))[1]["type"] == "urn:hotline:supervise.not_in_talk"
    await flow.agent("1001")
    await until(lambda: marks(flow.switch, "HL_AGENT"))
    await until(lambda: agents_of(service.tracker.find(call)))
    for supervisor, mode, expected, kind in (
        ("1002", "listen", 403, "supervise.role"),
        ("1999", "listen", 404, "not_found"),
        ("1009", "shout", 422, "input.invalid"),
        ("", "listen", 404, "not_found"),
        ("1009\r\nChannel: x", "listen", 422, "input.invalid"),
        (SUPERVISOR, "take", 409, "supervise.unreachable"),
    ):
        status, answer = await ask(service, call, mode, supervisor)
        assert (status, answer["type"]) == (expected, f"urn:hotline:{kind}"), (supervisor, mode)
    entries = await log_of(service, "supervise.request")
    assert {entry.result for entry in entries} == {"refused"}
    assert len(entries) == 6, "all but what is no request at all"
    assert marks(flow.switch, "HL_SUPERVISE") == []
    await citizen.hang_up()
    await until_idle(flow.switch)
