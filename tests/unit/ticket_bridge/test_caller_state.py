"""The caller's own state: said by him, of himself, of now, with his words; otherwise nothing."""

from __future__ import annotations

import pytest

from hotline.ticket_bridge.assist.caller_state import caller_states
from hotline.ticket_bridge.talk import Talk
from support.talks import transcript_of

pytestmark = pytest.mark.clause("R-3W-3")


def states(text: str) -> list[str]:
    transcript = transcript_of(text)
    found = caller_states(Talk(transcript))
    for one in found:
        assert one.evidence.words in transcript.utterances[one.evidence.utterance].text
        assert one.evidence.speaker == "citizen"
    return [one.state for one in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("市: 我 的 腿 断了 动不了", ["受伤"]),
        ("市: 我 头 上 被砍 了 一刀 流血", ["受伤"]),
        ("市: 我 胸口 疼 喘不上气", ["身体不适"]),
        ("市: 我们 被困 在 电梯 里", ["被困"]),
        ("市: 他 要打 我", ["受到威胁"]),
        ("市: 我 不想活 了", ["轻生倾向"]),
        ("市: 救命 救命", ["恐慌"]),
        ("市: 我 喝多了", ["醉酒"]),
        ("市: 救命 我 出不去 我 受伤 了", ["受伤", "被困", "恐慌"]),
    ],
)
def test_what_he_says_of_himself(text: str, expected: list[str]) -> None:
    assert states(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "坐: 您 受伤 了 吗\n市: 没有受伤",
        "坐: 救命",
        "市: 我 昨天 受伤 了",
        "市: 我 邻居 喝多了 受伤",
        "市: 我 要 投诉 噪音",
        "市: 路灯 不亮",
        "市: 我 爸 被困 在 电梯 里 出不来",
    ],
)
def test_what_is_not_of_himself_now(text: str) -> None:
    assert states(text) == []
