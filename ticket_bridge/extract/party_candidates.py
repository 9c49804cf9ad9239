"""What a possible party is, and what several ways of finding one share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from ..fields import Evidence
from ..talk import Line, Talk
from ..words import either, rules
from .bodies import nouns

LONG = 6
"""Shorter utterances are a greeting or a yes."""


@dataclass(frozen=True)
class Candidate:
    """A possible party with the weight of what speaks for it."""

    name: str
    noun: str
    named: bool
    weight: float
    evidence: tuple[Evidence, ...]


@cache
def party_rules() -> dict[str, re.Pattern[str]]:
    """Return the patterns of ``parties.yaml`` by name."""
    data = rules("parties")
    made = {
        name: re.compile(str(data[name]))
        for name in (
            "accused",
            "praised",
            "fault",
            "beside",
            "before_beside",
            "turned_to",
            "own",
            "dealt",
            "dealt_before",
            "authorities",
            "neighbours",
            "at_home",
            "answered",
            "accusing",
            "site",
            "home",
            "door",
            "line",
            "asks_person",
            "asked_by_name",
            "handled",
            "asks_called",
            "kin",
            "dealt_with",
        )
    }
    which = f"哪(?:[个家所]|里的|儿的|里那家)(?:(?:区|县|镇|村|街道|社区)的?)?(?:{nouns()})"
    made["asks_name"] = re.compile(f"{data['asks_name']}|{which}")
    made["asked_by_name"] = re.compile(f"{data['asked_by_name']}|{which}")
    made["referred"] = re.compile(str(data["referred"]))
    return {**made, "asked": either([*data["asked"], which]), "not_asked": either(data["not_asked"])}


def asks_for_body(question: str) -> bool:
    """Tell whether a question asks for the name of a body, or for who somebody is."""
    patterns = party_rules()
    if patterns["handled"].search(question) and not patterns["asks_called"].search(question):
        return False
    if patterns["asked_by_name"].search(question):
        return True
    return bool(patterns["asked"].search(question)) and not patterns["not_asked"].search(question)


def around(line: Line, start: int, end: int) -> tuple[str, str]:
    """Return what is said before and after, without blanks; punctuation stays."""
    text = line.mended
    return "".join(text[max(0, start - 24) : start].split())[-12:], "".join(text[end : end + 24].split())[:12]


def first_line(talk: Talk) -> int:
    """Return the utterance in which the citizen states the matter."""
    return next((line.index for line in talk.citizen if len(line.plain.text) > LONG), -1)
