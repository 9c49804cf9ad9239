from __future__ import annotations

import pytest

from hotline.ticket_bridge.fields import FieldName as F
from support.talks import draft_of

ANNOUNCED = [
    "再不给我退钱，我就把他店给砸了",
    "逼急了我拿刀捅死他",
    "明天我要是还拿不到钱，就从你们塔吊上跳下去",
    "三天之内不解决，我们全村人就去把高速公路堵了",
    "信不信我开车撞死他",
    "不给说法我就带着农药去镇政府喝",
    "惹毛了我打断他的腿",
    "我们几十号人明天就把厂门给焊死",
    "老子弄死他全家",
    "再不退钱我就一把火烧了你们公司",
    "再不给钱我就放火烧了你们店",
    "信不信我把你们那儿烧个精光",
    "再这样我就烧到你家去",
]
OTHERWISE = [
    "他说再闹就打断我的腿",
    "物业的人威胁我说要砸我车",
    "我们打算明天一起去区政府讨个说法",
    "再不解决我们就不交物业费了",
    "他们把路堵了我们出不去",
    "昨天有人把我车砸了",
    "房子要塌了会砸死人的",
    "我要发抖音曝光他们",
    "我今天就在火烧店门口买了两个火烧",
    "我家电线今天就烧起来了",
    "我爸发高烧了今天就去医院",
    "我就去你们单位找领导",
    "孩子在学校被人打了，说要弄死他",
]


@pytest.mark.clause("R-T-8")
@pytest.mark.parametrize("said", ANNOUNCED)
def test_a_threat_of_the_callers_own_is_quoted_and_is_a_risk(said: str) -> None:
    made = draft_of(f"市: 我投诉拖欠工资\n市: {said}")
    quote = str(made.value(F.THREAT_QUOTE))
    assert quote in said
    assert len(quote) > 0.6 * len(said)
    assert made.value(F.EMOTION) == "威胁"
    assert made.value(F.RISK_CLASS) == "社会安全"


@pytest.mark.clause("R-T-8")
@pytest.mark.parametrize("said", OTHERWISE)
def test_what_others_said_and_lawful_steps_are_no_threat(said: str) -> None:
    made = draft_of(f"市: 我投诉拖欠工资\n市: {said}")
    assert made.value(F.THREAT_QUOTE) is None
    assert made.value(F.EMOTION) != "威胁"
