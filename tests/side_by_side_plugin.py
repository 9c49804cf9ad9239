"""Runs the tests in several processes: ``pytest -n auto``, which is what ``make test`` does (docs/adr/0112).

Nearly all of a test is waiting for calls, so there are more workers than cores. They take test after test
from one list, the longest first, so that none is left running alone at the end. Tests of a file that shares a
fixture stay together.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

WORKERS_PER_CORE = 2


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many workers ``-n auto`` means; none where a person wants to look on (``-s``)."""
    if config.option.capture == "no" or config.option.collectonly:
        return 0
    return WORKERS_PER_CORE * max(2, len(os.sched_getaffinity(0)))


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Return a scheduler that keeps the order, and hands out tests one by one where they share nothing."""
    from xdist.scheduler import LoadScopeScheduling

    class OneByOne(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return file if _shares_a_fixture(config.rootpath / file) else nodeid

    config.option.loadscopereorder = False
    return OneByOne(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the tests of a worker in the order in which they are handed out; alone they stay as written."""
    if hasattr(config, "workerinput"):
        items.sort(key=_later)


def _later(item: pytest.Item) -> tuple[float, bool]:
    mark = item.get_closest_marker("takes")
    return (-mark.args[0] if mark else 0.0, item.get_closest_marker("asterisk") is None)


_known: dict[Path, bool] = {}


def _shares_a_fixture(file: Path) -> bool:
    if file not in _known:
        _known[file] = 'scope="module"' in file.read_text(encoding="utf-8")
    return _known[file]
