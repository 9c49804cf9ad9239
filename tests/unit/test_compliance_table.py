from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]

EXAMPLE = """\
import pytest

@pytest.mark.clause("R-IVR-10")
@pytest.mark.parametrize("n", [1, 2])
def test_all_cases(n): pass

@pytest.mark.clause("R-IVR-2", "R-Q-1")
def test_good(): pass

@pytest.mark.clause("R-IVR-2")
@pytest.mark.parametrize("n", [1, 2])
def test_one_case_fails(n): assert n == 1

@pytest.mark.clause("R-T-1")
def test_broken(absent): pass

def test_no_clause(): pass
"""


def run(folder: Path, text: str, *more: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_example.py").write_text(text, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = clause(id): proves\n", encoding="utf-8")
    arguments = ["-q", "-p", "compliance_plugin", "-p", "no:cacheprovider", "--compliance", "table.md"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, *more],
        cwd=folder,
        env={"PYTHONPATH": str(TESTS), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


PLAIN: list[str] = []
SIDE_BY_SIDE = ["-n", "2"]
WAYS = pytest.mark.parametrize("way", [PLAIN, SIDE_BY_SIDE], ids=["plain", "side by side"])


@WAYS
def test_only_tests_that_pass_in_all_their_cases_stand_in_the_table(tmp_path: Path, way: list[str]) -> None:
    run(tmp_path, EXAMPLE, *way)
    rows = (tmp_path / "table.md").read_text(encoding="utf-8").split("| --- | --- |\n")[1]
    assert rows == (
        "| R-IVR-2 | `test_example.py::test_good` |\n"
        "| R-IVR-10 | `test_example.py::test_all_cases` |\n"
        "| R-Q-1 | `test_example.py::test_good` |\n"
    )


@WAYS
def test_a_test_of_which_a_case_did_not_run_proves_nothing(tmp_path: Path, way: list[str]) -> None:
    run(tmp_path, EXAMPLE, "-k", "good or all_cases and not 2", *way)
    text = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert "test_good" in text
    assert "test_all_cases" not in text


@WAYS
def test_a_worker_that_dies_proves_nothing(tmp_path: Path, way: list[str]) -> None:
    dies = EXAMPLE.replace("def test_broken(absent): pass", "def test_broken(): raise SystemExit")
    if way:
        dies = dies.replace("raise SystemExit", "__import__('os')._exit(1)")
    run(tmp_path, dies, *way)
    text = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert "test_good" in text
    assert "test_broken" not in text


@WAYS
def test_a_misspelt_clause_is_an_error(tmp_path: Path, way: list[str]) -> None:
    done = run(tmp_path, EXAMPLE.replace("R-IVR-10", "IVR-10"), *way)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "no clause has the name 'IVR-10'" in done.stdout + done.stderr
    assert "all_cases" not in (tmp_path / "table.md").read_text(encoding="utf-8")
