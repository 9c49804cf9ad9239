"""Deliveries of webhooks as rows: written in the transaction of their cause, leased, kept as a log.

In order: a delivery is ready only when every earlier one of the same node, target, topic and lane is over.
All alarms share one lane; a notice of a three-way call or a ticket that was called back has its own, so
that none waits for another one's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import BigInteger, Index, String, Text, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from .clock import Clock, new_id, to_us, utc_now
from .db import Base, Database, UtcDateTime

Topic = Literal["alarms", "notices", "callbacks"]
"""What a message is about; the topics' messages never wait for each other."""
PENDING, DELIVERED, GIVEN_UP = "pending", "delivered", "given_up"


class WebhookRow(Base):
    """One message for one target, and what became of it."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("ix_webhook_deliveries_order", "target", "topic", "state", "node", "lane", "place"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    target: Mapped[str] = mapped_column(String(40))
    node: Mapped[str] = mapped_column(String(40))
    topic: Mapped[str] = mapped_column(String(10), default="alarms", server_default="alarms")
    lane: Mapped[str] = mapped_column(String(200), default="", server_default="")
    place: Mapped[int] = mapped_column(BigInteger)
    """Rises with every message of a node to a target: microseconds since 1970, never twice the same."""
    event: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_owner: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    status: Mapped[int | None]
    """The last answer's HTTP status."""
    error: Mapped[str | None] = mapped_column(Text)


@dataclass(frozen=True)
class Message:
    """What is to be sent; the ``id`` in its body stays the same, so that a receiver can tell a repeat.

    Messages of one ``lane`` come to a target in order; those of another neither wait for them nor delay them.
    """

    event: str
    body: str
    lane: str = ""


@dataclass(frozen=True)
class Delivery:
    """A leased delivery; ``attempt`` counts from 1."""

    id: str
    target: str
    message: Message
    attempt: int
    created_at: datetime
    owner: str


class WebhookStore:
    """Puts a topic's messages in and leases them out, one at a time for each target, node and lane."""

    def __init__(
        self, database: Database, *, node: str, topic: Topic = "alarms", clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._node = node
        self._topic = topic
        self._clock = clock

    async def put(
        self, session: AsyncSession, targets: Sequence[str], message: Message, *, told: frozenset[str]
    ) -> dict[str, str]:
        """Add a message for each target in the caller's write transaction; returns the deliveries' ids.

        Targets in ``told`` have it already; for them the row is the log only.
        """
        now = self._clock()
        ids = {target: new_id() for target in targets}
        for target in targets:
            last = await session.scalar(
                select(func.max(WebhookRow.place)).where(
                    WebhookRow.target == target, WebhookRow.node == self._node
                )
            )
            session.add(
                WebhookRow(
                    id=ids[target],
                    target=target,
                    node=self._node,
                    topic=self._topic,
                    lane=message.lane,
                    place=max(to_us(now), (last or 0) + 1),
                    event=message.event,
                    body=message.body,
                    state=DELIVERED if target in told else PENDING,
                    attempts=0,
                    created_at=now,
                    not_before=now,
                    finished_at=now if target in told else None,
                )
            )
            await session.flush()
        return ids

    async def lease(self, target: str, *, owner: str, lease_s: float) -> Delivery | None:
        """Take the next delivery to a target, of whichever node; None when none is ready.

        What was tried less often comes first: a new message does not wait until old ones have failed again.
        """
        now = self._clock()
        earlier = aliased(WebhookRow)
        in_the_way = exists().where(
            earlier.target == WebhookRow.target,
            earlier.topic == WebhookRow.topic,
            earlier.state == PENDING,
            earlier.node == WebhookRow.node,
            earlier.lane == WebhookRow.lane,
            earlier.place < WebhookRow.place,
        )
        ready = (
            select(WebhookRow)
            .where(WebhookRow.target == target, WebhookRow.topic == self._topic)
            .where(WebhookRow.state == PENDING, WebhookRow.not_before <= now)
            .where(or_(WebhookRow.lease_until.is_(None), WebhookRow.lease_until < now))
            .where(~in_the_way)
            .order_by(WebhookRow.attempts, WebhookRow.place)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        async with self._database.write() as session:
            row = (await session.scalars(ready)).first()
            if row is None:
                return None
            row.attempts += 1
            row.lease_owner = owner
            row.lease_until = now + timedelta(seconds=lease_s)
            message = Message(row.event, row.body, row.lane)
            return Delivery(row.id, target, message, row.attempts, row.created_at, owner)

    async def take_back(self, owner: str) -> None:
        """Free what earlier processes of this node had leased; ``owner`` is how the present one calls itself.

        A node has one process at a time, so they have ended.
        """
        async with self._database.write() as session:
            await session.execute(
                update(WebhookRow)
                .where(WebhookRow.topic == self._topic, WebhookRow.state == PENDING)
                .where(WebhookRow.lease_owner.like(f"{self._node}-%"), WebhookRow.lease_owner != owner)
                .where(func.length(WebhookRow.lease_owner) == len(owner))
                .values(lease_owner=None, lease_until=None)
            )

    async def pending_lanes(self, target: str) -> set[str]:
        """Return the lanes in which something waits for a target."""
        query = select(WebhookRow.lane).where(WebhookRow.target == target, WebhookRow.topic == self._topic)
        async with self._database.read() as session:
            return set(await session.scalars(query.where(WebhookRow.state == PENDING).distinct()))

    async def delivered(self, delivery: Delivery, status: int) -> None:
        """Note that a target has taken a message."""
        await self._end(delivery, state=DELIVERED, status=status, error=None, retry_s=None)

    async def failed(
        self, delivery: Delivery, error: str, *, status: int | None, retry_s: float | None
    ) -> None:
        """Note a failure; the message is tried again after ``retry_s``, or given up with None."""
        state = GIVEN_UP if retry_s is None else PENDING
        await self._end(delivery, state=state, status=status, error=error[:500], retry_s=retry_s)

    async def _end(
        self, delivery: Delivery, *, state: str, status: int | None, error: str | None, retry_s: float | None
    ) -> None:
        now = self._clock()
        async with self._database.write() as session:
            await session.execute(
                update(WebhookRow)
                .where(WebhookRow.id == delivery.id, WebhookRow.lease_owner == delivery.owner)
                .where(WebhookRow.attempts == delivery.attempt, WebhookRow.state == PENDING)
                .values(
                    state=state,
                    status=status,
                    error=error,
                    lease_owner=None,
                    lease_until=None,
                    not_before=now + timedelta(seconds=retry_s or 0),
                    finished_at=None if state == PENDING else now,
                )
            )

    async def forget(self, before: datetime) -> int:
        """Remove what was put in before a moment, for targets that are no more as well; returns how many."""
        old = delete(WebhookRow).where(WebhookRow.created_at < before, WebhookRow.topic == self._topic)
        async with self._database.write() as session:
            removed = await session.execute(old)
            return int(removed.rowcount)  # pyright: ignore[reportAttributeAccessIssue]  # a cursor result
