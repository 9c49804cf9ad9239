"""A recording that is still being written is read by its real length, and no more of it than is wanted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hotline.asr.errors import AudioError
from hotline.asr.growing import GrowingWav, sound_s
from support.speech import RATE, begin_recording, go_on_recording, silence, speech

pytestmark = pytest.mark.clause("R-3W-3")

LAMPS = "base0016.wav"


@pytest.mark.parametrize("header_s", [0.0, 4.0], ids=["never closed", "closed once and gone on with"])
def test_length_and_sound_are_the_files(tmp_path: Path, header_s: float) -> None:
    file = tmp_path / "c-citizen.wav"
    begin_recording(file, silence(5), header_s=header_s)
    assert sound_s(file) == 5.0
    go_on_recording(file, speech(LAMPS))
    length = 5 + len(speech(LAMPS)) / RATE
    assert sound_s(file) == pytest.approx(length)
    sound = GrowingWav(file, from_s=-60, until_s=1000)
    assert (sound.from_s, sound.until_s) == (0.0, pytest.approx(length))
    ((start_s, pieces),) = sound.spans()
    assert start_s == pytest.approx(5.0, abs=0.5)
    heard = np.frombuffer(b"".join(pieces), dtype="<i2")
    assert len(heard) > len(speech(LAMPS)) * 0.8


def test_only_the_stretch_is_read(tmp_path: Path) -> None:
    file = tmp_path / "c-citizen.wav"
    begin_recording(file, np.repeat(np.arange(100, dtype=np.int16), RATE))
    sound = GrowingWav(file, from_s=40.5, until_s=42.0)
    assert (sound.from_s, sound.until_s) == (40.5, 42.0)
    assert GrowingWav(file, from_s=98.0, until_s=200.0).until_s == 100.0
    beyond = GrowingWav(file, from_s=300.0, until_s=360.0)
    assert (beyond.spans(), beyond.until_s) == ([], 300.0)
    assert GrowingWav(file, from_s=10.0, until_s=-5.0).spans() == []


def test_half_a_sample_at_the_end_is_left(tmp_path: Path) -> None:
    file = tmp_path / "c-citizen.wav"
    begin_recording(file, silence(1))
    with file.open("ab") as more:
        more.write(b"\x01")
    assert GrowingWav(file, from_s=0, until_s=10).until_s == 1.0


@pytest.mark.parametrize("content", [b"", b"RIFF", b"x" * 5000, None])
def test_what_is_no_recording_yet(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "c-citizen.wav"
    if content is not None:
        file.write_bytes(content)
    assert sound_s(file) == 0.0
    with pytest.raises(AudioError):
        GrowingWav(file, from_s=0, until_s=10)


def test_only_mono_of_16_bits_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "c-citizen.wav"
    begin_recording(file, silence(1))
    data = bytearray(file.read_bytes())
    data[22] = 2
    file.write_bytes(bytes(data))
    with pytest.raises(AudioError, match="mono 16-bit"):
        GrowingWav(file, from_s=0, until_s=10)
