"""Every bench can be started as its users start it: no folder of ours hides a module of Python's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("bench", sorted((ROOT / "bench").glob("*.py")), ids=lambda path: path.stem)
def test_it_explains_itself(bench: Path) -> None:
    told = subprocess.run([sys.executable, str(bench), "--help"], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert "--json" in told.stdout
    assert "--quick" in told.stdout
