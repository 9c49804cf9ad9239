from __future__ import annotations

from pathlib import Path

import pytest

from support.config_text import Write


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_text(text: str) -> Path:
        path = tmp_path / "hotline.toml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    return write_text
