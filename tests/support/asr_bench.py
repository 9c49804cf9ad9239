"""What ``bench/asr.py`` measures with: the bare loop, legs fed with and without a pace, words and guesses."""

from __future__ import annotations

import asyncio
import queue
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import numpy as np

from hotline.asr.live import LiveSpeech
from hotline.asr.live_admission import Limits
from hotline.asr.live_events import SpeechHeard, SpeechPartial
from hotline.asr.live_leg import LiveLeg
from hotline.asr.spoken import join_words
from hotline.asr.vosk_engine import VoskEngine
from hotline.core.events import DomainEvent
from hotline.telephony.audio_ports import FRAME_BYTES, FRAME_US, LegOfCall
from support.speech import AUDIO, speech

RATE = 8000
BYTES_A_SECOND = 2 * RATE
_AHEAD_S = 2.0
_SHIFT = 3
UNBOUNDED = {"busy": 2.0, "behind_s": 1e9, "shed_behind_s": 1e9, "share": 0.0, "settle_s": 0.0}
"""Limits under which nobody is refused or let go: what is measured is how much is done, not what is left."""


def talk(seconds: float, first: int = 0) -> bytes:
    """Return speech of this length without added pauses; ``first`` tells with which recording to begin."""
    files = sorted(file.name for file in AUDIO.glob("*.wav") if file.name[:3] in {"bas", "see", "uns", "noi"})
    parts: list[Any] = []
    have = 0
    while have < seconds * RATE:
        parts.append(speech(files[(first + len(parts)) % len(files)]))
        have += len(parts[-1])
    return np.concatenate(parts)[: round(seconds * RATE)].astype("<i2").tobytes()


def bare_loop(
    engine: VoskEngine, sounds: Sequence[bytes], *, threads: int, chunk_s: float, partials: bool = True
) -> float:
    """Recognise each sound with a recogniser of its own in a plain loop; return the seconds that it took.

    The threads take the recognisers in turn, a chunk each; ``partials``: ask for the guess after each.
    """
    import vosk  # after the engine has set the library's environment

    size = round(chunk_s * BYTES_A_SECOND) // 2 * 2
    turns: queue.SimpleQueue[tuple[Any, bytes, int] | None] = queue.SimpleQueue()
    model = engine.load()

    def work() -> None:
        while (turn := turns.get()) is not None:
            recogniser, sound, at = turn
            if at >= len(sound):
                recogniser.FinalResult()
                done.put(None)
                continue
            if recogniser.AcceptWaveform(sound[at : at + size]):
                recogniser.Result()
            elif partials:
                recogniser.PartialResult()
            turns.put((recogniser, sound, at + size))

    done: queue.SimpleQueue[None] = queue.SimpleQueue()
    begun = time.perf_counter()
    for sound in sounds:
        recogniser = vosk.KaldiRecognizer(model, RATE)
        recogniser.SetWords(True)
        turns.put((recogniser, sound, 0))
    workers = [Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for _ in sounds:
        done.get()
    took = time.perf_counter() - begun
    for _ in workers:
        turns.put(None)
    for worker in workers:
        worker.join()
    return took


@dataclass
class Noted:
    """What the legs told, each with the moment."""

    guesses: dict[str, list[tuple[float, str]]] = field(default_factory=lambda: defaultdict(list))
    finals: dict[str, list[tuple[float, SpeechHeard]]] = field(default_factory=lambda: defaultdict(list))

    def __call__(self, event: DomainEvent) -> None:
        now = time.monotonic()
        if isinstance(event, SpeechPartial):
            self.guesses[event.leg].append((now, event.text))
        elif isinstance(event, SpeechHeard):
            self.finals[event.leg].append((now, event))

    def lags_ms(self, begun: dict[str, float]) -> list[float]:
        """Return for each word that was recognised how long after its end it stood in a guess.

        ``begun`` is when each leg's first sample was spoken. A word counts as shown once a guess holds
        it at its place, give or take a few characters for what else is still guessed wrongly; else with
        the final result.
        """
        lags: list[float] = []
        for leg, finals in self.finals.items():
            last = 0.0
            for at, event in finals:
                guesses = [one for one in self.guesses[leg] if last < one[0] <= at]
                last = at
                for index, word in enumerate(event.words):
                    place = len(join_words(one.text for one in event.words[:index]))
                    shown = next((when for when, text in guesses if _stands(word.text, place, text)), at)
                    end = begun[leg] + event.start_us / 1e6 + word.end_s
                    lags.append(max(shown - end, 0.0) * 1000)
        return lags


def _stands(word: str, place: int, guess: str) -> bool:
    return word in guess[max(place - _SHIFT, 0) : place + len(word) + _SHIFT]


def live(engine: VoskEngine, threads: int, noted: Noted, **limits: Any) -> LiveSpeech:
    """Return the path that is measured: the service's own, with the events noted."""
    bounds = Limits(**{"most_legs": 1000, "threads": threads} | limits)
    return LiveSpeech(lambda: engine, noted, threads=threads, limits=bounds)


def open_leg(speech_path: LiveSpeech, number: int) -> LiveLeg | None:
    """Ask for a leg to be heard, each of its own call."""
    leg = LegOfCall(f"call{number}", f"leg{number}", f"PJSIP/bench-{number}", "citizen", "")
    sink = speech_path.open(leg)
    assert sink is None or isinstance(sink, LiveLeg)
    return sink


async def stream(engine: VoskEngine, sounds: Sequence[bytes], *, threads: int) -> float:
    """Feed each sound to a live leg in 20 ms frames, as fast as it is taken; return the seconds it took."""
    path = live(engine, threads, Noted(), **UNBOUNDED)
    begun = time.perf_counter()
    legs = [leg for number in range(len(sounds)) if (leg := open_leg(path, number)) is not None]
    assert len(legs) == len(sounds)
    left = {leg: (sound, 0) for leg, sound in zip(legs, sounds, strict=True)}
    while left:
        for leg, (sound, start) in list(left.items()):
            at = start
            while at < len(sound) and leg.held_s < _AHEAD_S:
                leg.feed(sound[at : at + FRAME_BYTES], at // FRAME_BYTES * FRAME_US)
                at += FRAME_BYTES
            if at >= len(sound):
                leg.end()
                del left[leg]
            else:
                left[leg] = (sound, at)
        await asyncio.sleep(0.005)
    while path.figures().legs:  # noqa: ASYNC110  # the legs end each for itself
        await asyncio.sleep(0.002)
    took = time.perf_counter() - begun
    figures = path.figures()
    assert figures.failures == 0
    assert abs(figures.recognised_s + figures.quiet_s - sum(map(len, sounds)) / BYTES_A_SECOND) < 0.5 * len(
        sounds
    )
    await path.close()
    return took


async def paced(path: LiveSpeech, sounds: Sequence[bytes], *, stagger_s: float = 0.02) -> dict[str, float]:
    """Feed legs at the pace of speech; return when each leg's first sample was spoken."""
    loop = asyncio.get_running_loop()
    begun: dict[str, float] = {}

    async def speak(number: int, sound: bytes) -> None:
        await asyncio.sleep(number * stagger_s)
        leg = open_leg(path, number)
        if leg is None:
            return
        start = loop.time()
        begun[f"leg{number}"] = start
        for frame in range(len(sound) // FRAME_BYTES):
            # A frame is handed over when its last sample was spoken.
            await asyncio.sleep(max(start + (frame + 1) * 0.02 - loop.time(), 0))
            leg.feed(sound[frame * FRAME_BYTES : (frame + 1) * FRAME_BYTES], frame * FRAME_US)
        leg.end()

    running = asyncio.create_task(path.run())
    await asyncio.gather(*(speak(number, sound) for number, sound in enumerate(sounds)))
    while path.figures().legs:  # noqa: ASYNC110  # the legs end each for itself
        await asyncio.sleep(0.01)
    running.cancel()
    return begun
