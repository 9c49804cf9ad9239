"""The stored side of the notices: row and message in one transaction, neither without the other."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from ..core.clock import Clock
from ..core.db import Database
from ..core.webhook_store import DELIVERED, GIVEN_UP, PENDING, Message, WebhookStore
from ..telephony.calls import CallRecord
from ..telephony.store import CallStore
from ..telephony.tables import RoomLineRow
from ..ticket_bridge.notices import notice_tables as tables
from ..ticket_bridge.notices.notice_tables import NoticeRow, NoticeView
from ..ticket_bridge.notices.three_way_notice import Asked, Heard
from .notice_post import IsTold, NotWrittenYetError


class NoticeStore:
    """The notices of a node. Methods raise ``SQLAlchemyError`` or ``OSError`` while the store is away."""

    def __init__(self, database: Database, webhooks: WebhookStore, *, node: str, clock: Clock) -> None:
        self._database = database
        self._webhooks = webhooks
        self._calls = CallStore(database, node=node)
        self._node = node
        self._clock = clock

    async def begin(self, asked: Asked, webhook: str, message: Message, is_told: IsTold) -> None:
        """Write a line's notice and its first message; nothing when there is one already."""
        async with self._database.write() as session:
            if await self._find(session, asked) is not None:
                return
            row = self._row(asked, webhook, PENDING)
            row.first_id, row.first_state, row.first_at = await self._put(session, webhook, message, is_told)
            session.add(row)

    async def update(
        self, asked: Asked, webhook: str, heard: Heard, message: Message, is_told: IsTold
    ) -> None:
        """Write a notice's update; nothing when there is one already. Raises ``NotWrittenYetError``."""
        async with self._database.write() as session:
            row = await self._find(session, asked)
            if row is None:
                raise NotWrittenYetError
            if row.update_id is None and row.first_id is not None:
                row.speech, row.reason = heard.state, heard.reason
                row.update_id, row.update_state, row.update_at = await self._put(
                    session, webhook, message, is_told
                )

    async def too_late(self, asked: Asked, webhook: str, late_s: float) -> None:
        """Write that a request was seen so late that nothing is sent any more."""
        async with self._database.write() as session:
            row = await self._find(session, asked)
            if row is None:
                row = self._row(asked, webhook, GIVEN_UP)
                session.add(row)
            if row.speech == "pending":
                row.speech, row.reason = "unavailable", f"seen {late_s:.0f} s after the request"

    async def is_complete(self, asked: Asked) -> bool:
        """Tell whether nothing more is to be made of a line's notice."""
        async with self._database.read() as session:
            row = await session.get(NoticeRow, (asked.call, asked.line))
        return row is not None and row.speech != "pending"

    async def record(self, call: str) -> CallRecord | None:
        """Return a call that memory has let go."""
        async with self._database.read() as session:
            found = await self._calls.load(session, [call])
        return found[0] if found else None

    async def settle(self) -> list[NoticeView]:
        """Write down what became of deliveries; returns the notices that were open until now."""
        async with self._database.read() as session:
            if await tables.is_settled(session, node=self._node):
                return []
        async with self._database.write(derived=True) as session:
            return await tables.settle(session, node=self._node)

    async def undone(self, targets: tuple[str, ...], *, since_s: float) -> list[tuple[str, str]]:
        """Return (call, line) of requests without a notice, or with one whose update was not made.

        The process that saw them ended in between. Of those without, only requests of ``targets`` within
        ``since_s``.
        """
        since = self._clock() - timedelta(seconds=since_s)
        made = exists().where(NoticeRow.call == RoomLineRow.call, NoticeRow.line == RoomLineRow.line)
        unmade = (
            select(RoomLineRow.call, RoomLineRow.line)
            .where(RoomLineRow.node == self._node, RoomLineRow.asked_at >= since)
            .where(RoomLineRow.target.in_(targets), RoomLineRow.state != "refused", ~made)
        )
        unspoken = select(NoticeRow.call, NoticeRow.line).where(
            NoticeRow.node == self._node, NoticeRow.speech == "pending"
        )
        async with self._database.read() as session:
            found = [await session.execute(query) for query in (unmade, unspoken)]
            return [(call, line) for rows in found for call, line in rows]

    async def _find(self, session: AsyncSession, asked: Asked) -> NoticeRow | None:
        return await session.get(NoticeRow, (asked.call, asked.line), with_for_update=True)

    async def _put(
        self, session: AsyncSession, webhook: str, message: Message, is_told: IsTold
    ) -> tuple[str, str, datetime | None]:
        told = is_told()
        ids = await self._webhooks.put(
            session, [webhook], message, told=frozenset([webhook]) if told else frozenset()
        )
        return ids[webhook], DELIVERED if told else PENDING, self._clock() if told else None

    def _row(self, asked: Asked, webhook: str, state: str) -> NoticeRow:
        return NoticeRow(
            call=asked.call,
            line=asked.line,
            node=self._node,
            target=asked.target[:40],
            webhook=webhook,
            asked_at=asked.at,
            created_at=self._clock(),
            speech="pending",
            first_state=state,
        )
