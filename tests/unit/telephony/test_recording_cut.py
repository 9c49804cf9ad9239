"""Some seconds out of a recording that is still being written."""

import io
import os
import struct
import wave
from pathlib import Path

import pytest

from hotline.core.errors import NotFoundError
from hotline.telephony.recording_cut import LONGEST_S, cut

RATE = 8000


@pytest.fixture
def growing(tmp_path: Path) -> Path:
    """A folder with ten seconds of sound whose samples tell their second; the header has no sizes yet."""
    with wave.open(str(tmp_path / "a-citizen.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(struct.pack("<h", second) * RATE for second in range(10)))
    with (tmp_path / "a-citizen.wav").open("r+b") as file:
        file.seek(40)
        file.write(bytes(4))
    return tmp_path


def _samples(wav: bytes) -> list[int]:
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getframerate(), file.getnframes() * 2 + 44) == (RATE, len(wav))
        return [one for (one,) in struct.iter_unpack("<h", file.readframes(file.getnframes()))]


def test_a_stretch_is_a_file_of_its_own(growing: Path) -> None:
    samples = _samples(cut(growing, "a-citizen.wav", 2.5, 4.25))
    assert len(samples) == 1.75 * RATE
    assert (samples[0], samples[RATE], samples[-1]) == (2, 3, 4)


def test_what_is_not_there_yet_is_left_out(growing: Path) -> None:
    assert len(_samples(cut(growing, "a-citizen.wav", 8, 60))) == 2 * RATE
    assert len(_samples(cut(growing, "a-citizen.wav", -1, 1))) == RATE
    for stretch in ((10, 12), (5, 5), (6, 2)):
        with pytest.raises(NotFoundError):
            cut(growing, "a-citizen.wav", *stretch)


def test_no_more_than_a_minute_is_cut(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "b-agent.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(bytes(2 * RATE * 70))
    assert len(_samples(cut(tmp_path, "b-agent.wav", 1, 70))) == LONGEST_S * RATE


@pytest.mark.parametrize(
    "path", ["../a-citizen.wav", "/etc/passwd", "link.wav", "text.wav", "none.wav", "a/../b.wav"]
)
def test_nothing_else_is_read(growing: Path, path: str) -> None:
    folder = growing / "inner"
    folder.mkdir()
    os.symlink(growing / "a-citizen.wav", folder / "link.wav")
    (folder / "text.wav").write_text("a text is no sound" * 10)
    with pytest.raises(NotFoundError):
        cut(folder, path, 0, 1)
