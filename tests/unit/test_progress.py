from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from progress_plugin import line

TESTS = Path(__file__).resolve().parents[1]

EXAMPLE = """\
import pytest

@pytest.mark.parametrize("n", range(8))
def test_good(n): pass

def test_bad(): assert 1 == 2

def test_broken(absent): pass
"""


def run(folder: Path, *arguments: str) -> str:
    (folder / "test_example.py").write_text(EXAMPLE, encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-ra",
            "-p",
            "progress_plugin",
            "-p",
            "no:cacheprovider",
            *arguments,
        ],
        cwd=folder,
        env={"PYTHONPATH": str(TESTS), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return done.stdout


def test_side_by_side_failures_are_told_at_once_and_the_end_in_one_line(tmp_path: Path) -> None:
    told = run(tmp_path, "-n", "2")
    before, _, after = told.partition("= FAILURES =")
    assert "\nFAILED test_example.py::test_bad (call): assert 1 == 2\n" in before
    assert "\nFAILED test_example.py::test_broken (setup): " in before
    assert "100 %  10 of 10, 2 failed" in before
    assert "....." not in before
    assert "FAILED test_example.py::test_bad - assert 1 == 2" in after
    assert "ERROR test_example.py::test_broken" in after
    assert "1 failed, 8 passed, 1 error" in after


def test_in_one_process_pytest_shows_what_it_always_shows(tmp_path: Path) -> None:
    assert "test_example.py ........FE" in run(tmp_path)


def test_the_longest_that_run_are_named() -> None:
    running = [(3.0, "test_a"), (61.4, "test_b"), (20.0, "test_c"), (0.1, "test_d")]
    assert line(500, 2000, 0, 127.5, running) == (
        "  2:07   25 %  500 of 2000  now: test_b 61 s, test_c 20 s, test_a 3 s"
    )
    assert line(0, 0, 2, 5.0, []) == "  0:05    ? %  0 of 0, 2 failed"
