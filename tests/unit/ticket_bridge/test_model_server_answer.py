from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.ticket_bridge.model.model_server import ModelServerError, content_of
from support.model_server import completion


def body(content: object, **more: object) -> bytes:
    return json.dumps(completion(content, **more)).encode()


@pytest.mark.parametrize(
    "content",
    [
        '{"fields": []}',
        '```json\n{"fields": []}\n```',
        '<think>{"fields": [1]} 想一想</think>\n{"fields": []}',
        '好的：{"fields": []} 请查收',
    ],
)
def test_the_json_is_found_in_what_models_put_around_it(content: str) -> None:
    assert content_of(body(content)) == {"fields": []}


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "not_json"),
        (b"\xff\x00", "not_json"),
        (b"[" * 200_000, "not_json"),
        (b"[]", "shape"),
        (b'{"choices": {}}', "shape"),
        (b'{"choices": [1]}', "shape"),
        (b'{"choices": [{}]}', "shape"),
        (body(None), "shape"),
        (body(["a"]), "shape"),
        (body("没有"), "not_json"),
        (body("}{"), "not_json"),
        (body('{"fields": [}'), "not_json"),
        (body('{"n": ' + "9" * 5000 + "}"), "not_json"),
        (body("{}", finish_reason="length"), "cut"),
        (body("{}", finish_reason="content_filter"), "refused"),
        (json.dumps({"choices": [{"message": {"content": "{}", "refusal": "不行"}}]}).encode(), "refused"),
    ],
)
def test_every_other_answer_has_its_reason(answer: bytes, why: str) -> None:
    with pytest.raises(ModelServerError) as refused:
        content_of(answer)
    assert refused.value.why == why


@given(st.binary(max_size=200) | st.text(max_size=100).map(body))
def test_no_answer_raises_anything_else(answer: bytes) -> None:
    with suppress(ModelServerError):
        assert isinstance(content_of(answer), dict | list)
