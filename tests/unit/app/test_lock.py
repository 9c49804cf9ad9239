from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hotline.app.lock import AlreadyRunningError, StateFolderError, StateLock

HOLDER = """
import subprocess, sys
from pathlib import Path
from hotline.app.lock import StateLock

lock = StateLock(Path(sys.argv[1]))
lock.take()
print(subprocess.Popen(["sleep", "60"]).pid, flush=True)
sys.stdin.read()
"""


def test_one_holds_it_and_a_second_is_told_who(tmp_path: Path) -> None:
    first, second = StateLock(tmp_path / "state"), StateLock(tmp_path / "state")
    first.take()
    with pytest.raises(AlreadyRunningError, match=f"process {os.getpid()}") as caught:
        second.take()
    assert "state" in caught.value.mend
    second.give_back()
    with pytest.raises(AlreadyRunningError):
        second.take()
    first.give_back()
    second.take()
    second.give_back()
    StateLock(tmp_path / "other").give_back()


def test_a_killed_holder_leaves_it_free_and_its_children_do_not_keep_it(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        child = int(holder.stdout.readline())
        try:
            with pytest.raises(AlreadyRunningError, match=str(holder.pid)):
                StateLock(tmp_path).take()
            holder.kill()
            holder.wait()
            lock = StateLock(tmp_path)
            lock.take()
            lock.give_back()
        finally:
            os.kill(child, signal.SIGKILL)


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateFolderError, match="cannot be written"):
        StateLock(tmp_path / "file" / "state").take()
