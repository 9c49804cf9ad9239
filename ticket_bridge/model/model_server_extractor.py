"""Drafts with a model server in front and the rules behind: whatever the server does, there is a draft."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import structlog

from ...asr.transcripts import Transcript
from ..context import CallContext
from ..draft import Draft, draft
from ..fields import EvidenceError, FieldName
from ..making import Making
from .model_server import ModelServerError
from .model_server_check import prove
from .model_server_mask import Sent, prepare
from .model_server_merge import merge
from .model_server_prompt import messages, response_format

log = structlog.get_logger(__name__)

MODEL = "model"
T = TypeVar("T")


class Asks(Protocol):
    """What is needed of ``model_server.ModelServer``."""

    model: str

    async def ask(self, messages: list[dict[str, str]], response_format: dict[str, Any]) -> object:
        """Return the model's answer; raises ``ModelServerError``."""
        ...

    def outcomes(self) -> dict[str, int]:
        """Return what became of the questions."""
        ...


class ModelExtractor:
    """Asks a model server once for each draft; the rules and the checks run in threads of ``pool``."""

    name = MODEL

    def __init__(self, server: Asks, pool: Executor, *, mask: bool = True) -> None:
        self._server = server
        self._pool = pool
        self._mask = mask
        self._faults = 0

    def outcomes(self) -> dict[str, int]:
        """Return how many questions the server answered, and how many failed, by reason."""
        return self._server.outcomes()

    async def draft(self, transcript: Transcript, context: CallContext) -> Draft:
        """Return the draft of both; the rules' own when the server gives nothing that can be used."""
        by_rules = await self._in_thread(lambda: draft(transcript, context))
        return await self.improve(by_rules, transcript, context)

    async def improve(self, by_rules: Draft, transcript: Transcript, context: CallContext) -> Draft:
        """Return a draft of the rules with what the model can add to it; never raises for what it answers.

        ``made`` of the draft tells which fields are the model's, or why none is.
        """
        try:
            return await self._improved(by_rules, transcript, context)
        except ModelServerError as error:
            why = error.why
        except EvidenceError:
            why = "evidence"
        except Exception as error:  # a fault in prompt or check must not cost the draft
            why = "fault"
            self._faults += 1
            if str(self._faults).strip("0") == "1":
                log.error("model draft failed; the rules draft", count=self._faults, exc_info=error)
        return replace(by_rules, made=Making(MODEL, self._server.model, fallback=why))

    async def _improved(self, by_rules: Draft, transcript: Transcript, context: CallContext) -> Draft:
        name, when = (by_rules.value(one) for one in (FieldName.NAME, FieldName.OCCURRED_AT))

        def question() -> tuple[Sent, list[dict[str, str]]]:
            sent = prepare(transcript, None if name is None else str(name), mask=self._mask)
            return sent, messages(sent, context.called_at)

        sent, chat = await self._in_thread(question)
        answer = await self._server.ask(chat, response_format())

        def checked() -> Draft | None:
            proved = prove(
                answer,
                sent,
                transcript,
                called_at=context.called_at,
                caller=context.caller,
                occurred_at=None if when is None else str(when),
            )
            making = Making(MODEL, self._server.model)
            return None if proved is None else merge(by_rules, proved, transcript, making)

        made = await self._in_thread(checked)
        if made is None:
            raise ModelServerError("shape", "the answer has not the form that was asked for")
        if made.made.dropped:
            log.info("model values dropped", call=made.call, reasons=made.made.dropped)
        return made

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)
