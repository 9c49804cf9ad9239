from __future__ import annotations

import stat
from pathlib import Path

import pytest

from hotline.core.private_folder import private_folder


def mode(folder: Path) -> int:
    return stat.S_IMODE(folder.stat().st_mode)


def test_a_new_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    private_folder(tmp_path / "a" / "state")
    assert mode(tmp_path / "a" / "state") == 0o700


@pytest.mark.parametrize(
    ("before", "after"), [(0o755, 0o750), (0o777, 0o770), (0o750, 0o750), (0o700, 0o700)]
)
def test_others_lose_their_rights_and_a_group_keeps_its_own(tmp_path: Path, before: int, after: int) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    folder.chmod(before)
    private_folder(folder)
    assert mode(folder) == after
