"""Labelled calls for measuring drafts: one JSON object a line, with the ticket that an expert would write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from ..asr.transcripts import Transcript, Utterance
from ..core.errors import InvalidInputError
from .context import CallContext

TextOf = Literal["text", "asr"]
"""``text``: as said, punctuated; ``asr``: as a recogniser gives it, with blanks and homophone errors."""


@dataclass(frozen=True)
class Dialogue:
    """A labelled call; ``gold`` holds the expert's values by field name."""

    id: str
    call_time: datetime
    caller: str
    turns: tuple[dict[str, Any], ...]
    gold: dict[str, Any]

    @property
    def context(self) -> CallContext:
        """What the switch would know of the call."""
        return CallContext(self.id, self.caller, self.call_time)

    def transcript(self, text_of: TextOf) -> Transcript:
        """Return the call as a transcript without word times."""
        utterances = tuple(
            Utterance(turn["speaker"], turn["start"], turn["end"], turn[text_of]) for turn in self.turns
        )
        return Transcript(
            self.id, "labelled", "zh", utterances, max((u.end_s for u in utterances), default=0.0)
        )


def read_dialogues(path: Path) -> Iterator[Dialogue]:
    """Read a file of labelled calls; a line that is none is refused with its number."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
            yield Dialogue(
                data["id"],
                datetime.fromisoformat(data["call_time"]),
                data["caller"],
                tuple(data["turns"]),
                data["gold"],
            )
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidInputError(
                f"{path}:{number}: not a labelled call: {error}", mend="docs/tickets.md tells the format"
            ) from error
