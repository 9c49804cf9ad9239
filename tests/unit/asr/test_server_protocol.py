"""What a recognition server may say, and what is no answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.asr.engine import Partial, Spoken
from hotline.asr.server_pool import REST_S, ServerPool
from hotline.asr.server_protocol import (
    EOF,
    Answer,
    AnswerError,
    config,
    read_answer,
    write_answer,
    write_result,
)
from hotline.asr.transcripts import Word
from hotline.core.asr_settings import AsrServerSettings

WORDS = (Word("路灯", 0.33, 0.81, 1.0), Word("灭", 0.9, 1.2, 0.639))


def test_what_our_server_writes_our_client_reads() -> None:
    spoken = [Spoken(0.33, 1.2, "路灯灭", WORDS)]
    assert read_answer(write_result(spoken), heard_s=2) == Answer("路灯 灭", is_final=True, words=WORDS)
    assert read_answer(write_answer(spoken, "x"), heard_s=2).words == WORDS
    assert read_answer(write_answer([Partial("路")], "路"), heard_s=2) == Answer("路", is_final=False)
    assert read_answer(write_result([]), heard_s=2) == Answer("", is_final=True, words=())


def test_voskservers_own_answers_are_read() -> None:
    """As its README shows them, and as the server in C++ gives them (no words)."""
    told = '{"result" : [{"conf" : 1.0, "end" : 1.11, "start" : 0.87, "word" : "一"}], "text" : "一"}'
    assert read_answer(told, heard_s=2).words == (Word("一", 0.87, 1.11, 1.0),)
    assert read_answer('{"text" : "一 二"}', heard_s=2) == Answer("一 二", is_final=True, words=None)
    assert read_answer('{\n  "partial" : ""\n}', heard_s=0) == Answer("", is_final=False)
    assert EOF == '{"eof" : 1}', "vosk-server compares it letter by letter"


def test_the_configuration_is_voskservers() -> None:
    assert json.loads(config(8000)) == {"config": {"sample_rate": 8000, "words": True}}
    assert json.loads(config(8000, ["满意"]))["config"]["phrase_list"] == ["满意"]


def word(**changes: Any) -> str:
    one = {"conf": 1.0, "end": 1.0, "start": 0.5, "word": "灯"} | changes
    return json.dumps({"result": [one], "text": "灯"})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>502</html>",
        "[]",
        "null",
        "{}",
        '{"error": "x"}',
        '{"partial": 7}',
        '{"partial": "a\\u0000b"}',
        '{"partial": "\\u202e"}',
        '{"text": ["x"]}',
        '{"result": {}, "text": ""}',
        '{"result": [7], "text": ""}',
        '{"result": [{}], "text": ""}',
        "[" * 100_000,
        json.dumps({"partial": "灯" * 30_000}),
        json.dumps({"result": [{"word": "灯", "start": 0, "end": 0}] * 20_001}),
        word(word=""),
        word(word="灯" * 201),
        word(word="a\nb"),
        word(start=-1),
        word(start=2),
        word(end=99),
        word(end="1"),
        word(start=True),
        word(conf=None),
        '{"result": [{"word": "灯", "start": NaN, "end": Infinity}], "text": ""}',
    ],
)
def test_anything_else_is_no_answer(text: str) -> None:
    with pytest.raises(AnswerError):
        read_answer(text, heard_s=3)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_no_value_breaks_the_reader(value: object) -> None:
    for told in ({"partial": value}, {"text": value}, {"result": value}, {"result": [{"word": value}]}):
        try:
            answer = read_answer(json.dumps(told), heard_s=1)
        except AnswerError:
            continue
        assert answer.text.isprintable()


class TestPool:
    def pool(self, *urls: str) -> ServerPool:
        self.now = 0.0
        return ServerPool(AsrServerSettings(urls=urls), monotonic=lambda: self.now)

    def test_equals_take_turns(self) -> None:
        pool = self.pool("ws://a", "ws://b", "ws://c")
        assert {pool.order()[0] for _ in range(3)} == {"ws://a", "ws://b", "ws://c"}

    def test_who_broke_off_rests_behind_the_others_and_comes_back(self) -> None:
        pool = self.pool("ws://a", "ws://b")
        pool.broke("ws://a")
        assert [pool.order() for _ in range(2)] == [["ws://b", "ws://a"]] * 2
        self.now = REST_S + 1
        assert {pool.order()[0] for _ in range(2)} == {"ws://a", "ws://b"}
