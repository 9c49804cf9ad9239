from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from hotline.asr.errors import ModelError
from hotline.asr.safe_unzip import unzip

TOP = "vosk-model"


def archive(tmp_path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in entries:
            made.writestr(name, data)
    return path


def unfold(tmp_path: Path, source: Path, *, limit: int = 10_000) -> Path:
    into = tmp_path / "into"
    into.mkdir()
    return unzip(source, into, top=TOP, limit=limit)


def test_a_model_is_unfolded(tmp_path: Path) -> None:
    folder = unfold(
        tmp_path, archive(tmp_path, (f"{TOP}/am/final.mdl", b"x" * 500), (f"{TOP}/README", b"hello"))
    )
    assert (folder / "am/final.mdl").read_bytes() == b"x" * 500
    assert (folder / "README").read_bytes() == b"hello"


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        f"{TOP}/../../evil",
        f"{TOP}/../evil",
        "/etc/evil",
        f"{TOP}\\..\\evil",
        "C:/evil",
        "evil",
        "other/evil",
        f"./../{TOP}/evil",
    ],
)
def test_a_path_that_leads_outside_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    source = archive(tmp_path, (f"{TOP}/good", b"good"), (name, b"evil"))
    with pytest.raises(ModelError):
        unfold(tmp_path, source)
    assert list((tmp_path / "into").rglob("*")) == []
    assert not (tmp_path / "evil").exists()


def test_a_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo(f"{TOP}/graph")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(ModelError, match="link"):
        unfold(tmp_path, archive(tmp_path, (link, b"/etc")))


def test_a_bomb_is_refused_by_what_it_declares(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="unfolds to more"):
        unfold(tmp_path, archive(tmp_path, (f"{TOP}/bomb", b"\0" * 50_000)))


def test_a_bomb_that_lies_about_its_size_writes_no_more_than_the_limit(tmp_path: Path) -> None:
    source = archive(tmp_path, (f"{TOP}/bomb", b"\0" * 5_000_000))
    raw = source.read_bytes()
    source.write_bytes(raw.replace((5_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little")))
    with zipfile.ZipFile(source) as changed:
        assert changed.infolist()[0].file_size == 100
    with pytest.raises(ModelError):
        unfold(tmp_path, source)
    written = tmp_path / "into" / TOP / "bomb"
    assert not written.exists() or written.stat().st_size <= 10_000


def test_many_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="files"):
        unfold(tmp_path, archive(tmp_path, *((f"{TOP}/{number}", b"") for number in range(2001))))


def test_a_name_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="twice"):
        unfold(tmp_path, archive(tmp_path, (f"{TOP}/a", b"1"), (f"{TOP}/A", b"2")))


@pytest.mark.parametrize("cut", [10, 200])
def test_a_broken_archive_is_one_clear_error(tmp_path: Path, cut: int) -> None:
    source = archive(tmp_path, (f"{TOP}/a", bytes(range(256)) * 8))
    source.write_bytes(source.read_bytes()[:-cut])
    with pytest.raises(ModelError, match="not a whole zip file"):
        unfold(tmp_path, source)


def test_a_file_damaged_inside_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as made:
        made.writestr(f"{TOP}/a", b"hello world")
    path.write_bytes(path.read_bytes().replace(b"hello", b"jello"))
    with pytest.raises(ModelError, match="not a whole zip file"):
        unfold(tmp_path, path)
