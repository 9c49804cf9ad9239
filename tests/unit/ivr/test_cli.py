from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hotline.cli.init import init
from hotline.cli.ivr import app
from support.menus import MENU

runner = CliRunner()


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOTLINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    init(tmp_path / "run")
    return tmp_path / "run" / "hotline.toml"


def call(*arguments: object) -> Result:
    return runner.invoke(app, [str(argument) for argument in arguments])


def test_check_tells_every_path(config: Path, tmp_path: Path) -> None:
    (tmp_path / "menu.yaml").write_text(MENU, encoding="utf-8")
    result = call("check", tmp_path / "menu.yaml", "--config", config, "--json")
    said = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (said["ok"], said["queues_checked"]) == (True, True)
    assert {"keys": "1-2", "ends": "human:dialect"} in said["paths"]


@pytest.mark.clause("R-IVR-2")
def test_check_refuses_with_line_and_rule(config: Path, tmp_path: Path) -> None:
    lines = MENU.replace("全天服务", "打折促销").splitlines()
    (tmp_path / "menu.yaml").write_text("\n".join(lines), encoding="utf-8")
    result = call("check", tmp_path / "menu.yaml", "--config", config, "--json")
    problem = json.loads(result.stdout)["problems"][0]
    assert result.exit_code == 2
    assert (problem["line"], problem["rule"]) == (lines.index("    prompt: 打折促销") + 1, "R-IVR-2")


def test_without_a_configuration_the_delivered_menu_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = call("check")
    assert result.exit_code == 0
    assert "queues were not checked" in result.stdout


def test_show_draws_the_tree(config: Path) -> None:
    result = call("show", "--config", config)
    assert result.exit_code == 0
    for words in (
        "新年好！请问您需要什么帮助？",
        "按 3: 转人工 sign",
        "按 0: 转人工 public",
        "自助 office-hours",
    ):
        assert words in result.stdout


def test_render_prints_the_dialplan_and_writes_nothing(config: Path) -> None:
    result = call("render", "--config", config)
    assert "[hotline-menu]\nexten => s,1,Goto(ivr-" in result.stdout
    assert not (config.parent / "state" / "asterisk").exists()


@pytest.mark.parametrize("command", ["check", "show", "render", "apply", "prompts"])
def test_every_command_has_an_example_in_its_help(command: str) -> None:
    result = call(command, "--help")
    assert result.exit_code == 0
    assert f"Example: hotline ivr {command}" in " ".join(result.stdout.replace("│", " ").split())
    assert "--json" in result.stdout
