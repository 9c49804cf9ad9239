"""Signals by the tones on a line and their rhythm: busy, ringing, fax, a machine's beep. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from itertools import pairwise

from .line_tones import CALL_HZ, LineSound, Tone


class Signal(StrEnum):
    """What a rhythm of tones means (GB/T 3380 and ITU-T E.180, T.30)."""

    RINGBACK = "ringback"
    BUSY = "busy_tone"
    CONGESTION = "congestion_tone"
    INFORMATION = "information_tone"
    """SIT: three rising tones before an announcement."""
    FAX = "fax_tone"
    BEEP = "beep"
    """One tone after speech, and then silence: a machine begins to record."""


ANSWER_HZ, CALLING_HZ, FAX_WITHIN = 2100.0, 1100.0, 25.0
ANSWER_MS = 900
BEEP_HZ, BEEP_MS, BEEP_AFTER_MS = (500.0, 2600.0), (140, 1300), 1500
BEEP_SILENCE_MS = 500
_INFORMATION_HZ = ((880.0, 1020.0), (1330.0, 1470.0), (1720.0, 1840.0))


def signal(sound: LineSound) -> Signal | None:
    """Return what the tones so far mean, the surest first."""
    tones = [*sound.tones, *([sound.open_tone] if sound.open_tone else [])]
    if not tones:
        return None
    checks: tuple[tuple[Callable[[Sequence[Tone]], bool], Signal], ...] = (
        (_is_fax, Signal.FAX),
        (_is_information, Signal.INFORMATION),
        (lambda given: _cycles(given, (250, 450), (250, 450)) >= 3, Signal.BUSY),
        (lambda given: _cycles(given, (550, 850), (550, 850)) >= 3, Signal.CONGESTION),
        (_is_ringback, Signal.RINGBACK),
    )
    found = next((name for check, name in checks if check(tones)), None)
    return Signal.BEEP if found is None and _is_beep(sound) else found


def _is_fax(tones: Sequence[Tone]) -> bool:
    if any(_is_at(tone, ANSWER_HZ) and tone.ms >= ANSWER_MS for tone in tones):
        return True
    calling = [tone for tone in tones if _is_at(tone, CALLING_HZ) and 400 <= tone.ms <= 700]
    gaps = [later.start_ms - early.end_ms for early, later in pairwise(calling)]
    return any(2500 <= gap <= 3500 for gap in gaps)


def _is_information(tones: Sequence[Tone]) -> bool:
    for three in zip(tones, tones[1:], tones[2:], strict=False):
        rising = all(
            low <= tone.hertz <= high and not tone.pair and 180 <= tone.ms <= 450
            for tone, (low, high) in zip(three, _INFORMATION_HZ, strict=True)
        )
        if rising and three[2].start_ms - three[0].end_ms < 700:
            return True
    return False


def _is_ringback(tones: Sequence[Tone]) -> bool:
    """One second of the call tone or more, then a longer pause; house exchanges ring twice shortly."""
    ours = [tone for tone in tones if _is_call(tone)]
    if any(tone.ms >= 700 and not tone.is_open and tone.ms <= 2300 for tone in ours[-2:]):
        return True
    return len(ours) >= 2 and 350 <= ours[-2].ms <= 500 and ours[-1].start_ms - ours[-2].end_ms <= 250


def _cycles(tones: Sequence[Tone], on_ms: tuple[int, int], off_ms: tuple[int, int]) -> int:
    """Return how many times the call tone came in a rhythm, one after the other, up to now."""
    count = 0
    later: Tone | None = None
    for tone in reversed([tone for tone in tones if not tone.is_open]):
        gap = off_ms[0] if later is None else later.start_ms - tone.end_ms
        if not (_is_call(tone) and on_ms[0] <= tone.ms <= on_ms[1] and off_ms[0] <= gap <= off_ms[1]):
            break
        count, later = count + 1, tone
    return count


def _is_beep(sound: LineSound) -> bool:
    """Tell whether somebody spoke for a while, a tone followed, and since then nobody speaks."""
    if not sound.tones or sound.open_tone is not None:
        return False
    tone = sound.tones[-1]
    since_ms = sound.now_ms - tone.end_ms
    return (
        not tone.pair
        and BEEP_HZ[0] <= tone.hertz <= BEEP_HZ[1]
        and BEEP_MS[0] <= tone.ms <= BEEP_MS[1]
        and sound.speech_ms >= BEEP_AFTER_MS
        and sound.silence_ms >= BEEP_SILENCE_MS
        and since_ms - sound.silence_ms < 200
    )


def _is_call(tone: Tone) -> bool:
    return CALL_HZ[0] <= tone.hertz <= CALL_HZ[1] and (not tone.pair or tone.pair <= 500.0)


def _is_at(tone: Tone, hertz: float) -> bool:
    return abs(tone.hertz - hertz) <= FAX_WITHIN and not tone.pair
