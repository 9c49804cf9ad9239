"""A call's suggestions: told once, withdrawn when overtaken, from a guess only when it held (R-T-9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotline.asr.live_events import SpeechHeard, SpeechPartial
from hotline.asr.transcripts import Speaker
from hotline.core.clock import to_us
from hotline.ticket_bridge.assist.assist import AssistOfCall, warm_up
from hotline.ticket_bridge.assist.assist_events import Suggested
from hotline.ticket_bridge.assist.assist_lines import MOST_LINES
from hotline.ticket_bridge.assist.assist_proposals import Proposal, Target

pytestmark = [pytest.mark.clause("R-T-9"), pytest.mark.clause("R-3W-1")]

BEGUN = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
FIRE = {"119": Target("fire", "消防救援")}


class Call:
    """A call with a clock of its own: every utterance takes two seconds."""

    def __init__(self, known: dict[str, Target] | None = None) -> None:
        self.assist = AssistOfCall("1.1", FIRE if known is None else known)
        self.now = BEGUN

    def say(self, text: str, speaker: Speaker = "citizen") -> list[Suggested]:
        start, self.now = self.now, self.now + timedelta(seconds=2)
        return self.assist.heard(
            SpeechHeard(
                at=self.now,
                call="1.1",
                leg=f"leg-{speaker}",
                speaker=speaker,
                agent="",
                text=text,
                start_us=to_us(start),
                end_us=to_us(self.now),
            )
        )

    def guess(self, text: str, speaker: Speaker = "citizen", *, later_ms: int = 300) -> list[Suggested]:
        self.now += timedelta(milliseconds=later_ms)
        return self.assist.partial(
            SpeechPartial(at=self.now, call="1.1", leg=f"leg-{speaker}", speaker=speaker, agent="", text=text)
        )


def told(events: list[Suggested]) -> list[tuple[str, bool]]:
    return [(one.id, one.withdrawn) for one in events]


def lines(events: list[Suggested]) -> list[tuple[str, bool]]:
    return [(one.id, one.withdrawn) for one in events if one.kind == "emergency_line"]


def test_a_danger_is_proposed_at_the_end_of_its_sentence_with_who_can_be_called() -> None:
    [event] = [one for one in Call().say("我家着火了") if one.kind == "emergency_line"]
    assert event.data["line"] == "119"
    assert event.data["target"] == "fire"
    assert "119（消防救援）" in event.text
    assert event.evidence[0].words == "着火了"
    assert event.evidence[0].leg == "leg-citizen"
    assert 0 <= event.evidence[0].start_s < event.evidence[0].end_s <= 2


def test_a_line_that_nobody_configured_is_said_to_be_missing() -> None:
    [event] = [one for one in Call({}).say("我家着火了") if one.kind == "emergency_line"]
    assert event.data["target"] is None
    assert "未配置 119" in event.text


def test_a_suggestion_is_told_once() -> None:
    call = Call()
    assert lines(call.say("着火了")) == [("emergency_line:119", False)]
    assert lines(call.say("着火了火好大快来")) == []
    assert lines(call.say("楼道里全是烟")) == []


def test_a_denied_danger_is_withdrawn_and_may_come_again() -> None:
    call = Call()
    call.say("着火了")
    assert lines(call.say("没有着火我看错了")) == [("emergency_line:119", True)]
    assert lines(call.assist.standing()) == []
    assert lines(call.say("真的着火了真的真的是着火了快来")) == [("emergency_line:119#2", False)]


def test_a_guess_counts_when_the_next_one_holds_it_too() -> None:
    call = Call()
    assert lines(call.guess("我家着火了")) == []
    assert lines(call.guess("我家着火了厨房")) == [("emergency_line:119", False)]
    assert lines(call.guess("我家着火了厨房里")) == []
    assert lines(call.say("我家着火了厨房里着了")) == []


def test_a_guess_that_the_final_words_do_not_bear_out_is_withdrawn() -> None:
    call = Call()
    call.guess("着火了")
    assert lines(call.guess("着火了怎么")) == [("emergency_line:119", False)]
    assert lines(call.say("我想问着火了怎么报案")) == [("emergency_line:119", True)]


def test_a_guess_counts_when_nothing_else_came_for_a_moment() -> None:
    """The recogniser is silent while its guess stays the same."""
    call = Call()
    assert lines(call.guess("我家着火了")) == []
    due = call.assist.due(call.now)
    assert due == call.now + timedelta(milliseconds=200)
    assert lines(call.assist.held(due - timedelta(milliseconds=1))) == []
    assert lines(call.assist.held(due)) == [("emergency_line:119", False)]
    assert call.assist.due(due) is None
    assert lines(call.assist.held(due + timedelta(seconds=1))) == []
    assert lines(call.say("我家着火了")) == []


def test_a_guess_that_comes_soon_after_another_is_not_passed_over() -> None:
    """Guesses come at each piece of sound, and the last one may be the first with the danger in it."""
    call = Call()
    call.guess("我家")
    assert lines(call.guess("我家着火了", later_ms=160)) == []
    assert lines(call.guess("我家着火了快", later_ms=160)) == []
    assert lines(call.guess("我家着火了快来", later_ms=40)) == [("emergency_line:119", False)]


def test_a_guess_that_has_gone_before_its_time_is_never_due() -> None:
    call = Call()
    call.guess("着火了")
    call.guess("着火车票", later_ms=160)
    assert call.assist.due(call.now) is None
    call.guess("着火了")
    call.say("没有着火")
    assert call.assist.due(call.now) is None
    assert lines(call.assist.held(call.now + timedelta(seconds=1))) == []


def test_a_guess_of_one_moment_is_no_danger() -> None:
    call = Call()
    assert lines(call.guess("着火了", later_ms=50)) == []
    assert lines(call.guess("着火车票", later_ms=300)) == []
    assert lines(call.guess("着火车票没了", later_ms=300)) == []
    assert lines(call.guess("着火了", "agent")) == []
    assert lines(call.guess("着火了啊", "agent")) == []


def test_a_line_that_was_called_in_is_proposed_no_more() -> None:
    call = Call()
    call.say("着火了")
    [event] = call.assist.called_in("fire", call.now)
    assert event.withdrawn
    assert event.data["done"] is True
    assert lines(call.say("火越来越大快来")) == []


def test_several_dangers_propose_several_lines_the_first_told_first() -> None:
    known = {"110": Target("police", "公安"), "120": Target("care", "急救")}
    events = Call(known).say("对门那男的拿菜刀砍他媳妇呢满走廊都是血")
    assert [(one.data["line"], one.data["first"]) for one in events if one.kind == "emergency_line"] == [
        ("110", True),
        ("120", False),
    ]


def test_the_agents_wording_is_checked_while_he_speaks() -> None:
    call = Call()
    call.say("您好请问您需要什么帮助", "agent")
    call.say("我反映噪音")
    assert told(call.say("你怎么不早说呢", "agent")) == [("wording:质问:2", False)]
    assert told(call.say("请讲", "agent")) == []


def test_a_missing_greeting_is_told_when_the_citizen_has_answered() -> None:
    call = Call()
    assert told(call.say("喂什么事你说", "agent")) == []
    assert ("wording:未报首问语:0", False) in told(call.say("我反映噪音"))


def test_a_missing_closing_is_told_when_the_call_is_over() -> None:
    call = Call()
    call.say("您好请问您需要什么帮助", "agent")
    call.say("我反映噪音")
    call.say("知道了", "agent")
    assert told(call.assist.ended(call.now)) == [("wording:未道结束语:2", False)]


def test_the_citizens_state_follows_the_call() -> None:
    call = Call()
    assert told(call.say("我想问一下社保")) == []
    events = call.say("赶紧的急死了怎么办")
    assert told(events) == [("emotion:焦急", False)]
    assert told(call.say("你们这是什么态度叫你们领导来")) == [("emotion:焦急", True), ("emotion:愤怒", False)]


def field(value: str, confidence: float = 0.8) -> dict[str, Any]:
    piece = {"words": value, "speaker": "citizen", "utterance": 0, "start_s": 0.0, "end_s": 1.0}
    return {"value": value, "confidence": confidence, "origin": "words", "evidence": [piece]}


def test_a_category_is_proposed_when_two_drafts_have_it() -> None:
    call = Call()
    fields = {"kind": field("投诉"), "domain": field("城乡建设")}
    assert told(call.assist.drafted(fields, BEGUN)) == []
    assert told(call.assist.drafted(fields, BEGUN)) == [("category:投诉 · 城乡建设", False)]
    other = {"kind": field("求助"), "domain": field("城乡建设")}
    assert told(call.assist.drafted(other, BEGUN)) == [("category:投诉 · 城乡建设", True)]
    assert told(call.assist.drafted(other, BEGUN)) == [("category:求助 · 城乡建设", False)]


def test_an_unsure_category_is_not_proposed() -> None:
    call = Call()
    fields = {"kind": field("投诉", 0.3), "domain": field("城乡建设")}
    assert [*call.assist.drafted(fields, BEGUN), *call.assist.drafted(fields, BEGUN)] == []


def test_risk_and_threat_of_the_draft_are_told_at_once() -> None:
    fields = {
        "risk_class": field("社会安全"),
        "risk_grade": field("III"),
        "threat_quote": field("我就去堵大门"),
    }
    assert told(Call().assist.drafted(fields, BEGUN)) == [
        ("risk:社会安全:III", False),
        ("risk:threat", False),
        ("emotion:威胁", False),
    ]


def test_repeats_are_told_and_withdrawn_with_what_the_store_knows() -> None:
    assist = Call().assist
    first, second = (Proposal(f"repeat:caller:{n}", "repeat", "", {}) for n in (2, 3))
    assert told(assist.repeated([first], BEGUN)) == [("repeat:caller:2", False)]
    assert told(assist.repeated([second], BEGUN)) == [("repeat:caller:2", True), ("repeat:caller:3", False)]


def test_a_call_without_an_end_is_bounded() -> None:
    call = Call()
    for _ in range(MOST_LINES):
        call.say("好", "third")
    assert lines(call.say("着火了")) == []


def test_control_signs_in_what_was_heard_do_not_reach_the_screen() -> None:
    [event] = [one for one in Call().say("着 火\n了\u202e") if one.kind == "emergency_line"]
    assert all(char.isprintable() for char in event.text)


def test_warming_up_reads_without_a_word_to_anybody() -> None:
    warm_up()
    assert lines(Call().say("我家着火了"))
