"""The form by which a grave matter is reported, 12345热线应急事项报备单 (LN annex C, R-R-7); pure.

It has the fields of the annex, in its order, with its words, and no others. What the ticket knows is filled
in; what people must decide (审核人员, 批示意见, 落实情况) is left empty, and nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .fields import Field, FieldName

NAME = "12345热线应急事项报备单"
SOURCES = ("话务台席", "网络平台", "系统审核", "信件（函）", "现场接访", "社交媒体", "上级交办", "其他")
CROWDS = ((100, "100人及以上"), (50, "50~99人"), (20, "20~49人"), (5, "5~19人"), (0, "5人以下"))
HARMS = ("有", "无", "暂未清楚")
LABELS = (
    *("报备单位", "报备人员", "审核人员", "诉求编号", "发生时间", "事件来源", "涉及人数"),
    *("人员伤亡/财产损失", "拟办单位", "事件内容", "批示意见", "落实情况"),
)
"""The annex's fields, in its order."""


@dataclass(frozen=True)
class Reporting:
    """Who reports: the unit, and the person."""

    unit: str
    person: str


def form_of(fields: Mapping[FieldName, Field], reporting: Reporting) -> dict[str, str]:
    """Return the form of a ticket's fields: each of ``LABELS`` with its text, "" where nothing is known.

    A choice is told by the word that is ticked. 暂未清楚 is ticked until a person says otherwise: whether
    somebody was hurt is not for a machine to tell an authority.
    """

    def text(name: FieldName) -> str:
        found = fields.get(name)
        return "" if found is None else str(found.value)

    return {
        "报备单位": reporting.unit,
        "报备人员": reporting.person,
        "审核人员": "",
        "诉求编号": text(FieldName.NUMBER),
        "发生时间": text(FieldName.OCCURRED_AT) or text(FieldName.RAISED_AT),
        "事件来源": "话务台席",
        "涉及人数": _crowd(text(FieldName.PEOPLE)),
        "人员伤亡/财产损失": "暂未清楚",
        "拟办单位": text(FieldName.HANDLING_UNIT),
        "事件内容": _content(text),
        "批示意见": "",
        "落实情况": "",
    }


def as_text(form: Mapping[str, str]) -> str:
    """Return the form as a page of text, choices with their boxes as the annex draws them."""
    options = {"事件来源": SOURCES, "涉及人数": tuple(name for _, name in CROWDS), "人员伤亡/财产损失": HARMS}
    lines = [NAME, ""]
    for label in LABELS:
        value = form[label]
        if label in options:
            value = "  ".join(f"{'☑' if one == value else '☐'} {one}" for one in options[label])
        lines.append(f"{label}：{value}")
    return "\n".join(lines)


def _crowd(people: str) -> str:
    if not people:
        return ""
    return next(name for least, name in CROWDS if int(people) >= least)


def _content(text: Callable[[FieldName], str]) -> str:
    parts = (text(FieldName.SUMMARY) or text(FieldName.TITLE), text(FieldName.PLACE), text(FieldName.CONTENT))
    said = text(FieldName.THREAT_QUOTE)
    told = [part for part in parts if part]
    return "；".join([*dict.fromkeys(told), *([f"诉求人原话：“{said}”"] if said else [])])
