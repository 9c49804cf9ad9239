"""The form in which the city's system is told of a callback's result (topic ``callbacks``).

A receiver may rely on it: fields are added, never renamed; what is not known is null or empty. A message
with a higher ``revision`` replaces the one before whole.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from ...core.settings import Site
from ...core.webhook import Webhooks
from ...core.webhook_store import Message
from ..model import Answer
from .result_store import Concluded
from .results import Verdict, plain_words

SCHEMA = "hotline.callback/1"
TEST = "callback.test"
_EVENTS = {
    Verdict.CLOSE: "callback.closed",
    Verdict.CHECK: "callback.check",
    Verdict.REOPEN: "callback.reopened",
    Verdict.UNRATED: "callback.unrated",
    Verdict.REFUSED: "callback.refused",
}


class ResultPost:
    """Has every target of the topic told of a result, in the transaction that writes it."""

    def __init__(self, webhooks: Webhooks, site: Site) -> None:
        self._webhooks = webhooks
        self._site = site

    async def __call__(self, session: AsyncSession, concluded: Concluded) -> None:
        """Put the message in; it is sent when the transaction is there."""
        message = message_of(concluded, self._site)
        await self._webhooks.store.put(session, self._webhooks.names, message, told=frozenset())


def message_of(concluded: Concluded, site: Site) -> Message:
    """Return the message of a result; those of one ticket come in order."""
    callback, event = concluded.callback, _EVENTS[concluded.verdict]
    body = json.dumps(
        {
            "form": SCHEMA,
            "id": f"{callback.id}.{concluded.revision}",
            "event": event,
            "revision": concluded.revision,
            "made_at": concluded.at.isoformat(),
            "site": site.name,
            "node": site.node,
            **_told(concluded),
        },
        ensure_ascii=False,
    )
    return Message(event, body, f"callback:{callback.ticket}")


def trial_message(trial: str, site: Site) -> Message:
    """Return a message that only tries whether a target takes what it is sent."""
    body = {"form": SCHEMA, "id": f"{trial}.test", "event": TEST, "site": site.name, "node": site.node}
    return Message(TEST, json.dumps(body, ensure_ascii=False))


def _told(concluded: Concluded) -> dict[str, Any]:
    callback, result, decision = concluded.callback, concluded.result, concluded.decision
    return {
        "ticket": callback.ticket,
        "callback": callback.id,
        "campaign": callback.campaign,
        "unit": callback.unit,
        "kind": callback.kind,
        "handled_on": callback.handled_on and callback.handled_on.isoformat(),
        "person": {"phone": callback.phone, "name": callback.person},
        "verdict": concluded.verdict.value,
        "called": concluded.called,
        "tries": callback.tries,
        "ended_at": result.ended_at and result.ended_at.isoformat(),
        "consent": concluded.consent or None,
        "contacted": result.contacted or None,
        "solved": result.solved or None,
        "level": result.level or None,
        "reasons": list(result.reasons),
        "remarks": result.remarks,
        "wishes": list(concluded.wishes),
        "recording": result.recording or None,
        "answers": [_answer(one) for one in result.answers],
        "check": decision
        and {
            "by": decision.who,
            "at": decision.at.isoformat(),
            "reopen": decision.reopen,
            "note": decision.note,
        },
    }


def _answer(one: Answer) -> dict[str, Any]:
    return {
        "question": one.question.value,
        "value": one.value,
        "given": one.given.value,
        "turn": one.turn,
        "words": plain_words(one.words),
        "confidence": one.confidence,
        "start_ms": one.start_ms,
        "end_ms": one.end_ms,
    }
