from __future__ import annotations

import stat
from pathlib import Path

import pytest

from hotline.app.first_files import FilesExistError, make_secret, write_first_files
from hotline.core import config_file
from hotline.ivr import check


def test_the_new_files_load_and_the_menu_keeps_the_rules(tmp_path: Path) -> None:
    written = write_first_files(tmp_path / "new")
    assert [path.relative_to(tmp_path / "new").as_posix() for path in written] == [
        "hotline.toml",
        "menu.yaml",
        "prompts/README.md",
        "postgres-password",
    ]
    settings = config_file.load(written[0], environment={})
    assert check.load(settings.menu, [queue.name for queue in settings.queues])


def test_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    config = write_first_files(tmp_path)[0]
    for path in (config, tmp_path / "postgres-password"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert config_file.warnings(config) == []


def test_every_node_has_secrets_of_its_own(tmp_path: Path) -> None:
    found: list[str] = []
    for name in ("one", "two"):
        settings = config_file.load(write_first_files(tmp_path / name)[0], environment={})
        found += [settings.asterisk.ami_event_secret, settings.asterisk.ami_action_secret, settings.web.token]
        found += [agent.secret for agent in settings.agents]
        found.append((tmp_path / name / "postgres-password").read_text(encoding="ascii"))
    assert len(set(found)) == len(found) == 14
    assert all(len(secret) == len(make_secret()) == 32 for secret in found)


def test_nothing_that_exists_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "menu.yaml").write_text("mine", encoding="utf-8")
    config = write_first_files(tmp_path)[0]
    before = config.read_text(encoding="utf-8")
    with pytest.raises(FilesExistError) as caught:
        write_first_files(tmp_path)
    assert str(config) in caught.value.message
    assert config.read_text(encoding="utf-8") == before
    assert (tmp_path / "menu.yaml").read_text(encoding="utf-8") == "mine"
