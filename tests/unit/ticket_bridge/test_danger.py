"""Dangers that go on now are heard, and nothing else is: over a hundred phrases each way (R-T-9)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from hotline.asr.transcripts import Transcript, Utterance
from hotline.ticket_bridge.assist.danger import Danger, of_lines
from hotline.ticket_bridge.measure.dialogues import TextOf, read_dialogues
from hotline.ticket_bridge.talk import Talk

pytestmark = [pytest.mark.clause("R-T-9"), pytest.mark.clause("R-3W-1")]

DATA = Path(__file__).resolve().parents[2] / "data"
PHRASES: dict[str, Any] = yaml.safe_load((DATA / "assist_phrases.yaml").read_text(encoding="utf-8"))


def heard(*said: str) -> list[Danger]:
    """Give the dangers of what a citizen says, utterance by utterance."""
    utterances = tuple(Utterance("citizen", 5.0 * i, 5.0 * i + 3, text) for i, text in enumerate(said))
    return of_lines(Talk(Transcript("1.1", "m", "zh", utterances, 99)).lines)


@pytest.mark.parametrize(
    ("line", "phrase"), [(line, phrase) for line, said in PHRASES["dangers"].items() for phrase in said]
)
def test_a_danger_is_heard_with_its_line(line: str, phrase: str) -> None:
    found = {one.line: one for one in heard(phrase)}
    assert line in found
    assert found[line].evidence.words in phrase


@pytest.mark.parametrize("phrase", PHRASES["no_dangers"])
def test_what_is_denied_imagined_past_or_another_matter_is_no_danger(phrase: str) -> None:
    assert heard(phrase) == []


@pytest.mark.parametrize(
    "said",
    [
        ("我家着火了", "没有着火我看错了"),
        ("我家着火了", "不是着火是冒蒸汽"),
        ("着火了着火了", "说错了说错了"),
        ("我们小区着火了", "那是去年的事"),
        ("楼下着火了快来", "火已经灭了"),
        ("有人晕倒了", "已经送医院了"),
        ("我孩子不见了", "哎找到了找到了"),
        ("一股煤气味特别大", "没有煤气味了是下水道"),
        ("电梯里困了三个人", "门开了人都出来了"),
        ("我不想活了", "跟你开玩笑的"),
    ],
)
def test_what_is_taken_back_or_over_is_no_danger_any_more(said: tuple[str, str]) -> None:
    assert heard(said[0])
    assert heard(*said) == []


@pytest.mark.parametrize(
    "said",
    [
        ("我家着火了", "对对对是我家"),
        ("我家着火了", "去年也着过一次火"),
        ("有人持刀砍人", "没有别人受伤"),
        ("喂着火了", "我在五号楼"),
    ],
)
def test_what_is_not_taken_back_stands(said: tuple[str, str]) -> None:
    assert heard(*said)


def test_a_danger_told_without_its_time_counts_with_a_word_of_haste_beside_it() -> None:
    assert heard("我那个车被人撞上了") == []
    assert [one.line for one in heard("我那个车被人撞上了", "快来人啊堵死了")] == ["122"]


def test_what_the_agent_or_a_third_line_says_is_no_danger() -> None:
    utterances = (Utterance("agent", 0, 1, "是着火了吗"), Utterance("third", 1, 2, "着火了"))
    assert of_lines(Talk(Transcript("1.1", "m", "zh", utterances, 2)).lines) == []


@pytest.mark.parametrize("text_of", ["text", "asr"])
def test_labelled_calls(text_of: TextOf) -> None:
    """Each call that must be joined to a line proposes it; none of the others proposes any."""
    wrong: list[str] = []
    for dialogue in read_dialogues(DATA / "dialogues" / "dev.jsonl"):
        lines = Talk(dialogue.transcript(text_of)).lines
        proposed = {one.line for n in range(1, len(lines) + 1) for one in of_lines(lines[:n])}
        expected = dialogue.gold["emergency_line"]
        if (expected or None) not in proposed and (expected or proposed):
            wrong.append(f"{dialogue.id}: {expected} {proposed}")
    assert wrong == []


@pytest.mark.parametrize("char", ["我", "被", "人", "没", "火", "的"])
def test_a_monotonous_text_is_read_in_no_time(char: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Ten thousand characters cost a bounded number of steps: this would hang if they did not."""
    assert heard(char * 10_000) == []
