"""One caller again and again (一人多诉), many callers on one matter and place (多人同诉): R-R-4, LN 6.1.2.

Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from ..measure.measures import bigram_f1, even
from .places_alike import Place, place_of

COUNTED_KINDS = frozenset({"求助", "投诉", "举报", "建议"})
"""Kinds of which many make a group; a question or thanks has no common cause."""
SAME_MATTER = 0.3
GRADES: tuple[tuple[int, str], ...] = ((100, "I"), (50, "II"), (20, "III"), (5, "IV"))
"""LN 5.2: so many who speak up together are of this grade."""
_ORDER = ("IV", "III", "II", "I")
_MOBILE = re.compile(r"^(?:0|0086|86)?(1[3-9]\d{9})$")


@dataclass(frozen=True)
class Matter:
    """What a ticket is about, as it is compared with others; ``about`` is the problem without its place."""

    kind: str | None
    domain: str | None
    place: Place
    place_text: str
    about: str

    @property
    def counts(self) -> bool:
        """Tell whether it can be one of many on the same matter and place."""
        return self.kind in COUNTED_KINDS and self.domain is not None and bool(self.place.keys)


@dataclass(frozen=True)
class Known:
    """A stored ticket found again."""

    ticket: str
    number: str
    call: str
    caller: str
    title: str
    place: str
    created_at: datetime


def matter_of(kind: str | None, domain: str | None, place: str | None, title: str | None) -> Matter:
    """Return what is compared of a draft's fields."""
    text = place or ""
    return Matter(kind, domain, place_of(text), text, about(title or "", text))


def about(title: str, place: str) -> str:
    """Return a title without the characters of its place: what remains is the problem."""
    said, where = even(title), set(even(place))
    kept = "".join(char for char in said if char not in where)
    return kept if len(kept) > 1 else said


def same_about(first: str, second: str) -> bool:
    """Tell whether two problems are the same kind of problem; an untold one agrees with every other."""
    if not first or not second:
        return True
    shorter, longer = sorted((first, second), key=len)
    return shorter in longer or bigram_f1(first, second) >= SAME_MATTER


def caller_key(number: str) -> str:
    """Return a number as callers are counted: digits, mobile numbers without prefix; empty: unknown."""
    digits = re.sub(r"[^0-9]", "", number)
    if not digits.strip("0"):
        return ""
    mobile = _MOBILE.match(digits)
    return mobile.group(1) if mobile else digits


def grade_of_count(callers: int) -> str | None:
    """Return the grade that so many independent callers make (LN 5.2); None for a few."""
    return next((grade for least, grade in GRADES if callers >= least), None)


def higher(first: str | None, second: str | None) -> str | None:
    """Return the higher of two grades; I is the highest."""
    ranked = [grade for grade in (first, second) if grade in _ORDER]
    return max(ranked, key=_ORDER.index, default=None)
