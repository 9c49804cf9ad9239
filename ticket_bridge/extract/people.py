"""How many people are affected, endangered or complain together: only when a number is said (BJ C.5)."""

from __future__ import annotations

import re
from functools import cache

from ..context import CallContext
from ..fields import Field, FieldName, Found
from ..talk import Line, Span, Talk
from ..words import either, number, rules

SMALL = 5
"""Fewer are counted only where danger or a common complaint is told beside them."""
MOUTHS = 12
"""From here on 口人 counts a village, below it a household."""
LARGE = 10_000
"""From here on a number without a measure word is money."""
_COUNT = r"([零一二两三四五六七八九十百千万几来多俩仨\d]{1,12})"


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    data = rules("people")
    alone = "|".join(data["nouns"])
    nouns = "|".join([*data["nouns"], *data["with_measure"]])
    return {
        "counted": re.compile(
            rf"{_COUNT}(?:多|来)?(?:(?:(?:个|名|位|户|(?<=[多来几百千])号)(?:多)?|(?<=[俩仨]))(?:{nouns})|(?:{alone}))"
        ),
        "group": re.compile(
            rf"(?:我们|一共|总共|有|涉及|共|死了|伤了|里面|埋了|困了|困着|困住|关了|关着|卡了|卡着|堵了|骗了|被骗|压着|压了|伤了|撞了|撞伤了?|上面|车厢里|底下|咱们|我知道的就有)"
            rf"{_COUNT}(?:多)?(?:个|号|名|户|家|来)?(?:人|家|户)"
        ),
        "households": re.compile(
            rf"{_COUNT}(?:多|来)?(?:户|家)(?=人家|人|都|的|没|不|在|被|全|一起|商|业主|居民|农户|呢|吧|签|肯定|左右|喂|种|$)"
        ),
        "joined": re.compile(
            rf"(?:我们|俺们|咱们?|俺)(?:这|那)?(?:几个|一帮|[一-龥]{{0,4}}?队)?{_COUNT}(?:多)?(?:个|名|位|号)(?!月|字|小时|钟头|单元|村|店|孩子|地方|点|问题|部门|班|电话|项目)"
            rf"|群里?(?:了)?(?:.{{0,3}}登记的?|.{{0,6}}进了|.{{0,6}}接龙)?(?:到现在|已经|都)?(?:有)?{_COUNT}(?:多)?(?:个|号|户)人?"
            rf"|{_COUNT}(?:多)?(?:个|枚)?手印|{_COUNT}(?:多)?(?:个|名)?人?(?:联名|都?签了?[字名])|{_COUNT}(?<=[十百多几来])号人"
        ),
        "doors": re.compile(rf"{_COUNT}(?:多|来)?户(?![口型籍主外头室]|的小区|院)"),
        "mouths": re.compile(rf"{_COUNT}(?:多|来)?口(?:子)?人"),
        "bare": re.compile(rf"{_COUNT}(?:多|来)?(?:个|名|位|户|家|人|$)"),
        "further": re.compile(rf"还有{_COUNT}(?:个|名|位)?(?:人|孩子|娃|老人|伢|学生|在|也|没|$)"),
        "asked": either(data["asked"]),
        "summed": re.compile("(?:少说|总共|一共|加起来|至少|合起来|拢共|大概|差不多)(?:也?有|得有|是)?$"),
        "small": re.compile(data["small"]),
        "not": either(data["not"]),
        "before": either(data["before"]),
        "after": either(data["after"]),
    }


def _number(said: str) -> int | None:
    """Read a count; what stands before it and is no part of it (有 in 有二十几) is left away."""
    return next((read for i in range(min(len(said), 8)) if (read := number(said[i:])) is not None), None)


def _read(line: Line, match: re.Match[str], span: Span, least: int) -> tuple[int, Span] | None:
    group = match.lastindex or 1
    value = _number(match.group(group))
    if value is None or value < least or value > 1_000_000:
        return None
    plain, patterns = line.plain.text, _patterns()
    if patterns["not"].search(plain[max(0, match.start() - 1) : match.end() + 2]):
        return None
    if patterns["before"].search(plain[: match.start(group)]) or patterns["after"].search(
        plain[match.end() :]
    ):
        return None
    if value < SMALL and least > 1 and not patterns["small"].search(_around(plain, match)):
        return None
    return value + _further(line, match), span


def _is_money(match: re.Match[str]) -> bool:
    """Tell a large number without a measure word, told beside the people asked for (一共二十六万八)."""
    return (_number(match.group(1)) or 0) >= LARGE and match.group()[-1] not in "个名位户家人"


def _before(line: Line, span: Span) -> str:
    return line.utterance.text[max(0, span.start - 6) : span.start].replace(" ", "")


def _around(plain: str, match: re.Match[str]) -> str:
    return plain[max(0, match.start() - 6) : match.end() + 10]


def _further(line: Line, match: re.Match[str]) -> int:
    """Return how many more are told of right after a count: 六七个孩子在吐，还有俩站不住."""
    more = _patterns()["further"].search(line.plain.text, match.end(), match.end() + 24)
    return (_number(more.group(1)) or 0) if more is not None else 0


def _counted(talk: Talk, *kinds: tuple[str, int]) -> list[tuple[int, Span]]:
    """Return the counts of the citizen's words by patterns, each with the least number it takes."""
    return [
        read
        for line in talk.citizen
        for kind, least in kinds
        for match, span in line.search(_patterns()[kind])
        if (read := _read(line, match, span, least)) is not None
    ]


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Prefer the answer to the agent's question; else the largest number of people in the citizen's words."""
    patterns = _patterns()
    kind = found.get(FieldName.KIND)
    if kind is not None and kind.value in ("咨询", "表扬", "无效"):
        return {}  # nobody is affected by what is only asked or praised
    for line in talk.answers(patterns["asked"]):
        hits = [(match, span) for match, span in line.search(patterns["bare"]) if not _is_money(match)]
        told = [_read(line, match, span, 1) for match, span in hits]
        counts = [one for one in told if one is not None]
        if counts:
            summed = [one for one in counts if patterns["summed"].search(_before(line, one[1]))]
            read = next((one for one in (*summed, *counts) if one[0] > 1), counts[0])  # 一个门儿二十四户
            return {FieldName.PEOPLE: Field(read[0], 0.85, (read[1].evidence,))}
    counted = _counted(
        talk, ("counted", 2), ("group", 2), ("households", 2), ("mouths", MOUTHS), ("joined", SMALL)
    )
    counted = counted or _counted(talk, ("doors", SMALL))
    if not counted:
        return {}
    value, span = max(counted, key=lambda hit: hit[0])
    return {FieldName.PEOPLE: Field(value, 0.6, (span.evidence,))}
