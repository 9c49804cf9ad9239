from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hotline.telephony import install, installation
from hotline.telephony.debian_source import InstallError

pytestmark = pytest.mark.asterisk


def silent(_what: str, _done: int, _total: int) -> None:
    pass


@pytest.fixture
def no_asterisk(monkeypatch, tmp_path) -> Path:
    """A user whose cache is empty, on a machine without an Asterisk of its own."""
    monkeypatch.setattr(installation, "on_path", lambda: None)
    monkeypatch.setenv("HOTLINE_CACHE", str(tmp_path))
    return tmp_path / "asterisk"


def test_the_installed_one_starts_and_says_its_version(asterisk_binary):
    assert installation.version_of(asterisk_binary.command()) == asterisk_binary.version
    assert asterisk_binary.number[0] >= installation.OLDEST
    assert {"app_queue", "app_mixmonitor", "chan_pjsip", "cel_custom"} <= asterisk_binary.module_names()


def test_a_second_install_fetches_nothing(asterisk_binary, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))  # no apt-get: it would be an error
    told: list[str] = []
    assert install.install(lambda what, _done, _total: told.append(what)).version == asterisk_binary.version
    assert told == []


def test_a_download_that_breaks_says_why_and_leaves_nothing(no_asterisk, monkeypatch):
    monkeypatch.setenv("HOTLINE_DEBIAN_MIRROR", "http://127.0.0.1:1/debian")
    with pytest.raises(InstallError) as caught:
        install.install(silent)
    assert "127.0.0.1" in caught.value.message
    assert "network" in caught.value.mend
    assert caught.value.retryable
    assert [file.name for file in no_asterisk.iterdir()] == [".lock"]
    assert installation.find() is None


def test_no_room_is_said_before_anything_is_fetched(no_asterisk, monkeypatch):
    usage = shutil.disk_usage("/")._replace(free=10 << 20)
    monkeypatch.setattr(install.shutil, "disk_usage", lambda _folder: usage)
    with pytest.raises(InstallError, match="10 MB free"):
        install.install(silent)
    assert [file.name for file in no_asterisk.iterdir()] == [".lock"]


def test_a_half_unpacked_one_is_not_taken(no_asterisk):
    (no_asterisk / "22.0.0/usr/sbin").mkdir(parents=True)
    (no_asterisk / "22.0.0/usr/sbin/asterisk").touch()
    (no_asterisk / ".new-x/usr/sbin").mkdir(parents=True)
    assert installation.in_cache() is None


def test_nothing_found_says_the_command_to_run(no_asterisk):
    with pytest.raises(installation.AsteriskMissingError, match="hotline asterisk install"):
        installation.require()


@pytest.mark.parametrize(
    ("says", "taken"),
    [("Asterisk 20.6.0~dfsg", True), ("Asterisk 18.10.0", False), ("Asterisk certified-20.7-cert1", True)],
)
def test_the_one_on_path_must_be_new_enough(monkeypatch, tmp_path, says, taken):
    binary = tmp_path / "asterisk"
    binary.write_text(f"#!/bin/sh\necho '{says}'\n", encoding="utf-8")
    binary.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found = installation.on_path()
    assert (found is not None and found.binary == binary) is taken
