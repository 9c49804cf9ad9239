"""The numbers by which the service tells the switch what was understood (``HL_SAID`` = turn-way-value).

A number leads somewhere only if the present question has it: the dialplan looks whether it does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..model import ASKS_BACK, HUMAN, LATER, LEVELS, NEW_DEMAND, NO, REFUSE, SWEARING, UNCLEAR, YES, Outcome

AT, OFF = "at", "off"
"""A moment, to the question ``when``; and: nobody listens any more, go on by keys."""
NOBODY = (Outcome.MACHINE, Outcome.FAX, Outcome.ANNOUNCEMENT)
"""What the line's sound may show: no person is to be surveyed, the switch hangs up."""

WAYS: Mapping[str, int] = {
    HUMAN: 0,
    YES: 1,
    NO: 2,
    LATER: 3,
    **{level: number for number, level in enumerate(LEVELS[5], 4)},
    AT: 9,
    UNCLEAR: 10,
    REFUSE: 11,
    NEW_DEMAND: 12,
    ASKS_BACK: 13,
    SWEARING: 14,
    OFF: 15,
    **{str(outcome): number for number, outcome in enumerate(NOBODY, 16)},
}
FIRST_CHOICE, MOST_CHOICES = 21, 9
"""The choices of ``reason`` follow each other in the order of the dialogue's file."""

_VALUES = {number: value for value, number in WAYS.items()}


def way_of(value: str, choices: Sequence[str] = ()) -> int:
    """Return the number of a value or of a choice; raises ``ValueError`` for one that there is not."""
    if value in choices:
        return FIRST_CHOICE + choices.index(value)
    if value not in WAYS:
        raise ValueError(f"no way for {value!r}")
    return WAYS[value]


def value_of(way: int, choices: Sequence[str] = ()) -> str | None:
    """Return the value of a number, None when it has none."""
    place = way - FIRST_CHOICE
    return choices[place] if 0 <= place < len(choices) else _VALUES.get(way)


def said(turn: int, value: str, *, choices: Sequence[str] = (), at: int = 0) -> str:
    """Return what is written into ``HL_SAID``; ``at`` is a moment in seconds since 1970, for later calls."""
    return f"{int(turn)}-{way_of(value, choices)}-{int(at)}"
