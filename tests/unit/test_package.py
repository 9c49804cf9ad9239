"""What is delivered: a wheel with all code and data, an environment that is pinned, and nothing private."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNBOOK = Path("docs/runbook")
"""The one folder of documents that the service itself shows."""
PAGES = Path("web/ui")
"""Sources of the pages: the wheel has what is built of them."""
BUILT = Path("web/static/ui")
PACKAGES = {name.partition(".")[2] for name in PROJECT["tool"]["setuptools"]["packages"]}


def tracked() -> list[Path]:
    """Return every file that git keeps, below the root; not in a checkout, whatever stands in a tarball."""
    git = shutil.which("git") or "false"
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.decode().split("\0") if name]
        return [Path(name) for name in names if (ROOT / name).is_file()]
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return [path for path in found if not any(part.startswith((".", "__pyc")) for part in path.parts[:-1])]


def package_of(path: Path) -> str | None:
    """Return the top package that a file is delivered with; ``""`` is the root's own modules."""
    top = path.parts[0] if len(path.parts) > 1 else ""
    if path.is_relative_to(PAGES):
        return None
    if top:
        return top if top in {name.partition(".")[0] for name in PACKAGES} else None
    return "" if path.suffix == ".py" else None


def built_pages() -> list[Path]:
    """Return every file that `scripts/ui.sh build` made for a browser, below the root."""
    found = [path.relative_to(ROOT) for path in (ROOT / BUILT).rglob("*") if path.is_file()]
    return [path for path in found if not path.name.startswith(".")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel that is built, offline, from a copy of the tracked files."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for path in (*tracked(), *built_pages()):
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_bytes((ROOT / path).read_bytes())
    arguments = [
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        str(out),
        str(source),
    ]
    subprocess.run([sys.executable, "-m", "pip", *arguments], check=True, capture_output=True, text=True)
    (built,) = out.glob("hotline-*.whl")
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_module_and_data_file(wheel: set[str]) -> None:
    wanted = {f"hotline/{path.as_posix()}" for path in tracked() if package_of(path) is not None}
    assert len(wanted) > 50
    assert wanted - wheel == set()


def test_the_wheel_holds_the_built_pages(wheel: set[str]) -> None:
    pages = {f"hotline/{path.as_posix()}" for path in built_pages()}
    assert f"hotline/{BUILT.as_posix()}/index.html" in pages
    assert len([name for name in pages if name.endswith(".js")]) > 5
    assert pages <= wheel
    assert not [name for name in wheel if name.startswith(f"hotline/{PAGES.as_posix()}/")]


def test_the_wheel_holds_nothing_else(wheel: set[str]) -> None:
    ours = {name for name in wheel if name.startswith("hotline/")}
    delivered = {
        f"hotline/{path.as_posix()}"
        for path in (*tracked(), *built_pages())
        if package_of(path) is not None or path.parent == RUNBOOK
    }
    assert ours - delivered == set()
    assert {name for name in delivered if name.startswith(f"hotline/{RUNBOOK.as_posix()}/")} <= ours
    assert not [
        name for name in wheel if name.partition("/")[0] not in {"hotline"} and "dist-info" not in name
    ]


def test_every_folder_with_modules_is_a_listed_package() -> None:
    tops = {name.partition(".")[0] for name in PACKAGES if name}
    folders = {path.parent.as_posix() for path in tracked() if path.suffix == ".py" and path.parts[0] in tops}
    assert {folder.replace("/", ".") for folder in folders} <= PACKAGES


def test_the_checkout_itself_is_what_runs() -> None:
    where = subprocess.run(
        [sys.executable, "-c", "import hotline.queue, hotline; print(hotline.__file__)"],
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(where.stdout.strip()) == ROOT / "__init__.py"


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def test_the_environment_is_pinned_name_by_name() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line) for line in lines)
    pinned = {_name(line) for line in lines}
    wanted = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["test"]]
    wanted += PROJECT["project"]["optional-dependencies"]["lint"]
    assert {_name(one) for one in wanted} - pinned == set()


def _imported() -> set[str]:
    """Return the distributions that our code imports."""
    owners = packages_distributions()
    names: set[str] = set()
    for path in tracked():
        if path.suffix == ".py" and package_of(path):
            for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    names.update(alias.name.partition(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                    names.add(node.module.partition(".")[0])
    return {_name(owner) for name in names - {"hotline"} for owner in owners.get(name, [])[:1]}


def test_what_is_imported_is_declared_and_what_is_declared_is_used() -> None:
    declared = {_name(one) for one in PROJECT["project"]["dependencies"]}
    drivers = {"aiosqlite", "asyncpg"}  # named in the database's address
    assert _imported() - declared == set()
    assert declared - drivers - _imported() == set()


def test_every_dependency_has_its_reason_written_down() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    wanted = {_name(one) for one in PROJECT["project"]["dependencies"]}
    for extra in PROJECT["project"]["optional-dependencies"].values():
        wanted |= {_name(one) for one in extra}
    told = {name.lower() for name in re.findall(r"^\| ([\w.-]+) \|", text, re.MULTILINE)}
    assert wanted - told == set()
    packages = (ROOT / "scripts" / "setup.sh").read_text(encoding="utf-8")
    debian = set(" ".join(re.findall(r"packages\+?=\(([a-z0-9 -]+)\)", packages)).split())
    assert len(debian) > 5
    assert debian - told == set()


_PRIVATE = (
    re.compile(rb"/(?:root|home/[a-z]+|work)/[A-Za-z0-9._-]+"),
    re.compile(rb"https?://(?:[a-z0-9.-]+\.)?(?:pypi|pythonhosted|npmjs|debian|ubuntu)\.(?:org|net|com)"),
)


def test_no_path_of_a_machine_and_no_mirror_is_committed() -> None:
    told: list[str] = []
    for path in tracked():
        content = (ROOT / path).read_bytes()
        if b"\0" in content[:8000] or path == Path(__file__).relative_to(ROOT):
            continue
        for number, line in enumerate(content.splitlines(), start=1):
            told += [
                f"{path}:{number}: {found[0]!r}" for one in _PRIVATE for found in [one.search(line)] if found
            ]
    assert not told
