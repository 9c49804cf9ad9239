"""Runs the tests in several processes: ``pytest -n auto``, which is what ``make test`` does (docs/adr/0112).

Nearly all of a test is waiting for calls, so there are more workers than cores. They take test after test
from one list, the longest first, so that none is left running alone at the end. Tests of a file that shares a
fixture stay together. What needs a core for itself is marked ``heavy(lane)``: the tests of a lane run one
after the other, so that there are never more of them at a time than lanes.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

WORKERS_PER_CORE = 2


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many workers ``-n auto`` means; none where a person wants to look on (``-s``)."""
    if config.option.capture == "no" or config.option.collectonly:
        return 0
    return int(WORKERS_PER_CORE * max(2, len(os.sched_getaffinity(0))))


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Return a scheduler that keeps the order, and hands out tests one by one where they share nothing."""
    from xdist.scheduler import LoadScopeScheduling

    class OneByOne(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return _scope(config.rootpath / file) or nodeid

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


@cache
def _scope(file: Path) -> str:
    """Return what the tests of a file are run together with: its lane, the file itself, or nothing."""
    text = file.read_text(encoding="utf-8")
    if heavy := _HEAVY.search(text):
        return f"lane {heavy[1]}"
    return str(file) if 'scope="module"' in text else ""
