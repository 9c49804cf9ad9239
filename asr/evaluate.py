"""How well a model understands given recordings: character error rate by set, and its cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .audio import Audio
from .cer import Errors, compare
from .engine import Engine
from .manifest import Sample
from .normalise import normalise
from .spoken import join_words
from .transcribe import Leg, hear


@dataclass(frozen=True)
class Judged:
    """One recording: what was said, what was heard, and the edits between them."""

    sample: Sample
    heard: str
    errors: Errors


@dataclass
class Report:
    """The judgement of a whole manifest; times in seconds, cost in processor time of the thread."""

    model: str
    judged: list[Judged] = field(default_factory=list[Judged])
    audio_s: float = 0.0
    cost_s: float = 0.0

    def by_set(self) -> dict[str, tuple[int, Errors]]:
        """Return recordings and errors of each set, in the manifest's order, and of all as ``total``."""
        sets: dict[str, tuple[int, Errors]] = {}
        for name, errors in [(one.sample.set_name, one.errors) for one in self.judged] + [
            ("total", one.errors) for one in self.judged
        ]:
            count, so_far = sets.get(name, (0, Errors()))
            sets[name] = (count + 1, so_far + errors)
        return sets

    def to_json(self) -> dict[str, Any]:
        """Return the report for programs; ``cost_per_audio_s`` is processor seconds a second of sound."""
        return {
            "model": self.model,
            "audio_s": round(self.audio_s, 3),
            "cost_s": round(self.cost_s, 3),
            "cost_per_audio_s": round(self.cost_s / self.audio_s, 4) if self.audio_s else None,
            "sets": {
                name: {"recordings": count, **_plain(errors)}
                for name, (count, errors) in self.by_set().items()
            },
            "recordings": [
                {
                    "file": one.sample.path.name,
                    "set": one.sample.set_name,
                    "reference": one.sample.text,
                    "heard": one.heard,
                    **_plain(one.errors),
                }
                for one in self.judged
            ],
        }


def evaluate(
    samples: Sequence[Sample], engine: Engine, *, progress: Callable[[int], None] | None = None
) -> Report:
    """Recognise every recording (all channels mixed) and compare; ``progress`` gets the number done."""
    report = Report(engine.name)
    engine.open()
    for number, sample in enumerate(samples, 1):
        audio = Audio(sample.path)
        begun = time.thread_time()
        heard = join_words(spoken.text for spoken in hear(Leg(audio), engine).spoken)
        report.cost_s += time.thread_time() - begun
        report.audio_s += audio.duration_s
        errors = compare(normalise(sample.text), normalise(heard))
        report.judged.append(Judged(sample, heard, errors))
        if progress is not None:
            progress(number)
    return report


def _plain(errors: Errors) -> dict[str, Any]:
    return {
        "characters": errors.characters,
        "cer": round(errors.rate, 4),
        "substitutions": errors.substitutions,
        "deletions": errors.deletions,
        "insertions": errors.insertions,
    }
