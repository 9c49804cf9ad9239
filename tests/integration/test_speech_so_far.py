"""What was said so far, by the real engine, from recordings that are still being written."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from threading import Event

import pytest

from hotline.asr.catalogue import open_engine
from hotline.asr.conversation import Conversation, Sounding
from hotline.asr.engine import Heard, Session
from hotline.asr.errors import AudioError
from hotline.asr.recorded_so_far import EngineAwayError, RecordedSoFar
from hotline.asr.vosk_engine import VoskEngine
from support.speech import (
    LAMPS,
    PAPERS,
    RATE,
    begin_recording,
    error_rate,
    go_on_recording,
    silence,
    speech,
)

pytestmark = pytest.mark.clause("R-3W-3")

LAMPS_FILE, PAPERS_FILE = speech("base0016.wav"), speech("base0216.wav")
LAMPS_S, PAPERS_S = len(LAMPS_FILE) / RATE, len(PAPERS_FILE) / RATE


@pytest.fixture(scope="module")
def engine() -> VoskEngine:
    return open_engine("mini-cn-synthetic", None)


@pytest.fixture
async def so_far(engine: VoskEngine) -> AsyncGenerator[RecordedSoFar]:
    source = RecordedSoFar(lambda: engine, written_late_s=2.5)
    yield source
    await source.close()


def legs(folder: Path) -> tuple[Sounding, Sounding]:
    return (
        Sounding("citizen", folder / "c-citizen.wav"),
        Sounding("agent", folder / "c-agent.wav"),
    )


def said(found: Conversation, speaker: str) -> str:
    return "".join(one.text for one in found.utterances if one.speaker == speaker)


async def test_the_last_minute_of_both_legs(tmp_path: Path, so_far: RecordedSoFar) -> None:
    citizen, agent = legs(tmp_path)
    begin_recording(citizen.path, speech("sv0085.wav"), silence(70), LAMPS_FILE, silence(20))
    begin_recording(agent.path, silence(80), PAPERS_FILE, silence(20))
    until_s = 90.0
    found = await so_far.so_far("c", (citizen, agent), from_s=until_s - 60, until_s=until_s)
    assert error_rate(LAMPS, said(found, "citizen")) <= 0.15, "not what was said more than a minute ago"
    assert error_rate(PAPERS, said(found, "agent")) <= 0.15
    assert (found.from_s, found.until_s) == (30.0, 90.0)
    starts = [one.start_s for one in found.utterances]
    assert starts == sorted(starts)
    assert starts[0] == pytest.approx(70 + len(speech("sv0085.wav")) / RATE, abs=0.6)
    assert found.transcript().utterances == found.utterances


async def test_words_that_the_switch_has_not_written_yet_are_waited_for(
    tmp_path: Path, so_far: RecordedSoFar
) -> None:
    citizen, agent = legs(tmp_path)
    begin_recording(citizen.path, silence(5))
    begin_recording(agent.path, silence(5 + LAMPS_S))
    until_s = 5 + LAMPS_S
    asking = asyncio.create_task(so_far.so_far("c", (citizen, agent), from_s=0, until_s=until_s))
    await asyncio.sleep(0.3)
    assert not asking.done()
    go_on_recording(citizen.path, LAMPS_FILE)
    assert error_rate(LAMPS, said(await asking, "citizen")) <= 0.15


async def test_a_leg_that_never_grows_is_not_waited_for_long(tmp_path: Path, so_far: RecordedSoFar) -> None:
    citizen, agent = legs(tmp_path)
    begin_recording(citizen.path, silence(2), LAMPS_FILE, silence(3))
    found = await so_far.so_far("c", (citizen, agent), from_s=0, until_s=3600.0)
    assert error_rate(LAMPS, said(found, "citizen")) <= 0.15
    assert found.until_s == pytest.approx(5 + LAMPS_S, abs=0.01), "as far as there was sound"


async def test_no_file_and_no_engine_say_so(tmp_path: Path, engine: VoskEngine) -> None:
    source = RecordedSoFar(lambda: engine, written_late_s=0.1)
    with pytest.raises(AudioError):
        await source.so_far("c", legs(tmp_path), from_s=0, until_s=10)
    with pytest.raises(AudioError):
        await source.so_far("c", (), from_s=0, until_s=10)
    await source.close()
    away = RecordedSoFar(lambda: None, written_late_s=0, engine_late_s=0.2)
    with pytest.raises(EngineAwayError):
        await away.so_far("c", legs(tmp_path), from_s=0, until_s=10)
    await away.close()


async def test_a_model_that_is_still_being_loaded_is_waited_for(tmp_path: Path, engine: VoskEngine) -> None:
    citizen, _ = legs(tmp_path)
    begin_recording(citizen.path, silence(1), LAMPS_FILE, silence(1))
    loaded: list[VoskEngine] = []
    source = RecordedSoFar(lambda: loaded[0] if loaded else None, written_late_s=0)
    asking = asyncio.create_task(source.so_far("c", (citizen,), from_s=0, until_s=60))
    await asyncio.sleep(0.3)
    assert not asking.done()
    loaded.append(engine)
    assert error_rate(LAMPS, said(await asking, "citizen")) <= 0.15
    await source.close()


class Hanging:
    """An engine that is far too slow."""

    name, language, sample_rate = "slow", "zh", RATE

    def __init__(self) -> None:
        self.left = Event()

    def open(self, *, rate: int | None = None, partials: bool = False) -> Session:
        return self

    def accept(self, pcm: bytes) -> tuple[Heard, ...]:
        time.sleep(0.05)
        return ()

    def skip(self, seconds: float) -> tuple[Heard, ...]:
        return ()

    def finish(self) -> tuple[Heard, ...]:
        self.left.set()
        return ()

    def recognise(self, pcm_frames: Sequence[bytes]) -> list[Heard]:
        return []


async def test_one_who_gives_up_waiting_stops_the_threads(tmp_path: Path) -> None:
    citizen, agent = legs(tmp_path)
    for leg in (citizen, agent):
        begin_recording(leg.path, *[LAMPS_FILE] * 12)
    slow = Hanging()
    source = RecordedSoFar(lambda: slow, written_late_s=0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await source.so_far("c", (citizen, agent), from_s=0, until_s=60)
    await asyncio.wait_for(source.close(), 5)
    assert not slow.left.is_set(), "they ended in the middle"
