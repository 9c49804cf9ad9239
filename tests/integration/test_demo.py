"""The demo itself: played short, played with a broken phone, stopped in the middle."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from hotline.demo.run import DemoError, run_demo
from hotline.demo.scenario import CITIZENS
from hotline.telephony.installation import Asterisk

pytestmark = pytest.mark.heavy(2)


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """A short folder that the demo's own folder is made in, so that what it leaves is seen."""
    folder = Path(tempfile.mkdtemp(prefix="hl-", dir="/tmp"))  # a socket's path must be short
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    for pid in processes_in(folder):  # of a demo that failed to end them
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


def processes_in(folder: Path) -> dict[int, str]:
    """The running processes that have the folder on their command line: phones and switches."""
    found: dict[int, str] = {}
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in line:
            found[int(entry.parent.name)] = line
    return found


@pytest.mark.takes(35)
@pytest.mark.asterisk
async def test_a_citizen_is_helped_and_nothing_is_left_behind(
    asterisk_binary: Asterisk, temporary: Path
) -> None:
    said: list[str] = []
    result = await run_demo(asterisk_binary, said.append, citizens=[CITIZENS[2]])
    wrong = [one for outcome in result.outcomes for one in outcome.checks if not one.good]
    assert not wrong
    assert result.good
    assert sum(len(outcome.checks) for outcome in result.outcomes) >= 9
    assert any("已合成" in line for line in said), "no progress of the speech was shown"
    assert not list(temporary.iterdir()), "the demo left something behind"
    assert not processes_in(temporary)


@pytest.mark.asterisk
async def test_a_phone_that_fails_is_one_clear_error(
    asterisk_binary: Asterisk, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = temporary / "bin"
    broken.mkdir()
    (broken / "baresip").write_text("#!/bin/sh\necho no sound card\nexit 1\n")
    (broken / "baresip").chmod(0o755)
    monkeypatch.setenv("PATH", f"{broken}:{os.environ['PATH']}")
    with pytest.raises(DemoError) as caught:
        await run_demo(asterisk_binary, lambda _line: None, citizens=[CITIZENS[2]])
    assert "a phone ended at its start" in str(caught.value)
    (kept,) = [folder for folder in temporary.iterdir() if folder != broken]
    assert f"logs are kept in {kept}" in str(caught.value)
    assert "no sound card" in next(kept.rglob("baresip.log")).read_text()
    assert not processes_in(kept)


async def _demo(*arguments: str, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hotline", "demo", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
        start_new_session=True,
        preexec_fn=_hear_ctrl_c,
    )


def _hear_ctrl_c() -> None:
    """A shell that runs the tests in the background has its children ignore SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


async def test_without_phones_it_says_so_as_json_and_ends_with_2(tmp_path: Path) -> None:
    process = await _demo("--json", PATH=str(tmp_path))
    output, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 2
    told: dict[str, Any] = json.loads(output)
    assert told["error"] == "phone.failed"
    assert "apt-get install baresip" in told["mend"]
    assert b"Traceback" not in errors, errors.decode()


async def _ended(process: asyncio.subprocess.Process, limit_s: float = 60) -> tuple[bytes, bytes]:
    """Wait for its end; one that hangs is made to tell where each of its threads is."""
    telling = asyncio.create_task(process.communicate())
    done, _ = await asyncio.wait({telling}, timeout=limit_s)
    if not done:
        process.send_signal(signal.SIGABRT)
        pytest.fail(f"still running after {limit_s:g} s:\n{(await telling)[1].decode()}")
    return telling.result()


@pytest.mark.asterisk
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_stopping_it_takes_phones_and_switch_along(
    asterisk_binary: Asterisk, temporary: Path, number: signal.Signals, status: int
) -> None:
    process = await _demo("--json", TMPDIR=str(temporary), PYTHONFAULTHANDLER="1")
    try:
        async with asyncio.timeout(60):
            while not any("baresip" in line for line in processes_in(temporary).values()):  # noqa: ASYNC110  # its processes
                await asyncio.sleep(0.2)
        process.send_signal(number)
        output, errors = await _ended(process)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == status, errors.decode()
    assert output == b""
    assert b"Traceback" not in errors, errors.decode()
    assert not processes_in(temporary)
    assert not list(temporary.iterdir())
