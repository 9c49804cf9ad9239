"""What the floor tells of calls in progress and of agents: the switch's facts, the machine's drafts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hotline.core.settings import Settings
from hotline.queue.states import AgentKind, AgentState
from hotline.telephony.calls import CallRecord
from hotline.ticket_bridge.assist.assist_events import Grounds, Suggested
from hotline.ticket_bridge.draft import Draft
from hotline.ticket_bridge.fields import Field, FieldName
from hotline.web.answers import plain
from hotline.web.floor_view import FloorView
from support.call_facts import NOON, Story
from support.heard_legs import record_of
from support.pages import FakeFigures
from support.room_calls import RoomStory
from support.room_switch import record_of as room_record

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SECRET = "secret-for-the-tests"
CALL = "node1-1795320000.12"
SETTINGS = Settings.model_validate(
    {
        "asterisk": {"ami_event_secret": SECRET, "ami_action_secret": SECRET},
        "queues": [{"name": "main", "label": "综合"}],
        "agents": [
            {"number": "1001", "name": "王芳", "secret": SECRET, "queues": ["main"], "group": "甲班"},
            {"number": "1009", "name": "赵敏", "secret": SECRET, "queues": ["main"], "role": "supervisor"},
        ],
        "trunks": [{"name": "local", "host": "127.0.0.1"}],
        "third_lines": [
            {
                "name": "police",
                "label": "110",
                "kind": "emergency",
                "code": "110",
                "routes": [{"trunk": "local", "number": "9"}],
            }
        ],
        "web": {"token": SECRET},
    }
)
READY = AgentState("1009", AgentKind.READY, NOW, "", ("main",))
TALKING = AgentState("1001", AgentKind.TALKING, NOW, "", ("main",))


def floor(
    *records: CallRecord, draft: Draft | None = None, standing: list[Suggested] | None = None
) -> dict[str, Any]:
    view = FloorView(
        SETTINGS,
        FakeFigures(),
        lambda: [TALKING, READY],
        lambda: records,
        draft_of=lambda call: draft if draft is not None and draft.call == call else None,
        standing=lambda _call: standing or [],
    )
    return json.loads(json.dumps(view.live(), default=plain))


def queued() -> Story:
    return Story(CALL, NOON).arrive().menu().ask().enter()


def test_a_call_goes_from_the_menu_to_waiting_to_a_talk() -> None:
    [call] = floor(record_of(Story(CALL, NOON).arrive().menu()))["calls"]
    assert (call["phase"], call["human_at"], call["queue"]) == ("menu", None, None)
    [call] = floor(record_of(queued()))["calls"]
    assert (call["phase"], call["queue"], call["answered_at"]) == ("waiting", "main", None)
    assert call["human_at"] > call["arrived_at"]
    [call] = floor(record_of(queued().ring(f"{CALL}1").wait(3).answer(f"{CALL}1")))["calls"]
    assert (call["phase"], call["agents"]) == ("talking", ["1001"])


def test_who_left_the_queue_by_a_key_does_not_wait() -> None:
    [call] = floor(record_of(queued().wait(5).leave("KEY")))["calls"]
    assert call["phase"] == "left"


def test_an_agent_is_shown_with_its_call_group_and_queues() -> None:
    shown = floor(record_of(queued().ring(f"{CALL}1").answer(f"{CALL}1")))["agents"]
    assert [(one["name"], one["call"], one["group"], one["role"]) for one in shown] == [
        ("王芳", CALL, "甲班", "agent"),
        ("赵敏", None, "", "supervisor"),
    ]
    assert shown[0]["own_queues"] == ["main"]


def test_a_third_line_is_shown_by_its_name() -> None:
    story = RoomStory("node1-1795320000.12").begin().ask_for().move().dial()
    [call] = floor(room_record(story))["calls"]
    assert [(one["label"], one["state"]) for one in call["lines"]] == [("110", "ringing")]


def test_risk_and_emergency_come_with_the_words_they_stand_on() -> None:
    draft = Draft(
        CALL,
        {
            FieldName.TITLE: Field("楼道起火", 0.9),
            FieldName.RISK_CLASS: Field("社会安全", 0.9),
            FieldName.RISK_GRADE: Field("I", 0.9),
        },
    )
    grounds = Grounds("着火了", "citizen", 2.0, 3.0)
    fire = Suggested(
        at=NOW,
        call=CALL,
        id="1",
        kind="emergency_line",
        text="建议接入119",
        data={"line": 119},
        evidence=(grounds,),
    )
    tone = Suggested(at=NOW, call=CALL, id="2", kind="wording", text="用语")
    [call] = floor(record_of(queued()), draft=draft, standing=[fire, tone])["calls"]
    assert (call["risk_class"], call["risk_grade"], call["title"]) == ("社会安全", "I", "楼道起火")
    [mark] = call["marks"]
    assert (mark["kind"], mark["line"], mark["words"], mark["grade"]) == (
        "emergency_line",
        "119",
        ["着火了"],
        None,
    )


def test_numbers_are_masked_and_talks_between_agents_are_not_shown() -> None:
    story = Story("node1-1795320050.15").event("CHAN_START", channel="PJSIP/1001-00000009")
    assert floor(record_of(story))["calls"] == []
    told = Story(CALL, NOON)
    told.mark("HL_ARRIVED", trunk="local", did="12345", number="13812345678")
    draft = Draft(CALL, {FieldName.TITLE: Field("请回电13998765432", 0.9)})
    words = Grounds("打我电话13998765432", "citizen", 2.0, 3.0)
    mark = Suggested(at=NOW, call=CALL, id="1", kind="risk", text="风险", evidence=(words,))
    calls = floor(record_of(told), draft=draft, standing=[mark])["calls"]
    assert calls[0]["title"].startswith("请回电139")
    assert not any(number in repr(calls) for number in ("13812345678", "13998765432"))
