"""What goes along with a third line: whatever is missing is null, whatever is said stands on words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.asr.conversation import Conversation
from hotline.asr.transcripts import Utterance
from hotline.telephony.call_book import CallBook
from hotline.telephony.calls import CallRecord
from hotline.telephony.cel import fact_of_row
from hotline.telephony.recording_now import RecordedNow, recorded_now
from hotline.ticket_bridge.notices.notice_message import Notice, NoticeTraffic
from hotline.ticket_bridge.notices.three_way_notice import (
    Asked,
    Heard,
    Names,
    asked_of,
    build,
    hear,
    traffic_of,
)
from support.call_facts import NOON, SECOND, row
from support.room_calls import CALL, LINE, RoomStory
from support.talks import transcript_of

pytestmark = pytest.mark.clause("R-3W-3")

NAMES = Names(
    "江宁12345",
    "node1",
    "Asia/Shanghai",
    {"1001": "王芳"},
    {"main": "综合受理"},
    {"police": ("公安 110", "emergency")},
)
NOW = datetime(2026, 11, 22, 4, 1, tzinfo=UTC)
ASKED = Asked(CALL, LINE, "police", "1001", "key", "direct", NOON)
SAID = """
坐: 您好 请问 有 什么 可以 帮 您
市: 救命 有人 在 江宁区 竹山路 12号 楼下 拿着 刀 要 砍人 现在 还在
市: 我 被困 在 家里 出不去
坐: 别 怕 马上 接通 110
"""


def record_of(story: RoomStory) -> CallRecord:
    book = CallBook("node1")
    for line in story.rows:
        if (fact := fact_of_row(line)) is not None:
            book.feed(fact)
    return book.records[CALL]


def conversation(text: str = SAID) -> Conversation:
    made = transcript_of(text, call=CALL)
    return Conversation(CALL, made.model, made.language, 0.0, made.duration_s, made.utterances)


def message(
    record: CallRecord | None, heard: Heard | None = None, *, asked: Asked = ASKED, names: Names = NAMES
) -> dict[str, Any]:
    made = build(asked, names, heard or Heard(), record=record, traffic=None, now=NOW)
    return json.loads(made.body())


def test_the_first_message_has_all_that_the_switch_knows() -> None:
    record = record_of(RoomStory().begin().ask_for())
    asked = asked_of(record, LINE)
    assert asked is not None
    told = message(record, asked=asked)
    assert (told["form"], told["event"], told["revision"]) == ("hotline.three-way/1", "three_way.notice", 1)
    assert told["id"] == f"{CALL}.{LINE}"
    assert told["line"] == {
        "id": LINE,
        "target": "police",
        "label": "公安 110",
        "kind": "emergency",
        "asked_at": asked.at.isoformat().replace("+00:00", "Z"),
        "how": "key",
        "mode": "direct",
    }
    assert told["caller"]["number"] == told["caller"]["callback_number"] == "13812345678"
    assert told["caller"]["on_line"] is True
    assert told["call"]["agent"] == {"number": "1001", "name": "王芳"}
    assert (told["call"]["queue"], told["call"]["queue_label"]) == ("main", "综合受理")
    assert told["call"]["answered_at"] is not None
    assert told["speech"]["state"] == "pending"
    assert told["matter"] is None


def test_the_update_says_what_was_said_and_where() -> None:
    record = record_of(RoomStory().begin().ask_for())
    told = message(record, hear(ASKED, record, conversation(), NAMES))
    assert (told["event"], told["revision"], told["id"]) == ("three_way.update", 2, f"{CALL}.{LINE}")
    assert told["matter"]["emergency_line"] == "110"
    assert "竹山路" in told["matter"]["place"]
    assert told["matter"]["summary"]
    assert told["matter"]["urgency"] == "非常紧急"
    assert told["speech"]["state"] == "ready"
    assert [one["speaker"] for one in told["speech"]["utterances"]] == [
        "agent",
        "citizen",
        "citizen",
        "agent",
    ]
    states = {one["state"]: one for one in told["caller"]["states"]}
    assert set(states) == {"被困", "恐慌"}
    assert states["被困"]["words"] in "我 被困 在 家里 出不去"
    assert 0 < states["被困"]["at_s"] < told["speech"]["to_s"]


def test_a_call_that_110_put_through_has_its_caller_and_case() -> None:
    story = RoomStory().begin()
    story.mark("HL_PUSHED", case="320115-7", caller="13900001111", officer="0231", source="110")
    told = message(record_of(story.ask_for()))
    assert told["caller"]["number"] == told["caller"]["callback_number"] == "13900001111"
    assert told["call"]["case"] == "320115-7"


def test_the_number_for_a_call_back_is_the_one_that_the_citizen_keyed_in() -> None:
    story = RoomStory().begin().mark("HL_CALLBACK", queue="main", number="02584001234")
    assert isinstance(story, RoomStory)
    told = message(record_of(story.ask_for()))
    assert (told["caller"]["number"], told["caller"]["callback_number"]) == ("13812345678", "02584001234")


def test_a_withheld_number_is_null_and_the_one_said_is_where_to_reach() -> None:
    story = RoomStory().begin()
    story.rows = [[cell.replace("13812345678", "") for cell in line] for line in story.rows]
    record = record_of(story.ask_for())
    assert message(record)["caller"]["number"] is None
    assert message(record)["caller"]["callback_number"] is None
    said = conversation("坐: 您的 联系电话 是\n市: 我 的 电话 是 13700002222")
    told = message(record, hear(ASKED, record, said, NAMES))
    assert told["caller"]["callback_number"] == told["caller"]["phone_said"] == "13700002222"


def test_what_nobody_said_is_null_though_every_ticket_begins_with_it() -> None:
    record = record_of(RoomStory().begin().ask_for())
    told = message(record, hear(ASKED, record, conversation("市: 我 要 咨询 一下 社保"), NAMES))
    assert told["caller"]["confidential"] is None
    assert told["caller"]["states"] == []
    assert told["matter"]["place"] is None


def test_one_who_has_gone_is_not_on_the_line() -> None:
    assert message(record_of(RoomStory().begin().ask_for().ends()))["caller"]["on_line"] is False


def test_refused_and_unknown_lines_have_no_notice() -> None:
    refused = record_of(RoomStory().begin().of_line("REFUSED", target="police", agent="1001", why="hours"))
    assert asked_of(refused, LINE) is None
    assert asked_of(record_of(RoomStory().begin().ask_for()), "1795320099999") is None


def test_how_much_goes_on() -> None:
    waiting = RoomStory().arrive().menu().ask().enter()
    assert isinstance(waiting, RoomStory)
    talking = record_of(RoomStory().begin())
    assert traffic_of([record_of(waiting), talking, talking]) == NoticeTraffic(open_calls=3, waiting=1)


WORDS = st.text(alphabet='我你他被困救命着火一二三0138号路区的，。 \x00🚨<&"\\', max_size=30)
MAYBE = st.one_of(st.just(""), st.text(alphabet="ab1*+#-_", max_size=12))


@st.composite
def utterances(draw: st.DrawFn) -> tuple[Utterance, ...]:
    at, found = 0.0, []
    for _ in range(draw(st.integers(0, 6))):
        at += draw(st.floats(0, 5))
        end = at + draw(st.floats(0, 5))
        found.append(Utterance(draw(st.sampled_from(["citizen", "agent"])), at, end, draw(WORDS)))
        at = end
    return tuple(found)


@given(
    steps=st.lists(st.sampled_from(["arrive", "menu", "ask", "enter", "ends"]), max_size=6),
    known=st.booleans(),
    values=st.tuples(MAYBE, MAYBE, MAYBE, MAYBE),
    said=st.one_of(st.none(), utterances()),
)
def test_whatever_is_missing_a_message_is_made_and_read_back(
    steps: Sequence[str], known: bool, values: tuple[str, str, str, str], said: tuple[Utterance, ...] | None
) -> None:
    story = RoomStory()
    for step in steps:
        getattr(story, step)()
    facts = [fact for line in story.rows if (fact := fact_of_row(line)) is not None]
    book = CallBook("node1", tells=False)
    for fact in facts:
        book.feed(fact)
    record = book.records.get(CALL) if known else None
    asked = Asked(CALL, LINE, *values, NOON)
    first = build(asked, NAMES, Heard(), record=record, traffic=None, now=NOW)
    heard = Heard("unavailable", "no speech")
    if said is not None:
        end_s = max((one.end_s for one in said), default=0.0)
        heard = hear(asked, record, Conversation(CALL, "m", "zh", 0.0, end_s, said), NAMES)
    update = build(asked, NAMES, heard, record=record, traffic=None, now=NOW + timedelta(seconds=5))
    for made in (first, update):
        assert Notice.model_validate_json(made.body()) == made
        told = json.loads(made.body())
        assert set(told) == set(Notice.model_fields), "every field is there, if only as null"
        if record is None or record.first_step("HL_ARRIVED") is None:
            assert told["caller"]["number"] is None
        if made is first or said is None:
            assert told["matter"] is None
            assert told["speech"]["utterances"] == []
    assert (first.id, first.revision, update.revision) == (update.id, 1, 2)
    assert (update.speech.state == "ready") == (said is not None)


def test_recordings_of_the_talk_and_of_a_call_back() -> None:
    record = record_of(RoomStory().begin().ask_for())
    base = f"2026/11/22/{CALL}"
    begun = record.first_step("HL_REC")
    assert begun is not None
    now_us = NOON + 60 * SECOND
    expected = RecordedNow(f"{base}-citizen.wav", f"{base}-agent.wav", begun.at_us)
    assert recorded_now(record, now_us) == expected
    assert recorded_now(record, NOON) is None, "before it began"
    story = RoomStory().begin()
    story.mark("HL_CALLBACK", queue="main", number="13812345678").wait(3600 * 24)
    extra: dict[str, object] = {"extra": f"call={CALL}&try=1&agent=1001"}
    story.rows.append(row("HL_CALLBACK_ANSWERED", story.at_us, "node1-99.1", "node1-99.1", extra=extra))
    record = record_of(story)
    base = f"2026/11/23/{CALL}"
    expected = RecordedNow(f"{base}-citizen9.wav", f"{base}-agent9.wav", story.at_us)
    assert recorded_now(record, story.at_us + SECOND) == expected
    before = recorded_now(record, NOON + 60 * SECOND)
    assert before is not None
    assert before.citizen.startswith("2026/11/22/")


def test_a_file_that_leads_out_of_the_folder_is_none() -> None:
    story = RoomStory().begin()
    story.rows = [[cell.replace("2026/11/22/", "../../") for cell in line] for line in story.rows]
    assert recorded_now(record_of(story), NOON + 60 * SECOND) is None


def test_every_field_of_a_message_is_documented() -> None:
    text = (Path(__file__).parents[3] / "docs" / "three-way.md").read_text(encoding="utf-8")
    section = text.partition("## What goes along")[2].partition("\n## ")[0]

    def fields(schema: dict[str, Any]) -> set[str]:
        return {name for one in (schema, *schema["$defs"].values()) for name in one["properties"]}

    assert {name for name in fields(Notice.model_json_schema()) if f"`{name}`" not in section} == set()
