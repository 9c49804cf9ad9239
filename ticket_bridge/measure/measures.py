"""Measures of texts and of classes as the labelling guide defines them (docs/tickets.md)."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from ...core.pinyin import syllables
from ..extract.time_choice import alike
from ..words import number

_NUMERAL = re.compile(r"[零〇一二两三四五六七八九十百]+")
_PLACE_HEAD = re.compile(
    r"^(?:[\u4e00-\u9fff]{2,3}省|[\u4e00-\u9fff]{2,6}自治区)?(?:[\u4e00-\u9fff]{2,4}(?<![超菜夜门早])市(?!场|政|花园|广场|之光|公寓|家园|中心|民|区))?(?=.{2})"
)


def normalise(text: str) -> str:
    """Return a text as places are compared: no punctuation, Arabic numerals, no leading province or city."""
    return _PLACE_HEAD.sub("", even(text))


def even(text: str) -> str:
    """Return a text without punctuation, its numerals Arabic, with one word for houses."""
    text = "".join(char for char in unicodedata.normalize("NFKC", text) if char.isalnum()).replace("幺", "1")

    def arabic(match: re.Match[str]) -> str:
        digits = match.group().replace("〇", "零")
        if not re.search("[十百]", digits):
            return "".join(str("零一二三四五六七八九".find("二" if c == "两" else c)) for c in digits)
        value = number(digits)
        return digits if value is None else str(value)

    text = _NUMERAL.sub(arabic, text)
    return re.sub("幢|栋", "号楼", text)


def bigram_f1(answer: str, gold: str) -> float:
    """Return the F1 of character pairs, 1 for equal texts; a text of one character counts as it is."""
    if answer == gold:
        return 1.0
    return _f1(_pairs(answer), _pairs(gold))


def sound_f1(answer: str, gold: str) -> float:
    """Return the F1 of pairs of toneless syllables: what is left when homophones do not count."""
    return _f1(_pairs(syllables(answer)), _pairs(syllables(gold)))


def share_found(answer: str, gold: str) -> float:
    """Return how much of the gold's characters stand in the answer in the same order (0 to 1)."""
    row = [0] * (len(answer) + 1)
    for char in gold:
        before = 0
        for i, other in enumerate(answer, 1):
            before, row[i] = row[i], before + 1 if char == other else max(row[i], row[i - 1])
    return row[-1] / len(gold) if gold else 0.0


def _f1(a: Counter[Sequence[str]], b: Counter[Sequence[str]]) -> float:
    shared = sum((a & b).values())
    return 0.0 if shared == 0 else 2 * shared / (sum(a.values()) + sum(b.values()))


def _pairs(text: Sequence[str]) -> Counter[Sequence[str]]:
    if len(text) < 2:
        return Counter([text] if text else [])
    return Counter(text[i : i + 2] for i in range(len(text) - 1))


def same_phone(answer: str, gold: str) -> bool:
    """Compare telephone numbers by their digits, without the country's code."""
    return _digits(answer) == _digits(gold)


def _digits(phone: str) -> str:
    digits = "".join(char for char in unicodedata.normalize("NFKC", phone) if char.isdecimal())
    return digits.removeprefix("86") if len(digits) > 11 else digits


def micro_f1(answers: Sequence[Collection[str]], gold: Sequence[Collection[str]]) -> float:
    """Return the F1 over all labels of all calls; 1 when there is none anywhere."""
    hit = sum(len(set(a) & set(g)) for a, g in zip(answers, gold, strict=True))
    total = sum(len(set(a)) for a in answers) + sum(len(set(g)) for g in gold)
    return 2 * hit / total if total else 1.0


def macro_f1(answers: Sequence[str], gold: Sequence[str]) -> float:
    """Return the mean F1 of the classes that occur in the gold."""
    scores: list[float] = []
    for label in sorted(set(gold)):
        hit = sum(a == g == label for a, g in zip(answers, gold, strict=True))
        said, real = answers.count(label), gold.count(label)
        scores.append(2 * hit / (said + real))
    return sum(scores) / len(scores) if scores else 0.0


def same_person(answer: str, gold: str) -> bool:
    """Compare names: the surname, and the given name where the gold has it; forms of address do not count."""
    form = re.compile(
        "(?:老?先生|女士|小姐|同志|师傅|姓市民|老师|大爷|大妈|大姐|大哥|大娘|大叔|大伯|大嫂|老伯|伯伯|婆婆|阿姨|叔叔|"
        "奶奶|爷爷|老板|经理|组长|同学)$"
    )
    if form.search(gold):
        return answer.startswith(form.sub("", gold))
    return form.sub("", answer) == gold


def same_time(answer: str, gold: str, call: datetime, *, by_duration: bool = False) -> float:
    """Compare the starts: 1 right, 0.5 a date where the gold has a minute, 0 wrong.

    ``by_duration``: only how long it lasts was said; a start is then right within a fifth of that.
    """
    mine, real = answer.split("/", maxsplit=1)[0], gold.split("/", maxsplit=1)[0]
    if by_duration:
        begun, meant = (datetime.fromisoformat(one).replace(tzinfo=call.tzinfo) for one in (mine, real))
        if abs(begun - meant) <= 0.2 * (call - meant):
            return 1.0
    return alike(mine, real)


def interval(right: float, total: int) -> tuple[float, float]:
    """Return the 95 % interval (Wilson) of a share."""
    if total == 0:
        return 0.0, 1.0
    z, share = 1.96, right / total
    middle = share + z * z / (2 * total)
    spread = z * ((share * (1 - share) + z * z / (4 * total)) / total) ** 0.5
    scale = 1 + z * z / total
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
