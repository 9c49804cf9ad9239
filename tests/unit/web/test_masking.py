"""What is personal is hidden wherever it stands, and nothing else is touched."""

from __future__ import annotations

import re
from typing import Any

import pytest

from hotline.asr.transcripts import Transcript, Utterance
from hotline.web.masking import Sight, hide, seen, text
from hotline.web.transcript_view import transcript_view

NUMBER = "13812345678"
SAID = "幺三八幺二三四五六七八"
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


def figures_in(text: str, *, spoken: str = SAID) -> str:
    """The figures of a text, as they were said."""
    return "".join(sign for sign in text if sign in spoken)


def heard(said: str) -> dict[str, Any]:
    """A sentence as the stream of live words and a transcript tell it."""
    line = Utterance("citizen", 1.0, 2.0, said)
    view = transcript_view(Transcript("c", "m", "zh", (line,), 2.0))
    assert view is not None
    return view["utterances"][0]


def shown_of(line: dict[str, Any]) -> str:
    told = hide(line)
    return " ".join([told["text"], told["readable"], *(part["text"] for part in told["parts"])])


NUMBERS_SAID = [
    SAID,
    "一三八一二三四五六七八",
    "幺 三 八 幺 二 三 四 五 六 七 八",
    "13812345678",
    "幺三八，幺二三四，五六七八",
]


@pytest.mark.clause("R-S-1")
@pytest.mark.parametrize("number", NUMBERS_SAID)
@pytest.mark.parametrize("before", ["", "我的电话是", "你记一下 "])
def test_what_is_being_said_never_shows_the_beginning_of_a_number(number: str, before: str) -> None:
    said = before + number + " 我姓王"
    for end in range(len(said) + 1):
        partial = said[:end]
        told = hide({"leg": "1", "text": partial, "unsettled": True})["text"]
        state = hide({"legs": [{"leg": "1", "partial": partial}]})["legs"][0]["partial"]
        assert told == state
        assert len(figures_in(told, spoken=number.replace(" ", "").replace("，", ""))) <= 3, partial
        assert told.startswith(before[:end].rstrip() if before else "")


@pytest.mark.clause("R-S-1")
@pytest.mark.parametrize("number", NUMBERS_SAID)
def test_a_number_in_two_or_three_sentences_is_not_told_in_pieces(number: str) -> None:
    spoken = number.replace(" ", "").replace("，", "")
    digits = "0123456789"
    for first in range(len(number) + 1):
        for second in range(first, len(number) + 1):
            pieces = [f"我的电话是{number[:first]}", number[first:second], f"{number[second:]} 我姓王"]
            shown = [shown_of(heard(piece)) for piece in pieces if piece.strip()]
            for told in shown:
                runs = re.findall(f"[{spoken}{digits}]+", told.replace("，", ""))
                assert all(len(run) <= 4 for run in runs), (pieces, told)
            together = sum(
                len(figures_in(hide(heard(piece))["text"], spoken=spoken)) for piece in pieces if piece
            )
            assert together <= 7, pieces


@pytest.mark.parametrize(
    "said",
    [
        "我打过幺二三四五",
        "请打幺二零",
        "二零二六年三月我去的",
        "我家在五零二",
        "一共三十个人",
        "每月一万五千元，等了十五天",
        "五六七八个人",
        "三",
    ],
)
def test_other_figures_are_told(said: str) -> None:
    line = heard(said)
    assert hide(line)["text"] == said
    assert hide(line)["readable"] == line["readable"]
