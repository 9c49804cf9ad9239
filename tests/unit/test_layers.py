"""The house's order, held over the syntax trees: imports run downwards only."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

TIERS = (
    {"core"},
    {"telephony"},
    {"asr", "queue", "ivr"},
    {"callback_bot", "ticket_bridge"},
    {"web"},
    {"app"},
    {"demo"},
    {"cli"},
)
"""From the ground up; packages of one tier do not import each other."""

TIER_OF = {package: number for number, tier in enumerate(TIERS) for package in tier}


def imported_packages(source: str, package: tuple[str, ...]) -> set[str]:
    """Return the top packages of ours that a module in ``package`` imports, inside functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            name = [*base, *(node.module.split(".") if node.module else ())]
            names = [[*name, alias.name] for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        else:
            continue
        found.update(name[1] for name in names if name[0] == "hotline" and len(name) > 1)
    return found & TIER_OF.keys()


def upward(package: str, imported: set[str]) -> set[str]:
    """Return what a package must not import: anything above it, and its neighbours in the same tier."""
    return {other for other in imported - {package} if TIER_OF[other] >= TIER_OF[package]}


def modules() -> list[Path]:
    return sorted(path for package in TIER_OF for path in (ROOT / package).rglob("*.py"))


def test_imports_run_downwards_only() -> None:
    wrong: list[str] = []
    for path in modules():
        parts = path.relative_to(ROOT).parts
        imported = imported_packages(path.read_text(encoding="utf-8"), ("hotline", *parts[:-1]))
        wrong += [f"{'/'.join(parts)} imports {other}" for other in sorted(upward(parts[0], imported))]
    assert not wrong
    assert len({path.relative_to(ROOT).parts[0] for path in modules()}) >= 8


@pytest.mark.parametrize(
    ("source", "imported"),
    [
        ("from ..web import pages", {"web"}),
        ("from .. import web", {"web"}),
        ("from hotline.web.pages import page", {"web"}),
        ("import hotline.web.pages as pages", {"web"}),
        ("def late():\n    from ..asr.engine import Engine", {"asr"}),
        ("if TYPE_CHECKING:\n    from ..core import db", {"core"}),
        ("from .tables import Call\nimport queue\nfrom os import path", {"telephony"}),
    ],
)
def test_the_order_sees_every_way_to_import(source: str, imported: set[str]) -> None:
    assert imported_packages(source, ("hotline", "telephony")) - {"telephony"} == imported - {"telephony"}


def test_the_order_refuses_what_is_above_and_beside() -> None:
    assert upward("asr", {"core", "telephony", "asr", "queue", "web"}) == {"queue", "web"}


def test_every_package_has_a_tier() -> None:
    with_code = {path.parent.relative_to(ROOT).parts[0] for path in ROOT.glob("[a-z]*/**/*.py")}
    assert with_code - {"tests", "bench", "migrations", "build", "scripts"} == set(TIER_OF) & with_code


def test_only_the_root_has_an_init_file() -> None:
    packages = {*TIER_OF, "migrations", "bench", "tests", "scripts"}
    assert not [path for package in packages for path in (ROOT / package).rglob("__init__.py")]
    assert (ROOT / "__init__.py").is_file()


def test_the_standard_librarys_queue_is_not_shadowed_in_the_checkout() -> None:
    subprocess.run(
        [sys.executable, "-c", "import queue; queue.SimpleQueue"], cwd=ROOT, check=True, capture_output=True
    )
