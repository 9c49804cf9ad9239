"""How far a campaign is: its callbacks by state, its attempts, and how fast it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ..model import OPEN_STATES, AttemptState, CallbackState
from ..schedule.claiming import due_lanes
from ..tables import AttemptRow, CallbackRow, CampaignRow, ResultRow

RECENT = timedelta(minutes=5)
"""The speed is that of so long."""


@dataclass(frozen=True)
class Progress:
    """A campaign at one moment."""

    campaign: str
    name: str
    state: str
    """``model.CampaignState``."""
    total: int
    ended: int
    states: Mapping[str, int]
    """Every state of a callback with its number."""
    dialling: int
    talking: int
    attempts_recent: int
    """Attempts begun in the last ``RECENT``."""
    ended_recent: int
    """Callbacks that ended in it."""

    @property
    def open(self) -> int:
        """Return how many are still to come or under way."""
        return self.total - self.ended

    def to_json(self) -> dict[str, Any]:
        """Return what API, stream and ``--json`` show."""
        return asdict(self) | {"open": self.open, "share": self.ended / self.total if self.total else None}


async def progress_of(session: AsyncSession, campaign: str, now: datetime) -> Progress | None:
    """Return how far a campaign is; None when there is none of this id."""
    row = await session.get(CampaignRow, campaign)
    if row is None:
        return None
    found = await _by_state(session, campaign)
    attempts = await session.execute(
        select(AttemptRow.state, func.count())
        .where(AttemptRow.state.in_(_UNDER_WAY), AttemptRow.campaign == campaign)
        .group_by(AttemptRow.state)
    )
    lines = {state: count for state, count in attempts}
    begun = await session.scalar(
        select(func.count()).where(AttemptRow.at >= now - RECENT, AttemptRow.campaign == campaign)
    )
    ended = await session.scalar(
        select(func.count())
        .select_from(ResultRow)
        .where(ResultRow.campaign == campaign, ResultRow.ended_at >= now - RECENT)
    )
    states = {state.value: found.get(state.value, 0) for state in CallbackState}
    return Progress(
        campaign=row.id,
        name=row.name,
        state=row.state,
        total=sum(states.values()),
        ended=sum(states[state] for state in _OVER),
        states=states,
        dialling=lines.get(AttemptState.DIALLING.value, 0),
        talking=lines.get(AttemptState.TALKING.value, 0),
        attempts_recent=begun or 0,
        ended_recent=ended or 0,
    )


async def totals(session: AsyncSession) -> dict[str, int]:
    """Return every state of a callback with its number, over all campaigns."""
    found = await _by_state(session, None)
    return {state.value: found.get(state.value, 0) for state in CallbackState}


async def outcomes(session: AsyncSession, since: datetime) -> dict[str, int]:
    """Return the outcomes of the attempts that began since a moment, with their numbers."""
    rows = await session.execute(
        select(AttemptRow.outcome, func.count())
        .where(AttemptRow.at >= since, AttemptRow.outcome.is_not(None))
        .group_by(AttemptRow.outcome)
    )
    return {outcome: count for outcome, count in rows if outcome is not None}


async def idle_s(session: AsyncSession, now: datetime) -> float:
    """Return for how long something has been due and nothing was begun; 0 when nothing is due."""
    lanes = await due_lanes(session, now)
    if not lanes:
        return 0.0
    last = await session.scalar(select(func.max(AttemptRow.at)))
    due = min(lane.head for lane in lanes)
    return max(0.0, (now - max(due, last or due)).total_seconds())


_UNDER_WAY = (AttemptState.DIALLING.value, AttemptState.TALKING.value)
_OVER = tuple(state.value for state in CallbackState if state not in OPEN_STATES)


async def _by_state(session: AsyncSession, campaign: str | None) -> dict[str, int]:
    query = select(CallbackRow.state, func.count()).group_by(CallbackRow.state)
    if campaign is not None:
        query = query.where(CallbackRow.campaign == campaign)
    return {state: count for state, count in await session.execute(query)}
