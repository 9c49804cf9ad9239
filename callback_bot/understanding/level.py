"""How satisfied somebody is, on three levels or five (R-CB-3), or unclear. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..model import UNCLEAR
from .facts import Fact
from .reading import Reading
from .yes_no import Judged

_THREE = {2: 0, 1: 0, 0: 1, -1: 2, -2: 2}
_FIVE = {2: 0, 1: 1, 0: 2, -1: 3, -2: 4}
_AGREEING = ("好", "好吧", "行", "行吧", "好的", "可以", "成", "中", "得", "可以吧", "成吧", "要得", "得行")
_ASKS_WHAT = re.compile("听不|没听|哪件|哪个事|你说的|什么事|什么东西|[是问]谁|哪位|^满意什么$")
_TAILS = ("就这样", "好吧", "行吧", "可以了", "可以吧", "好的", "行", "好")
"""Said to end an answer, not to judge (太差了, 就这样)."""
_SUMS = ("算", "就算", "总的", "总体", "那就", "就选", "选", "填", "综合", "所以")
_TURNS = ("but", "now")


def satisfied(reading: Reading, levels: Sequence[str]) -> Judged:
    """Return one of ``levels`` (three or five, best first): the level named, else what the words imply."""
    value, sure = _value(reading)
    if value is None:
        return UNCLEAR, sure
    return levels[(_FIVE if len(levels) == 5 else _THREE)[value]], sure


def _value(reading: Reading) -> tuple[int | None, float]:
    named = [fact for fact in reading.of("level") if not fact.doubtful]
    if named:
        return _named(reading, named)
    unsaid = reading.has("shrug") or (reading.has("choice") and not reading.of("solved"))
    if unsaid and not reading.of("feeling"):
        return None, 0.4
    return _implied(reading)


def _named(reading: Reading, named: Sequence[Fact]) -> tuple[int | None, float]:
    meant = [fact for fact in named if not fact.excluded] or list(named)
    summed = _summed(reading, meant)
    if summed is not None:
        return summed
    if any(token.is_a("shrug") for token in reading.tokens[meant[-1].at :]) and meant[-1].value > 0:
        return None, 0.4
    if _ASKS_WHAT.search(reading.text) and all(fact.scorned for fact in meant):
        return None, 0.4
    if any(fact.scorned and not fact.soft for fact in meant):
        return -1, 0.85
    if len({_sign(fact.value) for fact in meant}) == 1:
        return _conceded(reading, max((fact.value for fact in meant), key=abs)), 0.95
    return _of_several(reading, meant)


def _summed(reading: Reading, meant: Sequence[Fact]) -> tuple[int, float] | None:
    """一半满意一半不满意，算基本满意: the last words sum up; 不是特别满意，但也不差 is in the middle."""
    last = meant[-1]
    if len(meant) > 1:
        between = reading.tokens[max(meant[-2].at + 1, last.at - 3) : last.at]
        if any(token.text.startswith(_SUMS) for token in between) and reading.between(
            meant[-2].at, last.at, "pause"
        ):
            return last.value, 0.75
    behind = [fact.value for fact in reading.of("feeling") if fact.at > last.at and not fact.implied]
    if behind and min(behind) >= 0 and all(fact.soft and fact.value < 0 for fact in meant):
        return 0, 0.7
    if 0 in behind and all(fact.soft or fact.value == 0 for fact in meant):
        return 0, 0.7
    return None


def _of_several(reading: Reading, meant: Sequence[Fact]) -> tuple[int | None, float]:
    """对态度满意, 对结果不满意: the result is asked about; 以前不满意, 现在满意: now counts."""
    if "一半" in reading.text or "有的" in reading.text:
        return None, 0.4
    result = next((fact for fact in reversed(meant) if _is_of_result(reading, fact)), None)
    if result is not None:
        return result.value, 0.8
    if len(meant) == 2 and reading.between(meant[0].at, meant[1].at, *_TURNS, "once"):
        return meant[-1].value, 0.75
    signs = {_sign(fact.value) for fact in meant}
    neither = signs == {-1, 0} and all(fact.excluded or fact.soft for fact in meant)
    return (0, 0.7) if signs == {0, 1} or neither else (None, 0.4)


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)


def _conceded(reading: Reading, value: int) -> int:
    """满意是满意, 就是慢 takes from it."""
    return 0 if reading.conceded and value > 0 else value


def _is_of_result(reading: Reading, fact: Fact) -> bool:
    around = "".join(token.text for token in reading.tokens[max(0, fact.at - 4) : fact.at])
    return "结果" in around


def _implied(reading: Reading) -> tuple[int | None, float]:
    felt = [fact for fact in reading.of("feeling") if not fact.doubtful]
    going_on = reading.intents.asks_back or any(
        fact.topic == "consent" and fact.value == 2 for fact in reading.facts
    )
    if len(felt) > 1 and felt[-1].word in _TAILS:
        felt = felt[:-1]
    if any(fact.value == 0 for fact in felt):
        felt = [fact for fact in felt if not fact.soft]
    soft = {fact.at for fact in reading.of("feeling") if fact.soft}
    unsolved = [
        fact for fact in reading.of("solved") if fact.value < 0 and not fact.doubtful and fact.at not in soft
    ]
    only_agrees = going_on and not unsolved and all(fact.word in _AGREEING for fact in felt)
    if reading.has("up_to_you") or only_agrees:
        return None, 0.4
    good = [fact for fact in felt if fact.value > 0]
    middling = [fact for fact in felt if fact.value == 0]
    bad = [fact for fact in felt if fact.value < 0 and not fact.implied]
    slow = [fact for fact in felt if fact.implied and fact.value < 0]
    if bad or unsolved:
        return _with_bad(reading, [*bad, *unsolved], [*good, *middling])
    if slow:
        return _with_slow(reading, slow, [*good, *middling])
    if middling:
        later = [fact for fact in good if fact.at > middling[-1].at]
        return (1, 0.7) if later and len(middling) == 1 and later[-1].value > 1 else (0, 0.85)
    if good:
        return max(fact.value for fact in good), 0.85
    return _from_the_rest(reading)


def _with_bad(reading: Reading, bad: Sequence[Fact], better: Sequence[Fact]) -> tuple[int | None, float]:
    worst = min((fact.value for fact in bad if fact.topic == "feeling"), default=-1)
    if not better or min(fact.at for fact in bad) > max(fact.at for fact in better):
        return worst, 0.8
    if reading.between(max(fact.at for fact in bad), better[-1].at, *_TURNS):
        return (1 if better[-1].value > 0 else 0), 0.6
    return (worst, 0.6) if all(fact.value == 0 for fact in better) else (None, 0.4)


def _with_slow(reading: Reading, slow: Sequence[Fact], better: Sequence[Fact]) -> tuple[int | None, float]:
    if not better:
        return -1, 0.65
    return (0, 0.65) if all(fact.at < slow[0].at for fact in better) else (better[-1].value and 1, 0.6)


def _from_the_rest(reading: Reading) -> tuple[int | None, float]:
    solved = [fact for fact in reading.of("solved") if fact.value > 0]
    if reading.has("thanks") and (
        solved
        or any(
            word in reading.text for word in ("太感谢", "非常感谢", "十分感谢", "多亏", "感激", "帮了大忙")
        )
    ):
        return 1, 0.65
    halves = all(
        token.is_a("half", "particle", "pause", "adverb", "yes", "thanks", "person")
        for token in reading.tokens
    )
    if halves and reading.has("half"):
        return 0, 0.7
    return None, 0.3
