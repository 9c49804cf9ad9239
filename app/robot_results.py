"""Wires what follows from a callback's result: the ticket, and the message to the city's system.

Both are written in the transaction that ends the callback, whoever ends it: the service, or a person.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from ..callback_bot.outcome.result_message import ResultPost
from ..callback_bot.outcome.result_store import Concluded, Results
from ..core.clock import Clock, utc_now
from ..core.db import Database
from ..core.settings import Settings
from ..core.webhook import WebhookLimits, Webhooks
from ..ticket_bridge.callback_results import TicketCallbackRow, put_callback

LIMITS = WebhookLimits(give_up_s=7 * 24 * 3600.0, at_once=4)
"""A result is worth as much a week later; a ticket's messages do not wait for another one's."""


class RobotResults:
    """The results of a node's database; ``run`` sends their messages and is supervised."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        clock: Clock = utc_now,
        limits: WebhookLimits = LIMITS,
    ) -> None:
        self.webhooks = Webhooks(
            database,
            settings.webhooks,
            settings.alarms.webhook_secret,
            node=settings.site.node,
            topic="callbacks",
            clock=clock,
            limits=limits,
        )
        self.results = Results((tell_ticket, ResultPost(self.webhooks, settings.site)))

    def silent_s(self) -> Mapping[str, float]:
        """Return for how long each target has been refusing a result; 0 when it takes all."""
        return self.webhooks.silent_s()

    async def run(self) -> None:
        """Send what waits, until cancelled."""
        await self.webhooks.run()


async def tell_ticket(session: AsyncSession, concluded: Concluded) -> None:
    """Write what came of a callback into our tickets."""
    result, decision = concluded.result, concluded.decision
    await put_callback(
        session,
        TicketCallbackRow(
            callback=result.callback,
            ticket=concluded.callback.ticket,
            verdict=concluded.verdict.value,
            level=result.level,
            contacted=result.contacted,
            solved=result.solved,
            reasons=list(result.reasons),
            remarks=result.remarks,
            recording=result.recording,
            checked_by=decision.who if decision is not None else None,
            note=decision.note if decision is not None else "",
            ended_at=result.ended_at or concluded.at,
            updated_at=concluded.at,
        ),
    )
