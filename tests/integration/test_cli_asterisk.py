from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hotline.core.config_template import new_config
from support.asterisk import RTP_PORTS, free_ports
from support.ports import free_range

pytestmark = pytest.mark.asterisk


@pytest.fixture
def hotline(asterisk_binary, short_folder, monkeypatch):
    """Runs `hotline asterisk …` on a new node; the switch is ended with the test."""
    config = short_folder / "hotline.toml"
    config.write_text(new_config(lambda: "s" * 32), encoding="utf-8")
    config.chmod(0o600)
    media = free_range(RTP_PORTS)
    values = dict(zip(("PHONE_PORT", "TRUNK_PORT", "AMI_PORT"), free_ports(3), strict=True))
    values |= {"RTP_FIRST": media, "RTP_LAST": media + RTP_PORTS - 1, "MAX_CALLS": RTP_PORTS // 4}
    for name, value in values.items():
        monkeypatch.setenv(f"HOTLINE_ASTERISK__{name}", str(value))
    monkeypatch.setenv("HOTLINE_CONFIG", str(config))

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "hotline", "asterisk", *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    yield run
    run("stop")


def answer(done: subprocess.CompletedProcess[str]):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_node_is_started_asked_reloaded_and_stopped(hotline):
    assert answer(hotline("install", "--json"))["version"]
    stopped = hotline("status", "--json")
    assert (stopped.returncode, json.loads(stopped.stdout)["running"]) == (3, False)
    started = answer(hotline("start", "--json"))
    assert Path(started["log"]).exists()
    assert answer(hotline("start", "--json"))["pid"] == started["pid"]
    status = answer(hotline("status", "--json"))
    assert (status["running"], status["pid"]) == (True, started["pid"])
    assert "Asterisk" in answer(hotline("console", "--json", "core", "show", "version"))["output"]
    assert answer(hotline("reload", "--json")) == {"changed": []}
    assert answer(hotline("stop", "--json"))["was_running"] is True
    assert answer(hotline("stop", "--json"))["was_running"] is False


def test_a_switch_that_does_not_run_is_one_clear_line(hotline):
    done = hotline("console", "core", "show", "version")
    assert done.returncode == 2
    assert "hotline asterisk start" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_use_names_file_line_and_setting(hotline, monkeypatch, short_folder):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("0.0.0.0", 0))  # noqa: S104  # as the switch would
        port = other.getsockname()[1]
        file = short_folder / "hotline.toml"
        text = file.read_text(encoding="utf-8").replace("phone_port = 5060", f"phone_port = {port}")
        file.write_text(text, encoding="utf-8")
        monkeypatch.delenv("HOTLINE_ASTERISK__PHONE_PORT")
        done = hotline("start")
    line = text.splitlines().index(next(one for one in text.splitlines() if one.startswith("phone_port"))) + 1
    assert done.returncode == 2
    assert done.stderr.startswith(f"hotline: {file}:{line}: UDP port {port} on 0.0.0.0 cannot be used: ")
    assert done.stderr.endswith("(stop the program that holds it, or change asterisk.phone_port)\n")
    assert done.stderr.count("\n") == 1


def test_an_address_of_another_machine_is_not_called_a_port_in_use(hotline, monkeypatch):
    monkeypatch.setenv("HOTLINE_ASTERISK__BIND", "192.0.2.1")
    done = hotline("start")
    assert done.returncode == 2
    assert done.stderr.startswith("hotline: HOTLINE_ASTERISK__BIND: UDP port ")
    assert "(change asterisk.bind to an address of this machine)" in done.stderr
