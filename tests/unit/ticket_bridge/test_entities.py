"""Entities in calls that the rules were not first written with, and what a speaker takes back."""

from __future__ import annotations

from functools import cache

import pytest

from hotline.ticket_bridge.draft import Draft, draft
from hotline.ticket_bridge.fields import FieldName as F
from hotline.ticket_bridge.fields import check_evidence
from hotline.ticket_bridge.measure.dialogues import TextOf
from hotline.ticket_bridge.measure.measures import bigram_f1, normalise, same_person, same_time
from support.entity_calls import entity_calls
from support.talks import draft_of

FORMS: tuple[TextOf, ...] = ("text", "asr")
FLOORS = {"name": 0.95, "phone": 0.98, "place": 0.84, "occurred_at": 0.88, "party": 0.70, "address": 0.82}
USABLE = 0.6
INVENTED = 4
ENTITIES = (F.NAME, F.PHONE, F.ADDRESS, F.PLACE, F.OCCURRED_AT, F.PARTY)


@cache
def drafts(text_of: TextOf) -> tuple[tuple[dict[str, str | None], Draft, float], ...]:
    made: list[tuple[dict[str, str | None], Draft, float]] = []
    for call in entity_calls():
        transcript = call.transcript(text_of)
        one = draft(transcript, call.context)
        check_evidence(one.fields, transcript)
        made.append((call.gold, one, call.call_time.timestamp()))
    return tuple(made)


def mark(field: F, mine: str | None, gold: str | None) -> float:
    if mine is None or gold is None:
        return float(mine is gold)
    if field is F.PHONE:
        return float(mine == gold)
    if field is F.NAME:
        return float(same_person(mine, gold))
    return float(bigram_f1(normalise(mine), normalise(gold)) >= USABLE)


def answered(field: F, gold: dict[str, str | None]) -> bool:
    """Tell the fields that the guide does not score in a call for information or a proposal."""
    kinds = ("咨询", "建议") if field is F.PARTY else ("咨询",)
    return field in (F.PLACE, F.OCCURRED_AT, F.PARTY) and gold["kind"] in kinds


@pytest.mark.clause("R-T-4")
@pytest.mark.parametrize("text_of", FORMS)
@pytest.mark.parametrize("field", ENTITIES, ids=str)
def test_entities_of_other_cities_and_matters(text_of: TextOf, field: F) -> None:
    marks: list[float] = []
    invented = 0
    calls = {call.id: call for call in entity_calls()}
    for gold, made, _ in drafts(text_of):
        if answered(field, gold):
            continue
        mine, right = made.value(field), gold[field.value]
        text = None if mine is None else str(mine)
        invented += mine is not None and right is None
        if field is F.OCCURRED_AT and text is not None and right is not None:
            marks.append(same_time(text, right, calls[made.call].call_time))
        else:
            marks.append(mark(field, text, right))
    assert sum(marks) / len(marks) >= FLOORS[field.value]
    assert invented <= INVENTED


@pytest.mark.parametrize(
    ("lines", "field", "value"),
    [
        (
            "坐: 几号楼\n市: 鼓楼区 中山北路 金色家园 三号楼 不对 是 五号楼 一单元",
            F.PLACE,
            "鼓楼区中山北路金色家园5号楼1单元",
        ),
        (
            "坐: 哪栋楼\n市: 鼓楼区 中山北路 金色家园 不是 三号楼 是 五号楼",
            F.PLACE,
            "鼓楼区中山北路金色家园5号楼",
        ),
        (
            "坐: 地址 是\n市: 鼓楼区 中山北路 三号楼 幺零二 哦 说错 了 是 二零三\n"
            "坐: 鼓楼区 中山北路 三号楼 二零三",
            F.PLACE,
            "鼓楼区中山北路3号楼203",
        ),
        ("市: 打 幺三六 零五九六 不对 幺三六 九五九六 四四幺零", F.PHONE, "13695964410"),
        (
            "市: 幺三六 九五九六 四四幺零\n坐: 幺三六 九五九六 四四幺零\n市: 不对 尾号 是 四四幺幺",
            F.PHONE,
            "13695964411",
        ),
        ("市: 幺三九 三个 八 幺二 三四五", F.PHONE, "13988812345"),
        ("市: 骗子 打来 的 号码 是 幺七零 幺二三四 五六七八", F.PHONE, None),
        ("市: 座机 是 六七三三 零九二五", F.PHONE, "67330925"),
        ("坐: 您 贵姓\n市: 我姓 藏 不对 臧 天朔 那个 臧\n坐: 臧 女士", F.NAME, "臧女士"),
        ("坐: 您 贵姓\n市: 我姓 章 立早章", F.NAME, "章姓市民"),
        ("坐: 您 贵姓\n市: 我姓 张 立早章", F.NAME, "章姓市民"),
        ("坐: 您 贵姓\n市: 免贵 姓 终\n坐: 好的 钟 先生", F.NAME, "钟先生"),
        ("坐: 怎么 称呼\n市: 买买提江 我 叫 买买提江\n坐: 好的 买 先生", F.NAME, "买买提江"),
        ("坐: 怎么 称呼\n市: 漆雕宏 复姓 漆雕\n坐: 漆雕 先生", F.NAME, "漆雕宏"),
        ("坐: 您 贵姓\n市: 别 问 我 姓名 了", F.NAME, None),
    ],
)
def test_the_last_version_counts(lines: str, field: F, value: str | None) -> None:
    assert draft_of(lines).value(field) == value


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("撒耳图区 东风路 鸿垣 大厦 楼顶 有人", "萨尔图区东风路鸿垣大厦楼顶"),
        ("武侯区 簇云横街 右儿园 门口 路灯 不亮", "武侯区簇云横街幼儿园门口"),
        ("平安区 三合镇 索禾滩村 停水 了", "平安区三合镇索禾滩村"),
        ("顺德区 乐从镇 沙边村 祠堂 对面 那条 涌 好 臭", "顺德区乐从镇沙边村祠堂对面"),
    ],
)
def test_homophones_of_known_words_are_put_right_and_names_left_alone(said: str, place: str) -> None:
    made = draft_of(f"坐: 在 什么 位置\n市: {said}")
    assert made.value(F.PLACE) == place
    assert made.fields[F.PLACE].evidence[0].words == said.split(maxsplit=1)[0]


def test_what_the_agent_reads_back_spells_what_was_heard_alike() -> None:
    made = draft_of("市: 岳麓区 丰岭三路 在 打桩\n坐: 岳麓区 枫岭三路 对 吗\n市: 对")
    assert made.value(F.PLACE) == "岳麓区枫岭三路"
    assert any(piece.words == "丰岭三路" for piece in made.fields[F.PLACE].evidence)


@pytest.mark.parametrize(
    ("said", "when"),
    [
        ("半个小时 前 停 的", "2026-03-18T14:20"),
        ("昨天 夜里 两点 砸 的", "2026-03-18T02:00"),
        ("腊月 二十 说好 给 的", "2026-02-07"),
        ("大前天 傍晚 六点 半 撞 的", "2026-03-15T18:30"),
        ("上 礼拜三 收 的 钱", "2026-03-11"),
        ("去年 年底 交 的 钱", "2025-12-01"),
        ("这 个 月 八 号 提 的 车", "2026-03-08"),
        ("前天 那个 夜里 刮风 十一点 左右 停 的", "2026-03-16T23:00"),
    ],
)
def test_times_as_people_name_them(said: str, when: str) -> None:
    made = str(draft_of(f"坐: 什么 时候 的 事\n市: 投诉 {said}").value(F.OCCURRED_AT))
    assert made.split("/", maxsplit=1)[0] == when


@pytest.mark.parametrize(
    ("lines", "party"),
    [
        ("市: 投诉 驾校 不 退钱\n坐: 哪个 驾校\n市: 顺达 驾校", "顺达驾校"),
        ("市: 投诉 一家 叫 童画世界 的 画室 跑路 了", "童画世界画室"),
        ("市: 投诉 他们 店 卖假货\n坐: 店名 叫 什么\n市: 招牌 写的 老灶台 土菜馆", "老灶台土菜馆"),
        ("市: 举报 一个 小作坊 用 工业 松香\n坐: 负责人 是 谁\n市: 都 喊 他 肥仔明", "肥仔明"),
        ("市: 投诉 物业 乱收费 找过 社区 社区 不管", "物业"),
        ("市: 打 错 了", None),
    ],
)
def test_who_is_complained_of(lines: str, party: str | None) -> None:
    assert draft_of(lines).value(F.PARTY) == party
