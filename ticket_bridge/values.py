"""Which values a field can have, whoever gives them: a model server, or a person who corrects a draft."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime

from .fields import FieldName, FieldValue

KINDS = frozenset(["咨询", "求助", "投诉", "举报", "建议", "表扬", "无效"])
"""WH 5.4.1."""
DOMAINS = frozenset(
    [
        *("公共安全", "城乡建设", "住房保障", "环境保护", "交通出行", "科教文旅"),
        *("医疗卫生", "经济综合", "民生保障", "公共服务", "农林水土", "党务政务"),
    ]
)
"""WH 5.4.2."""
URGENCIES = ("一般", "紧急", "非常紧急")
"""WH 6.1.7, the least first."""

CHOICES: Mapping[FieldName, frozenset[str]] = {
    FieldName.KIND: KINDS,
    FieldName.DOMAIN: DOMAINS,
    FieldName.URGENCY: frozenset(URGENCIES),
    FieldName.EMERGENCY_LINE: frozenset(["110", "119", "120", "122"]),
    FieldName.OUT_OF_SCOPE: frozenset(["诉讼仲裁", "信访", "涉密隐私", "紧急热线", "骚扰无实质", "不合法规"]),
    FieldName.RISK_CLASS: frozenset(
        ["生产安全", "自然灾害", "公共卫生", "社会安全", "行政决策", "社会舆情", "突发状况", "其他"]
    ),
    FieldName.RISK_GRADE: frozenset(["I", "II", "III", "IV"]),
    FieldName.EMOTION: frozenset(["平静", "焦急", "激动", "愤怒", "威胁"]),
}
"""Fields with a fixed list: WH 5.3, 5.4, 6.1.7; LN 5.1, 5.2."""

LONGEST: Mapping[FieldName, int] = {
    FieldName.NAME: 40,
    FieldName.ADDRESS: 200,
    FieldName.TITLE: 20,
    FieldName.PLACE: 200,
    FieldName.CONTENT: 1000,
    FieldName.CURRENT_STATE: 200,
    FieldName.DEMAND: 200,
    FieldName.PARTY: 100,
    FieldName.EARLIER_HANDLING: 300,
    FieldName.HANDLING_UNIT: 60,
    FieldName.THREAT_QUOTE: 200,
    FieldName.SUMMARY: 300,
}
"""Fields of free text and their longest value in characters."""

OPEN = frozenset(
    {*CHOICES, *LONGEST, FieldName.PHONE, FieldName.CONFIDENTIAL, FieldName.PEOPLE, FieldName.OCCURRED_AT}
)
"""What may be given at all; facts of the switch, number and status are nobody's to write."""

MOST_PEOPLE = 1_000_000
_PHONE = re.compile(r"\+?[0-9]{3,15}", re.ASCII)
_BETWEEN = re.compile(r"[ ()\-]")
_DATE, _MINUTE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII), re.compile(r"[\d-]{10}T\d{2}:\d{2}", re.ASCII)


def checked(name: FieldName, value: object) -> FieldValue:
    """Return a value in the form in which it is stored; ``ValueError`` says what is wrong with it."""
    if name not in OPEN:
        raise ValueError("is not to be set by hand")
    if name is FieldName.CONFIDENTIAL:
        if not isinstance(value, bool):
            raise ValueError("must be true or false")
        return value
    if name is FieldName.PEOPLE:
        if type(value) is not int or not 1 <= value <= MOST_PEOPLE:
            raise ValueError(f"must be a whole number from 1 to {MOST_PEOPLE}")
        return value
    if not isinstance(value, str):
        raise ValueError("must be a text")
    text = unicodedata.normalize("NFC", value).strip()
    if not text or not text.isprintable():
        raise ValueError("must be a line of printable text")
    return _text(name, text)


def _text(name: FieldName, text: str) -> str:
    if (choices := CHOICES.get(name)) is not None:
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(sorted(choices))}")
        return text
    if name is FieldName.PHONE:
        digits = _BETWEEN.sub("", text)
        if not _PHONE.fullmatch(digits):
            raise ValueError("must be a telephone number, 3 to 15 digits")
        return digits
    if name is FieldName.OCCURRED_AT:
        return moment(text)
    if len(text) > LONGEST[name]:
        raise ValueError(f"must be at most {LONGEST[name]} characters")
    return text


def moment(text: str) -> str:
    """Return a time of the matter: a minute, a date, or ``start/end`` of two alike; else ``ValueError``."""
    parts = text.split("/")
    if len(parts) > 2:
        raise ValueError("must be a date, a minute, or start/end")
    starts: list[str] = []
    for part in parts:
        if _DATE.fullmatch(part):
            date.fromisoformat(part)
        elif _MINUTE.fullmatch(part):
            datetime.fromisoformat(part)
        else:
            raise ValueError("must be like 2026-03-11, 2026-03-11T20:30, or two of them with / between")
        starts.append(part[:10])
    if starts != sorted(starts):
        raise ValueError("must not end before it begins")
    return text
