from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


def run(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_example.py").write_text(text, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = clause(id): proves\n", encoding="utf-8")
    arguments = ["-q", "-p", "compliance_plugin", "-p", "no:cacheprovider", "--compliance", "table.md"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(TESTS), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_only_tests_that_pass_in_all_their_cases_stand_in_the_table(tmp_path: Path) -> None:
    run(tmp_path, EXAMPLE)
    rows = (tmp_path / "table.md").read_text(encoding="utf-8").split("| --- | --- |\n")[1]
    assert rows == (
        "| R-IVR-2 | `test_example.py::test_good` |\n"
        "| R-IVR-10 | `test_example.py::test_all_cases` |\n"
        "| R-Q-1 | `test_example.py::test_good` |\n"
    )


def test_a_misspelt_clause_is_an_error(tmp_path: Path) -> None:
    done = run(tmp_path, EXAMPLE.replace("R-T-1", "T-1"))
    assert done.returncode != 0
    assert "no clause has the name 'T-1'" in done.stdout + done.stderr
