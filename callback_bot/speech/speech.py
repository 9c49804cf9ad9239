"""The robot's filled-in prompts, spoken ahead of the call (R-CB-7); no call fails for lack of one.

What names nobody (a unit, a day) is spoken once and kept; what belongs to one person is spoken for one
callback and removed with it. Where a value cannot be said, or the voice fails or is slow, nothing is made:
the dialplan then says the prompt's general words. A recording ``robot-<prompt>.wav`` of the site's replaces
both.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterable, Awaitable, Collection, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Protocol
from weakref import WeakValueDictionary

import structlog

from ...ivr import prompts
from ...ivr.audio import PromptError, Sound
from ..model import Callback
from .speech_lines import Line, filled, read
from .speech_store import MOST_SHARED, PromptStore

log = structlog.get_logger(__name__)

AHEAD_S = 30.0
"""A callback's own prompts are waited for so long; then it is asked in general words."""


class Speak(Protocol):
    """Speaks a text in a process of its own (``ivr.prompts.synthesise``)."""

    def __call__(self, name: str, text: str, *, folder: Path | None = None) -> Awaitable[Sound]:
        """Return the sound, read back, whole and audible; raises ``PromptError``."""
        ...


class Prompts:
    """The filled-in sounds of callbacks.

    ``sounds`` is the switch's folder, ``recordings`` that of the site's own voices. ``at_once`` voices
    work at a time, however many callbacks are being made ready.
    """

    def __init__(
        self,
        sounds: Path,
        recordings: Path,
        *,
        speak: Speak = prompts.synthesise,
        at_once: int | None = None,
        ahead_s: float = AHEAD_S,
        most_shared: int = MOST_SHARED,
    ) -> None:
        self._recordings = recordings
        self._speak = speak
        self._limit = asyncio.Semaphore(at_once or max(1, min(4, os.cpu_count() or 1)))
        self._ahead_s = ahead_s
        self._store = PromptStore(sounds / "hotline", most_shared=most_shared)
        self._locks: WeakValueDictionary[Path, asyncio.Lock] = WeakValueDictionary()
        self._is_open = False

    async def ready(self, callback: Callback, lines: Iterable[Line], today: date) -> dict[str, str]:
        """Have what a callback says ready; returns sounds (played as ``hotline/<sound>``) by prompt.

        A prompt that is not in it is said in its general words. ``today`` is the site's day. Never fails.
        """
        told = read(callback, today)
        for field, why in told.lacking.items():
            log.info("a field of a callback cannot be said", callback=callback.id, field=field, why=why)
        wanted = [line for line in lines if line.places and not await self._is_recorded(line)]
        texts = [(line, text) for line in wanted if (text := filled(line, told.said)) is not None]
        made = await asyncio.gather(*(self._filled(callback.id, line, text) for line, text in texts))
        return {line.id: name for (line, _), name in zip(texts, made, strict=True) if name}

    async def over(self, callback: str) -> None:
        """Remove what only this callback said: when it is over; again does no harm."""
        await self._open()
        await asyncio.to_thread(self._store.remove, callback)

    async def sweep(self, open_callbacks: AsyncIterable[Collection[str]]) -> int:
        """Remove what callbacks left that are open no more, and what nobody uses; returns how many files.

        ``open_callbacks`` gives pages of ids; no more of them are read than there are words to be kept.
        """
        await self._open()
        waiting = await asyncio.to_thread(self._store.owners)
        if waiting:
            async for page in open_callbacks:
                waiting -= await asyncio.to_thread(self._store.marks, page)
                if not waiting:
                    break
        return await asyncio.to_thread(self._store.sweep, waiting)

    async def _open(self) -> None:
        if not self._is_open:
            await asyncio.to_thread(self._store.open)
            self._is_open = True

    async def _is_recorded(self, line: Line) -> bool:
        return await asyncio.to_thread((self._recordings / f"robot-{line.id}.wav").is_file)

    async def _filled(self, callback: str, line: Line, text: str) -> str | None:
        try:
            async with asyncio.timeout(self._ahead_s):
                return await self._spoken(callback, line, text)
        except (PromptError, TimeoutError, OSError) as error:
            why = error.error_id if isinstance(error, PromptError) else type(error).__name__
            log.warning("a callback is asked in general words", callback=callback, prompt=line.id, why=why)
            return None

    async def _spoken(self, callback: str, line: Line, text: str) -> str:
        await self._open()
        store, voiced = self._store, prompts.voiced(text)
        file = store.own(callback, voiced) if line.is_personal else store.shared(voiced)
        lock = self._locks.setdefault(file, asyncio.Lock())
        async with lock:
            if not await asyncio.to_thread(store.has, file):
                async with self._limit:
                    sound = await self._speak(f"robot-{line.id}", text, folder=store.closed)
                await asyncio.to_thread(store.write, sound, file)
        return file.stem


def variables(sounds: Mapping[str, str]) -> dict[str, str]:
    """Return the channel's variables that tell the dialplan of sounds (docs/callbacks-dialplan.md)."""
    return {f"HL_P_{name.upper().replace('-', '_')}": sound for name, sound in sounds.items()}
