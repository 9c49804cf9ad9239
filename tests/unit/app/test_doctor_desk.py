from __future__ import annotations

from pathlib import Path

import pytest

from hotline.app.doctor_desk import address, certificate, desk, own_name
from hotline.core.desk_settings import DeskSettings
from support.asterisk import PHONE_SECRET, make_settings


@pytest.mark.parametrize(
    ("told", "bad"),
    [
        ({}, False),
        ({"url": "ws://localhost:8088/ws"}, False),
        ({"url": "wss://hotline.example/phone"}, False),
        ({"host": "192.0.2.4"}, True),
        ({"url": "ws://hotline.example/phone"}, True),
    ],
)
def test_a_line_without_tls_is_for_this_machine_only(told, bad) -> None:
    assert bool(list(address(DeskSettings.model_validate(told)))) is bad


def test_a_certificate_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_text("no certificate")
    for name in ("a.pem", "none.pem"):
        told = DeskSettings(certificate=tmp_path / name, key=tmp_path / "a.pem")
        assert [one.setting for one in certificate(told)] == ["desk.certificate"]
    assert list(certificate(DeskSettings())) == []


def test_the_machines_own_name_must_resolve() -> None:
    def fails(_name: str) -> str:
        raise OSError("no such host")

    assert [one.status for one in own_name("vm", fails)] == ["fail"]
    assert own_name("vm", lambda _name: "127.0.1.1") == []


async def test_without_browsers_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert list(await desk(make_settings(tmp_path))) == []


async def test_a_good_configuration_is_one_line(tmp_path: Path) -> None:
    agents = [
        {"number": "1001", "name": "王芳", "secret": PHONE_SECRET, "queues": ["public"], "phone": "browser"}
    ]
    settings = make_settings(tmp_path, agents=agents, asterisk={"mode": "external"})
    (finding,) = await desk(settings)
    assert finding.status == "ok"
    assert "ws://127.0.0.1:8088/ws" in finding.message
