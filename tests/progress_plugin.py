"""Tells how far tests in several processes are: a line every few seconds, and each failure at once.

With dots nobody sees which test keeps everybody waiting. A run in one process shows what pytest shows.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

EVERY_S = 15.0
LONGEST_NAMED = 3
LONGEST_REASON = 200


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("numprocesses", None) and config.option.verbose == 0:
        config.pluginmanager.register(Progress(config), "hotline-progress")


def line(done: int, total: int, failed: int, seconds: float, running: list[tuple[float, str]]) -> str:
    """Return one line; ``running`` are tests with the seconds that each has taken so far."""
    share = f"{100 * done // total:3d} %" if total else "  ? %"
    bad = f", {failed} failed" if failed else ""
    longest = sorted(running, reverse=True)[:LONGEST_NAMED]
    names = ", ".join(f"{name} {taken:.0f} s" for taken, name in longest)
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:3d}:{rest:02d}  {share}  {done} of {total}{bad}" + (f"  now: {names}" if names else "")


def _reason(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    lines = (crash.message if crash else report.longreprtext).splitlines()
    return lines[0][:LONGEST_REASON] if lines else "no reason given"


class Progress:
    """Counts what the workers report."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._begun = self._told = time.monotonic()
        self._running: dict[str, float] = {}
        self._total = self._done = self._failed = 0

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self._total = len(ids)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Give pytest's own summary the words, but nothing to print for each test."""
        if report.failed:
            return ("failed", "", "FAILED") if report.when == "call" else ("error", "", "ERROR")
        if not report.passed:
            return None
        return ("passed", "", "PASSED") if report.when == "call" else ("", "", "")

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._running[nodeid] = time.monotonic()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        now = time.monotonic()
        if report.failed:
            self._failed += 1
            self._tell(f"FAILED {report.nodeid} ({report.when}): {_reason(report)}")
        if report.when == "teardown":
            self._done += 1
            self._running.pop(report.nodeid, None)
        if now - self._told > EVERY_S or (report.when == "teardown" and self._done == self._total):
            self._told = now
            running = [(now - begun, node.partition("::")[2]) for node, begun in self._running.items()]
            self._tell(line(self._done, self._total, self._failed, now - self._begun, running))

    def _tell(self, text: str) -> None:
        terminal: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        terminal.ensure_newline()
        terminal.write_line(text)
