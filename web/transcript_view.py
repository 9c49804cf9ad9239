"""A transcript as people read it: figures and punctuation, with what is personal marked."""

from __future__ import annotations

from typing import Any

from ..asr.readable import readable
from ..asr.transcripts import Transcript, Utterance


def written(utterance: Utterance) -> dict[str, Any]:
    """Return how a sentence is written: ``readable``, and ``personal`` with the offsets in it."""
    made = readable(utterance)
    parts = [{"kind": one.kind, "start": one.start, "end": one.end} for one in made.personal]
    return {"readable": made.text, "personal": parts}


def transcript_view(transcript: Transcript | None) -> dict[str, Any] | None:
    """Return a transcript's plain form; each utterance with ``readable``, ``personal`` and ``parts``."""
    if transcript is None:
        return None
    view = transcript.to_json()
    for line, utterance in zip(view["utterances"], transcript.utterances, strict=True):
        made = written(utterance)
        line.update(made, parts=_parts(made["readable"], made["personal"]))
    return view


def _parts(text: str, personal: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return the text in pieces, the personal ones named by their kind."""
    found: list[dict[str, str]] = []
    reached = 0
    for one in personal:
        found.append({"text": text[reached : one["start"]], "personal": ""})
        found.append({"text": text[one["start"] : one["end"]], "personal": one["kind"]})
        reached = one["end"]
    found.append({"text": text[reached:], "personal": ""})
    return [part for part in found if part["text"]]
