"""The unit tests and the types of the pages in web/ui, as one test each of this suite."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(command: str) -> None:
    """Run a command of scripts/ui.sh; what it says is shown when it fails."""
    done = subprocess.run(
        [ROOT / "scripts" / "ui.sh", command], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-3000:]}"


@pytest.mark.takes(5)
def test_unit_tests_of_the_pages() -> None:
    run("test")


@pytest.mark.takes(30)
def test_types_of_the_pages_and_of_the_api_they_ask() -> None:
    """The types of the API are made from our OpenAPI first: a page that asks for what is not there fails."""
    run("check")
