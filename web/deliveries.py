"""What was sent to other systems: the log of deliveries, and sending one again."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import defer

from ..core.clock import Clock, utc_now
from ..core.db import Database
from ..core.errors import HotlineError, NotFoundError
from ..core.webhook_store import PENDING, Message, Topic, WebhookRow, WebhookStore
from .lists import Listed, between, equal
from .models.service import DeliveryQuery
from .paging import page

_SHOWN = (
    *("id", "target", "node", "topic", "event", "state", "attempts"),
    *("created_at", "not_before", "finished_at", "status", "error"),
)


class UnknownTargetError(HotlineError):
    """The settings have no such target any more."""

    error_id = "webhook.no_target"
    status = 409


class Deliveries:
    """Reads the log of deliveries and puts messages in again; ``targets`` are the names in the settings."""

    def __init__(
        self,
        database: Database,
        *,
        node: str,
        targets: Collection[str],
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._node = node
        self._targets = frozenset(targets)
        self._clock = clock

    async def read(self, asked: DeliveryQuery) -> Listed:
        """Return deliveries by their making; raises ``CursorError``."""
        row = WebhookRow
        query = (
            select(row)
            .options(defer(row.body))
            .where(
                *between(row.created_at, asked.since, asked.until),
                *equal(
                    (row.target, asked.target),
                    (row.topic, asked.topic),
                    (row.state, asked.state),
                    (row.event, asked.event),
                    (row.node, asked.node),
                ),
            )
        )
        async with self._database.read() as session:
            rows, after = await page(
                session, query, row.created_at, row.id, limit=asked.limit, after=asked.after
            )
        return [_told(one) for one in rows], after

    async def one(self, delivery: str) -> dict[str, Any]:
        """Return a delivery with what is sent; raises ``NotFoundError``."""
        async with self._database.read() as session:
            row = await session.get(WebhookRow, delivery) if _can_be(delivery) else None
        if row is None:
            raise _none(delivery)
        return {**_told(row), "body": json.loads(row.body)}

    async def again(self, delivery: str) -> dict[str, Any]:
        """Send a message again: one that waits is tried now, another is put in once more.

        The message keeps the id in its body, by which the receiver can tell a repeat. Raises
        ``NotFoundError``, ``UnknownTargetError``.
        """
        now = self._clock()
        async with self._database.write() as session:
            row = await session.get(WebhookRow, delivery, with_for_update=True) if _can_be(delivery) else None
            if row is None:
                raise _none(delivery)
            if row.target not in self._targets:
                raise UnknownTargetError(
                    f"the settings have no webhook {row.target!r}", mend="add it to [[webhooks]] again"
                )
            if row.state == PENDING:
                row.not_before = min(row.not_before, now)
                found = row
            else:
                topic = cast("Topic", row.topic)
                store = WebhookStore(self._database, node=self._node, topic=topic, clock=self._clock)
                message = Message(row.event, row.body, row.lane)
                made = await store.put(session, [row.target], message, told=frozenset())
                found = await session.get_one(WebhookRow, made[row.target])
            told = _told(found)
        return told


def _told(row: WebhookRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _SHOWN}


def _none(delivery: str) -> NotFoundError:
    return NotFoundError(f"no delivery {delivery[:60]!r}", mend="see GET /api/v1/webhooks/deliveries")


def _can_be(key: str) -> bool:
    return key.isascii() and key.isalnum() and len(key) <= 26
