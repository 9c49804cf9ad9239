from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]

LATE = """\
import pytest, time

def test_short(): time.sleep(0.1)

@pytest.mark.takes(50)
def test_long(): pass

@pytest.mark.takes(90)
def test_longest(): pass
"""
SHARED = """\
import os, pytest

@pytest.fixture(scope="module")
def process():
    return os.getpid()

@pytest.mark.parametrize("n", range(6))
def test_same(process, n):
    with open("pids", "a") as file:
        file.write(f"{process}\\n")
"""
HEAVY = """\
import os, pytest

pytestmark = pytest.mark.heavy(1)

@pytest.mark.parametrize("n", range(6))
def test_heavy(n):
    with open("pids", "a") as file:
        file.write(f"{os.getpid()}\\n")
"""


def run(folder: Path, text: str, *arguments: str) -> str:
    (folder / "test_example.py").write_text(text, encoding="utf-8")
    marks = "[pytest]\nmarkers =\n  takes(seconds): long\n  heavy(lane): in turn\n"
    (folder / "pytest.ini").write_text(marks, encoding="utf-8")
    plugins = ["-p", "side_by_side_plugin", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", *plugins, *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(TESTS), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_longest_is_begun_first(tmp_path: Path) -> None:
    told = run(tmp_path, LATE, "-n", "1")
    assert told.index("::test_longest") < told.index("::test_long ") < told.index("::test_short")


def test_in_one_process_the_order_is_the_written_one(tmp_path: Path) -> None:
    told = run(tmp_path, LATE)
    assert told.index("::test_short") < told.index("::test_long ") < told.index("::test_longest")


@pytest.mark.parametrize("text", [SHARED, HEAVY])
def test_tests_that_share_a_fixture_or_a_lane_stay_in_one_process(tmp_path: Path, text: str) -> None:
    told = run(tmp_path, text, "-n", "3")
    assert told.count("PASSED") == 6
    pids = (tmp_path / "pids").read_text(encoding="utf-8").split()
    assert len(pids) == 6
    assert len(set(pids)) == 1


def test_who_wants_to_look_on_gets_one_process(tmp_path: Path) -> None:
    assert "workers" not in run(tmp_path, LATE, "-n", "auto", "-s")
    assert "workers" in run(tmp_path, LATE, "-n", "auto")
