"""A callback that is to be added, and what keeps it from being added. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from ..phones import canonical, may_be_dialled

MOST_WORDS = {
    **{"ticket": 40, "person": 40, "unit": 80, "kind": 20, "matter": 200, "dialogue": 40},
    "occasion": 20,
}
"""Signs that a field may have."""
LAST_YEAR = 2090
"""Days off are reckoned no further than 2099."""


@dataclass(frozen=True)
class NewCallback:
    """A callback to be; ``phone`` in whatever form people write it."""

    ticket: str
    phone: str
    person: str = ""
    unit: str = ""
    kind: str = ""
    matter: str = ""
    handled_on: date | None = None
    dialogue: str = "standard"
    priority: int = 0
    earliest: datetime | None = None
    latest: datetime | None = None
    occasion: str = ""
    """What tells two handlings of one ticket apart when ``handled_on`` does not."""


def checked(
    new: NewCallback, patterns: Sequence[str], dialogues: Collection[str] | None = None
) -> NewCallback:
    """Return a callback with its number in the one form; raises ``ValueError`` with a Chinese reason.

    ``patterns`` are the numbers that may be called, ``dialogues`` the names there are (None: not looked at).
    """
    if not new.ticket.strip():
        raise ValueError("没有工单编号")
    for name, most in MOST_WORDS.items():
        text = getattr(new, name)
        if len(text) > most:
            raise ValueError(f"{name} 超过 {most} 个字")
        if not text.isprintable():
            raise ValueError(f"{name} 含有控制字符")
    if dialogues is not None and new.dialogue not in dialogues:
        raise ValueError(f"没有问卷“{new.dialogue}”，现有：{'、'.join(sorted(dialogues))}")
    if not 0 <= new.priority <= 9:
        raise ValueError("优先级应为 0 到 9")
    moments = [one for one in (new.earliest, new.latest) if one is not None]
    if any(one.tzinfo is None for one in moments):
        raise ValueError("时间没有时区")
    if any(one.year > LAST_YEAR for one in moments):
        raise ValueError(f"时间晚于 {LAST_YEAR} 年")
    if new.earliest is not None and new.latest is not None and new.earliest >= new.latest:
        raise ValueError("最早时间不早于最晚时间")
    phone = canonical(new.phone)
    if not may_be_dialled(phone, patterns):
        raise ValueError("号码不在允许外呼的范围内")
    return replace(new, ticket=new.ticket.strip(), phone=phone)


def same_matter(new: NewCallback) -> str:
    """Return what nobody is called about twice: the ticket, and which handling of it."""
    day = new.handled_on.isoformat() if new.handled_on else ""
    return f"{new.ticket}@{new.occasion or day}"
