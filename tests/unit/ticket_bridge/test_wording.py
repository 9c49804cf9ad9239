"""The agent's wording: faults are found, and clean agents are left in peace (R-T-12)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from hotline.asr.transcripts import Transcript, Utterance
from hotline.ticket_bridge.assist.wording import LABELS, faults, labels
from hotline.ticket_bridge.measure.dialogues import TextOf, read_dialogues

pytestmark = pytest.mark.clause("R-T-12")

DATA = Path(__file__).resolve().parents[2] / "data"
PHRASES: dict[str, Any] = yaml.safe_load((DATA / "assist_phrases.yaml").read_text(encoding="utf-8"))
GREETING, CLOSING = "您好，请问您需要什么帮助？", "感谢您的来电，再见。"


def call(*turns: str) -> Transcript:
    """Return a call whose turns alternate, the agent first."""
    utterances = tuple(
        Utterance("agent" if i % 2 == 0 else "citizen", 5.0 * i, 5.0 * i + 4, text)
        for i, text in enumerate(turns)
    )
    return Transcript("1.1", "m", "zh", utterances, 99)


def found(*turns: str, ended: bool = True) -> list[str]:
    return labels(faults(call(*turns), ended=ended))


@pytest.mark.parametrize(
    ("label", "phrase"), [(label, said) for label, all_said in PHRASES["faults"].items() for said in all_said]
)
def test_a_fault_is_found(label: str, phrase: str) -> None:
    transcript = call(GREETING, "我反映个事", phrase, "嗯", CLOSING)
    got = faults(transcript)
    assert {one.label for one in got} == {label}
    for one in got:
        assert one.evidence.words in transcript.utterances[one.evidence.utterance].text
        assert one.evidence.speaker == "agent"


@pytest.mark.parametrize("phrase", PHRASES["no_faults"])
def test_a_clean_phrase_is_no_fault(phrase: str) -> None:
    assert found(GREETING, "我反映个事", phrase, "嗯", CLOSING) == []


@pytest.mark.parametrize(
    "first", ["喂", "说吧，什么事", "您好", "您好，请讲", "什么事你说", "请问需要什么帮助"]
)
def test_no_greeting(first: str) -> None:
    assert found(first, "我反映个事", CLOSING) == ["未报首问语"]


@pytest.mark.parametrize(
    "first",
    [
        "新年好！请问您需要什么帮助？",
        "节日好，请问您需要什么帮助",
        "您好 沈阳 12345 请问 您 需要 什么 帮助",
        "您好，请问有什么可以帮您",
        "你好□□",
    ],
)
def test_a_greeting(first: str) -> None:
    assert found(first, "我反映个事", CLOSING) == []


def test_a_mere_hello_of_the_citizen_does_not_end_the_greeting() -> None:
    assert found("您好", "喂", "请问您需要什么帮助", "我反映个事", CLOSING) == []


@pytest.mark.parametrize("last", ["就这样", "知道了", "行，给您登记了"])
def test_no_closing(last: str) -> None:
    assert found(GREETING, "我反映个事", last) == ["未道结束语"]


def test_no_closing_is_excused_after_an_emergency_line_was_brought_in() -> None:
    talk = (GREETING, "着火了", "我现在给您接通119三方通话", "好", "请保持电话畅通")
    assert found(*talk) == []


def test_a_call_that_goes_on_is_not_blamed_for_its_end() -> None:
    assert found(GREETING, "我反映个事", "请讲", ended=False) == []
    assert found("喂", ended=False) == []
    assert found("喂", "我反映个事", ended=False) == ["未报首问语"]


def test_an_empty_call_has_no_fault() -> None:
    assert faults(Transcript("1.1", "m", "zh", (), 0)) == []


@pytest.mark.parametrize("text_of", ["text", "asr"])
def test_labelled_calls(text_of: TextOf) -> None:
    """Every labelled fault is found, and not one more; these calls were in sight when the rules were made."""
    for dialogue in read_dialogues(DATA / "dialogues" / "dev.jsonl"):
        expected = set(dialogue.gold["agent_faults"])
        assert set(labels(faults(dialogue.transcript(text_of)))) == expected, dialogue.id
        assert expected <= set(LABELS)
