"""Runs the tests in several processes: ``pytest -n auto``, which is what ``make test`` does (docs/adr/0112).

Nearly all of a test is waiting for calls, so there are more workers than cores. They take test after test
from one list, the longest first, so that none is left running alone at the end. Tests of a file that shares a
fixture stay together. What needs a core for itself is marked ``heavy(lane)``: the tests of a lane run one
after the other, so that there are never more of them at a time than lanes.

While calls ring and talk, one worker more takes what drives no switch, from the end of the list, with what
the others leave of the processor: it is the weakest of all (``give_way``), no telephone waits for it. When
nothing of that is left, it is one like the others; the long tests are over then.
"""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Generator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest

WORKERS_PER_CORE = 2
FILLS = "fills"
FILLER = pytest.StashKey[str]()
GIVES_WAY = pytest.StashKey[bool]()
NICE = 10
SHARE = Path("/proc/self/autogroup")


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many workers ``-n auto`` means; none to look on (``-s``), one more for all tests."""
    if config.option.capture == "no" or config.option.collectonly:
        return 0
    workers = int(WORKERS_PER_CORE * max(2, len(os.sched_getaffinity(0))))
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return workers
    config.stash[FILLER] = f"gw{workers}"
    return workers + 1


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell the worker that is one more than the others."""
    node.workerinput[FILLS] = node.gateway.id == node.config.stash.get(FILLER, None)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Read the tests without looking for garbage: they all stay, and are not looked at later either."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Let the worker that is one more give way once it has read the tests, for which all others wait."""
    if getattr(session.config, "workerinput", {}).get(FILLS):
        session.config.stash[GIVES_WAY] = True
        give_way()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """When nothing else is left, that worker is one like the others."""
    if item.config.stash.get(GIVES_WAY, False) and _calls(item.path):
        item.config.stash[GIVES_WAY] = False
        with suppress(OSError):
            SHARE.write_text("0", encoding="ascii")


def give_way() -> None:
    """Have about a tenth of a processor when others want it: this process and what it starts.

    Linux shares the processor between sessions (autogroup), so the process gets a session of its own; where
    the kernel does not, a priority.
    """
    try:
        os.setsid()
        SHARE.write_text(str(NICE), encoding="ascii")
    except OSError:
        os.nice(NICE)


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Return a scheduler that keeps the order, and hands out tests one by one where they share nothing."""
    from xdist.scheduler import LoadScopeScheduling

    filler = config.stash.get(FILLER, None)

    def file_of(nodeid: str) -> Path:
        return config.rootpath / nodeid.partition("::")[0]

    class OneByOne(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _scope(file_of(nodeid)) or nodeid

        def _assign_work_unit(self, node: Any) -> None:
            if node.gateway.id == filler and (unit := self._last_to_fill()):
                self.workqueue.move_to_end(unit, last=False)
            super()._assign_work_unit(node)

        def _last_to_fill(self) -> str:
            units = ((unit, next(iter(self.workqueue[unit]))) for unit in reversed(self.workqueue))
            return next((unit for unit, test in units if not _calls(file_of(test))), "")

    config.option.loadscopereorder = False
    return OneByOne(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the tests of a worker in the order in which they are handed out; alone they stay as written."""
    if hasattr(config, "workerinput"):
        items.sort(key=_later)


def _later(item: pytest.Item) -> tuple[float, bool]:
    mark = item.get_closest_marker("takes")
    return (-mark.args[0] if mark else 0.0, item.get_closest_marker("asterisk") is None)


_HEAVY = re.compile(r"pytest\.mark\.heavy\((\d)\)")
_CALLS = re.compile(r"pytest\.mark\.(asterisk|heavy|takes)\b")


@cache
def _scope(file: Path) -> str:
    """Return what the tests of a file are run together with: its lane, the file itself, or nothing."""
    text = file.read_text(encoding="utf-8")
    if heavy := _HEAVY.search(text):
        return f"lane {heavy[1]}"
    return str(file) if 'scope="module"' in text else ""


@cache
def _calls(file: Path) -> bool:
    """Return whether tests of a file wait for calls or are long: nothing for who gets what others leave."""
    return bool(_CALLS.search(file.read_text(encoding="utf-8")))
