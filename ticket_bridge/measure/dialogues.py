"""Calls from a file, one JSON object a line: labelled for measuring drafts, or not, for making them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, cast

from ...asr.transcripts import Speaker, Transcript, Utterance
from ...core.errors import InvalidInputError
from ..context import CallContext

TextOf = Literal["text", "asr"]
"""``text``: as said, punctuated; ``asr``: as a recogniser gives it, with blanks and homophone errors."""
_SPEAKERS = ("citizen", "agent", "third")
_LONGEST_LINE = 4_000_000


@dataclass(frozen=True)
class Dialogue:
    """A call; ``gold`` holds the expert's values by field name and is empty where nobody labelled it."""

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
        """Return the call as a transcript without word times; a form that is not there gives the other."""
        other = "asr" if text_of == "text" else "text"
        utterances = tuple(
            Utterance(turn["speaker"], turn["start"], turn["end"], turn.get(text_of) or turn.get(other) or "")
            for turn in self.turns
        )
        return Transcript(
            self.id, "labelled", "zh", utterances, max((u.end_s for u in utterances), default=0.0)
        )


def read_dialogues(path: Path, *, labelled: bool = True) -> Iterator[Dialogue]:
    """Read a file of calls; a line that is none is refused with its number.

    ``labelled``: a line must have its ``gold``. Turns may lack ``start`` and ``end``; they then follow on
    one another.
    """
    with path.open(encoding="utf-8", errors="surrogateescape") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield _dialogue(line, labelled=labelled)
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                what = "labelled call" if labelled else "call"
                raise InvalidInputError(
                    f"{path}:{number}: not a {what}: {_reason(error)}",
                    mend="docs/tickets.md tells the format",
                ) from error


def _reason(error: Exception) -> str:
    return f"no {error}" if isinstance(error, KeyError) else str(error) or type(error).__name__


def _dialogue(line: str, *, labelled: bool) -> Dialogue:
    if len(line) > _LONGEST_LINE:
        raise ValueError("the line is too long")
    line.encode()  # refuses what is no UTF-8
    data = _mapping(json.loads(line), "the line")
    moment = datetime.fromisoformat(_text(data["call_time"], "call_time"))
    if moment.tzinfo is None:
        raise ValueError("call_time needs a time zone")
    turns = data["turns"]
    if not isinstance(turns, list):
        raise TypeError("turns must be a list")
    gold = data["gold"] if labelled else data.get("gold") or {}
    return Dialogue(
        _text(data["id"], "id"),
        moment,
        _text(data.get("caller") or "", "caller"),
        tuple(_turns(cast("list[Any]", turns))),
        _mapping(gold, "gold"),
    )


def _turns(raw: list[Any]) -> Iterator[dict[str, Any]]:
    at = 0.0
    for number, entry in enumerate(raw, 1):
        turn = _mapping(entry, f"turn {number}")
        if turn.get("speaker") not in _SPEAKERS:
            raise ValueError(f"turn {number}: speaker must be one of {', '.join(_SPEAKERS)}")
        said = {form: _text(turn[form], form) for form in ("text", "asr") if turn.get(form) is not None}
        if not said:
            raise ValueError(f"turn {number} has neither text nor asr")
        start = _seconds(turn.get("start", at), "start")
        end = _seconds(turn.get("end", start + max(map(len, said.values())) / 4.5), "end")
        if end < start:
            raise ValueError(f"turn {number} ends before it begins")
        at = end
        yield {"speaker": cast("Speaker", turn["speaker"]), "start": start, "end": end, **said}


def _mapping(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{what} must be an object")
    return cast("dict[str, Any]", value)


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{what} must be a text")
    value.encode()  # refuses lone surrogates, which no output could carry
    return value


def _seconds(value: object, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise TypeError(f"{what} must be seconds")
    return float(value)
