"""Transcripts for tests, from lines such as ``市: 我 姓 王`` (市 the citizen, 坐 the agent)."""

from __future__ import annotations

from datetime import datetime

from hotline.asr.transcripts import Transcript, Utterance, Word
from hotline.ticket_bridge.context import CallContext
from hotline.ticket_bridge.draft import Draft, draft

CALLED_AT = datetime.fromisoformat("2026-03-18T14:50:00+08:00")
CALLER = "13900000000"


def transcript_of(text: str, *, call: str = "node1-1.2") -> Transcript:
    """One utterance a line, each of its blank-cut words 0.5 s long."""
    at = 0.0
    utterances: list[Utterance] = []
    for line in text.strip().splitlines():
        who, _, said = line.strip().partition(":")
        pieces = said.split()
        words = tuple(Word(p, at + 0.5 * i, at + 0.5 * i + 0.4, 0.9) for i, p in enumerate(pieces))
        end = at + max(0.5 * len(pieces), 0.5)
        speaker = {"市": "citizen", "坐": "agent"}[who.strip()]
        utterances.append(Utterance(speaker, at, end, " ".join(pieces), words))
        at = end + 0.3
    return Transcript(call, "test", "zh", tuple(utterances), at)


def draft_of(text: str, **facts: object) -> Draft:
    """Draft a call of these lines at ``CALLED_AT``."""
    values: dict[str, object] = {"call": "node1-1.2", "caller": CALLER, "called_at": CALLED_AT, **facts}
    return draft(transcript_of(text), CallContext(**values))  # pyright: ignore[reportArgumentType]  # checked by use
