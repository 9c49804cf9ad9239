"""Who is complained of, where and when in sixty calls of four more batches, and names told in full."""

from __future__ import annotations

import pytest

from hotline.ticket_bridge.draft import draft
from hotline.ticket_bridge.fields import FieldName as F
from hotline.ticket_bridge.fields import check_evidence
from hotline.ticket_bridge.measure.dialogues import TextOf
from hotline.ticket_bridge.measure.evaluate import evaluate
from support.entity_calls import FILE, entity_calls
from support.talks import draft_of

CALLS = tuple(entity_calls(FILE.with_name("parties.txt")))
LEAST: dict[TextOf, dict[str, float]] = {
    "text": {"party": 0.68, "place": 0.85},
    "asr": {"party": 0.55, "place": 0.76},
}
LEAST_TIME, INVENTED = 0.78, 3


@pytest.mark.clause("R-T-4")
@pytest.mark.parametrize("text_of", LEAST)
def test_parties_places_and_times_of_four_batches(text_of: TextOf) -> None:
    found = {score.field: score for score in evaluate(CALLS, text_of=text_of)}
    usable = {name: found[name].details["usable"] or 0.0 for name in LEAST[text_of]}
    assert {name: value for name, value in usable.items() if value < LEAST[text_of][name]} == {}
    assert found["occurred_at"].score >= LEAST_TIME


@pytest.mark.parametrize("text_of", LEAST)
def test_every_party_leads_to_words_and_few_are_invented(text_of: TextOf) -> None:
    invented: list[str] = []
    for call in CALLS:
        transcript = call.transcript(text_of)
        made = draft(transcript, call.context)
        check_evidence(made.fields, transcript)
        field = made.fields.get(F.PARTY)
        assert field is None or field.evidence
        if field is not None and call.gold["party"] is None and call.gold["kind"] not in ("咨询", "建议"):
            invented.append(call.id)
    assert len(invented) <= INVENTED


@pytest.mark.parametrize(
    ("said", "party"),
    [
        (
            "我 投诉 那个 办事大厅 的 窗口|坐: 哪个 大厅|高明区 行政服务中心 五号窗口",
            "高明区行政服务中心5号窗口工作人员",
        ),
        ("举报 我们 村 的 会计|坐: 哪个 村|西秀区，宁谷镇，小呈堡村，会计叫伍正华", "小呈堡村会计伍正华"),
        ("投诉 房东 不退 押金|坐: 房东 是 谁|房东姓阮", "阮姓房东"),
        ("投诉 一个 洗车的 地方 关门|坐: 店名 叫 什么|叫车小白，车小白汽车美容", "车小白汽车美容"),
        ("投诉 物业，电梯坏了，打电话给物业叫维保来弄，没人来", "物业"),
        ("投诉 理疗馆 骗人|坐: 在 什么 地方|门口挂的是康源益寿健康管理", "康源益寿健康管理"),
    ],
)
def test_a_party_is_named_as_fully_as_it_was(said: str, party: str) -> None:
    lines = "\n".join(part if part.startswith("坐") else f"市: {part}" for part in said.split("|"))
    assert draft_of(lines).value(F.PARTY) == party


@pytest.mark.parametrize(
    ("said", "when"),
    [
        ("坐: 什么时候 开始 的\n市: 去年国庆 就 开始 了", "2025-10-01"),
        ("市: 投诉 公交，上个月坏过，这回是前天晚上坏的", "2026-03-16"),
    ],
)
def test_feasts_of_last_year_and_the_last_time_of_many(said: str, when: str) -> None:
    assert str(draft_of(said).value(F.OCCURRED_AT)).split("/", maxsplit=1)[0] == when


def test_a_city_that_spells_a_name_is_no_place() -> None:
    made = draft_of("坐: 在 哪里\n市: 鼓楼区，中山北路\n坐: 您 贵姓\n市: 姓台，台湾的台")
    assert made.value(F.PLACE) == "鼓楼区中山北路"
