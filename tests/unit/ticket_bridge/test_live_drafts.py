from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from hotline.asr.live_events import SpeechHeard
from hotline.asr.transcripts import Transcript, Utterance
from hotline.core.events import DomainEvent, EventBus
from hotline.telephony.events import CallEnded
from hotline.ticket_bridge.context import CallContext
from hotline.ticket_bridge.draft import Draft
from hotline.ticket_bridge.events import TicketDrafted
from hotline.ticket_bridge.fields import Evidence, Field, FieldName, FieldValue
from hotline.ticket_bridge.live.live_drafts import LiveDrafts, LiveLimits
from hotline.ticket_bridge.live.live_events import DraftChanged, DraftChecked
from hotline.ticket_bridge.making import Making

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
EAGER = LiveLimits(least_pause_s=0.0, share=1e9, every_s=1e9)


@dataclass
class Rules:
    """A fake of the rules: the title is the number of sentences; a door holds it up when it is closed."""

    name: str = "rules"
    door: asyncio.Event = field(default_factory=asyncio.Event)
    begun: list[int] = field(default_factory=list[int])
    at_once: int = 0
    most_at_once: int = 0
    fails: bool = False

    async def draft(self, transcript: Transcript, context: CallContext) -> Draft:
        self.begun.append(len(transcript.utterances))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.door.wait()
            if self.fails:
                raise ValueError("a defect")
            said = transcript.utterances[-1]
            evidence = Evidence(
                said.text, said.speaker, len(transcript.utterances) - 1, said.start_s, said.end_s
            )
            title = Field(f"{len(transcript.utterances)}句", 0.5, (evidence,))
            return Draft(transcript.call, MappingProxyType({FieldName.TITLE: title}))
        finally:
            self.at_once -= 1


@dataclass
class Model:
    """A fake of a model: adds a name."""

    door: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[int] = field(default_factory=list[int])

    async def improve(self, by_rules: Draft, transcript: Transcript, context: CallContext) -> Draft:
        self.asked.append(len(transcript.utterances))
        await self.door.wait()
        said = transcript.utterances[0]
        name = Field("王", 0.7, (Evidence(said.text, "citizen", 0, said.start_s, said.end_s),))
        fields = {**by_rules.fields, FieldName.NAME: name}
        return replace(by_rules, fields=fields, made=Making("model", "m", ("name",)))


class Scene:
    """Live drafts over calls in which sentences are said; ``step`` lets everything happen that can."""

    def __init__(self, model: Model | None = None, limits: LiveLimits = EAGER) -> None:
        self.events: list[DraftChanged] = []
        self.bus = EventBus()
        self.rules = Rules()
        self.rules.door.set()
        self.now = 0.0
        self.talks: dict[str, Transcript] = {}
        self.stored: dict[FieldName, FieldValue | None] = {}
        self.asked_store: list[str] = []
        self.store_is_away = False
        self.drafts = LiveDrafts(
            self.bus,
            self.talks.get,
            lambda call: CallContext(call, "", NOW),
            self.rules,
            model,
            said_of=self._said_of,
            limits=limits,
            clock=lambda: NOW,
            monotonic=lambda: self.now,
        )
        self.bus.listen(self.drafts.hear)
        self.bus.listen(self._note)

    async def _said_of(self, call: str) -> dict[FieldName, FieldValue | None]:
        self.asked_store.append(call)
        if self.store_is_away:
            raise OSError("away")
        return self.stored

    def _note(self, event: DomainEvent) -> None:
        if isinstance(event, DraftChanged):
            self.events.append(event)

    def say(self, call: str = "c") -> None:
        before = self.talks.get(call, Transcript(call, "m", "zh", (), 0.0))
        at = float(len(before.utterances))
        said = Utterance("citizen", at, at + 0.9, f"第{at:.0f}句")
        self.talks[call] = replace(before, utterances=(*before.utterances, said))
        self.bus.publish(
            SpeechHeard(
                at=NOW, call=call, leg="l", speaker="citizen", agent="", text=said.text, start_us=0, end_us=1
            )
        )

    def end(self, call: str = "c") -> None:
        self.bus.publish(CallEnded(at=NOW, call=call, node="n", outcome="answered", ended_by="citizen"))

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not true():  # noqa: ASYNC110  # another task changes it
                await asyncio.sleep(0)

    def titles(self) -> list[str]:
        return [event.fields["title"]["value"] for event in self.events if "title" in event.fields]


@asynccontextmanager
async def running(scene: Scene) -> AsyncGenerator[Scene]:
    task = asyncio.create_task(scene.drafts.run())
    try:
        yield scene
    finally:
        task.cancel()
        await asyncio.wait([task])


async def settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


@pytest.mark.clause("R-T-2")
async def test_at_every_sentence_the_draft_is_made_again_and_told() -> None:
    async with running(Scene()) as scene:
        for count in (1, 2, 3):
            scene.say()
            await scene.until(lambda count=count: len(scene.events) == count)
    assert scene.titles() == ["1句", "2句", "3句"]
    last = scene.events[-1]
    assert last.changed == ("title",)
    assert [hint.field.value for hint in last.missing] == ["kind", "content", "place", "demand"]
    state = scene.drafts.state_of("c")
    assert state is not None
    assert state["fields"] == last.fields
    assert state["missing"][0]["text"].startswith("问一下：")
    assert scene.drafts.state_of("other") is None


async def test_of_a_call_one_draft_is_in_work_and_the_newest_words_win() -> None:
    async with running(Scene()) as scene:
        scene.rules.door.clear()
        scene.say()
        await scene.until(lambda: scene.rules.begun)
        for _ in range(20):
            scene.say()
        await settle()
        assert scene.rules.begun == [1]
        scene.rules.door.set()
        await scene.until(lambda: "21句" in scene.titles())
    assert scene.rules.begun == [1, 21]
    assert scene.rules.most_at_once == 1


async def test_many_calls_are_drafted_in_turn_by_few_at_a_time() -> None:
    async with running(Scene()) as scene:
        for number in range(40):
            scene.say(f"c{number}")
        await scene.until(lambda: len(scene.events) == 40)
    assert scene.rules.most_at_once <= EAGER.at_once
    assert len({event.call for event in scene.events}) == 40


async def test_a_long_call_is_drafted_less_often() -> None:
    async with running(Scene(limits=LiveLimits(least_pause_s=5.0))) as scene:
        scene.say()
        await scene.until(lambda: scene.events)
        scene.say()
        await settle()
        assert scene.rules.begun == [1]
        scene.now += 5.1
        scene.drafts.hear(DraftChecked(at=NOW, call="other", ticket="", who="1001", right={}))
        scene.say()
        await scene.until(lambda: len(scene.rules.begun) == 2)
    assert scene.rules.begun == [1, 3]


async def test_more_calls_than_are_held_are_refused_and_counted() -> None:
    scene = Scene(limits=replace(EAGER, most_calls=3))
    async with running(scene):
        for number in range(5):
            scene.say(f"c{number}")
        await scene.until(lambda: len(scene.events) == 3)
    assert scene.drafts.figures()["refused"] == 2
    assert scene.drafts.figures()["calls"] == 3


async def test_the_state_ends_with_the_ticket_and_what_is_idle_is_forgotten() -> None:
    async with running(Scene()) as scene:
        scene.say()
        await scene.until(lambda: scene.events)
        scene.end()
        await settle()
        assert scene.drafts.draft_of("c") is not None  # the agent still writes
        scene.bus.publish(
            TicketDrafted(at=NOW, call="c", ticket="t", number="n", kind=None, title=None, filled=1)
        )
        assert scene.drafts.draft_of("c") is None
        scene.say("gone")
        await scene.until(lambda: len(scene.events) == 2)
        scene.now += 4000
        scene.say("new")
        await scene.until(lambda: len(scene.events) == 3)
        assert scene.drafts.figures()["calls"] == 1


async def test_a_defect_in_one_call_is_counted_and_the_next_sentence_is_tried() -> None:
    async with running(Scene()) as scene:
        scene.rules.fails = True
        scene.say()
        await scene.until(lambda: scene.drafts.failed)
        scene.rules.fails = False
        scene.now += 1
        scene.say()
        await scene.until(lambda: scene.events)
    assert scene.titles() == ["2句"]
    assert scene.drafts.figures()["failed"] == 1


@pytest.mark.clause("R-R-5")
async def test_a_field_that_a_person_confirmed_is_never_overwritten() -> None:
    async with running(Scene()) as scene:
        scene.say()
        await scene.until(lambda: scene.events)
        right = {FieldName.TITLE: "井盖丢失"}
        scene.bus.publish(DraftChecked(at=NOW, call="c", ticket="", who="1001", right=right))
        assert scene.titles() == ["1句", "井盖丢失"]
        scene.say()
        await scene.until(lambda: len(scene.rules.begun) == 2)
        await settle()
        assert scene.titles()[-1] == "井盖丢失"
        assert scene.events[-1].fields["title"]["origin"] == "person"


async def test_what_people_said_before_a_restart_is_read_once() -> None:
    scene = Scene()
    scene.stored = {FieldName.TITLE: "井盖丢失"}
    async with running(scene):
        scene.say()
        await scene.until(lambda: scene.events)
        scene.say()
        await scene.until(lambda: len(scene.rules.begun) == 2)
    assert set(scene.titles()) == {"井盖丢失"}
    assert scene.asked_store == ["c"]


async def test_without_the_store_it_drafts_and_asks_again_later() -> None:
    scene = Scene()
    scene.stored = {FieldName.TITLE: "井盖丢失"}
    scene.store_is_away = True
    async with running(scene):
        for count in (1, 2, 3):
            scene.say()
            await scene.until(lambda count=count: len(scene.events) == count)
        assert scene.titles() == ["1句", "2句", "3句"]
        assert scene.asked_store == ["c"]
        scene.store_is_away = False
        scene.now += 31
        scene.say()
        await scene.until(lambda: scene.titles()[-1] == "井盖丢失")
    assert scene.asked_store == ["c", "c"]


async def test_the_model_is_asked_seldom_and_at_the_end_and_nobody_waits_for_it() -> None:
    model = Model()
    async with running(Scene(model, limits=replace(EAGER, every_s=10.0))) as scene:
        scene.say()
        await scene.until(lambda: model.asked)
        scene.say()
        await scene.until(lambda: "2句" in scene.titles())  # the rules go on
        model.door.set()
        await scene.until(lambda: "name" in scene.events[-1].fields)
        assert scene.events[-1].fields["name"]["by"] == "m"
        assert scene.events[-1].fields["title"]["value"] == "2句"
        scene.say()
        await scene.until(lambda: "3句" in scene.titles())
        assert model.asked == [1]  # ten seconds are not over
        scene.now += 11
        scene.say()
        await scene.until(lambda: model.asked == [1, 4])
        scene.say()
        await scene.until(lambda: "5句" in scene.titles())
        assert model.asked == [1, 4]
        scene.end()
        await scene.until(lambda: model.asked == [1, 4, 5])
        await settle()
    assert model.asked == [1, 4, 5]


async def test_stopped_in_the_middle_of_everything_it_begins_again() -> None:
    model = Model()
    scene = Scene(model)
    async with running(scene):
        scene.say()
        await scene.until(lambda: model.asked)
        scene.rules.door.clear()
        scene.say()
        await scene.until(lambda: len(scene.rules.begun) == 2)
    scene.rules.door.set()
    model.door.set()
    async with running(scene):
        scene.say()
        await scene.until(lambda: "3句" in scene.titles())
    assert scene.rules.at_once == 0
