from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import pytest

from hotline.ticket_bridge.context import CallContext
from hotline.ticket_bridge.draft import Draft, draft
from hotline.ticket_bridge.fields import FieldName, check_evidence
from hotline.ticket_bridge.model.model_server import REST_S, ModelServer, ModelServerError
from hotline.ticket_bridge.model.model_server_extractor import ModelExtractor
from support.model_server import KEY, model_server, said
from support.ports import free_ports
from support.talks import CALLED_AT, CALLER, transcript_of

TALK = transcript_of(
    """坐: 您好 请问 您 需要 什么 帮助
市: 我 投诉 惠邻 物业 把 水 停了 一共 三十 个 人 没水
坐: 请问 怎么 称呼 您
市: 我姓 佘 电话 幺三八 零零幺三 八零零零
坐: 好的 佘 女士"""
)
CONTEXT = CallContext("node1-1.2", CALLER, CALLED_AT)

Make = Callable[..., ModelExtractor]


@cache
def by_rules() -> Draft:
    return draft(TALK, CONTEXT)


@pytest.fixture
async def extractor() -> AsyncGenerator[Make]:
    with ThreadPoolExecutor(2) as pool:
        yield lambda model, **more: ModelExtractor(
            ModelServer(model.settings(**more)), pool, mask=more.get("mask", True)
        )


def good(call: list[dict[str, Any]]) -> object:
    """Quote what was shown, with a title of the model's own, and invent a little."""
    number = call[3]["text"].partition("电话")[2].strip()
    return {
        "fields": [
            said("title", "惠邻物业停水投诉", (1, "惠邻 物业 把 水 停了")),
            said("phone", number, (3, number)),
            said("place", "建设大街99号", (1, "惠邻 物业")),
        ]
    }


@pytest.mark.clause("R-T-2")
async def test_a_model_drafts_and_everything_in_the_draft_was_said(extractor: Make) -> None:
    async with model_server(good) as model:
        made = await extractor(model).draft(TALK, CONTEXT)
    assert made.value(FieldName.TITLE) == "惠邻物业停水投诉"
    assert made.value(FieldName.PHONE) == "13800138000"
    assert made.value(FieldName.KIND) == by_rules().value(FieldName.KIND)
    assert made.value(FieldName.PLACE) == by_rules().value(FieldName.PLACE)
    assert "title" in made.made.by_model
    assert made.made.model == "test-model"
    assert made.made.dropped == {"not_said": 1}
    assert made.made.fallback == ""
    check_evidence(made.fields, TALK)

    (request,) = model.requests
    assert request["temperature"] == 0
    assert request["response_format"]["json_schema"]["strict"] is True
    assert model.headers[0]["Authorization"] == f"Bearer {KEY}"
    sent = "".join(json.dumps(request, ensure_ascii=False).split())
    for private in (CALLER, "幺三八零零幺三八零零零", "13800138000", "佘"):
        assert private not in sent


async def test_unmasked_the_server_sees_the_words_as_they_are(extractor: Make) -> None:
    async with model_server(good) as model:
        made = await extractor(model, mask=False).draft(TALK, CONTEXT)
        assert model.shown()[3]["text"] == TALK.utterances[3].text
    assert made.value(FieldName.PHONE) == "13800138000"
    assert CALLER not in json.dumps(model.requests)


@pytest.mark.parametrize(
    ("badly", "why"),
    [
        ("error", "status"),
        ("unauthorised", "status"),
        ("redirect", "redirect"),
        ("empty", "not_json"),
        ("garbage", "not_json"),
        ("list", "shape"),
        ("no-choice", "shape"),
        ("prose", "not_json"),
        ("no-form", "shape"),
        ("null", "shape"),
        ("refusal", "refused"),
        ("cut", "cut"),
        ("deep", "not_json"),
        ("gzip", "encoded"),
        ("huge", "too_large"),
        ("endless", "timeout"),
        ("half", "unreachable"),
        ("hang", "timeout"),
    ],
)
async def test_whatever_a_server_does_there_is_the_rules_draft(extractor: Make, badly: str, why: str) -> None:
    async with model_server(badly=badly) as model, asyncio.timeout(30):
        patient = why != "timeout"
        made = await extractor(model, timeout_s=20 if patient else 1).draft(TALK, CONTEXT)
    assert made.to_json() == by_rules().to_json()
    assert (made.made.extractor, made.made.model, made.made.fallback) == ("model", "test-model", why)
    assert made.made.by_model == ()
    assert len(model.requests) == 1  # never tried again
    assert model.elsewhere == 0


async def test_a_server_that_is_killed_in_mid_call_costs_its_answer_alone(extractor: Make) -> None:
    async with model_server(badly="hang") as model, asyncio.timeout(30):
        one = extractor(model, timeout_s=20)
        drafting = asyncio.create_task(one.draft(TALK, CONTEXT))
        await model.asked.wait()
        await model.stop()
        assert (await drafting).made.fallback == "unreachable"
        assert (await one.draft(TALK, CONTEXT)).to_json() == by_rules().to_json()


async def test_nobody_there_is_soon_left_alone_and_asked_again_later() -> None:
    now = 0.0
    port = free_ports(1)[0]
    async with model_server() as model:
        away = ModelServer(
            model.settings(url=f"http://127.0.0.1:{port}/v1", plain_http=True), monotonic=lambda: now
        )
        reasons: list[str] = []
        for _ in range(5):
            with pytest.raises(ModelServerError) as failed:
                await away.ask([], {})
            reasons.append(failed.value.why)
        assert reasons == ["unreachable"] * 3 + ["resting"] * 2
        now += REST_S + 1
        with pytest.raises(ModelServerError):
            await away.ask([], {})
        assert away.failed == {"unreachable": 4, "resting": 2}


async def test_no_more_questions_at_a_time_than_are_allowed() -> None:
    async with model_server(badly="hang") as model, asyncio.timeout(30):
        server = ModelServer(model.settings(at_once=1, timeout_s=20))
        first = asyncio.create_task(server.ask([], {}))
        await model.asked.wait()
        with pytest.raises(ModelServerError) as failed:
            await server.ask([], {})
        assert failed.value.why == "busy"
        first.cancel()
        await asyncio.wait([first])
        model.badly = ""
        question = [{"role": "system", "content": ""}, {"role": "user", "content": '{"通话": []}'}]
        assert await server.ask(question, {}) == {"fields": []}
