"""What was said so far, recognised from the recordings that the switch is still writing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import structlog

from ..core.aio import sought
from .conversation import Conversation, Sounding
from .engine import Engine, Heard, Spoken
from .errors import AsrError, AudioError, StoppedError
from .growing import GrowingWav, sound_s
from .merge import merge
from .transcripts import Speaker

log = structlog.get_logger(__name__)

ENGINE_LATE_S = 30.0
"""A service that has just begun is still loading its model: it is waited for."""
WRITTEN_LATE_S = 2.5
"""The switch writes sound in pieces of 2 s: so long its last words are waited for."""
_LOOK_S = 0.1
_THREADS = 2


class EngineAwayError(AsrError):
    """There is no speech model in memory now."""

    error_id = "asr.away"


class RecordedSoFar:
    """``Conversations`` over files. ``engine`` gives the model in use, None while there is none.

    Works in threads of its own, so that a long recording being transcribed holds nothing up. They have the
    service's own priority: the switch comes before them, and they before what is only wanted later.
    """

    def __init__(
        self,
        engine: Callable[[], Engine | None],
        *,
        written_late_s: float = WRITTEN_LATE_S,
        engine_late_s: float = ENGINE_LATE_S,
    ) -> None:
        self._engine = engine
        self._engine_late_s = engine_late_s
        self._written_late_s = written_late_s
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="so-far")
        self._stop = Event()

    async def so_far(
        self,
        call: str,
        legs: Sequence[Sounding],
        *,
        from_s: float,
        until_s: float,
        begun_us: int | None = None,
    ) -> Conversation:
        """Recognise a stretch of the legs side by side; a leg without a file is left out.

        ``begun_us`` is not needed: the files' own seconds count.

        Raises ``EngineAwayError``, ``AudioError`` when no leg has sound, ``AsrError``.
        """
        await self._written(legs, until_s)
        engine = await self._loaded()
        if engine is None:
            raise EngineAwayError("no speech model is loaded", call=call)
        stop = Event()
        loop = asyncio.get_running_loop()
        works = [
            loop.run_in_executor(self._pool, self._hear, leg, engine, from_s, until_s, stop) for leg in legs
        ]
        try:
            results = await asyncio.gather(*works, return_exceptions=True)
        finally:
            stop.set()
        heard: dict[Speaker, list[Spoken]] = {}
        ends: list[float] = []
        failed: list[BaseException] = []
        for leg, result in zip(legs, results, strict=True):
            if isinstance(result, BaseException):
                failed.append(result)
                log.info("leg not heard", call=call, leg=leg.speaker, reason=type(result).__name__)
            else:
                heard[leg.speaker], end_s = result
                ends.append(end_s)
        if not heard:
            raise failed[0] if failed else AudioError("the call has no recording", call=call)
        until_s = min(until_s, max(ends))
        made = merge(heard, call=call, model=engine.name, language=engine.language, duration_s=until_s)
        return Conversation(
            call, made.model, made.language, round(max(from_s, 0.0), 3), round(until_s, 3), made.utterances
        )

    async def close(self) -> None:
        """Stop the threads."""
        self._stop.set()
        await asyncio.to_thread(self._pool.shutdown)

    async def _loaded(self) -> Engine | None:
        async def look() -> Engine | None:
            return self._engine()

        return await sought(look, limit_s=self._engine_late_s, every_s=_LOOK_S)

    async def _written(self, legs: Sequence[Sounding], until_s: float) -> None:
        """Wait until every leg's file holds the stretch, or so long that it never will."""

        async def look() -> bool | None:
            sounds = [await asyncio.to_thread(sound_s, leg.path) for leg in legs]
            return True if min(sounds, default=until_s) >= until_s else None

        await sought(look, limit_s=self._written_late_s, every_s=_LOOK_S)

    def _hear(
        self, leg: Sounding, engine: Engine, from_s: float, until_s: float, stop: Event
    ) -> tuple[list[Spoken], float]:
        sound = GrowingWav(leg.path, from_s=from_s, until_s=until_s)
        session = engine.open(rate=sound.rate)
        spoken: list[Spoken] = []

        def keep(heard: tuple[Heard, ...]) -> None:
            spoken.extend(piece for piece in heard if isinstance(piece, Spoken))

        now_s = 0.0
        for start_s, pieces in sound.spans():
            keep(session.skip(start_s - now_s))
            now_s = start_s
            for pcm in pieces:
                if stop.is_set() or self._stop.is_set():
                    raise StoppedError("recognition was stopped before its end")
                keep(session.accept(pcm))
                now_s += len(pcm) / 2 / sound.rate
        keep(session.finish())
        return spoken, sound.until_s
