from __future__ import annotations

from pathlib import Path

import pytest

from hotline.asr.manifest import read_manifest
from hotline.asr.requests import TranscribeRequest
from hotline.core.errors import InvalidInputError


def manifest(tmp_path: Path, text: str) -> Path:
    (tmp_path / "a.wav").write_bytes(b"")
    path = tmp_path / "manifest.tsv"
    path.write_text(text, "utf-8")
    return path


def test_a_manifest_is_read_with_its_sets(tmp_path: Path) -> None:
    samples = read_manifest(manifest(tmp_path, "file\tset\ttext\na.wav\tbase\t路灯\n\na.wav\t\t满意\n"))
    assert [(one.path.name, one.set_name, one.text) for one in samples] == [
        ("a.wav", "base", "路灯"),
        ("a.wav", "all", "满意"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ":1: the heading lacks"),
        ("path\ttext\n", ":1: the heading lacks"),
        ("file\ttext\na.wav\n", ":2: 1 columns, 2 in the heading"),
        ("file\ttext\na.wav\tx\nb.wav\ty\n", ":3: there is no file"),
        ("file\ttext\n", "no recordings"),
    ],
)
def test_a_wrong_manifest_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        read_manifest(manifest(tmp_path, text))


def test_paths_of_a_job_are_under_the_recordings_unless_absolute() -> None:
    request = TranscribeRequest.parse(
        {"call": "node1-1.1", "legs": {"citizen": "2026/a.wav", "agent": "/x/b.wav"}, "from_s": 3},
        Path("/rec"),
    )
    assert request.legs == {"citizen": Path("/rec/2026/a.wav"), "agent": Path("/x/b.wav")}
    assert request.from_s == 3.0


@pytest.mark.parametrize(
    "payload",
    [
        None,
        {},
        {"call": "a", "legs": {}},
        {"call": "", "legs": {"citizen": "a"}},
        {"call": "a", "legs": {"robot": "a"}},
        {"call": "a", "legs": {"citizen": "a"}, "from_s": -1},
        {"call": "a" * 81, "legs": {"citizen": "a"}},
    ],
)
def test_a_job_that_cannot_be_read_is_refused(payload: object) -> None:
    with pytest.raises(InvalidInputError):
        TranscribeRequest.parse(payload, Path("/rec"))
