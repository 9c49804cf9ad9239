"""Mechanisms that calls of strangers asked for, each on words of its own."""

from __future__ import annotations

import pytest

from hotline.ticket_bridge.fields import FieldName as F
from hotline.ticket_bridge.mend import mend
from support.talks import draft_of


@pytest.mark.parametrize(
    "said", ["到底归谁管", "我报过警", "转卫健委核实", "现在他调走了", "有没有砸到人或车"]
)
def test_a_word_of_its_own_is_no_homophone(said: str) -> None:
    assert mend(said, {}) == said


@pytest.mark.parametrize(
    ("heard", "meant"), [("派人来画验", "派人来化验"), ("拖欠工姿", "拖欠工资"), ("消防通到", "消防通道")]
)
def test_homophones_of_hotline_words_are_put_right(heard: str, meant: str) -> None:
    assert mend(heard, {}) == meant


def test_a_danger_told_in_praise_has_passed() -> None:
    made = draft_of("市: 我想夸一夸抄表员，他闻着我家有煤气味儿，给我关了阀门。\n坐: 您的表扬会转达。")
    assert made.value(F.KIND) == "表扬"
    assert made.value(F.EMERGENCY_LINE) is None
    assert made.value(F.RISK_GRADE) is None


def test_a_wire_that_sparks_is_a_hazard() -> None:
    made = draft_of("市: 路灯杆子撞歪了，底下电线都露出来了，冒火星子呢。\n坐: 马上通知照明管理所。")
    assert made.value(F.EMERGENCY_LINE) is None
    assert (made.value(F.RISK_CLASS), made.value(F.RISK_GRADE)) == ("生产安全", "IV")


def test_smoke_as_of_a_fire_is_none() -> None:
    assert draft_of("市: 烧烤摊的烟跟着了火似的往屋里灌。\n坐: 好的。").value(F.EMERGENCY_LINE) is None


def test_doors_of_another_house_are_left_out() -> None:
    made = draft_of("坐: 请问在哪里？\n市: 玄武区，丹凤街，老虎桥小区2幢405，店在3幢一楼，吵死了。")
    assert made.value(F.PLACE) == "玄武区丹凤街老虎桥小区3幢1楼"


def test_the_party_is_the_body_dealt_with() -> None:
    made = draft_of(
        "市: 我去年在顺达机动车驾校报的名，五千六，教练姓闭，一直不安排考试，要求退费。\n坐: 好的。"
    )
    assert made.value(F.PARTY) == "顺达机动车驾校"


def test_one_trade_answers_to_another_name() -> None:
    made = draft_of(
        "市: 我投诉供热公司，家里暖气冰凉。\n坐: 是哪家供热公司？\n市: 惠民热力，打电话不接，一直不来修。"
    )
    assert made.value(F.PARTY) == "惠民热力"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("楼下广场舞音响放得震天响，跳到晚上十点半", "投诉"),
        ("村里选举有人挨家发烟发钱拉票", "举报"),
        ("绿化带里那棵大杨树被风刮断了，挂在半空", "求助"),
        ("护照丢了在外地能补吗", "咨询"),
    ],
)
def test_what_only_tells_a_matter_has_its_usual_kind(said: str, kind: str) -> None:
    assert (
        draft_of(f"坐: 您好，请问您需要什么帮助？\n市: {said}。\n坐: 请问您怎么称呼？").value(F.KIND) == kind
    )


def test_people_of_a_stair_are_counted_by_its_households() -> None:
    made = draft_of("坐: 影响了多少户？\n市: 一个门儿二十四户，都没水。\n坐: 好的。")
    assert made.value(F.PEOPLE) == 24


def test_a_teacher_and_his_pupils_are_no_crowd() -> None:
    made = draft_of("市: 我投诉游泳班，说好一个教练带六个小孩，去了根本学不到东西。\n坐: 好的。")
    assert made.value(F.PEOPLE) is None


def test_a_shop_or_somebody_elses_house_is_no_home() -> None:
    for said in ("我家小孩在京口区江南中学上学", "我们楼底下那个烧烤店，金牛区茶店子西街好又来烧烤店"):
        assert draft_of(f"市: {said}，我要投诉。\n坐: 好的。").value(F.ADDRESS) is None


def test_a_wish_is_no_earlier_handling() -> None:
    made = draft_of("市: 我举报一家公司强制加班。\n坐: 有记录吗？\n市: 有，可以不要跟公司说是我打的不？")
    assert made.value(F.EARLIER_HANDLING) is None


def test_what_a_court_decides_is_out_of_scope() -> None:
    made = draft_of("市: 同事借我八万不还，帮我要回来。\n坐: 这类纠纷需要通过诉讼途径解决，热线不能受理。")
    assert made.value(F.OUT_OF_SCOPE) == "诉讼仲裁"


@pytest.mark.parametrize(
    ("said", "party"),
    [
        (
            "市: 楼上养狗，天天叫。\n坐: 请问地址？\n市: 平江区，桐芳里小区，5幢，他家是二楼，203。",
            "桐芳里小区5幢203住户",
        ),
        (
            "市: 我举报有人骗低保。\n坐: 请问被反映的人叫什么？\n市: 叫韩树林。\n坐: 好的。",
            "韩树林",
        ),
        ("市: 我们小区三天没水了，急。\n坐: 我马上联系供水公司抢修。\n市: 快点。", "供水公司"),
        (
            "市: 我投诉村委会到现在没公布账目。\n坐: 请问是哪个村？\n市: 沅陵县，官庄镇，柳林汊村。",
            "柳林汊村村委会",
        ),
        ("市: 楼下烧烤摊又把桌子摆到路上了，我要投诉。\n坐: 好的。", "烧烤摊"),
    ],
)
def test_a_party_is_told_by_door_badge_trade_or_village(said: str, party: str) -> None:
    assert draft_of(said).value(F.PARTY) == party


@pytest.mark.parametrize(("heard", "meant"), [("金海岸瞎苗场", "金海岸虾苗场"), ("超表员来了", "抄表员来了")])
def test_homophones_of_trades_are_put_right(heard: str, meant: str) -> None:
    assert mend(heard, {}) == meant


def test_a_sum_told_beside_the_people_is_not_their_number() -> None:
    made = draft_of(
        "市: 老板欠我们工资。\n坐: 涉及多少人，多少钱？\n市: 我们班组十七个，一共二十六万八。\n坐: 好的。"
    )
    assert made.value(F.PEOPLE) == 17


def test_a_report_asks_that_the_breach_be_investigated() -> None:
    made = draft_of(
        "市: 我举报一个棋牌室，里面有人赌博，夜里最多。\n坐: 您的诉求是什么？\n市: 派出所夜里突击检查一下。"
    )
    assert str(made.value(F.DEMAND)).startswith("查处赌博")
