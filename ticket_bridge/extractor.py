"""The port through which drafts are made: by the rules, or by a model server with the rules behind it.

Whoever drafts gives every value with words that were said (``fields.check_evidence``), and never fails a
call that the rules can draft.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from typing import Protocol

from ..asr.transcripts import Transcript
from .context import CallContext
from .draft import Draft, draft
from .making import RULES


class DraftExtractor(Protocol):
    """Makes the draft of a call, during the call or after it."""

    name: str
    """Stable, for the ticket, logs and figures."""

    async def draft(self, transcript: Transcript, context: CallContext) -> Draft:
        """Return the draft; ``EvidenceError`` when an extractor claims words that were not said."""
        ...


class RulesExtractor:
    """The rules (``draft.draft``) in a thread of the pool it is given: about 10 ms for a call of a minute."""

    name = RULES

    def __init__(self, pool: Executor) -> None:
        self._pool = pool

    async def draft(self, transcript: Transcript, context: CallContext) -> Draft:
        """Return the draft by rules."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, draft, transcript, context)
