"""Who is on a line: both errors over synthesised announcements, machines and people, and tones, with noise.

Run: ``python bench/line_sounds.py --json [--quick]``. It needs the embedded model and espeak-ng.
"""

from __future__ import annotations

import sys
from pathlib import Path

# This file's own folder would hide the standard library's ``queue`` from everything below.
sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")

import asyncio
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from hotline.asr.catalogue import open_engine
from hotline.callback_bot.listen.line_sounds import LineKind
from support.benches import run, say
from support.line_set import RATE, VOICES, Line, hear, spoken, tones

HOW = (
    "{lines} lines of {seconds:.0f} s of sound: {texts} texts by {voices} voices of espeak-ng at 130 to 210 "
    "words a minute, clean or with noise (25 dB below speech), recognised by {model}; announcements before "
    "and after an answer. hung_up_on: people taken for anything else. surveyed: no person answered, and "
    "nothing told so. outcome_right: announcements that were told with their own meaning."
)
MODEL = "mini-cn-synthetic"
NOISE = 0.006
"""Standard deviation; synthesised speech has 0.1 where it is loud."""


async def measure(*, quick: bool) -> dict[str, object]:
    """Hear every line and count both errors."""
    engine = open_engine(MODEL, None)
    await asyncio.to_thread(engine.load)
    with tempfile.TemporaryDirectory(prefix="hotline-") as name:
        voices, rates = VOICES[: 4 if quick else 8], (165,) if quick else (130, 170, 210)
        said = list(spoken(Path(name), voices, rates, each=4 if quick else 8, both=not quick))
    lines = [(line, noise) for line in tones() for noise in (0.0, NOISE)]
    lines += [(line, NOISE * (number % 2)) for number, line in enumerate(said)]
    say(f"{len(lines)} lines")
    begun = time.monotonic()

    def one(item: tuple[Line, float]) -> tuple[Line, bool, bool]:
        line, noise = item
        found, told = hear(line, engine if line in said else None, noise_level=noise)
        against = [verdict for verdict in told if verdict.outcome is not None]
        wrong = found.outcome is not line.outcome
        if bool(against) is (line.outcome is None) or wrong:
            say(f"{line.name} (noise {noise}): {found.kind} {found.outcome} by {found.why}")
        return line, bool(against), not wrong

    with ThreadPoolExecutor(2) as pool:
        heard = await asyncio.gather(
            *(asyncio.get_running_loop().run_in_executor(pool, one, item) for item in lines)
        )
    took = time.monotonic() - begun
    seconds = sum(
        (len(line.early) + (0 if line.late is None else len(line.late))) / RATE for line, _, _ in heard
    )
    return {"name": "line_sounds", **_figures(heard), "how": HOW.format(
        lines=len(lines), seconds=seconds, texts=len({line.name.split(" ")[0] for line in said}),
        voices=len(voices), model=MODEL,
    ), "took_s": round(took, 1)}  # fmt: skip


def _figures(heard: list[tuple[Line, bool, bool]]) -> dict[str, object]:
    count, told, right = Counter[str](), Counter[str](), Counter[str]()
    for line, against, is_right in heard:
        count[line.kind] += 1
        told[line.kind] += against
        right[line.kind] += is_right
    nobody = (LineKind.ANNOUNCEMENT, LineKind.MACHINE, LineKind.FAX, LineKind.TONE)
    answered = [against for line, against, _ in heard if line.kind in nobody and line.late is not None]
    return {
        "ratios": {
            "hung_up_on": round(told[LineKind.PERSON] / count[LineKind.PERSON], 4),
            "surveyed": round(answered.count(False) / len(answered), 4),
            "outcome_right": round(right[LineKind.ANNOUNCEMENT] / count[LineKind.ANNOUNCEMENT], 4),
        },
        "figures": {kind: {"lines": count[kind], "told": told[kind], "right": right[kind]} for kind in count},
    }


if __name__ == "__main__":
    run(__doc__, measure)
