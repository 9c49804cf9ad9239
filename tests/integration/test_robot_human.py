"""A real telephone is surveyed by its keys: it speaks freely, hangs up, or is put through to an agent."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from hotline.demo.phones import Phone, SipAccount
from hotline.telephony import call_figures as figures
from hotline.telephony.call_book import CallBook
from hotline.telephony.calls import CallRecord
from hotline.telephony.cel import fact_of_row
from hotline.telephony.journal_text import parse_record, split_records
from support.asterisk import Switch
from support.flow import AGENT_HZ, AGENTS, CITIZEN_HZ, QUEUES, Flow
from support.journal import seconds_with, until, until_idle, write_tone
from support.ports import free_ports
from support.survey import Surveys, acting

pytestmark = [pytest.mark.asterisk, pytest.mark.takes(25)]

NUMBER = "13800000009"


def record_of(switch: Switch, attempt: str) -> CallRecord | None:
    """The call's record, from the journal alone."""
    book = CallBook(switch.settings.site.node)
    records, _ = split_records(switch.journal.read_bytes())
    for _, text in records:
        if (fact := fact_of_row(parse_record(text))) is not None:
            book.feed(fact)
    return book.records.get(attempt)


def person(folder: Path, port: int) -> Phone:
    """A telephone behind the trunk; it answers, and plays its own tone."""
    account = SipAccount(NUMBER, "127.0.0.1", port, register=False)
    speech = write_tone(folder / "person.wav", CITIZEN_HZ, 200)
    return Phone(account, folder / "person", speech=speech, answer_after_s=0.3, listen_port=port)


@dataclass(frozen=True)
class Scene:
    """A switch, its agents' telephones, and the one that is called."""

    switch: Switch
    flow: Flow
    phone: Phone
    surveys: Surveys

    async def answer(self, attempt: str, *script: tuple[str, str]) -> None:
        """Press real keys, each at its question."""
        for question, key in script:
            await self.surveys.asked(attempt, question)
            await self.phone.press(key)


@pytest.fixture
async def scene(running_asterisk, tmp_path) -> AsyncGenerator[Scene]:
    [port] = free_ports(1)
    trunk = {"name": "out", "host": "127.0.0.1", "port": port, "numbers": ["12345"]}
    switch: Switch = await running_asterisk(queues=QUEUES, agents=AGENTS, trunks=[trunk])
    async with AsyncExitStack() as stack:
        ami = await stack.enter_async_context(acting(switch.settings))
        flow = await stack.enter_async_context(Flow(switch, tmp_path))
        phone = await stack.enter_async_context(person(tmp_path, port))
        yield Scene(switch, flow, phone, await Surveys.begin(switch, ami))


@pytest.mark.clause("R-CB-3", "R-CB-7")
async def test_who_hangs_up_while_speaking_has_said_it_and_is_recorded_on_a_leg_of_its_own(
    scene: Scene,
) -> None:
    surveys = scene.surveys
    attempt = await surveys.dial("out", NUMBER)
    await scene.answer(attempt, ("identity", "1"), ("consent", "1"), ("contacted", "1"), ("solved", "2"))
    await scene.answer(attempt, ("satisfied", "3"), ("reason", "1"))
    await surveys.asked(attempt, "reason_words")
    await until(lambda: "message1" in surveys.files(attempt), limit_s=30)
    await until(lambda: surveys.files(attempt)["message1"].stat().st_size > 24_000, limit_s=30)
    await scene.phone.hang_up()
    await surveys.over(attempt)
    assert surveys.outcome(attempt) is None
    last = surveys.lines(attempt, "HL_ROBOT_ANSWER")[-1].values
    assert (last["question"], last["value"], last["given"]) == ("reason_words", "recorded", "speech")
    assert last["file"].endswith(f"{attempt}-message1")
    await until_idle(scene.switch)
    files = surveys.files(attempt)
    assert seconds_with(files["message1"], CITIZEN_HZ) >= 1.0
    assert seconds_with(files["citizen"], CITIZEN_HZ) > 3.0
    assert seconds_with(files["agent"], 440.0) > 1.0
    assert seconds_with(files["agent"], CITIZEN_HZ) == 0.0
    record = record_of(scene.switch, attempt)
    assert record is not None
    assert not record.citizen
    assert scene.switch.faults() == []


@pytest.mark.clause("R-CB-5")
async def test_who_asks_for_a_human_waits_and_is_counted_as_every_citizen(scene: Scene) -> None:
    surveys = scene.surveys
    agent = await scene.flow.agent("1001")
    attempt = await surveys.dial("out", NUMBER, HL_ROBOT_PHONE=NUMBER)
    await scene.answer(attempt, ("identity", "1"), ("consent", "0"))
    ringing = await agent.wait_for("ringing", limit_s=30)
    assert NUMBER in ringing.peer
    await agent.wait_for("established")
    await scene.flow.hears(scene.phone, 2)
    await agent.hang_up()
    await surveys.over(attempt)
    await until_idle(scene.switch)
    assert surveys.outcome(attempt) == "handed_over"
    record = record_of(scene.switch, attempt)
    assert record is not None
    assert figures.outcome(record) == "answered"
    human, arrived = record.first_step("HL_HUMAN"), record.first_step("HL_ARRIVED")
    assert human is not None
    assert (human.get("why"), human.get("queue")) == ("robot", "public")
    assert arrived is not None
    assert (arrived.get("number"), arrived.get("robot")) == (NUMBER, "1")
    assert seconds_with(surveys.files(attempt)["agent"], AGENT_HZ) >= 1.0
    assert scene.switch.faults() == []
