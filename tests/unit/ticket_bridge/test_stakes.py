"""What labelled calls may change of emergency line, urgency and risk, and what they may not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from hotline.ticket_bridge.extract import stakes
from hotline.ticket_bridge.fields import FieldName as F
from hotline.ticket_bridge.risk import RiskFacts, assess
from hotline.ticket_bridge.talk import Talk
from support.talks import draft_of, transcript_of

Weigh = Callable[..., None]
SURE = 900
"""Hundredths of a logarithm: all but certain."""
MORE = "\n".join(
    f"坐: {said}\n市: {answer}"
    for said, answer in (
        ("请问贵姓？", "姓麦。"),
        ("在哪里？", "红旗路口。"),
        ("电话呢？", "就这个。"),
        ("还有吗？", "没了，谢谢。"),
    )
)


@pytest.fixture
def weigh(monkeypatch: pytest.MonkeyPatch) -> Weigh:
    """Let the labelled calls say what a test wants: a base by subject, and runs of characters."""

    def put(runs: Mapping[str, int] | None = None, **bases: int) -> None:
        names = (stakes.PRESSING, stakes.PUBLIC, stakes.GRAVE, "class 生产安全", "class 社会安全")
        known: dict[str, Any] = {
            name: {"base": bases.get(name, -SURE), "facts": {}, "runs": dict(runs or {})} for name in names
        }
        monkeypatch.setattr(stakes, "table", lambda: known)
        stakes.pressing.cache_clear()

    return put


def test_the_chance_is_that_of_base_facts_and_runs() -> None:
    weights = {"base": -100, "facts": {"crowd": 50}, "runs": {"c石板": 50}}
    talk = _talk("市: 台阶少块石板。\n坐: 好的。")
    assert stakes.weighed(talk, weights, ("crowd",)).value == pytest.approx(0.5)
    assert [piece.words for piece in stakes.weighed(talk, weights, ()).evidence] == ["石板"]


def test_of_a_short_call_nothing_is_told() -> None:
    assert stakes.pressing(_talk("市: 台阶少块石板。\n坐: 好的。")) is None


def test_a_danger_the_agent_passed_over_is_another_meaning(weigh: Weigh) -> None:
    call = f"市: 体检报告压在抽屉里半年没人看。\n坐: 好的。\n{MORE}"
    weigh(pressing=SURE)
    assert draft_of(call).value(F.EMERGENCY_LINE) == "119"
    weigh()
    assert draft_of(call).value(F.EMERGENCY_LINE) is None


def test_a_danger_told_last_is_not_taken_back(weigh: Weigh) -> None:
    weigh()
    assert draft_of(f"坐: 您好。\n{MORE}\n市: 屋里着火了，快来人！").value(F.EMERGENCY_LINE) == "119"


def test_a_line_that_the_agent_joined_stands(weigh: Weigh) -> None:
    weigh()
    made = draft_of(f"市: 屋里着火了！\n坐: 119已接通，请您撤离。\n{MORE}")
    assert (made.value(F.EMERGENCY_LINE), made.value(F.RISK_GRADE)) == ("119", "I")


def test_what_is_known_as_pressing_is_raised_with_its_words(weigh: Weigh) -> None:
    call = f"市: 我投诉，台阶少块石板，老人要从那里过。\n坐: 好的。\n{MORE}"
    weigh(runs={"c石板": 1}, pressing=SURE)
    made = draft_of(call)
    assert made.value(F.URGENCY) == "紧急"
    assert [piece.words for piece in made.fields[F.URGENCY].evidence] == ["石板"]
    weigh()
    assert draft_of(call).value(F.URGENCY) == "一般"


def test_a_small_hazard_is_taken_back_and_a_grave_sign_is_not(weigh: Weigh) -> None:
    weigh()
    assert draft_of(f"市: 我投诉，井盖坏了。\n坐: 好的。\n{MORE}").value(F.RISK_GRADE) is None
    made = draft_of(f"市: 我举报，有人偷偷做烟花。\n坐: 好的。\n{MORE}")
    assert (made.value(F.RISK_GRADE), made.value(F.URGENCY)) == ("I", "紧急")


def test_a_crowd_without_a_public_side_is_taken_back(weigh: Weigh) -> None:
    call = f"市: 我投诉，停电了，我们六十户都没电。\n坐: 好的。\n{MORE}"
    weigh(public=SURE)
    assert draft_of(call).value(F.RISK_GRADE) == "II"
    weigh()
    assert draft_of(call).value(F.RISK_GRADE) is None


def test_a_danger_that_no_word_told_is_added(weigh: Weigh) -> None:
    call = f"市: 我投诉，台阶少块石板，老人要从那里过。\n坐: 好的。\n{MORE}"
    weigh(runs={"c石板": 1}, public=SURE, **{"class 生产安全": SURE})
    made = draft_of(call)
    assert (made.value(F.RISK_CLASS), made.value(F.RISK_GRADE)) == ("生产安全", "IV")
    weigh(runs={"c石板": 1}, grave=SURE)
    assert draft_of(call).value(F.RISK_GRADE) == "I"


def test_a_small_hazard_told_of_in_praise_is_no_risk() -> None:
    assert assess(RiskFacts(kind="表扬", signs=("公共隐患",))) is None
    assert assess(RiskFacts(kind="投诉", signs=("公共隐患",))) is not None


@pytest.mark.parametrize(
    ("said", "people"),
    [
        ("我们四队，六七十号人都在等", 60),
        ("俺们十四个哩", 14),
        ("建了个群，三十七个人", 37),
        ("按了六十三个手印", 63),
        ("约的是十九号，人没来", None),
    ],
)
def test_who_complains_together_is_counted(said: str, people: int | None) -> None:
    assert draft_of(f"市: 我投诉老板不发工钱，{said}。\n坐: 好的。").value(F.PEOPLE) == people


@pytest.mark.parametrize(
    "said", ["羊叫野狗咬死了", "疫情那几年就没开过门", "把玻璃房拆掉", "体育馆里游泳的人太多"]
)
def test_what_is_no_hazard_is_none(said: str) -> None:
    assert draft_of(f"市: 我投诉，{said}。\n坐: 好的。").value(F.RISK_GRADE) is None


def test_a_lift_that_falls_some_floors_is_a_hazard() -> None:
    assert draft_of("市: 我投诉，电梯昨天又从十一楼一下掉到七楼。\n坐: 好的。").value(F.RISK_GRADE) == "IV"


def test_sparks_of_a_wire_told_before_are_no_fire_yet() -> None:
    assert draft_of("市: 电线耷拉下来，冒火星。\n坐: 好的。").value(F.EMERGENCY_LINE) is None


@pytest.mark.parametrize("said", ["我就是说那个火烧店", "要不就是烧鸡坏了"])
def test_food_and_fires_feared_are_no_threat(said: str) -> None:
    assert draft_of(f"市: 我反映个事，{said}。\n坐: 好的。").value(F.THREAT_QUOTE) is None


def _talk(said: str) -> Talk:
    return Talk(transcript_of(said))
