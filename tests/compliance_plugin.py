"""Writes docs/compliance.md from the tests that passed: ``pytest --compliance=docs/compliance.md``.

A test names what it proves by ``@pytest.mark.clause("R-IVR-1")``. Nothing in the table is typed by hand.
When several workers run the tests, each tells the clauses that it collected when it ends, and the process
that started them, which sees every report, writes the table.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

_CLAUSE = re.compile(r"R-([A-Z0-9]+)-(\d+)")
_TOLD = "hotline-clauses"

HEAD = """\
# Compliance

Which requirement of the standards is proved by which test. Written by
`make test ARGS=--compliance=docs/compliance.md` from tests that passed, never by hand. What is not built yet
is not in it; a requirement with many sides is in it as soon as one side is proved.

| requirement | proved by |
| --- | --- |
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    # Workers are told the options as text and numbers only, so this is no Path yet.
    parser.addoption("--compliance", metavar="FILE", help="write the table of proved clauses")


def pytest_configure(config: pytest.Config) -> None:
    if name := config.getoption("--compliance"):
        table: Clauses = Clauses() if hasattr(config, "workerinput") else ComplianceTable(Path(name))
        config.pluginmanager.register(table, "hotline-compliance")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail the test whose clause is misspelt; an error at collection would stay with the worker."""
    for name in _clauses_of(item):
        if not _CLAUSE.fullmatch(name):
            pytest.fail(f"no clause has the name {name!r}", pytrace=False)


def _clauses_of(item: pytest.Item) -> list[str]:
    return [str(name) for mark in item.iter_markers("clause") for name in mark.args]


def order(clause: str) -> tuple[str, int]:
    """Sort R-IVR-2 before R-IVR-10."""
    found = _CLAUSE.fullmatch(clause)
    return (found[1], int(found[2])) if found else (clause, 0)


class Clauses:
    """Collects which test is there to prove what; all that a worker does."""

    def __init__(self) -> None:
        self.clauses: dict[str, list[str]] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            if names := _clauses_of(item):
                self.clauses[item.nodeid] = names

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        session.config.workeroutput[_TOLD] = self.clauses  # type: ignore[attr-defined]  # xdist puts it there


class ComplianceTable(Clauses):
    """Collects what each test proves, and which of them passed in all their phases."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.outcomes: defaultdict[str, set[str]] = defaultdict(set)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker collected; one that crashed tells nothing, the others know the same."""
        self.clauses |= getattr(node, "workeroutput", {}).get(_TOLD, {})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.outcomes[report.nodeid].add(report.outcome)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        if exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            return  # nothing was proved; the table that is there stays
        self.path.write_text(self.table(), encoding="utf-8")

    def table(self) -> str:
        """Return the page; the cases of one test count as that test, which must pass in all of them."""
        outcomes: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for node, names in self.clauses.items():
            test = node.partition("[")[0]
            for name in names:
                outcomes[name, test] |= self.outcomes[node] or {"not run"}
        proofs: defaultdict[str, list[str]] = defaultdict(list)
        for (name, test), seen in sorted(outcomes.items()):
            if seen == {"passed"}:
                proofs[name].append(f"`{test.removeprefix('tests/')}`")
        rows = [f"| {name} | {'<br>'.join(proofs[name])} |\n" for name in sorted(proofs, key=order)]
        return HEAD + "".join(rows)
