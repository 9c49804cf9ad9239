"""Live legs against the bare Vosk loop on the same sound; time to a word's guess; memory; overload; servers.

Run: ``python bench/asr.py --json [--quick] [--only PART …]``. It needs only the model (``make bench``).
"""

from __future__ import annotations

import sys
from pathlib import Path

# This file's own folder would hide the standard library's ``queue`` from everything below.
sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")

import argparse
import asyncio
import functools
import json
import os
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp
from aiohttp import WSMsgType, web

from hotline.asr.catalogue import open_engine
from hotline.asr.server_protocol import EOF, config
from hotline.asr.vosk_engine import VoskEngine
from support.asr_bench import (
    BYTES_A_SECOND,
    RATE,
    UNBOUNDED,
    Noted,
    bare_loop,
    live,
    open_leg,
    paced,
    stream,
    talk,
)
from support.benches import memory_bytes, run, say

MODEL = "mini-cn-synthetic"
LEGS = {1: (12.0, 5), 4: (5.0, 3), 16: (2.0, 2), 64: (1.5, 1)}
"""Live legs at a time; seconds of speech for each, and rounds."""
QUICK_LEGS = {1: (10.0, 2), 16: (2.5, 2)}
CHUNKS_S = (0.1, 0.2, 0.4)
PARTS = ("memory", "stream", "partials", "overload", "servers")
"""What is measured, one after the other; the whole takes minutes, and each part can be had alone."""
PLAIN = "serve-plainly"
CLIENT_CHUNK_S = 0.25
OFFERED = 64
HOW = (
    "One process, the embedded model, speech of the shipped recordings without added pauses, {threads} "
    "threads on each side. Stream: 20 ms frames into the service's live path (asr/live.py), nobody refused, "
    "as fast as they are taken. Bare: the same number of recognisers over the same sound, taken in turn by "
    "the same number of threads, AcceptWaveform and PartialResult (Result at an utterance's end) for each "
    "chunk, of the length that is best for it ({chunks}). Rounds in turn; stream_vs_bare_vosk is the lowest "
    "of the medians with {legs} legs. partial_ms: {paced} legs at the pace of speech, from the end of a word "
    "(as the final result tells it) until a guess holds it at its place. Memory: proportional set size "
    "with {most} legs in the middle of a sentence less that with one, divided by the legs (nearly all is the "
    "recogniser). Overload: {offered} legs come at the pace of speech under the default limits. Servers: "
    "{clients} clients send {chunk} s and wait for each answer, to `hotline asr serve` and a plain loop of "
    "vosk-server's kind."
)


def threads() -> int:
    """As many as there are processors that this process may use."""
    return len(os.sched_getaffinity(0))


async def measure(*, quick: bool, parts: Sequence[str] = PARTS) -> dict[str, object]:
    """Measure the parts, one after the other."""
    engine = open_engine(MODEL, None)
    engine.load()
    bare_loop(engine, [talk(2.0)], threads=1, chunk_s=0.2)
    figures: dict[str, Any] = {"threads": threads()}
    ratios: dict[str, Any] = {}
    plan, pace, clients = QUICK_LEGS if quick else LEGS, 4, 4 if quick else 8
    if "memory" in parts:
        figures["bytes_per_stream"] = await memory(engine, 4 if quick else 16)
    if "stream" in parts:
        figures["bare_chunk_s"] = chunk_s = max(CHUNKS_S) if quick else best_chunk(engine)
        ratios |= await throughput(engine, figures, chunk_s, plan)
    if "partials" in parts:
        await partials(engine, figures, pace, seconds=6.0 if quick else 15.0)
    if "overload" in parts:
        await overload(engine, figures, seconds=3.0 if quick else 8.0)
    if "servers" in parts:
        ratios["server_vs_plain_server"] = await servers(figures, clients, quick=quick)
    how = HOW.format(
        threads=threads(),
        chunks=", ".join(f"{one:g} s" for one in CHUNKS_S),
        legs=", ".join(map(str, plan)),
        paced=pace,
        most=4 if quick else 16,
        offered=OFFERED,
        clients=clients,
        chunk=CLIENT_CHUNK_S,
    )
    return {"name": "asr", "ratios": ratios, "figures": figures, "how": how}


async def memory(engine: VoskEngine, count: int) -> int:
    """Return the bytes that a live leg takes, in the middle of its third second."""
    path = live(engine, threads(), Noted(), **UNBOUNDED)

    async def hear(first: int, count: int) -> None:
        sound = talk(3.0, first)
        legs = [leg for number in range(first, first + count) if (leg := open_leg(path, number)) is not None]
        for frame in range(len(sound) // 320):
            for leg in legs:
                leg.feed(sound[frame * 320 : frame * 320 + 320], frame * 20_000)
            if frame % 20 == 0:
                await asyncio.sleep(0)
        while any(leg.held_s > 0.2 for leg in legs):  # noqa: ASYNC110  # threads hear
            await asyncio.sleep(0.02)

    await hear(0, 1)
    before = memory_bytes(os.getpid())
    await hear(1, count)
    grown = memory_bytes(os.getpid()) - before
    await path.close()
    say(f"memory of a stream: {grown / count / 1e6:.2f} MB")
    return grown // count


def best_chunk(engine: VoskEngine) -> float:
    """Return the length of a chunk with which the bare loop is fastest; the quick form takes the longest."""
    sounds = [talk(5.0, number) for number in range(3)]
    times = {one: bare_loop(engine, sounds, threads=threads(), chunk_s=one) for one in CHUNKS_S}
    return min(times, key=times.__getitem__)


async def throughput(
    engine: VoskEngine, figures: dict[str, Any], chunk_s: float, plan: dict[int, tuple[float, int]]
) -> dict[str, Any]:
    """Return the lowest ratio over the numbers of legs, and put each number's figures in."""
    lowest: list[float] = []
    for legs, (each_s, rounds) in plan.items():
        in_all_s = legs * each_s
        sounds = [talk(each_s, number) for number in range(legs)]
        ratios: list[float] = []
        for number in range(rounds):
            took: dict[str, float] = {}
            for side in ("stream", "bare") if number % 2 else ("bare", "stream"):
                took[side] = await one_round(engine, side, sounds, chunk_s)
            ratios.append(took["bare"] / took["stream"])
            rates = {name: in_all_s / seconds for name, seconds in took.items()}
            say(f"{legs} legs: bare {rates['bare']:.1f}, stream {rates['stream']:.1f} s a second")
            for name, rate in rates.items():
                figures.setdefault(f"{name}_{legs}_legs_audio_s_per_s", []).append(round(rate, 2))
        lowest.append(statistics.median(ratios))
        figures[f"stream_vs_bare_{legs}_legs"] = round(lowest[-1], 3)
    for name, found in figures.items():
        if isinstance(found, list):
            figures[name] = statistics.median(found)
    return {"stream_vs_bare_vosk": round(min(lowest), 3)}


async def one_round(engine: VoskEngine, side: str, sounds: list[bytes], chunk_s: float) -> float:
    """Recognise the sounds on one side; return the seconds that it took."""
    if side == "stream":
        return await stream(engine, sounds, threads=threads())
    return await asyncio.to_thread(bare_loop, engine, sounds, threads=threads(), chunk_s=chunk_s)


async def partials(engine: VoskEngine, figures: dict[str, Any], legs: int, *, seconds: float) -> None:
    """Put in how long after a word's end a guess holds it, with some legs at the pace of speech."""
    noted = Noted()
    path = live(engine, threads(), noted, **UNBOUNDED)
    begun = await paced(path, [talk(seconds, number) for number in range(legs)])
    lags = sorted(noted.lags_ms(begun))
    await path.close()
    figures["partial_legs"], figures["partial_words"] = legs, len(lags)
    figures["partial_ms_p50"] = round(lags[len(lags) // 2])
    figures["partial_ms_p95"] = round(lags[len(lags) * 95 // 100])
    say(f"partials: p50 {figures['partial_ms_p50']} ms, p95 {figures['partial_ms_p95']} ms")


async def overload(engine: VoskEngine, figures: dict[str, Any], *, seconds: float) -> None:
    """Put in what becomes of more legs than the machine can hear, come one after the other."""
    noted = Noted()
    path = live(engine, threads(), noted, most_legs=OFFERED * 2)
    begun = await paced(
        path, [talk(seconds, number) for number in range(OFFERED)], stagger_s=seconds / OFFERED
    )
    found = path.figures()
    lags = sorted(noted.lags_ms(begun))
    await path.close()
    figures |= {
        "overload_legs_offered": OFFERED,
        "overload_legs_begun": found.begun,
        "overload_legs_refused": found.legs_refused,
        "overload_legs_shed": found.legs_shed,
        "overload_lost_s": round(found.lost_s, 1),
        "overload_partial_ms_p95": round(lags[len(lags) * 95 // 100]) if lags else None,
    }
    say(
        f"overload, {OFFERED} legs: {found.begun} begun, {found.legs_refused} refused, {found.legs_shed} shed"
    )


async def servers(figures: dict[str, Any], clients: int, *, quick: bool) -> float:
    """Return how much our server does against a plain one, with the same clients, in turn."""
    sounds = [talk(2.0 if quick else 3.0, number) for number in range(clients)]
    commands = {
        "plain_server": [sys.executable, __file__, PLAIN],
        "our_server": [
            *(sys.executable, "-m", "hotline", "asr", "serve", "--port", "0", "--json"),
            *("--model", MODEL, "--threads", str(threads())),
        ],
    }
    rates: dict[str, list[float]] = {name: [] for name in commands}
    running: dict[str, asyncio.subprocess.Process] = {}
    try:
        urls: dict[str, str] = {}
        for name, command in commands.items():
            running[name] = process = await asyncio.create_subprocess_exec(
                *command, stdout=asyncio.subprocess.PIPE
            )
            assert process.stdout is not None
            urls[name] = json.loads(await process.stdout.readline())["url"]
            await asyncio.gather(*(send(urls[name], sound[:BYTES_A_SECOND]) for sound in sounds[:2]))
        for number in range(2):
            for name in list(commands)[:: -1 if number % 2 else 1]:
                begun = time.perf_counter()
                await asyncio.gather(*(send(urls[name], sound) for sound in sounds))
                rates[name].append(sum(map(len, sounds)) / BYTES_A_SECOND / (time.perf_counter() - begun))
    finally:
        for process in running.values():
            process.kill()
            await process.wait()
    for name, found in rates.items():
        figures[f"{name}_audio_s_per_s"] = round(statistics.median(found), 2)
    say(", ".join(f"{name} {statistics.median(found):.1f} s a second" for name, found in rates.items()))
    pairs = zip(rates["our_server"], rates["plain_server"], strict=True)
    return round(statistics.median(ours / plain for ours, plain in pairs), 3)


async def send(url: str, sound: bytes) -> None:
    """Be a client as vosk-server's own examples are."""
    size = round(CLIENT_CHUNK_S * BYTES_A_SECOND)
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as connection:
        await connection.send_str(config(RATE))
        for start in range(0, len(sound), size):
            await connection.send_bytes(sound[start : start + size])
            await connection.receive_str()
        await connection.send_str(EOF)
        await connection.receive_str()


async def serve_plainly() -> None:
    """Serve the protocol with the bare loop: a recogniser for each connection, a pool of threads."""
    engine = open_engine(MODEL, None)
    model = engine.load()
    import vosk  # noqa: PLC0415  # after the engine has set the library's environment

    pool = ThreadPoolExecutor(threads())

    def heard(recogniser: Any, pcm: bytes) -> str:
        return recogniser.Result() if recogniser.AcceptWaveform(pcm) else recogniser.PartialResult()

    async def talk_with(request: web.Request) -> web.WebSocketResponse:
        connection = web.WebSocketResponse()
        await connection.prepare(request)
        recogniser = vosk.KaldiRecognizer(model, RATE)
        recogniser.SetWords(True)
        loop = asyncio.get_running_loop()
        async for message in connection:
            if message.type is WSMsgType.BINARY:
                await connection.send_str(await loop.run_in_executor(pool, heard, recogniser, message.data))
            elif message.data == EOF:
                await connection.send_str(await loop.run_in_executor(pool, recogniser.FinalResult))
        return connection

    app = web.Application()
    app.router.add_get("/", talk_with)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(json.dumps({"url": f"ws://127.0.0.1:{runner.addresses[0][1]}"}), flush=True)
    await asyncio.Event().wait()


def main() -> None:
    """Read which parts are wanted; the rest as every bench does."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    given, sys.argv[1:] = parser.parse_known_args()
    run(__doc__, functools.partial(measure, parts=given.only))


if __name__ == "__main__":
    if sys.argv[1:] == [PLAIN]:
        asyncio.run(serve_plainly())
    else:
        main()
