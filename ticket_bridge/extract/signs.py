"""Signs of risk in what was said: dangers, hazards, leaks, crowds; each with their words (LN 5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from ..assist.danger import Danger, of_lines
from ..fields import Evidence, Field, FieldName, Found
from ..talk import Line, Talk
from ..words import either, pattern, rules

Signs = dict[str, tuple[Evidence, ...]]
"""Names of ``risk.yaml`` with their words."""


@lru_cache(maxsize=4)
def standing_dangers(talk: Talk) -> tuple[Danger, ...]:
    """Return the dangers that go on now by the citizen's words; read once for all who ask."""
    return tuple(of_lines(talk.lines))


def find_signs(talk: Talk, found: Found) -> Signs:
    """Return every sign that was told, dangers first, then threats, then the order of ``risk.yaml``."""
    emergency, threat = found.get(FieldName.EMERGENCY_LINE), found.get(FieldName.THREAT_QUOTE)
    signs: Signs = {}
    if emergency is not None and emergency.value != "122":
        signs |= dict(_dangers(talk, emergency))
    if threat is not None:
        life = pattern(rules("risk")["threat_life"]).search(str(threat.value).replace(" ", ""))
        signs["威胁生命" if life else "威胁秩序"] = threat.evidence
    for sign, evidence in said_signs(talk):
        signs.setdefault(sign, (evidence,))
    return signs


@lru_cache(maxsize=4)
def said_signs(talk: Talk) -> tuple[tuple[str, Evidence], ...]:
    """Return the signs of ``risk.yaml`` that the citizen's words tell by themselves, in its order."""
    everything = "\n".join(line.plain.text for line in talk.citizen)
    found: list[tuple[str, Evidence]] = []
    for sign, entry in rules("risk")["words"].items():
        words = either(entry["words"])
        if not words.search(everything) or (
            "also" in entry and not pattern(entry["also"]).search(everything)
        ):
            continue
        unless = pattern(entry.get("unless", "(?!)"))
        evidence = next((hit for line in talk.citizen if (hit := _first(line, words, unless))), None)
        if evidence is not None:
            found.append((sign, evidence))
    return tuple(found)


def _first(line: Line, words: re.Pattern[str], unless: re.Pattern[str]) -> Evidence | None:
    """Return the first match of a line that holds nothing against it nearby."""
    for match, span in line.search(words):
        if not unless.search(line.plain.text, max(match.start() - 20, 0), match.end() + 20):
            return span.evidence
    return None


def _dangers(talk: Talk, emergency: Field) -> Iterator[tuple[str, tuple[Evidence, ...]]]:
    """Give the signs of the dangers an emergency line is needed for; some dangers have no public side."""
    data = rules("risk")
    told = {danger.danger: danger.evidence for danger in standing_dangers(talk)}
    for danger, sign in data["dangers"].items():
        if danger in told:
            yield sign, (told[danger],)
    trapped, hurt = told.get(data["trapped"]["danger"]), told.get(data["hurt"]["danger"])
    if trapped is not None or (emergency.value in data["lines"] and not told):
        name = data["trapped"]["disaster" if _said_of(talk, data["disaster"]) else "otherwise"]
        yield name, emergency.evidence if trapped is None else (trapped,)
    if emergency.value == "120" or hurt is not None:
        for cause in ("work", "many"):
            if (words := _said_of(talk, data[cause])) is not None:
                yield data["hurt"][cause], (words,) if hurt is None else (hurt, words)
                return


def _said_of(talk: Talk, words: str) -> Evidence | None:
    return next((span.evidence for line in talk.citizen for _, span in line.search(pattern(words))), None)
