"""What the switch's journal of queues (``log/queue_log``) says about agents, line by line.

A line is ``seconds|call|queue|agent|EVENT|value…``: Asterisk writes whole seconds. The lines of one second
are told apart, and kept in their order, by a count of microseconds (``LineClock``). Lines whose event begins
with ``HL_`` are the service's own (``queue.agents.Agents.note``): what only it can see.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ADDED, REMOVED, PAUSED, UNPAUSED = "ADDMEMBER", "REMOVEMEMBER", "PAUSE", "UNPAUSE"
NO_ANSWER, CONNECTED, RESTARTED = "RINGNOANSWER", "CONNECT", "QUEUESTART"
HELD, RESUMED = "HL_HOLD", "HL_UNHOLD"
UNREACHABLE, REACHABLE = "HL_UNREACHABLE", "HL_REACHABLE"
FOUND_IN, FOUND_OUT = "HL_FOUND_IN", "HL_FOUND_OUT"
"""The switch had (or had not) an agent in a queue, and the journal did not say so."""
FOUND_PAUSE = "HL_FOUND_PAUSE"
"""The switch had another pause for an agent, or none, than the journal said; for all of its queues."""
NO_PAUSE = "none"

_AGENT = rb"[0-9]{1,20}"
_LINE = re.compile(
    rb"([0-9]{9,11})\|[^|]*\|([A-Za-z0-9_-]{1,60})\|(NONE|" + _AGENT + rb")\|([A-Z_]{1,30})\|([^|]*)[^\n]*\n"
)
_WORD = re.compile(r"[a-z][a-z0-9-]{0,39}")
_NUMBER = re.compile(r"[0-9]{1,17}")
_OF_AGENTS = frozenset(
    (
        *(ADDED, REMOVED, PAUSED, UNPAUSED, NO_ANSWER, CONNECTED),
        *(HELD, RESUMED, UNREACHABLE, REACHABLE, FOUND_IN, FOUND_OUT, FOUND_PAUSE),
    )
)
_SEEN_EARLIER_US = 120_000_000
"""A note of the service says when it saw a thing; it is written at most so much later."""


@dataclass(frozen=True, slots=True)
class AgentLine:
    """One line about an agent; ``agent`` is empty for a start of the switch, which is about all of them.

    ``value`` is a pause's reason (empty for a found end of one), or for an unanswered ring its milliseconds,
    or for a note of the service the moment (microseconds since 1970) at which it saw what it notes.
    """

    at_us: int
    agent: str
    queue: str
    event: str
    value: str = ""


class LineClock:
    """Gives every line a moment of its own: its second, and its place among the lines of that second.

    ``last_us`` is the moment of the last line. Reading may go on from it in another process, and gives the
    same moments.
    """

    def __init__(self, last_us: int = 0) -> None:
        self.last_us = last_us

    def moment(self, second: int) -> int:
        """Return the moment of the next line, in microseconds since 1970."""
        begin = second * 1_000_000
        follows = begin <= self.last_us < begin + 999_999
        self.last_us = self.last_us + 1 if follows else begin
        return self.last_us


def reason_of(text: str) -> str:
    """Return the reason of a pause as it is kept: a plain word, ``unknown`` for anything else."""
    return text if _WORD.fullmatch(text) and text != NO_PAUSE else "unknown"


def parse_line(line: bytes, clock: LineClock) -> AgentLine | None:
    """Return what a line says about an agent, None for every other line; never raises."""
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    second, queue, agent, event, value = (part.decode("ascii", "replace") for part in found.groups())
    at_us = clock.moment(int(second))
    if event == RESTARTED:
        return AgentLine(at_us, "", "", RESTARTED)
    if event not in _OF_AGENTS or agent == "NONE":
        return None
    match event:
        case "PAUSE":
            value = reason_of(value)
        case "HL_FOUND_PAUSE":
            value = "" if value == NO_PAUSE else reason_of(value)
        case "RINGNOANSWER":
            value = value if _NUMBER.fullmatch(value) else "0"
        case "HL_HOLD" | "HL_UNHOLD" | "HL_UNREACHABLE" | "HL_REACHABLE":
            seen = int(value) if _NUMBER.fullmatch(value) else 0
            value = str(seen if at_us - _SEEN_EARLIER_US <= seen <= at_us + 1_000_000 else at_us)
        case _:
            value = ""
    return AgentLine(at_us, agent, queue, event, value)
