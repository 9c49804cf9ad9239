"""What recognised words tell of who speaks on a line: the network, a machine, or a person. Pure.

Recognisers write one homophone for another (已关机 as 一关机, 通话中 as 童话钟), so phrases are compared by
their sound, with a measure for how near two syllables are, and found anywhere in what was heard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ...core.pinyin import syllables
from ..model import Outcome

NEAR = {2: 0.8, 3: 0.86, 4: 0.75}
LEAST, LEAST_SURE = 0.7, 0.85
"""How near (0 to 1) a phrase of 2, 3, 4, of more syllables must be, and what alone shows a machine."""
_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcsyw")
_ALIKE = (
    {"zh", "z", "j"},
    {"ch", "c", "q"},
    {"sh", "s", "x"},
    {"n", "l"},
    {"f", "h"},
    {"b", "p"},
    {"d", "t"},
    {"g", "k"},
)
_OTHER, _SKIPPED = 1.0, 0.8


@dataclass(frozen=True)
class Found:
    """What a text holds: the network's formula, what it says, signs of a machine and of a person."""

    carriers: int = 0
    outcome: Outcome | None = None
    nearness: float = 0.0
    """How near the words of ``outcome`` are."""
    hold: bool = False
    machine_sure: float = 0.0
    machine_hints: int = 0
    """Topics of machines that are spoken of."""
    person: bool = False
    length: int = 0
    """Syllables that were heard."""


def find(text: str) -> Found:
    """Return what a recognised text holds; pass all that was said so far, not only what is new."""
    heard = tuple(one for one in syllables(text.replace(" ", "")) if one.isascii() and one.isalpha())
    if not heard:
        return Found()
    outcome, nearness = _announced(heard)
    data = _phrases()
    sure = max(_near(phrase, heard) for phrase in data["machine_sure"])
    return Found(
        carriers=_topics("carrier", heard),
        outcome=outcome,
        nearness=nearness,
        hold=any(_near(phrase, heard) >= LEAST_SURE for phrase in data["hold"]),
        machine_sure=sure if sure >= LEAST_SURE else 0.0,
        machine_hints=_topics("machine_hint", heard),
        person=any(_near(phrase, heard) for phrase in data["person"]),
        length=len(heard),
    )


def _announced(heard: Sequence[str]) -> tuple[Outcome | None, float]:
    best: tuple[Outcome | None, float] = (None, 0.0)
    longest = 0.0
    for outcome, phrases in _outcomes().items():
        for phrase in phrases:
            near = _near(phrase, heard)
            if near and (weight := (near - 0.5) * len(phrase)) > longest:
                best, longest = (outcome, near), weight
    return best


def _topics(name: str, heard: Sequence[str]) -> int:
    return sum(any(_near(phrase, heard) for phrase in topic) for topic in _grouped(name))


def _near(phrase: Sequence[str], heard: Sequence[str]) -> float:
    """Return how near the nearest part of what was heard is to a phrase; 0 when it is not near enough."""
    length = len(phrase)
    if length == 1:
        return float(phrase[0] in heard[:2])  # 喂; later it is 为 or 位
    if sum(one in heard for one in phrase) * 2 < length:
        return 0.0
    before = [index * _SKIPPED for index in range(length + 1)]
    best = before[-1]
    for sound in heard:
        row = [0.0]
        for index, wanted in enumerate(phrase):
            row.append(
                min(before[index] + _cost(wanted, sound), before[index + 1] + _SKIPPED, row[index] + _SKIPPED)
            )
        best, before = min(best, row[-1]), row
    near = 1 - best / length
    return near if near >= NEAR.get(length, LEAST) else 0.0


@cache
def _cost(one: str, other: str) -> float:
    if one == other:
        return 0.0
    (begin, end), (begin2, end2) = _split(one), _split(other)
    begins = 0.0 if begin == begin2 else 0.5 if any({begin, begin2} <= set(pair) for pair in _ALIKE) else 1.0
    ends = 0.0 if end == end2 else 0.5 if end.rstrip("g") == end2.rstrip("g") else 1.0
    return min(_OTHER, 0.4 + 0.6 * (begins + ends - 0.5)) if begins + ends < 2 else _OTHER


def _split(syllable: str) -> tuple[str, str]:
    initial = next((one for one in _INITIALS if syllable.startswith(one)), "")
    return initial, syllable[len(initial) :]


@cache
def _data() -> Mapping[str, Any]:
    return yaml.safe_load(Path(__file__).with_name("line_words.yaml").read_text(encoding="utf-8"))


@cache
def _phrases() -> Mapping[str, Sequence[Sequence[str]]]:
    names = ("hold", "machine_sure", "person")
    return {name: [syllables(phrase) for phrase in _data()[name]] for name in names}


@cache
def _grouped(name: str) -> Sequence[Sequence[Sequence[str]]]:
    return [[syllables(phrase) for phrase in topic] for topic in _data()[name].values()]


@cache
def _outcomes() -> Mapping[Outcome, Sequence[Sequence[str]]]:
    told: Mapping[str, Sequence[str]] = _data()["announcements"]
    return {Outcome(name): [syllables(phrase) for phrase in phrases] for name, phrases in told.items()}
