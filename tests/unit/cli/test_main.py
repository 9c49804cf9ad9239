from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from hotline import __version__
from hotline.cli.main import PARTS, command_line

COMMANDS = typer.main.get_command(command_line())


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield every command that does something, with its words."""
    if hasattr(command, "commands"):
        for name, part in command.commands.items():
            yield from walk(part, (*path, name))
    else:
        yield " ".join(path), command


EVERY = dict(walk(COMMANDS))


def hotline(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hotline", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", "HOME": str(cwd), "LANG": "C.UTF-8"},
        check=False,
    )


@pytest.mark.parametrize("name", EVERY)
def test_every_command_tells_what_it_is_for_with_an_example(name: str) -> None:
    command = EVERY[name]
    assert (command.help or "").strip()
    text = f"{command.help}\n{command.epilog or ''}"
    assert f"hotline {name}" in text.partition("Example:")[2]


@pytest.mark.parametrize("name", EVERY)
def test_every_command_speaks_json(name: str) -> None:
    options = {option for parameter in EVERY[name].params for option in parameter.opts}
    assert "--json" in options


@pytest.mark.parametrize("name", PARTS)
def test_a_command_is_the_same_alone_as_among_all(name: str) -> None:
    alone = typer.main.get_command(command_line(name))
    assert list(alone.commands) == [name]
    assert dict(walk(alone)).keys() == {one for one in EVERY if one.split()[0] == name}


def test_every_group_has_commands_and_a_help() -> None:
    assert set(COMMANDS.commands) == set(PARTS)
    assert all(part.help for part in COMMANDS.commands.values())


def test_the_version_is_told(tmp_path: Path) -> None:
    assert hotline("--version", cwd=tmp_path).stdout == f"hotline {__version__}\n"


def test_an_error_is_one_line_with_its_mend_and_status_2(tmp_path: Path) -> None:
    told = hotline("agents", "list", cwd=tmp_path)
    assert told.returncode == 2
    assert told.stdout == ""
    assert told.stderr == (
        "hotline: no configuration here: neither hotline.toml nor .run/hotline.toml exists "
        "(run: hotline init .run   (or name a file with --config))\n"
    )


def test_an_error_with_json_is_json_on_standard_output(tmp_path: Path) -> None:
    told = hotline("agents", "list", "--json", "--config", "absent.toml", cwd=tmp_path)
    assert told.returncode == 2
    found = json.loads(told.stdout)
    assert found["error"] == "config.invalid"
    assert found["problems"] == [
        {
            "file": "absent.toml",
            "line": 0,
            "key": "",
            "message": "no such file",
            "mend": "run: hotline init DIR",
        }
    ]


@pytest.mark.parametrize("as_json", [False, True])
def test_a_file_that_cannot_be_used_is_one_line_too(tmp_path: Path, as_json: bool) -> None:
    (tmp_path / "taken").write_text("a file, no folder", encoding="utf-8")
    told = hotline("init", "taken", *(["--json"] if as_json else []), cwd=tmp_path)
    assert told.returncode == 2
    assert told.stderr.splitlines() == [
        "hotline: taken: File exists (look at the path, its rights and the disk)"
    ]
    assert (json.loads(told.stdout)["error"] == "file.unusable") if as_json else told.stdout == ""


def test_init_writes_a_node_that_doctor_can_read(tmp_path: Path) -> None:
    made = json.loads(hotline("init", "node", "--json", cwd=tmp_path).stdout)
    assert made["config"] == "node/hotline.toml"
    others = [path.name for path in tmp_path.rglob("*") if path.stat().st_mode & 0o007]
    assert others == [], "no other user of the machine may read them"
    told = hotline("doctor", "--config", "node/hotline.toml", "--json", cwd=tmp_path)
    found = json.loads(told.stdout)
    assert {one["status"] for one in found["findings"] if one["check"] == "configuration"} == {"ok"}
    assert told.returncode == (0 if found["ok"] else 1)


def test_others_reading_the_secrets_is_warned_of_on_standard_error(tmp_path: Path) -> None:
    hotline("init", "node", cwd=tmp_path)
    (tmp_path / "node" / "hotline.toml").chmod(0o644)
    told = hotline("ivr", "check", "--config", "node/hotline.toml", "--json", cwd=tmp_path)
    assert told.stderr.startswith("warning: node/hotline.toml: others may read its secrets, mode 0644")
    assert json.loads(told.stdout)
