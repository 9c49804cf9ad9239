from __future__ import annotations

import hashlib
import os
import wave
from pathlib import Path

import pytest

from hotline.telephony import recording_files as files
from support.wavs import cut_wav, write_wav


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("2026/11/22/node1-1795318464.0-mix.wav", files.Name("node1-1795318464.0", "mix")),
        ("node1-1.2-citizen.wav", files.Name("node1-1.2", "citizen")),
        ("a/node-2-1.2-message2.wav", files.Name("node-2-1.2", "message")),
        ("node1-1.2.wav", None),
        ("node1-1.2-mix.wav.part", None),
        (".node1-1.2-mix.wav.repair", None),
    ],
)
def test_names(path: str, name: files.Name | None) -> None:
    assert files.name_of(path) == name


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../x-mix", "a/../../x", "a//b", "", "a/b\n", "a b", ".hidden/x", "x" + "/y" * 9]
)
def test_paths_that_leave_the_folder_are_refused(path: str) -> None:
    assert not files.is_safe(path)
    assert files.is_safe("2026/11/22/node1-1795318464.0")


def test_a_complete_file(tmp_path: Path) -> None:
    write_wav(tmp_path / "c-mix.wav", seconds=1.5)
    state = files.look(tmp_path, "c-mix.wav")
    assert state is not None
    assert state.is_complete
    one = files.check(tmp_path, "c-mix.wav")
    assert one is not None
    assert (one.kind, one.duration_ms, one.sample_rate, one.is_sound) == ("mix", 1500, 8000, True)
    assert one.sha256 == hashlib.sha256((tmp_path / "c-mix.wav").read_bytes()).hexdigest()


@pytest.mark.parametrize("odd", [0, 1])
def test_a_header_cut_by_a_crash_is_mended_and_the_sound_kept(tmp_path: Path, odd: int) -> None:
    path = tmp_path / "c-mix.wav"
    cut_wav(path, seconds=2, odd_bytes=odd)
    before = path.read_bytes()
    state = files.look(tmp_path, path.name)
    assert state is not None
    assert state.is_sound
    assert not state.is_complete
    files.repair(tmp_path, state)
    with wave.open(str(path)) as sound:
        assert sound.getnframes() == 16000
        assert sound.readframes(16000) == before[44 : 44 + 32000]
    again = files.look(tmp_path, path.name)
    assert again is not None
    assert again.is_complete
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("data", [b"", b"RIFF", b"\0" * 44, b"RIFF\0\0\0\0WAVEfmt " + b"\0" * 100])
def test_what_is_no_sound_says_so(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "c-mix.wav").write_bytes(data)
    state = files.look(tmp_path, "c-mix.wav")
    assert state is not None
    assert not state.is_sound
    one = files.check(tmp_path, "c-mix.wav")
    assert one is not None
    assert (one.is_sound, one.duration_ms, one.bytes) == (False, 0, len(data))


def test_links_and_folders_are_no_recordings(tmp_path: Path) -> None:
    write_wav(tmp_path / "secret", seconds=1)
    (tmp_path / "a-mix.wav").symlink_to(tmp_path / "secret")
    (tmp_path / "b-mix.wav").mkdir()
    assert files.look(tmp_path, "a-mix.wav") is None
    assert files.check(tmp_path, "b-mix.wav") is None


def test_a_scan_looks_only_at_folders_that_changed(tmp_path: Path) -> None:
    day = tmp_path / "2026" / "11" / "22"
    day.mkdir(parents=True)
    write_wav(day / "c-mix.wav", seconds=0.1)
    (day / ".c-mix.wav.repair").write_bytes(b"left behind")
    (day / "notes.txt").write_text("x")
    seen: dict[str, int] = {}
    assert list(files.scan(tmp_path, seen)) == ["2026/11/22/c-mix.wav"]
    assert not (day / ".c-mix.wav.repair").exists()
    for folder in (day, *day.parents):
        os.utime(folder, (1000, 1000)) if folder.is_relative_to(tmp_path) else None
    list(files.scan(tmp_path, seen))
    assert list(files.scan(tmp_path, seen)) == []
    write_wav(day / "d-mix.wav", seconds=0.1)
    assert sorted(files.scan(tmp_path, seen)) == ["2026/11/22/c-mix.wav", "2026/11/22/d-mix.wav"]
