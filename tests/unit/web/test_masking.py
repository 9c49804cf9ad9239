"""What is personal is hidden wherever it stands, and nothing else is touched."""

from __future__ import annotations

from typing import Any

import pytest

from hotline.asr.transcripts import Transcript, Utterance
from hotline.web.masking import Sight, hide, seen, text
from hotline.web.transcript_view import transcript_view

NUMBER = "13812345678"
IDS = {
    "id": "node1-1795320000.12",
    "call": "node1-1795320000.12",
    "path": "2026/11/22/node1-1795320000.12.wav",
}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"请打 {NUMBER} 找我", "请打 138****5678 找我"),
        ("电话 138-1234-5678", "电话 138****5678"),
        ("我的号码是一三八一二三四五六七八", "我的号码是******"),
        ("身份证 110101199003078515", "身份证 ******"),
        ("我叫王小明。", "我叫***。"),
        ("三号楼二单元，每月 3000 元，等了 15 天", "三号楼二单元，每月 3000 元，等了 15 天"),
        ("五六七八个人", "五六七八个人"),
    ],
)
def test_a_text_keeps_all_but_what_is_personal(said: str, shown: str) -> None:
    assert text(said) == shown


def test_identifiers_are_left_alone_and_numbers_are_masked_by_their_key() -> None:
    told = hide({**IDS, "caller": NUMBER, "phone": "057112345678", "at_s": 13812345678, "agent": "1001"})
    assert told == {
        **IDS,
        "caller": "138****5678",
        "phone": "057****5678",
        "at_s": 13812345678,
        "agent": "1001",
    }


def test_a_transcript_shows_no_number_in_any_of_its_forms() -> None:
    line = Utterance("citizen", 1.0, 2.0, "我的电话是幺三八幺二三四五六七八我姓王")
    view = transcript_view(Transcript("c", "m", "zh", (line, Utterance("agent", 3.0, 4.0, "好的")), 4.0))
    shown = hide(view)
    words = str(shown)
    for leak in (NUMBER, "幺三八幺二三四五六七八", "一二三四五"):
        assert leak not in words
    assert "138****5678" in words
    assert shown["utterances"][1] == view["utterances"][1] if view else False


FIELD = {"value": NUMBER, "confidence": 0.9, "evidence": [{"words": "幺三八幺二三四", "start_s": 1.5}]}


@pytest.mark.parametrize("name", ["phone", "caller"])
def test_a_tickets_number_is_masked_with_the_words_it_came_from(name: str) -> None:
    for told in (
        hide({"fields": {name: FIELD}})["fields"][name],
        hide({"fields": [{"name": name, **FIELD}]})["fields"][0],
    ):
        assert told["value"] == "138****5678"
        assert told["evidence"] == [{"words": "******", "start_s": 1.5}]


def test_names_and_corrections_are_masked() -> None:
    told = hide(
        {
            "fields": {"name": {"value": "王小明", "evidence": []}},
            "checks": [
                {
                    "fields": {
                        "phone": {"old": None, "new": NUMBER},
                        "name": {"old": "王晓明", "new": "王小明"},
                    }
                }
            ],
        }
    )
    assert told["fields"]["name"]["value"] == "王**"
    assert told["checks"][0]["fields"] == {
        "phone": {"old": None, "new": "138****5678"},
        "name": {"old": "王**", "new": "王**"},
    }


def test_who_heard_it_keeps_the_words_and_not_the_callers_number() -> None:
    said: dict[str, Any] = {
        "caller": NUMBER,
        "readable": f"打 {NUMBER}",
        "text": "打",
        "draft": {"fields": {"phone": FIELD, "caller": FIELD}},
    }
    own = seen(said, Sight.OWN)
    assert own["caller"] == "138****5678"
    assert own["readable"] == f"打 {NUMBER}"
    assert own["draft"]["fields"]["phone"] == FIELD
    assert own["draft"]["fields"]["caller"]["value"] == "138****5678"
    assert seen(said, Sight.WHOLE) is said
    assert NUMBER not in str(seen(said, Sight.HIDDEN))
