from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from hotline.core import config_file
from hotline.core.config_template import new_config

DOCKER = Path(__file__).resolve().parents[3] / "docker"
COMPOSE = DOCKER / "compose.yaml"


@pytest.fixture
def compose() -> dict[str, Any]:
    """The file with its variables at their defaults; one without a default is a KeyError."""
    text = re.sub(r"(?<!\$)\$\{(\w+):-([^}]*)\}", r"\2", COMPOSE.read_text(encoding="utf-8"))
    assert not re.search(r"(?<!\$)\$\{?\w", text), "a variable without a default"
    return yaml.safe_load(text)


def test_the_three_services_are_there(compose):
    services = compose["services"]
    always = {name for name, service in services.items() if "profiles" not in service}
    assert always == {"service", "asterisk", "postgresql"}
    assert {name for name in services if services[name].get("profiles") == ["monitoring"]} == {
        "prometheus",
        "grafana",
    }


def test_what_services_name_exists(compose):
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (DOCKER / source).exists(), source
            else:
                assert source.startswith("../") or source in compose["volumes"]
        assert set(service.get("secrets", [])) <= set(compose["secrets"])
        assert set(service.get("depends_on", {})) <= set(compose["services"])
        if "build" in service:
            context = DOCKER / service["build"]["context"]
            assert (context / service["build"].get("dockerfile", "Dockerfile")).is_file()


def test_the_service_and_the_switch_share_user_and_state(compose):
    service, switch = compose["services"]["service"], compose["services"]["asterisk"]
    assert service["build"]["args"] == switch["build"]["args"]
    assert "state:/var/lib/hotline" in service["volumes"]
    assert "state:/var/lib/hotline" in switch["volumes"]
    assert service["network_mode"] == switch["network_mode"] == "host"


def test_metrics_are_closed_unless_somebody_opens_them(compose):
    assert compose["services"]["service"]["environment"]["HOTLINE_WEB__METRICS"] == "token"


def test_the_services_variables_are_settings(compose, tmp_path, monkeypatch):
    (tmp_path / "hotline.toml").write_text(new_config(lambda: "s" * 32), encoding="utf-8")
    for name, value in compose["services"]["service"]["environment"].items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOTLINE_DATABASE", "postgresql+asyncpg://hotline:x@127.0.0.1:5433/hotline")
    settings = config_file.load(tmp_path / "hotline.toml")
    assert settings.asterisk.mode == "external"
    assert settings.state == Path("/var/lib/hotline")
    assert settings.database.startswith("postgresql+asyncpg://")


def test_no_secret_stands_in_the_files():
    for file in DOCKER.rglob("*"):
        if file.is_file():
            text = file.read_text(encoding="utf-8")
            assert not re.search(r"(?i)(password|secret)\s*[:=]\s*[\"']?[a-z0-9]{6,}", text), file


def _has_compose() -> bool:
    docker = shutil.which("docker")
    if docker is None:
        return False
    return subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0


if _has_compose():  # elsewhere there is no such test, rather than one that cannot fail

    def test_docker_itself_accepts_the_file():
        command = ["docker", "compose", "-f", str(COMPOSE), "config", "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
