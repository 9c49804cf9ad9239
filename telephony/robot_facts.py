"""Which facts of the robot's channels belong to its survey, and which to a citizen's call (R-CB-5). Pure.

A person who was called by the robot becomes a citizen who calls at the moment of asking for a human: the
mark ``HL_ARRIVED`` on the same channel. What was before it is told to the robot
(``callback_bot/dial/journal.py``) and is no part of the call's record, in whatever order it is read.
"""

from __future__ import annotations

from .calls import CallRecord
from .facts import ANSWERED, CREATED, STEP, Fact, step_of

ROBOT = "robot-"
"""Begins the ids of the robot's channels, which it gives them itself."""
_SURVEY = "HL_ROBOT"
_RECORDED = "HL_REC"


def is_survey(fact: Fact) -> bool:
    """Tell whether a fact belongs to a survey and to no citizen's call."""
    if not fact.leg.startswith(ROBOT):
        return False
    if fact.slot.startswith(STEP):
        name = step_of(fact.slot)[1]
        return name.startswith(_SURVEY) or (name == _RECORDED and not fact.get("since"))
    return fact.slot in (CREATED, ANSWERED) and fact.leg == fact.call


def is_robots(record: CallRecord) -> bool:
    """Tell whether the citizen was called by the robot and asked for a human then."""
    return record.citizen.startswith(ROBOT)
