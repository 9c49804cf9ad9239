"""The problem spoken of (路灯不亮, 拖欠工资…): gives the title its words and the domain a strong hint."""

from __future__ import annotations

from dataclasses import dataclass

from ..talk import Span, Talk
from ..words import pattern, rules


@dataclass(frozen=True)
class Matter:
    """A known problem with the words that showed it."""

    title: str
    domain: str
    span: Span


def find_matter(talk: Talk) -> Matter | None:
    """Return the first known problem of the call: earlier utterances of the citizen before later ones.

    The opening decides; what comes up later is taken only when the opening holds nothing known.
    """
    entries = [(pattern(text), title, domain) for text, title, domain in rules("matters")["matters"]]
    for line in (*talk.citizen, *talk.agent):
        hits = [
            (match.end() - match.start(), Matter(title, domain, span))
            for known, title, domain in entries
            for match, span in line.search(known)
        ]
        if hits:
            return max(hits, key=lambda hit: hit[0])[1]
    return None
