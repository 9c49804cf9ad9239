from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.ticket_bridge.fields import FieldName as F
from hotline.ticket_bridge.risk import CLASSES, GRADES, Risk, RiskFacts, assess, graver, raised
from hotline.ticket_bridge.words import rules
from support.talks import draft_of

SIGNS = sorted(rules("risk")["signs"])


@pytest.mark.clause("R-R-2")
@pytest.mark.parametrize(
    ("people", "grade", "clause"),
    [
        (4, None, None),
        (5, "IV", "LN 5.2.4 a"),
        (19, "IV", "LN 5.2.4 a"),
        (20, "III", "LN 5.2.3 a"),
        (49, "III", "LN 5.2.3 a"),
        (50, "II", "LN 5.2.2 a"),
        (99, "II", "LN 5.2.2 a"),
        (100, "I", "LN 5.2.1 b"),
    ],
)
def test_numbers_grade_a_crowd_and_as_many_independent_callers(
    people: int, grade: str | None, clause: str | None
) -> None:
    by_people = assess(RiskFacts(kind="投诉", people=people))
    by_callers = assess(RiskFacts(kind="投诉", callers=people))
    assert (by_people.grade if by_people else None) == grade
    assert (by_callers.grade if by_callers else None) == grade
    if by_people is not None:
        assert by_people.clause == clause
        assert by_people.risk_class == "社会安全"
        assert by_people.reasons == ("people",)


@pytest.mark.clause("R-R-2")
def test_danger_beats_numbers_and_a_cause_names_the_class_of_a_crowd() -> None:
    danger = assess(RiskFacts(kind="求助", people=12, signs=("火情",)))
    assert danger == Risk("生产安全", "I", "LN 5.2.1 a", ("火情",))
    plan = assess(RiskFacts(kind="投诉", people=60, signs=("行政决策",)))
    assert plan == Risk("行政决策", "II", "LN 5.2.2 a", ("people", "行政决策"))
    assert assess(RiskFacts(kind="投诉", signs=("行政决策",))) is None
    assert assess(RiskFacts(kind="建议", people=300)) is None


@pytest.mark.clause("R-R-4")
def test_many_callers_raise_a_grade_and_never_lower_it() -> None:
    hazard = Risk("生产安全", "IV", "LN 5.2.4 b", ("公共隐患",))
    assert raised(hazard, 1) == hazard
    assert raised(hazard, 25) == Risk("生产安全", "III", "LN 5.2.3 a", ("公共隐患", "callers"))
    assert raised(None, 4) is None
    assert raised(None, 5) == Risk("社会安全", "IV", "LN 5.2.4 a", ("callers",))
    leak = Risk("突发状况", "I", "LN 5.2.1 c", ("信息泄露",))
    assert raised(leak, 30) == leak


@pytest.mark.clause("R-R-1")
@given(
    st.none() | st.sampled_from(["投诉", "求助", "咨询", "建议"]),
    st.none() | st.integers(0, 10_000),
    st.integers(1, 10_000),
    st.lists(st.sampled_from(SIGNS), max_size=4, unique=True),
)
def test_class_and_grade_are_known_ones_and_more_callers_are_never_milder(
    kind: str | None, people: int | None, callers: int, signs: list[str]
) -> None:
    risk = assess(RiskFacts(kind, people, 1, tuple(signs)))
    assert risk is None or (risk.risk_class in CLASSES and risk.grade in GRADES and risk.reasons)
    later = raised(risk, callers, kind=kind)
    assert risk is None or (later is not None and not graver(risk.grade, later.grade))


def test_every_sign_of_the_rules_has_class_clause_and_known_urgency() -> None:
    data = rules("risk")
    for entry in data["signs"].values():
        assert entry["class"] in CLASSES
        assert entry["clause"].startswith("LN 5.")
        assert entry.get("grade", "I") in GRADES
        assert entry.get("urgency", "紧急") in ("紧急", "非常紧急")
    assert set(data["words"]) <= set(data["signs"])


@pytest.mark.clause("R-R-1")
@pytest.mark.parametrize(
    ("said", "risk_class", "grade"),
    [
        ("楼上 着火 了 快来", "生产安全", "I"),
        ("山洪 下来 了 我们 被困 在 房顶 上", "自然灾害", "I"),
        ("路 中间 井盖 没 了 黑洞洞 的", "生产安全", "IV"),
        ("村口 扔 了 好多 死鸡 臭 得很 怕 是 禽流感", "公共卫生", "IV"),
        ("抖音 上 都 在 传 我们 这 的 自来水 有毒", "社会舆情", "III"),
        ("社保 网站 登录 进去 能 看到 别人 的 身份证 号", "突发状况", "I"),
        ("我们 三十二 户 业主 都 不 同意 这个 征收 方案", "行政决策", "III"),
        ("我 投诉 再 不 给 工资 我 就 拿 刀 把 老板 砍 了", "社会安全", "I"),
        ("我家 暖气 不 热", None, None),
        ("我 投诉 医院 多 收 我 三百 块 钱", None, None),
    ],
)
def test_risk_of_what_was_said_both_or_neither(said: str, risk_class: str | None, grade: str | None) -> None:
    made = draft_of(f"市: {said}")
    assert (made.value(F.RISK_CLASS), made.value(F.RISK_GRADE)) == (risk_class, grade)
    if grade is not None:
        assert made.fields[F.RISK_GRADE].evidence
