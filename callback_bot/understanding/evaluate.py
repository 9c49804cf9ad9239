"""How good the understanding is on labelled answers, and the file they stand in (JSON, one object a line)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ...core.errors import InvalidInputError
from ..model import HUMAN, LATER, LEVELS, NEW_DEMAND, NO, REFUSE, UNCLEAR, YES
from .understand import understand

ANY = (UNCLEAR, REFUSE, HUMAN, NEW_DEMAND)
EXPECTED: Mapping[str, tuple[str, ...]] = {
    "identity": (YES, NO, *ANY),
    "consent": (YES, NO, LATER, *ANY),
    "contacted": (YES, NO, *ANY),
    "solved": (YES, NO, *ANY),
    "satisfied": (*LEVELS[5], *ANY),
    "more": (YES, NO, *ANY),
    "demand": (YES, NO, *ANY),
}
"""The questions that can be scored, each with what can be expected of it."""
_LONGEST_LINE = 100_000


@dataclass(frozen=True)
class Labelled:
    """One answer and what it means; ``levels`` is the scale it is judged on, three levels unless told."""

    line: int
    question: str
    text: str
    expected: str
    levels: Sequence[str] = LEVELS[3]


@dataclass(frozen=True)
class Wrong:
    """An answer that was not understood as expected; ``guessed``: it was taken for another answer."""

    labelled: Labelled
    got: str
    confidence: float

    @property
    def guessed(self) -> bool:
        """Whether it was taken for something else instead of being asked again: the worse of the two."""
        return self.got != UNCLEAR


@dataclass(frozen=True)
class Score:
    """``accuracy`` over all answers, and for each question that occurs; ``wrong`` in the file's order."""

    answers: int
    accuracy: float
    by_question: Mapping[str, float]
    wrong: Sequence[Wrong]


def evaluate(labelled: Iterable[Labelled]) -> Score:
    """Understand every answer and compare."""
    asked: dict[str, list[bool]] = {}
    wrong: list[Wrong] = []
    for one in labelled:
        meaning = understand(one.question, one.text, levels=one.levels)
        asked.setdefault(one.question, []).append(meaning.value == one.expected)
        if meaning.value != one.expected:
            wrong.append(Wrong(one, meaning.value, meaning.confidence))
    marks = [mark for each in asked.values() for mark in each]
    shares = {question: sum(each) / len(each) for question, each in asked.items()}
    return Score(len(marks), sum(marks) / len(marks) if marks else 0.0, shares, wrong)


def read_labelled(path: Path) -> Iterator[Labelled]:
    """Read a file of labelled answers; raises ``InvalidInputError`` with the number of a bad line."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield _labelled(number, line)
            except (ValueError, TypeError, RecursionError) as error:
                raise InvalidInputError(
                    f"{path}:{number}: not a labelled answer: {error}",
                    mend='a line is {"question": "satisfied", "text": "还行吧", "expected": "基本满意"}'
                    "; docs/callbacks-understanding.md lists what can be expected",
                ) from error


def _labelled(number: int, line: str) -> Labelled:
    if len(line) > _LONGEST_LINE:
        raise ValueError("the line is too long")
    try:
        line.encode()
        data: Any = json.loads(line)
    except UnicodeEncodeError:
        raise ValueError("it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON ({error.msg}, column {error.colno})") from error
    if not isinstance(data, dict):
        raise TypeError("it must be an object")
    question, text, expected = (
        _text(cast("dict[str, Any]", data), key) for key in ("question", "text", "expected")
    )
    if question not in EXPECTED:
        raise ValueError(f"no question {question!r}; there are {', '.join(EXPECTED)}")
    if expected not in EXPECTED[question]:
        raise ValueError(f"{question} cannot be {expected!r}, only {', '.join(EXPECTED[question])}")
    return Labelled(number, question, text, expected, _levels(cast("dict[str, Any]", data), expected))


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str):
        raise TypeError(f"{key} must be a text" if key in data else f"{key} is missing")
    value.encode()  # refuses lone surrogates, which no output could carry
    return value


def _levels(data: Mapping[str, Any], expected: str) -> Sequence[str]:
    """Return the scale: five levels when the line says so, or expects what only five have."""
    wanted = data.get("levels", 3)
    if not isinstance(wanted, int) or wanted not in LEVELS:
        raise ValueError("levels must be 3 or 5")
    return LEVELS[5] if expected not in (*LEVELS[3], *ANY) and "满意" in expected else LEVELS[wanted]
