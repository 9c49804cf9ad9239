"""The seconds of a word, out of the file of who spoke it, for those who may hear them."""

import io
import struct
import wave
from pathlib import Path

import pytest

from hotline.core.errors import InvalidInputError, NotFoundError
from hotline.telephony.recording_now import recorded_now
from hotline.web.sound import AFTER_S, BEFORE_S, SoundQuery, read_query, sound_of
from support.call_facts import SECOND, answered
from support.heard_legs import record_of

RATE = 8000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Thirty seconds of each leg: samples tell the tenth of the second, the agent's are negative."""
    for leg, sign in (("citizen", 1), ("agent", -1)):
        file = tmp_path / f"2026/11/22/node1-1795320000.12-{leg}.wav"
        file.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(file), "wb") as wav:
            wav.setnchannels(1)
            wav.setsampwidth(2)
            wav.setframerate(RATE)
            wav.writeframes(b"".join(struct.pack("<h", sign * tenth) * (RATE // 10) for tenth in range(300)))
    return tmp_path


def _ends(wav: bytes) -> tuple[int, int]:
    with wave.open(io.BytesIO(wav)) as file:
        samples = [one for (one,) in struct.iter_unpack("<h", file.readframes(file.getnframes()))]
    return samples[0], samples[-1]


def _asked(**query: object) -> SoundQuery:
    return read_query({name: str(value) for name, value in query.items()})


async def test_the_words_seconds_are_those_of_the_clock_not_of_the_file(folder: Path) -> None:
    record = record_of(answered())
    files = recorded_now(record, record_begun_us() + 20 * SECOND)
    assert files is not None
    begun_us = files.begun_us + 5 * SECOND
    heard = await sound_of(folder, record, begun_us, _asked(from_s=3, until_s=4))
    assert _ends(heard) == (round((8 - BEFORE_S) * 10), round((9 + AFTER_S) * 10) - 1)


async def test_a_stored_tickets_seconds_are_those_of_the_recording(folder: Path) -> None:
    record = record_of(answered())
    begun_us = record_begun_us() + 5 * SECOND
    wav = await sound_of(folder, record, begun_us, _asked(from_s=3, until_s=4, clock="recording"))
    assert _ends(wav) == (round((3 - BEFORE_S) * 10), round((4 + AFTER_S) * 10) - 1)


def record_begun_us() -> int:
    return 1_795_320_000 * SECOND


@pytest.mark.parametrize(("speaker", "sign"), [("citizen", 1), ("agent", -1), ("third", -1)])
async def test_a_third_line_is_heard_where_the_citizen_hears_it(
    folder: Path, speaker: str, sign: int
) -> None:
    record = record_of(answered())
    wav = await sound_of(folder, record, record_begun_us(), _asked(speaker=speaker, from_s=5, until_s=6))
    assert _ends(wav)[0] * sign > 0


async def test_of_a_call_that_nobody_knows_there_is_no_sound(folder: Path) -> None:
    for record, begun in ((None, 1), (record_of(answered()), None)):
        with pytest.raises(NotFoundError):
            await sound_of(folder, record, begun, _asked(from_s=1, until_s=2))


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"from_s": "1"},
        {"from_s": "-1", "until_s": "2"},
        {"from_s": "nan", "until_s": "2"},
        {"from_s": "1", "until_s": "inf"},
        {"from_s": "1", "until_s": "2", "speaker": "../agent"},
        {"from_s": "1", "until_s": "2", "clock": "wall"},
    ],
)
def test_a_query_that_makes_no_sense_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError):
        read_query(query)
