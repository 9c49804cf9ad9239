"""From a call's recorded legs to its transcript; blocking, for a thread of the worker or the command line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from .audio import Audio
from .engine import Engine, Heard, Spoken
from .errors import StoppedError
from .gate import sounding
from .merge import merge
from .requests import RecordedPart
from .transcripts import Speaker, Transcript


@dataclass(frozen=True)
class Leg:
    """Where one speaker's sound is: a channel of a file (None: the mean of all).

    The file begins ``at_s`` after the call's recording; ``skipped`` are seconds of it not to be heard.
    """

    audio: Audio
    channel: int | None = None
    at_s: float = 0.0
    skipped: tuple[tuple[float, float], ...] = ()


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
    for start_s, end_s in without(sounding(leg.audio.levels(leg.channel)), leg.skipped):
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
    parts: Sequence[tuple[Speaker, Leg]] = (),
    from_s: float = 0.0,
    stop: Event | None = None,
) -> Result:
    """Recognise the legs of a call and the parts of others one after the other, and merge them (R-T-2)."""
    begun = time.thread_time()
    spoken: dict[Speaker, list[Spoken]] = {}
    recognised_s = 0.0
    for speaker, leg in (*legs.items(), *parts):
        hearing = hear(leg, engine, from_s=max(from_s - leg.at_s, 0.0), stop=stop)
        spoken.setdefault(speaker, []).extend(later(piece, leg.at_s) for piece in hearing.spoken)
        recognised_s += hearing.recognised_s
    transcript = merge(
        spoken,
        call=call,
        model=engine.name,
        language=engine.language,
        duration_s=max(
            (leg.at_s + leg.audio.duration_s for leg in (*legs.values(), *(leg for _, leg in parts))),
            default=0.0,
        ),
    )
    cost_ms = round((time.thread_time() - begun) * 1000)
    return Result(transcript, cost_ms, recognised_s)


def legs_of(paths: Mapping[Speaker, Path], mixed: tuple[tuple[float, float], ...] = ()) -> dict[Speaker, Leg]:
    """Open the files of a call's legs; raises ``AudioError`` for one that is missing or no sound."""
    return {
        speaker: Leg(Audio(path), skipped=() if speaker == "citizen" else mixed)
        for speaker, path in paths.items()
    }


def parts_of(parts: Iterable[RecordedPart]) -> list[tuple[Speaker, Leg]]:
    """Open the files of the parts; raises ``AudioError`` as ``legs_of``."""
    return [(part.speaker, Leg(Audio(part.path), at_s=part.at_s)) for part in parts]


def without(
    spans: Iterable[tuple[float, float]], skipped: Iterable[tuple[float, float]]
) -> Iterator[tuple[float, float]]:
    """Give what is left of spans of seconds when others are taken out; both are in order."""
    holes = sorted(skipped)
    for start_s, end_s in spans:
        begin_s = start_s
        for from_s, until_s in holes:
            if until_s <= begin_s or from_s >= end_s:
                continue
            if from_s > begin_s:
                yield begin_s, from_s
            begin_s = max(begin_s, until_s)
        if begin_s < end_s:
            yield begin_s, end_s


def later(piece: Spoken, seconds: float) -> Spoken:
    """Return what was said on the clock of a recording that began so much earlier."""
    if not seconds:
        return piece
    words = tuple(
        replace(word, start_s=round(word.start_s + seconds, 3), end_s=round(word.end_s + seconds, 3))
        for word in piece.words
    )
    start_s, end_s = round(piece.start_s + seconds, 3), round(piece.end_s + seconds, 3)
    return replace(piece, start_s=start_s, end_s=end_s, words=words)
