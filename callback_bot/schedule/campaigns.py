"""Campaigns and single callbacks: made, paused, resumed, cancelled, counted, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ...core.errors import HotlineError, InvalidInputError, NotFoundError
from ...core.opening_hours import parse
from ..model import CallbackState, CampaignState
from ..tables import AttemptRow, CallbackRow, CampaignRow, ResultRow
from ..why import Why

_NAME = 40


class CampaignStateError(HotlineError):
    """What was asked for does not fit the state of the campaign or callback."""

    error_id = "callback.state"
    status = 409


class AlreadyDialledError(CampaignStateError):
    """The number of a callback is to be corrected, and somebody was dialled under it."""

    error_id = "callback.dialled"


@dataclass(frozen=True)
class CampaignCount:
    """A campaign and how many callbacks it has in each state."""

    id: str
    name: str
    state: CampaignState
    created_at: datetime
    counts: dict[CallbackState, int] = field(default_factory=dict[CallbackState, int])


async def create(
    session: AsyncSession,
    campaign: str,
    now: datetime,
    *,
    name: str = "",
    lines: int | None = None,
    hours: Sequence[str] = (),
    paused: bool = False,
) -> bool:
    """Make a campaign; False when there is one of this id, which is left as it is.

    Raises ``InvalidInputError`` for an id, hours or lines that cannot be.
    """
    if not campaign or len(campaign) > _NAME or not campaign.isprintable() or campaign != campaign.strip():
        raise InvalidInputError(f"回访任务的编号应为 1 到 {_NAME} 个可见字符")
    if lines is not None and lines < 1:
        raise InvalidInputError("同时通话数应不小于 1")
    for one in hours:
        try:
            parse(one)
        except ValueError as error:
            raise InvalidInputError(str(error)) from error
    if await session.get(CampaignRow, campaign) is not None:
        return False
    state = CampaignState.PAUSED if paused else CampaignState.RUNNING
    session.add(
        CampaignRow(
            id=campaign,
            name=(name or campaign)[:80],
            state=state.value,
            lines=lines,
            hours=list(hours),
            created_at=now,
        )
    )
    await session.flush()
    return True


async def pause(session: AsyncSession, campaign: str) -> None:
    """Begin no more calls of a campaign; those under way go on to their end."""
    await _move(session, campaign, {CampaignState.RUNNING, CampaignState.PAUSED}, CampaignState.PAUSED)


async def resume(session: AsyncSession, campaign: str) -> None:
    """Let a paused campaign go on where it was."""
    await _move(session, campaign, {CampaignState.RUNNING, CampaignState.PAUSED}, CampaignState.RUNNING)


async def cancel(session: AsyncSession, campaign: str) -> None:
    """Give a campaign up: nothing of it is dialled any more; ``sweep`` closes what waits."""
    await _move(session, campaign, set(CampaignState), CampaignState.CANCELLED)


async def _move(session: AsyncSession, campaign: str, from_: set[CampaignState], to: CampaignState) -> None:
    row = await session.get(CampaignRow, campaign, with_for_update=True)
    if row is None:
        raise NotFoundError(f"没有回访任务 {campaign}")
    if CampaignState(row.state) not in from_:
        raise CampaignStateError(f"回访任务 {campaign} 的状态是 {row.state}")
    row.state = to.value


async def hold(session: AsyncSession, callback: str) -> None:
    """Pause one callback that waits."""
    row = await _waiting(session, callback, CallbackState.WAITING)
    row.state, row.why = CallbackState.PAUSED.value, Why.BY_HAND


async def release(session: AsyncSession, callback: str, now: datetime) -> None:
    """Let a paused callback wait again."""
    row = await _waiting(session, callback, CallbackState.PAUSED)
    row.state, row.why = CallbackState.WAITING.value, ""
    row.next_at = max(row.next_at, now)


async def give_up(session: AsyncSession, callback: str, now: datetime) -> None:
    """Cancel one callback that waits or is paused; its matter may be added anew."""
    row = await _waiting(session, callback, CallbackState.WAITING, CallbackState.PAUSED)
    cancelled(row, now, Why.BY_HAND)


def cancelled(row: CallbackRow, now: datetime, why: Why) -> None:
    """Cancel a callback that is locked."""
    row.state, row.why, row.ended_at = CallbackState.CANCELLED.value, why, now
    row.same = f"{row.same}#{row.id}"


async def _row(session: AsyncSession, callback: str) -> CallbackRow:
    row = await session.get(CallbackRow, callback, with_for_update=True)
    if row is None:
        raise NotFoundError(f"没有回访 {callback}")
    return row


async def _waiting(session: AsyncSession, callback: str, *states: CallbackState) -> CallbackRow:
    row = await _row(session, callback)
    if CallbackState(row.state) not in states:
        raise CampaignStateError(f"回访 {callback} 的状态是 {row.state}")
    return row


async def counts(session: AsyncSession, *campaigns: str) -> list[CampaignCount]:
    """Return campaigns with their counts, the newest first; all of them when none are named."""
    rows = select(CampaignRow).order_by(CampaignRow.created_at.desc(), CampaignRow.id)
    by_state = select(CallbackRow.campaign, CallbackRow.state, func.count()).group_by(
        CallbackRow.campaign, CallbackRow.state
    )
    if campaigns:
        rows = rows.where(CampaignRow.id.in_(campaigns))
        by_state = by_state.where(CallbackRow.campaign.in_(campaigns))
    counted: dict[str, dict[CallbackState, int]] = {}
    for campaign, state, count in await session.execute(by_state):
        counted.setdefault(campaign, {})[CallbackState(state)] = count
    return [
        CampaignCount(row.id, row.name, CampaignState(row.state), row.created_at, counted.get(row.id, {}))
        for row in await session.scalars(rows)
    ]


async def try_again(
    session: AsyncSession, callback: str, phone: str, now: datetime, latest: datetime
) -> None:
    """Let a callback that waits for a check, and has no mark, wait for a call under another number.

    ``phone`` in its one form, its person made known by the caller; what was tried before no longer counts.
    """
    row = await _waiting(session, callback, CallbackState.CHECK)
    result = await session.get(ResultRow, callback)
    if result is not None and result.level:
        raise CampaignStateError(f"回访 {callback} 已有评价，需核查后办结或重新办理")
    row.phone, row.tries, row.outcomes = phone, 0, []
    row.state, row.why, row.ended_at = CallbackState.WAITING.value, Why.BY_HAND, None
    row.next_at, row.latest = now, max(row.latest, latest)
    await session.execute(
        update(CampaignRow)
        .where(CampaignRow.id == row.campaign, CampaignRow.state == CampaignState.ENDED.value)
        .values(state=CampaignState.RUNNING.value, ended_at=None)
    )


async def correct_number(session: AsyncSession, callback: str, phone: str) -> bool:
    """Give a callback that nobody was dialled for another number; False when it has this one already.

    ``phone`` in its one form, its person made known by the caller. Raises ``NotFoundError`` and
    ``AlreadyDialledError``: what was tried under a number stays with that number.
    """
    row = await _row(session, callback)
    is_open = CallbackState(row.state) in (CallbackState.WAITING, CallbackState.PAUSED)
    tried = select(AttemptRow.id).where(AttemptRow.callback == callback).limit(1)
    if not is_open or row.outcomes or await session.scalar(tried) is not None:
        raise AlreadyDialledError(
            f"回访 {callback} 已拨打过或已结束（{row.state}），号码不能直接改",
            mend="a wrong number that waits for a check: POST /api/v1/callbacks/ID/number; "
            "else cancel it and add it anew",
            state=row.state,
        )
    is_new, row.phone = row.phone != phone, phone
    return is_new
