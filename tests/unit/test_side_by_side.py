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


CALLS = """\
import os, pathlib, pytest, time

pytestmark = pytest.mark.asterisk

@pytest.mark.parametrize("n", range(20))
def test_call(n):
    until = time.monotonic() + 60
    while not pathlib.Path("filled").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert pathlib.Path("filled").exists()
    group = pathlib.Path("/proc/self/autogroup")
    assert not group.exists() or "nice 10" not in group.read_text()
"""
SHORT = """\
import os, pathlib, pytest

@pytest.mark.parametrize("n", range(40))
def test_fill(n):
    group = pathlib.Path("/proc/self/autogroup")
    low = group.exists() and "nice 10" in group.read_text() or os.getpriority(os.PRIO_PROCESS, 0) >= 10
    with open("pids", "a") as file:
        file.write(f"{n} {low}\\n")
    if n == 10:
        pathlib.Path("filled").touch()
"""


def run(folder: Path, text: str, *arguments: str) -> str:
    (folder / "test_example.py").write_text(text, encoding="utf-8")
    marks = "[pytest]\ntestpaths = .\nmarkers =\n  takes(seconds): long\n  heavy(lane): in turn\n  asterisk\n"
    (folder / "pytest.ini").write_text(marks, encoding="utf-8")
    plugins = ["-p", "xdist.plugin", "-p", "side_by_side_plugin", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", *plugins, *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(TESTS), "PATH": "/usr/bin:/bin", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
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


def test_while_calls_ring_one_worker_more_does_the_rest_from_its_end_and_gives_way(tmp_path: Path) -> None:
    (tmp_path / "test_short.py").write_text(SHORT, encoding="utf-8")
    told = run(tmp_path, CALLS, "-n", "auto")
    assert told.count("PASSED") == 60
    done = [line.split() for line in (tmp_path / "pids").read_text(encoding="utf-8").splitlines()]
    first = done[: 1 + done.index(["10", "True"])]
    assert first == [[str(n), "True"] for n in range(39, 9, -1)]


def test_one_worker_more_is_for_all_tests(tmp_path: Path) -> None:
    (tmp_path / "test_short.py").write_text(SHORT, encoding="utf-8")
    run(tmp_path, SHARED, "-n", "auto", "test_short.py")
    assert "True" not in (tmp_path / "pids").read_text(encoding="utf-8")


@pytest.mark.parametrize("chosen", ["test_call", "test_longest", "test_call[3] or test_fill[39]"])
def test_a_few_chosen_tests_end_too(tmp_path: Path, chosen: str) -> None:
    (tmp_path / "test_short.py").write_text(SHORT, encoding="utf-8")
    (tmp_path / "test_late.py").write_text(LATE, encoding="utf-8")
    (tmp_path / "filled").touch()
    told = run(tmp_path, CALLS, "-n", "auto", "-k", chosen)
    assert told.count("PASSED") == (20 if chosen == "test_call" else len(chosen.split(" or ")))
