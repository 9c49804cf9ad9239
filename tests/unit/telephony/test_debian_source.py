from __future__ import annotations

import pytest

from hotline.telephony import debian_source
from hotline.telephony.debian_source import InstallError, choose

DEBIAN = "http://mirror.test/debian/|Debian|Debian\n"
SECURITY = "http://mirror.test/debian-security/|Debian|Debian-Security\n"
OTHER = "https://apt.test/|Vendor Ltd|Vendor\n"


def test_the_machines_debian_mirror_is_taken():
    assert choose(OTHER + SECURITY + DEBIAN + DEBIAN, "debian") == ["http://mirror.test/debian/"]


def test_without_lists_every_source_is_tried_but_not_security():
    fresh = "http://mirror.test/debian/||\nhttp://mirror.test/debian-security/||\n"
    assert choose(fresh, "debian") == ["http://mirror.test/debian/"]


def test_a_cdrom_and_ubuntu_hold_no_sid():
    assert choose("cdrom:[Debian 12]/|Debian|Debian\n", "debian") == []
    assert choose("http://mirror.test/ubuntu/||\n", "ubuntu") == []
    assert choose("http://mirror.test/ubuntu/|Ubuntu|Ubuntu\n", "ubuntu") == []


def test_a_machine_without_apt_is_told_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InstallError) as caught:
        debian_source.require_tools()
    assert "apt-get" in caught.value.message
    assert "docker compose" in caught.value.mend


def test_another_mirror_can_be_named(monkeypatch):
    monkeypatch.setenv("HOTLINE_DEBIAN_MIRROR", "http://mirror.test/debian")
    assert debian_source.mirrors() == ["http://mirror.test/debian"]
