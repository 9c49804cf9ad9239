"""What a run's telephones say against it: dropped, silent, echoing, overheard. Nothing of ours is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from support.third_line_phones import Leg
from support.third_line_run import Run
from support.third_line_sound import FRAME_S, Look

SILENT_S = 2.5
"""So long a citizen may hear nothing at all, and a third line nobody. In what was heard, not by a clock."""
_STRAY = 3
"""A tone in fewer looks in a row is a frame cut in two."""


def against(run: Run, late_s: float) -> list[str]:
    """Return what went wrong; ``late_s`` is for how long the machine kept this process waiting."""
    found = [run.wrong] if run.wrong else []
    citizen = run.citizen
    if citizen is None:
        return [*found, "the citizen never called"]
    if citizen.ended_by != "self":
        found.append(f"the citizen was dropped ({citizen.ended_by})")
    legs = [leg for leg in (citizen, *run.agents, *run.answered()) if leg.answered_at]
    for leg in legs:
        name = leg.called if leg is not citizen else "the citizen"
        own = [look for look in leg.sound.heard if leg.sound.hertz in look.tones]
        if _in_a_row(leg, lambda look, own=leg.sound.hertz: own in look.tones) >= _STRAY:
            found.append(f"{name} heard its own echo in {len(own)} looks")
        others = {other.sound.hertz for other in legs if other is not leg}
        foreign = _in_a_row(leg, lambda look, mine=others | {leg.sound.hertz}: bool(look.tones - mine))
        if foreign >= _STRAY:
            found.append(f"{name} heard another room in {foreign} looks")
        if leg is citizen and run.agents:
            found += _silences(
                name, _since(leg, run.agents[0].answered_at), late_s, lambda look: look.is_sound
            )
        if leg in run.answered():
            found += _silences(name, leg.sound.heard, late_s, lambda look: bool(look.tones))
    return found


def longest_silence(run: Run) -> float:
    """For how long the citizen heard nothing, seconds."""
    citizen = run.citizen
    if citizen is None or not run.agents:
        return 0.0
    looks = _since(citizen, run.agents[0].answered_at)
    return max(_spells(looks, citizen.sound.each, lambda look: look.is_sound), default=0.0)


def _silences(name: str, looks: list[Look], late_s: float, good) -> Iterator[str]:
    longest = max(_spells(looks, 5, good), default=0.0)
    if longest > SILENT_S:
        yield f"{name} was left alone for {longest:.1f} s"
    pauses = [later.at - earlier.at for earlier, later in pairwise(looks)]
    if max(pauses, default=0.0) > SILENT_S + late_s:
        yield f"nothing came to {name} for {max(pauses):.1f} s"


def _since(leg: Leg, at: float) -> list[Look]:
    return [look for look in leg.sound.heard if look.at >= at]


def _spells(looks: Iterable[Look], each: int, good) -> Iterator[float]:
    length = 0
    for look in looks:
        length = 0 if good(look) else length + 1
        yield length * each * FRAME_S


def _in_a_row(leg: Leg, true) -> int:
    most = length = 0
    for look in leg.sound.heard:
        length = length + 1 if true(look) else 0
        most = max(most, length)
    return most
