"""What each grade asks for by when (LN 6.2), and the form of annex C with its fields and no others."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hotline.core.calendar import load
from hotline.ticket_bridge.fields import Field, FieldName, Origin
from hotline.ticket_bridge.risk import GRADES
from hotline.ticket_bridge.risk_form import CROWDS, HARMS, LABELS, NAME, SOURCES, Reporting, as_text, form_of
from hotline.ticket_bridge.risk_response import RiskResponse, response_to

ZONE = ZoneInfo("Asia/Shanghai")
ANNEX_C = """
12345热线应急事项报备单
报备单位：
报备人员：审核人员：
诉求编号：发生时间：
事件来源：□话务台席□网络平台□系统审核□信件（函）□现场接访□社交媒体□上级交办□其他
涉及人数：□100人及以上□50~99人□20~49人□5~19人□5人以下
人员伤亡/财产损失：□有□无□暂未清楚
拟办单位：
事件内容：
批示意见：落实情况：
"""
WHO = Reporting("12345政务服务便民热线", "王芳")


def at(text: str) -> datetime:
    """Return a moment by the site's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def response(grade: str, found: str) -> RiskResponse:
    return response_to(grade, at(found).astimezone(UTC), load(), ZONE)


@pytest.mark.clause("R-R-3")
def test_each_grade_has_its_response_and_its_time() -> None:
    found = "2026-11-18T10:00"  # a Wednesday
    first = response("I", found)
    assert (first.action, first.due, first.form) == ("紧急报备", at(found), True)
    second = response("II", found)
    assert (second.action, second.due, second.form) == ("专项调度", at(found) + timedelta(hours=1), False)
    third = response("III", found)
    assert (third.action, third.due) == ("预警提示", at("2026-11-19T10:00"))
    fourth = response("IV", found)
    assert (fourth.action, fourth.due) == ("动态提醒", None)
    assert [response(grade, found).clause for grade in GRADES] == [f"LN 6.2.{n}" for n in (1, 2, 3, 4)]


@pytest.mark.clause("R-R-3")
@pytest.mark.parametrize(
    ("found", "due"),
    [
        ("2026-11-20T16:30", "2026-11-23T16:30"),  # Friday: over the weekend
        ("2026-11-21T09:00", "2026-11-23T09:00"),
        ("2026-09-30T17:00", "2026-10-08T17:00"),  # over 国庆
        ("2026-02-13T17:00", "2026-02-14T17:00"),  # a Saturday that is worked for 春节
    ],
)
def test_a_working_day_is_one_of_the_states_calendar(found: str, due: str) -> None:
    assert response("III", found).due == at(due)


def test_what_is_no_grade_has_no_response() -> None:
    with pytest.raises(KeyError):
        response("V", "2026-11-18T10:00")


@pytest.mark.clause("R-R-7")
def test_the_form_has_exactly_the_fields_of_the_annex() -> None:
    printed = as_text(form_of({}, WHO))
    plain = re.sub(r"\s|☑|☐|□", "", printed.replace(WHO.unit, "").replace(WHO.person, ""))
    assert plain == re.sub(r"\s|□", "", ANNEX_C)
    assert tuple(form_of({}, WHO)) == LABELS


@pytest.mark.clause("R-R-7")
def test_what_the_ticket_knows_is_filled_in_and_nothing_is_guessed() -> None:
    known = {
        FieldName.NUMBER: Field("20261122-7Q2M9XKD", 1.0, (), Origin.INITIAL),
        FieldName.OCCURRED_AT: Field("2026-11-22T10:00", 0.8, (), Origin.PERSON),
        FieldName.PEOPLE: Field(23, 0.9, (), Origin.PERSON),
        FieldName.HANDLING_UNIT: Field("区应急管理局", 1.0, (), Origin.PERSON),
        FieldName.SUMMARY: Field("工地拖欠工资", 0.8, (), Origin.PERSON),
        FieldName.THREAT_QUOTE: Field("不给钱我们就去堵路", 0.9, (), Origin.PERSON),
    }
    form = form_of(known, WHO)
    assert form["诉求编号"] == "20261122-7Q2M9XKD"
    assert form["发生时间"] == "2026-11-22T10:00"
    assert form["涉及人数"] == "20~49人"
    assert form["拟办单位"] == "区应急管理局"
    assert form["事件内容"] == "工地拖欠工资；诉求人原话：“不给钱我们就去堵路”"
    assert form["人员伤亡/财产损失"] == "暂未清楚"
    assert [form[label] for label in ("审核人员", "批示意见", "落实情况")] == ["", "", ""]
    assert "☑ 20~49人" in as_text(form)
    assert as_text(form).startswith(NAME)
    assert form_of({}, WHO)["涉及人数"] == ""


@pytest.mark.parametrize(
    ("people", "shown"),
    [(1, "5人以下"), (4, "5人以下"), (5, "5~19人"), (49, "20~49人"), (50, "50~99人"), (100, "100人及以上")],
)
def test_crowds_are_those_of_the_grades(people: int, shown: str) -> None:
    assert form_of({FieldName.PEOPLE: Field(people, 1.0, (), Origin.PERSON)}, WHO)["涉及人数"] == shown
    assert shown in {name for _, name in CROWDS}
    assert (len(SOURCES), len(HARMS)) == (8, 3)
