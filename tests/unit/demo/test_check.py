"""The demo's check sees everything that can be wrong with a call, and passes one that is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from hotline.asr.transcripts import Transcript
from hotline.demo.baresip import PhoneError
from hotline.demo.check import Check, check
from hotline.demo.run import Outcome, Result, first_error
from hotline.demo.scenario import CITIZENS, Citizen

ANSWERED = CITIZENS[0]
GAVE_UP = CITIZENS[-1]


def transcript_of(citizen: Citizen, *, garble: str = "") -> Transcript:
    """What a perfect recogniser would hear; ``garble`` names the speaker whose words are lost."""
    lines: list[dict[str, Any]] = [
        {
            "speaker": turn.speaker,
            "start_s": float(index),
            "end_s": index + 0.5,
            "text": "嗯" * len(turn.text) if turn.speaker == garble else turn.text,
            "words": [],
        }
        for index, turn in enumerate(citizen.turns)
    ]
    values = {"call": "c", "model": "m", "language": "zh", "duration_s": 60.0, "utterances": lines}
    return Transcript.from_json(values)


def right(citizen: Citizen) -> dict[str, Any]:
    """What the desk tells of a call that went as it must."""
    said = next((turn.text for turn in citizen.turns if turn.speaker == "citizen"), "")
    fields = [
        {
            "name": name,
            "label": name,
            "value": f"在{words}上",
            "origin": "words",
            "words": f"{said[:2]}；{said[2:5]}",
        }
        for name, words in citizen.expected.ticket.items()
    ]
    talked = citizen.expected.outcome == "answered"
    return {
        "call": {
            "outcome": citizen.expected.outcome,
            "ended_at": datetime(2026, 11, 22, tzinfo=UTC),
            "wait_human_s": 1.0 if talked else None,
            "evaluation": citizen.expected.evaluation,
            "evaluation_asked_at": datetime(2026, 11, 22, tzinfo=UTC) if talked else None,
        },
        "recordings": [{"kind": kind, "state": "ready"} for kind in ("mix", "citizen", "agent")],
        "transcript": transcript_of(citizen) if talked else None,
        "ticket": {"fields": fields} if talked else None,
    }


def bad(checks: list[Check]) -> list[str]:
    return [one.what for one in checks if not one.good]


@pytest.mark.parametrize("citizen", CITIZENS, ids=lambda citizen: citizen.number)
def test_what_is_right_passes(citizen: Citizen) -> None:
    checks = check(citizen, right(citizen), citizen.expected.queue)
    assert bad(checks) == []
    assert len(checks) >= 6
    assert all(one.call == citizen.name for one in checks)


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda call: call["call"].update(outcome="abandoned"), "结果"),
        (lambda call: call["call"].update(outcome=None), "结果"),
        (lambda call: call["call"].update(ended_at=None), "已结束"),
        (lambda call: call["call"].update(wait_human_s=None), "有等待时间"),
        (lambda call: call["call"].update(evaluation="dissatisfied"), "评价"),
        (lambda call: call["call"].update(evaluation_asked_at=None), "评价"),
        (lambda call: call["recordings"].pop(), "录音三份"),
        (lambda call: call["recordings"].append(call["recordings"][0]), "录音三份"),
        (lambda call: call["recordings"][1].update(state="damaged"), "录音三份"),
        (
            lambda call: call.update(transcript=transcript_of(ANSWERED, garble="citizen")),
            "市民转写|工单依据都是原话",
        ),
        (lambda call: call.update(transcript=transcript_of(ANSWERED, garble="agent")), "坐席转写"),
        (lambda call: call["ticket"]["fields"].pop(0), "工单 kind 含“求助”"),
        (lambda call: call["ticket"]["fields"][1].update(value="别处"), "工单 place 含“东三环到长安街”"),
        (lambda call: call["ticket"]["fields"][1].update(words="没有说过的话"), "工单依据都是原话"),
        (lambda call: call["ticket"]["fields"][0].update(words=""), "工单依据都是原话"),
    ],
)
def test_each_wrong_thing_is_seen(change: Change, what: str) -> None:
    call = right(ANSWERED)
    change(call)
    assert bad(check(ANSWERED, call, ANSWERED.expected.queue)) == what.split("|")


def test_a_call_without_transcript_or_ticket_fails_in_every_word() -> None:
    call = {**right(ANSWERED), "transcript": None, "ticket": None}
    wrong = bad(check(ANSWERED, call, ANSWERED.expected.queue))
    assert wrong[:2] == ["市民转写", "坐席转写"]
    assert len(wrong) == 3 + len(ANSWERED.expected.ticket)


def test_a_wrong_queue_a_missing_and_a_double_record_are_seen() -> None:
    assert bad(check(ANSWERED, right(ANSWERED), "another")) == ["队列"]
    assert bad(check(ANSWERED, right(ANSWERED), ANSWERED.expected.queue, records=2)) == ["只有一条通话记录"]
    assert bad(check(ANSWERED, None, None)) == ["有通话记录"]


def test_a_ticket_of_one_who_gave_up_is_wrong() -> None:
    call = {**right(GAVE_UP), "ticket": {"fields": []}}
    assert bad(check(GAVE_UP, call, GAVE_UP.expected.queue)) == ["没有工单"]


def test_one_wrong_thing_makes_the_whole_run_wrong() -> None:
    good = [Outcome(one, right(one), check(one, right(one), one.expected.queue)) for one in CITIZENS]
    assert Result(good, 1.0, "m").good
    wrong = replace(good[2], checks=check(CITIZENS[2], None, None))
    assert not Result([*good[:2], wrong, good[3]], 1.0, "m").good
    assert not Result([], 1.0, "m").good, "a run without calls proves nothing"


def test_an_error_is_found_in_a_group_of_groups() -> None:
    error = PhoneError("a phone failed")
    group = ExceptionGroup("", [ExceptionGroup("", [ValueError("first")]), ExceptionGroup("", [error])])
    assert first_error(group) is error
    assert first_error(error) is error
    assert first_error(ExceptionGroup("", [ValueError("a fault of ours")])) is None
