"""What the written pages name is there: commands with their options, routes, headings, tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from hotline.cli.main import command_line
from hotline.web.openapi import document_of
from hotline.web.tables import documented

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path
    for path in {*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")}
    if path.name not in ("CHANGELOG.md", "compliance.md")
)
_COMMAND = re.compile(r"(?:^|[\s|(&])(?:\.venv/bin/)?hotline ([a-z][a-z-]*(?: [a-z][a-z-]*)*)([^|&#]*)")
_OPTION = re.compile(r"(?<!\S)\[?(--[a-z][a-z-]*)")
_ROUTE = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) (/api/v1/[A-Za-z0-9/_:{}-]+)")
_LINK = re.compile(r"\]\(([^)\s]*)#([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command and group with its words."""
    yield path, command
    for name, part in getattr(command, "commands", {}).items():
        yield from walk(part, (*path, name))


COMMANDS = dict(walk(typer.main.get_command(command_line())))


def code_of(text: str) -> list[str]:
    """Return what a page writes as code: words in a line, and the lines of its blocks."""
    blocks = re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL)
    inline = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return [*re.findall(r"`([^`\n]+)`", inline), *(line for block in blocks for line in block.splitlines())]


def faults_of(code: str) -> Iterator[str]:
    """Yield the commands and options in a piece of code that are not there."""
    for found in _COMMAND.finditer(code):
        words, path = found[1].split(), ()
        for word in words:
            if (*path, word) not in COMMANDS:
                break
            path = (*path, word)
        command = COMMANDS[path]
        if hasattr(command, "commands"):
            if len(words) > len(path):
                yield f"hotline {found[1]}"
            continue
        known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)} | {"--help"}
        yield from (
            f"{' '.join(path)} {option}" for option in _OPTION.findall(found[2]) if option not in known
        )


def slug(heading: str) -> str:
    """Return the anchor that a page shown on the web gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_options_and_headings_that_are_named_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    shown = [code for code in code_of(text) if "everything the tests need" not in code]
    assert [fault for code in shown for fault in faults_of(code)] == []
    for file, anchor in _LINK.findall(text):
        if "://" not in file:
            target = (page.parent / file) if file else page
            assert anchor in map(slug, _HEADING.findall(target.read_text(encoding="utf-8"))), anchor


def test_what_is_wrong_would_be_found() -> None:
    assert list(faults_of("hotline queue reprot --since today")) == ["hotline queue reprot"]
    assert list(faults_of("sudo -u x .venv/bin/hotline queue report --sinse today")) == [
        "queue report --sinse"
    ]
    assert list(faults_of("hotline queue report --since today && hotline doctor")) == []


def test_routes_that_are_named_are_served() -> None:
    served = {
        (method.upper(), re.sub(r"\{[^}]*\}", "*", path))
        for path, operations in document_of(documented())["paths"].items()
        for method in operations
    }
    for page in PAGES:
        for method, path in _ROUTE.findall(page.read_text(encoding="utf-8")):
            asked = re.sub(r"(?<=/)(?:[A-Z]+|\{[^}]*\})(?=/|$)", "*", path)
            assert any(
                method == one and re.fullmatch(form.replace("*", "[^/]+"), asked.rstrip("/"))
                for one, form in served
            ), f"{page.name}: {method} {path}"


def test_tests_that_the_page_of_threats_names_are_there() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_[a-z_]+)`", text))
    assert len(named) > 20
    assert named <= {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
