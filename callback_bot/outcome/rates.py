"""The figures of callbacks (满意率, 回访率, 解决率 …), each with its definition, and their sums. Pure.

A callback is in the figures of the moment at which it ended: it was rated, was 未评, or was refused. One
that a person cancelled is in none. What a check corrects later corrects every figure that holds it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ...queue.definitions import Definition
from ...queue.tally import Figure, share
from ..model import NO, YES

GOOD = frozenset({"非常满意", "满意"})
GOOD_ENOUGH = GOOD | {"基本满意"}
RATED, UNRATED, REFUSED = "rated", "unrated", "refused"
ENDS: Mapping[str, str] = {RATED: "已评价", UNRATED: "未评", REFUSED: "拒绝回访"}
"""How a callback ends, exactly one of them, with its name for people."""


@dataclass(frozen=True, slots=True)
class Ended:
    """An ended callback as the figures need it."""

    ended_us: int
    unit: str
    kind: str
    campaign: str
    end: str
    """One of ``ENDS``."""
    level: str = ""
    contacted: str = ""
    solved: str = ""
    called: bool = True
    """Whether the switch ever had a call for it."""
    reached: bool = True
    """Whether somebody answered."""
    checked: bool = False
    reopened: bool = False
    reasons: tuple[str, ...] = ()


_ROWS: tuple[tuple[str, str, str, str], ...] = (
    (
        "cb_ended",
        "回访办结数",
        "callbacks that ended in the period; cancelled ones are in no figure",
        "callbacks",
    ),
    ("cb_end", "结果分布", "ended callbacks by their one end: rated, unrated (未评), refused", "ends"),
    ("cb_called_rate", "回访率", "called at least once ÷ ended", "ratio"),
    ("cb_reached_rate", "接触率", "answered by somebody ÷ called at least once", "ratio"),
    ("cb_response_rate", "参评率", "rated ÷ ended", "ratio"),
    ("cb_unrated_rate", "未评率", "unrated (未评) ÷ ended", "ratio"),
    ("cb_refused_rate", "拒访率", "refused ÷ ended", "ratio"),
    ("cb_level", "满意度分布", "rated callbacks by their level", "marks"),
    ("cb_satisfied_rate", "满意率", "rated 满意 or 非常满意 ÷ rated", "ratio"),
    (
        "cb_satisfied_basic_rate",
        "基本满意以上率",
        "rated 基本满意, 满意 or 非常满意 ÷ rated",
        "ratio",
    ),
    ("cb_solved_rate", "解决率", "solved ÷ said whether it is solved (yes or no)", "ratio"),
    ("cb_contacted_rate", "联系率", "contacted by the unit ÷ said whether they were (yes or no)", "ratio"),
    ("cb_checked", "人工核查数", "ended callbacks that a person had to verify (R-CB-6)", "callbacks"),
    ("cb_reopened", "重新办理数", "verified ones that are handled again", "callbacks"),
    ("cb_reason", "不满意原因", "reasons given for bad marks; one callback may give several", "reasons"),
)
_VERSIONS: Mapping[str, int] = {}
"""Of the definitions that were changed since their first version."""

DEFINITIONS: Mapping[str, Definition] = {
    name: Definition(name, _VERSIONS.get(name, 1), title, formula, unit)
    for name, title, formula, unit in _ROWS
}
"""Every definition by its id. No standard names a limit for them."""


class Tally:
    """A set of ended callbacks as sums; adding them one by one or all at once gives the same figures."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._levels: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()

    def add(self, one: Ended) -> None:
        """Add a callback."""
        counts = self._counts
        counts["ended"] += 1
        counts[one.end] += 1
        if one.end == RATED:
            self._levels[one.level] += 1
        for name, holds in _HOLDS.items():
            counts[name] += holds(one)
        self._reasons.update(one.reasons)

    def read(self) -> dict[str, Figure]:
        """Return every figure; a share of nothing has no value."""
        counts, levels = self._counts, self._levels
        ended, rated, called = counts["ended"], counts[RATED], counts["called"]
        return {
            "cb_ended": Figure(ended),
            "cb_end": Figure({name: counts[name] for name in ENDS}),
            "cb_called_rate": share(called, ended),
            "cb_reached_rate": share(counts["reached"], called),
            "cb_response_rate": share(rated, ended),
            "cb_unrated_rate": share(counts[UNRATED], ended),
            "cb_refused_rate": share(counts[REFUSED], ended),
            "cb_level": Figure(dict(levels)),
            "cb_satisfied_rate": share(sum(levels[level] for level in GOOD), rated),
            "cb_satisfied_basic_rate": share(sum(levels[level] for level in GOOD_ENOUGH), rated),
            "cb_solved_rate": share(counts["solved"], counts["solved"] + counts["unsolved"]),
            "cb_contacted_rate": share(counts["contacted"], counts["contacted"] + counts["uncontacted"]),
            "cb_checked": Figure(counts["checked"]),
            "cb_reopened": Figure(counts["reopened"]),
            "cb_reason": Figure(dict(self._reasons)),
        }


_HOLDS: Mapping[str, Callable[[Ended], bool]] = {
    "called": lambda one: one.called,
    "reached": lambda one: one.called and one.reached,
    "solved": lambda one: one.solved == YES,
    "unsolved": lambda one: one.solved == NO,
    "contacted": lambda one: one.contacted == YES,
    "uncontacted": lambda one: one.contacted == NO,
    "checked": lambda one: one.checked,
    "reopened": lambda one: one.reopened,
}
