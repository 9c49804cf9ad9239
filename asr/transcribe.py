"""From a call's recorded legs to its transcript; blocking, for a thread of the worker or the command line."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from .audio import Audio
from .engine import Engine, Heard, Spoken
from .errors import StoppedError
from .gate import sounding
from .merge import merge
from .transcripts import Speaker, Transcript


@dataclass(frozen=True)
class Leg:
    """Where one speaker's sound is: a channel of a file (None: the mean of all)."""

    audio: Audio
    channel: int | None = None


@dataclass(frozen=True)
class Result:
    """A transcript with what it cost: processor time of this thread, and the sound that was recognised."""

    transcript: Transcript
    cost_ms: int
    recognised_s: float


@dataclass
class Hearing:
    """What one leg said, and how many seconds of it were worth recognising."""

    spoken: list[Spoken]
    recognised_s: float = 0.0


def hear(
    leg: Leg,
    engine: Engine,
    *,
    from_s: float = 0.0,
    stop: Event | None = None,
    progress: Callable[[float], None] | None = None,
) -> Hearing:
    """Recognise one leg from a second of the recording on; times count from the recording's start.

    Silence is skipped. ``progress`` is called with the second reached. Raises ``StoppedError`` soon after
    ``stop`` is set, ``AudioError`` and ``AsrError``.
    """
    session = engine.open(rate=leg.audio.rate)
    hearing = Hearing([])

    def keep(heard: tuple[Heard, ...]) -> None:
        hearing.spoken.extend(piece for piece in heard if isinstance(piece, Spoken))

    now_s = 0.0
    for start_s, end_s in sounding(leg.audio.levels(leg.channel)):
        begin_s = max(start_s, from_s)
        if begin_s >= end_s:
            continue
        keep(session.skip(begin_s - now_s))
        now_s = begin_s
        for pcm in leg.audio.pcm(leg.channel, begin_s, end_s):
            if stop is not None and stop.is_set():
                raise StoppedError("recognition was stopped before its end")
            keep(session.accept(pcm))
            seconds = len(pcm) / 2 / leg.audio.rate
            now_s += seconds
            hearing.recognised_s += seconds
            if progress is not None:
                progress(now_s)
    keep(session.finish())
    if progress is not None:
        progress(leg.audio.duration_s)
    return hearing


def transcribe_call(
    call: str,
    legs: Mapping[Speaker, Leg],
    engine: Engine,
    *,
    from_s: float = 0.0,
    stop: Event | None = None,
) -> Result:
    """Recognise the legs of a call one after the other and merge them (R-T-2)."""
    begun = time.thread_time()
    spoken: dict[Speaker, list[Spoken]] = {}
    recognised_s = 0.0
    for speaker, leg in legs.items():
        hearing = hear(leg, engine, from_s=from_s, stop=stop)
        spoken[speaker] = hearing.spoken
        recognised_s += hearing.recognised_s
    transcript = merge(
        spoken,
        call=call,
        model=engine.name,
        language=engine.language,
        duration_s=max((leg.audio.duration_s for leg in legs.values()), default=0.0),
    )
    cost_ms = round((time.thread_time() - begun) * 1000)
    return Result(transcript, cost_ms, recognised_s)


def legs_of(paths: Mapping[Speaker, Path]) -> dict[Speaker, Leg]:
    """Open the files of a call's legs; raises ``AudioError`` for one that is missing or no sound."""
    return {speaker: Leg(Audio(path)) for speaker, path in paths.items()}
