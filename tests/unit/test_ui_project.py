"""The project of the pages in web/ui: pinned, explained, of no certain registry, built alike everywhere."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
UI = ROOT / "web" / "ui"
PACKAGE: dict[str, Any] = json.loads((UI / "package.json").read_text(encoding="utf-8"))
DIRECT: dict[str, str] = PACKAGE["dependencies"] | PACKAGE["devDependencies"]
_IMPORT = re.compile(r"""(?:from|import|import\()\s*["']([^.\s"'][^\s"']*)["']""")
_LONGEST = 400


def sources() -> list[Path]:
    """Return every module and component."""
    found = [*(UI / "src").rglob("*.ts"), *(UI / "src").rglob("*.vue"), *UI.glob("*.config.ts")]
    return [path for path in found if path.name != "schema.d.ts"]


def test_every_package_has_one_exact_version_and_its_reason() -> None:
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in DIRECT.values())
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| ([@\w./-]+) \|", text, re.MULTILINE))
    assert set(DIRECT) - told == set()


def test_the_lock_file_names_versions_and_sums_but_no_registry() -> None:
    text = (UI / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text
    locked = json.loads(text)["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in DIRECT} == DIRECT
    assert all(one.get("integrity", "").startswith("sha512-") for name, one in locked.items() if name)
    assert "omit-lockfile-registry-resolved=true" in (UI / ".npmrc").read_text(encoding="utf-8")


def test_what_is_imported_is_declared_and_what_the_pages_need_is_used() -> None:
    used: set[str] = set()
    for path in sources():
        for name in _IMPORT.findall(path.read_text(encoding="utf-8")):
            parts = name.split("/")
            used.add("/".join(parts[:2]) if name.startswith("@") else parts[0])
    assert {name for name in used if not name.startswith("node:")} - set(DIRECT) == set()
    assert set(PACKAGE["dependencies"]) - used == set()


def test_modules_stay_small_and_hold_no_inline_script_or_raw_markup() -> None:
    for path in sources():
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= _LONGEST, path
        assert not re.search(
            r"\bv-html\b|innerHTML|outerHTML|document\.write|\beval\(|new Function\(", text
        ), path


def test_the_node_that_is_taken_is_the_one_that_is_asked_for() -> None:
    assert PACKAGE["engines"]["node"] == "^20.19.0 || >=22.12.0"
    script = (ROOT / "scripts" / "ui.sh").read_text(encoding="utf-8")
    assert "(a === 20 && b >= 19) || (a === 22 && b >= 12) || a >= 23" in script


def test_the_image_has_the_pages_where_the_build_puts_them() -> None:
    (made,) = re.findall(r'outDir: "([^"]+)"', (UI / "vite.config.ts").read_text(encoding="utf-8"))
    assert made == "../static/ui.new"
    lines = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")
    assert "COPY --from=pages /src/web/static/ui.new /usr/src/hotline/web/static/ui" in lines
    ignored = (ROOT / "docker" / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert {"**/node_modules", "web/static/ui", "web/static/ui.*"} <= set(ignored)
