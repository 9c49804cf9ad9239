"""The drafting of a node while a labelled call is said sentence by sentence, and the draft after it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hotline.app.drafting import Drafting
from hotline.asr import tables as transcripts
from hotline.asr.live_events import SpeechHeard
from hotline.asr.live_transcripts import LiveTranscripts
from hotline.core.clock import from_us, to_us
from hotline.core.db import Database
from hotline.core.events import DomainEvent, EventBus
from hotline.core.jobs import Jobs
from hotline.telephony.events import CallEnded
from hotline.telephony.tables import CallRow
from hotline.ticket_bridge.checks.check_tables import Said
from hotline.ticket_bridge.fields import FieldName
from hotline.ticket_bridge.live.live_events import DraftChanged
from hotline.ticket_bridge.measure.dialogues import Dialogue, read_dialogues
from hotline.ticket_bridge.tables import TicketRow, find
from support.asterisk import make_settings
from support.model_server import model_server, said

FILE = Path(__file__).parents[1] / "data" / "dialogues" / "dev.jsonl"
HEATING: Dialogue = next(iter(read_dialogues(FILE)))
"""The citizen first says 七号楼, then 九号楼二单元501."""


class Nobody:
    """Nobody heard the recording: the live transcript is all there is."""

    async def so_far(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("the recording is not asked for")


class Node:
    """What of a node drafts, on a bus on which a test speaks."""

    def __init__(self, database: Database, state: Path, **model: Any) -> None:
        self.settings = make_settings(state, tickets={"model": model} if model else {})
        self.database = database
        self.bus = EventBus()
        self.changes: list[DraftChanged] = []
        self.bus.listen(self._note)
        self.transcripts = LiveTranscripts(lambda: None, Nobody())
        self.bus.listen(self.transcripts.hear)
        self.jobs = Jobs(database, node="node1")
        self.drafting = Drafting(
            *(self.settings, database, self.jobs, self.bus),
            transcript_of=self.transcripts.transcript,
            find=lambda _call: None,
            clock=lambda: HEATING.call_time,
        )
        self.bus.listen(self.drafting.live.hear)

    def _note(self, event: DomainEvent) -> None:
        if isinstance(event, DraftChanged):
            self.changes.append(event)

    def say(self, number: int) -> None:
        turn = HEATING.turns[number]
        begun = to_us(HEATING.call_time)
        start, end = (begun + round(turn[name] * 1_000_000) for name in ("start", "end"))
        self.bus.publish(
            SpeechHeard(
                at=from_us(end),
                call=HEATING.id,
                leg=turn["speaker"],
                speaker=turn["speaker"],
                agent="1001" if turn["speaker"] == "agent" else "",
                text=turn["asr"],
                start_us=start,
                end_us=end,
            )
        )

    def fallback(self) -> str:
        state = self.drafting.live.state_of(HEATING.id)
        return "" if state is None else state["made"]["fallback"]

    async def until(self, what: str, true: Any) -> None:
        try:
            async with asyncio.timeout(30):
                while not true():  # noqa: ASYNC110  # another task changes it
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"not in 30 s: {what}") from None

    async def say_all(self) -> None:
        for number in range(len(HEATING.turns)):
            self.say(number)
            if number in (0, 5):
                before = self.drafting.live.made
                await self.until("drafted", lambda before=before: self.drafting.live.made > before)
        self.bus.publish(
            CallEnded(
                at=HEATING.call_time, call=HEATING.id, node="node1", outcome="answered", ended_by="citizen"
            )
        )
        await self.until("the last words", lambda: "9号楼" in str(self.changes[-1].fields["place"]))

    async def after(self) -> TicketRow:
        """Let the transcript of the recording be there, and return the ticket that is drafted of it."""
        now = HEATING.call_time + timedelta(minutes=5)
        async with self.database.write() as session:
            session.add(
                CallRow(
                    id=HEATING.id,
                    node="node1",
                    trunk="t",
                    did="12345",
                    number=HEATING.caller,
                    t0=HEATING.call_time,
                    facts=[],
                )
            )
            whole = HEATING.transcript("asr")
            await transcripts.save(session, whole, node="node1", cost_ms=1, created_at=now)
            await self.jobs.put(session, "draft", HEATING.id, {"call": HEATING.id})
        assert await self.drafting.worker.run_once()
        async with self.database.read() as session:
            found = await find(session, HEATING.id)
        assert found is not None
        return found


@asynccontextmanager
async def running(node: Node) -> AsyncGenerator[Node]:
    task = asyncio.create_task(node.drafting.live.run())
    try:
        yield node
    finally:
        task.cancel()
        await asyncio.wait([task])
        await node.drafting.close()


@pytest.mark.clause("R-T-2")
@pytest.mark.clause("R-T-4")
@pytest.mark.clause("R-T-9")
async def test_the_draft_grows_while_they_talk_and_the_recordings_draft_wins(
    database: Database, tmp_path: Path
) -> None:
    async with running(Node(database, tmp_path)) as node:
        await node.say_all()
        places = [change.fields["place"]["value"] for change in node.changes if "place" in change.fields]
        assert "9号楼" in places[-1]
        assert "7号楼" not in places[-1]
        first, last = node.changes[0], node.changes[-1]
        assert {hint.field for hint in first.missing} >= {FieldName.PLACE, FieldName.CONTENT}
        asked = {hint.field for hint in last.missing}
        assert not asked & {FieldName.PLACE, FieldName.CONTENT, FieldName.KIND, FieldName.OCCURRED_AT}
        state = node.drafting.live.state_of(HEATING.id)
        assert state is not None
        assert state["fields"] == last.fields

        confirmed = Said("1001", {FieldName.TITLE: "书香丽苑供暖不热"}, frozenset({FieldName.PLACE}))
        told = await node.drafting.checks.say(HEATING.id, confirmed)
        assert told["id"] == ""
        row = await node.after()
        assert row.title == "书香丽苑供暖不热"
        assert row.place == places[-1]
        assert row.draft().made.extractor == "rules"
        assert node.drafting.live.state_of(HEATING.id) is None  # the ticket is there


async def test_a_process_that_dies_in_mid_call_loses_no_draft(database: Database, tmp_path: Path) -> None:
    async with running(Node(database, tmp_path)) as node:
        for number in range(6):
            node.say(number)
        await node.until("a draft", lambda: node.drafting.live.draft_of(HEATING.id))
        await node.drafting.checks.say(HEATING.id, Said("1001", {FieldName.NAME: "王芳"}))
    async with running(Node(database, tmp_path)) as again:
        again.say(6)
        await again.until("a draft", lambda: again.changes)
        assert again.changes[-1].fields["name"]["value"] == "王芳"  # what a person said was stored
        row = await again.after()
    made = row.draft()
    assert made.value(FieldName.NAME) == "王芳"
    assert made.value(FieldName.KIND) == HEATING.gold["kind"]
    assert "9号楼" in str(made.value(FieldName.PLACE))


def a_title(call: list[dict[str, Any]]) -> object:
    words = next(line["text"] for line in call if line["speaker"] == "市民")
    return {"fields": [said("title", "暖气没热过", (1, words))]}


async def test_a_model_server_killed_in_mid_call_leaves_the_rules(database: Database, tmp_path: Path) -> None:
    async with model_server(a_title) as model:
        chosen = model.settings(every_s=1).model_dump(include={"url", "name", "key", "timeout_s", "every_s"})
        async with running(Node(database, tmp_path, **chosen)) as node:
            for number in range(4):
                node.say(number)
            await node.until("the model's title", lambda: "model" in str(node.changes[-1:]))
            assert node.changes[-1].fields["title"]["by"] == "test-model"
            await model.stop()
            await node.say_all()
            await node.until("its failure is told", lambda: node.fallback() in ("unreachable", "resting"))
            assert "9号楼" in node.changes[-1].fields["place"]["value"]
            row = await node.after()
    assert row.draft().made.fallback == "unreachable"
    assert row.draft().made.model == "test-model"
    assert row.kind == HEATING.gold["kind"]
