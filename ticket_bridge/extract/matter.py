"""The problem spoken of (路灯不亮, 拖欠工资…): gives the title its words and the domain a strong hint."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ..talk import Span, Talk
from ..words import pattern, rules


@dataclass(frozen=True)
class Matter:
    """A known problem with the words that showed it; ``demand`` is what is usually asked for."""

    title: str
    domain: str
    demand: str
    span: Span


@lru_cache(maxsize=4)
def find_matter(talk: Talk) -> Matter | None:
    """Return the first known problem of the call: earlier utterances of the citizen before later ones.

    The opening decides; what comes up later is taken only when the opening holds nothing known.
    """
    entries = [(pattern(text), *rest) for text, *rest in rules("matters")["matters"]]
    for line in (*talk.citizen, *talk.agent):
        hits = [
            (match.end() - match.start(), Matter(title, domain, demand, span))
            for known, title, domain, demand in entries
            for match, span in line.search(known)
        ]
        if hits:
            return max(hits, key=lambda hit: hit[0])[1]
    return None
