"""What the figures need of a call: the clock points, the outcome, who answered. UTC microseconds since 1970.

Only such integers are subtracted anywhere in the figures: no zone, no summer time and no leap second can
come in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from sys import intern
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import InstrumentedAttribute

from ..core.clock import to_us
from ..telephony import call_figures as points
from ..telephony.calls import CallRecord
from ..telephony.evaluation import evaluated
from ..telephony.tables import CallRow


@dataclass(frozen=True, slots=True)
class FigureCall:
    """One citizen's call; ``outcome`` is None while undecided, ``queue`` the one that was asked for first."""

    id: str
    node: str = ""
    queue: str = ""
    agent: str = ""
    t0_us: int | None = None
    t1_us: int | None = None
    t2_us: int | None = None
    t3_us: int | None = None
    t4_us: int | None = None
    t5_us: int | None = None
    outcome: str | None = None
    apart: str | None = None
    talk_us: int | None = None
    callback_answered_us: int | None = None
    was_asked: bool = False
    """Whether the citizen was asked for an evaluation."""
    evaluation: str | None = None

    @property
    def wait_human_us(self) -> int | None:
        """Return t3 - t1 of an answered call."""
        if self.t1_us is None or self.t3_us is None or self.outcome != "answered":
            return None
        return max(self.t3_us - self.t1_us, 0)

    @property
    def wait_citizen_us(self) -> int | None:
        """Return t3 - t0 of an answered call."""
        if self.t0_us is None or self.t3_us is None or self.outcome != "answered":
            return None
        return max(self.t3_us - self.t0_us, 0)

    @property
    def is_connected(self) -> bool:
        """Whether it counts as answered in connect_rate_24h."""
        if self.outcome == "callback_accepted":
            return self.callback_answered_us is not None
        return self.outcome == "answered"

    @property
    def is_waiting(self) -> bool:
        """Whether the citizen still waits for a human."""
        return self.t1_us is not None and self.outcome is None and self.t5_us is None


COLUMNS: tuple[InstrumentedAttribute[Any], ...] = (
    CallRow.id,
    CallRow.node,
    CallRow.queue,
    CallRow.agent,
    CallRow.t0,
    CallRow.t1,
    CallRow.t2,
    CallRow.t3,
    CallRow.t4,
    CallRow.ended_at,
    CallRow.outcome,
    CallRow.apart,
    CallRow.talk_us,
    CallRow.callback_answered_at,
    CallRow.evaluation_asked_at,
    CallRow.evaluation,
)
"""What ``of_row`` needs: a row of these columns is read far faster than a whole one."""


def of_row(row: CallRow | Row[*tuple[Any, ...]]) -> FigureCall:
    """Return what the store says of a call; ``row`` has at least ``COLUMNS``."""
    return FigureCall(
        id=row.id,
        node=intern(row.node),
        queue=intern(row.queue or ""),
        agent=intern(row.agent or ""),
        t0_us=_us(row.t0),
        t1_us=_us(row.t1),
        t2_us=_us(row.t2),
        t3_us=_us(row.t3),
        t4_us=_us(row.t4),
        t5_us=_us(row.ended_at),
        outcome=row.outcome,
        apart=row.apart,
        talk_us=row.talk_us,
        callback_answered_us=_us(row.callback_answered_at),
        was_asked=row.evaluation_asked_at is not None,
        evaluation=row.evaluation,
    )


def of_record(record: CallRecord, node: str) -> FigureCall:
    """Return what memory says of a call; once it is committed, the same as ``of_row``."""
    asked = record.first_step("HL_HUMAN")
    answered = points.answers(record)
    said = evaluated(record)
    return FigureCall(
        id=record.id,
        node=intern(node),
        queue=intern(asked.get("queue")[:60] if asked else ""),
        agent=intern(answered[0][1].get("agent")[:60] if answered else ""),
        t0_us=points.t0(record),
        t1_us=points.t1(record),
        t2_us=points.t2(record),
        t3_us=points.t3(record),
        t4_us=points.t4(record),
        t5_us=points.t5(record),
        outcome=points.outcome(record),
        apart=points.apart(record),
        talk_us=points.talk(record),
        callback_answered_us=points.callback_answered(record),
        was_asked=said is not None,
        evaluation=None if said is None else said.level,
    )


def _us(moment: datetime | None) -> int | None:
    return None if moment is None else to_us(moment)
