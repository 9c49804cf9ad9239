"""How soon what is said in a real call is on the agent's stream, and how well it is heard there and later.

A node as its users run it (``hotline up``), telephones on SIP with recorded sentences, the stream read over
HTTP. Run: ``python bench/live_speech.py --json [--quick] [--calls N]``. It needs Asterisk (``make bench``).
"""

from __future__ import annotations

import sys
from pathlib import Path

# This file's own folder would hide the standard library's ``queue`` from everything below.
sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")

import argparse
import asyncio
import json
import os
import tempfile
import time

from hotline.asr.catalogue import open_engine
from hotline.core.log import setup_logging
from hotline.telephony.install import install
from support.benches import say
from support.live_bench_calls import FIRES, LOUD, VOICES, Talks, Times, fires, one_call
from support.live_bench_rates import AT_ONCE as RATES_AT_ONCE
from support.live_bench_rates import clean_text, demo, error_rates, shipped
from support.speech import RATE
from support.third_line_scene import scene

AT_ONCE = 2
LONGEST_S = 6.5
"""Sentences of the calls that are timed are shorter than this."""
ASR = {"live": {"enabled": True, "machine_full_percent": 100}}
HOW = (
    "{calls} calls, {at_once} at a time, each: a citizen on SIP says a recorded sentence, then one with "
    "着火了 ({fires}; voices {voices}); one viewer reads each call's stream over HTTP in this process. "
    "partial_ms: from the end of each word (as the final result times it on the switch's clock) to the first "
    "partial that holds it and all before it. final_ms: from the end of a sentence's last word to its final "
    "result. fire_speech_ms, fire_119_ms: from the last sample of 着火了 above {loud} that left the phone "
    "(its own clock) to the first partial or final with these words, and to the proposal of 119. clock_ms: "
    "how far the final's beginning lies from where the same word began in what the telephone played. cer_*: "
    "demo's citizens and agents by voice, and the shipped recordings by set and voice, in calls: heard "
    "live, recognised after the call from the recording, and recognised from the clean files; per cent, "
    "normalised texts. All on one machine whose {cores} cores carry telephones, switch and service; model "
    "mini-cn-synthetic (synthetic voices: says nothing of people)."
)


def _figures(name: str, values: list[float]) -> dict[str, float]:
    if not values:
        return {}
    ordered = sorted(values)
    at = {"p50": 50, "p95": 95, "max": 100}
    return {
        f"{name}_{what}": round(ordered[max(-(-share * len(ordered) // 100) - 1, 0)], 1)
        for what, share in at.items()
    }


async def measure(calls: int, *, limit_s: float, with_rates: bool) -> dict[str, object]:
    """Run everything and return the bench's result."""
    engine = open_engine("mini-cn-synthetic", None)
    times = Times()
    with tempfile.TemporaryDirectory(prefix="hotline-") as name:
        folder = Path(name)
        say("speaking the sentences")
        burning = await fires(folder, calls)
        files = shipped()
        dialogues = with_rates * [
            *(await demo(folder / "demo") if with_rates else ()),
            *([one for one in files if one.group == group] for group in sorted({one.group for one in files})),
        ]
        # Now, while there are no telephones that it would hold up.
        short = [one for one in files if len(one.sound) < LONGEST_S * RATE][:calls]
        starts_s = [clean_text(engine, one.sound)[1] for one in short]
        say("starting the node")
        async with scene(
            install(lambda *_: None), agents=RATES_AT_ONCE, agents_work={"wrap_up_seconds": 0}, asr=ASR
        ) as here:
            talks = Talks(here)
            async with talks.talk():  # not counted: a service that has just begun is still at its beginning
                await asyncio.sleep(1)
            free = iter(range(calls))
            end = time.monotonic() + limit_s
            here.band.late_s = 0.0

            async def one_after_another() -> None:
                for number in free:
                    if time.monotonic() > end:
                        break
                    at = number % len(short)
                    await one_call(talks, short[at], burning[number % len(burning)], starts_s[at], times)
                    times.calls += 1
                    say(f"call {number + 1} of {calls}")

            await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
            late_s = here.band.late_s
            rates = await error_rates(talks, engine, dialogues) if with_rates else {}
    return {
        "name": "live_speech",
        "ratios": {},
        "figures": {
            **_figures("partial_ms", times.partial),
            **_figures("final_ms", times.final),
            **_figures("fire_speech_ms", times.fire_speech),
            **_figures("fire_119_ms", times.fire_119),
            **_figures("clock_ms", times.clock),
            **_figures("heard_after_answer_ms", times.on),
            "calls": times.calls,
            "fires_proposed": len(times.fire_119),
            "fires_missed": times.missed,
            "telephones_late_ms_max": round(1000 * late_s, 1),
            **rates,
        },
        "how": HOW.format(
            calls=times.calls,
            at_once=AT_ONCE,
            fires="、".join(FIRES),
            voices=", ".join(voice or "base" for voice in VOICES),
            loud=LOUD,
            cores=os.cpu_count(),
        ),
    }


def main() -> None:
    """Read the arguments, measure, print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; JSON is always printed")
    parser.add_argument("--quick", action="store_true", help="end within 60 s")
    parser.add_argument("--calls", type=int, default=24, help="with 着火了, in the full form")
    parser.add_argument("--no-rates", action="store_true", help="leave the error rates out")
    parser.add_argument("--limit", type=float, default=600, help="seconds after which no such call is begun")
    arguments = parser.parse_args()
    setup_logging(level="WARNING")
    calls = 2 if arguments.quick else arguments.calls
    result = asyncio.run(
        measure(calls, limit_s=arguments.limit, with_rates=not (arguments.quick or arguments.no_rates))
    )
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
