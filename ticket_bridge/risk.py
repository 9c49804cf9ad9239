"""Risk class and grade of a matter by the rules of LN 5 in ``extract/risk.yaml`` (R-R-1, R-R-2); pure.

Both or neither: a matter without a public side has no risk at all. Danger beats numbers, as the gravest
grade that fits is taken. Who counts independent callers of one matter (LN 6.1.2 b) passes their number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .words import rules

CLASSES = ("生产安全", "自然灾害", "公共卫生", "社会安全", "行政决策", "社会舆情", "突发状况", "其他")
"""LN 5.1.1–5.1.8."""
GRADES = ("I", "II", "III", "IV")
"""LN 5.2.1–5.2.4, the gravest first."""


@dataclass(frozen=True)
class RiskFacts:
    """What grading needs to know of a matter.

    ``people``: how many are said to complain, be affected or endangered together; ``callers``: how many
    independent callers told of the same matter and place in the window, this one included; ``signs``:
    names of ``risk.yaml``, the first told first.
    """

    kind: str | None = None
    people: int | None = None
    callers: int = 1
    signs: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Risk:
    """The outcome: class of LN 5.1, grade of LN 5.2, the clause, and the facts it stands on.

    ``reasons`` are names of signs, ``people`` or ``callers``.
    """

    risk_class: str
    grade: str
    clause: str
    reasons: tuple[str, ...]


def assess(facts: RiskFacts) -> Risk | None:
    """Return the gravest risk that fits, None when there is none."""
    fitting = [*_by_signs(facts), *_by_numbers(facts)]
    return min(fitting, key=lambda risk: GRADES.index(risk.grade), default=None)


def raised(risk: Risk | None, callers: int, *, kind: str | None = None) -> Risk | None:
    """Return a risk as so many independent callers leave it: never milder, graver by LN 5.2."""
    crowd = next(_by_numbers(RiskFacts(kind=kind, callers=callers)), None)
    if crowd is None or (risk is not None and not graver(crowd.grade, risk.grade)):
        return risk
    same = crowd.risk_class if risk is None else risk.risk_class
    return Risk(same, crowd.grade, crowd.clause, (*(() if risk is None else risk.reasons), *crowd.reasons))


def graver(first: str, second: str) -> bool:
    """Tell whether the first grade is graver than the second."""
    return GRADES.index(first) < GRADES.index(second)


def urgency_of(sign: str) -> str | None:
    """Return the urgency a sign asks for (WH 6.1.7), None when it asks for none."""
    return rules("risk")["signs"][sign].get("urgency")


def _by_signs(facts: RiskFacts) -> Iterator[Risk]:
    data = rules("risk")
    for sign in facts.signs:
        entry = data["signs"][sign]
        told_of = entry.get("grade") == GRADES[-1] and facts.kind in data["crowd_not"]
        if "grade" in entry and not told_of:
            yield Risk(entry["class"], entry["grade"], entry["clause"], (sign,))


def _by_numbers(facts: RiskFacts) -> Iterator[Risk]:
    data = rules("risk")
    if facts.kind in data["crowd_not"]:
        return
    size, reason = max((facts.people or 0, "people"), (facts.callers, "callers"))
    for step in data["crowd"]:
        if size >= step["least"]:
            cause = next(iter(facts.signs), None)
            of_cause = data["crowd_class"] if cause is None else data["signs"][cause]["class"]
            reasons = (reason,) if cause is None else (reason, cause)
            yield Risk(of_cause, step["grade"], step["clause"], reasons)
            return
