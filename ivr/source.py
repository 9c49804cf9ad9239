"""Reads a menu or a dialogue as YAML nodes with line numbers, noting every problem.

Only what they need is taken: mappings, scalars, lists. Anchors, aliases and tags are refused, a key may
stand once, and nothing of the file is ever turned into an object of ours by its own wish.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import yaml

from ..core.errors import ConfigError

Checked = TypeVar("Checked")

LONGEST_FILE = 256 * 1024
"""Bytes; a menu of two levels is far below."""

LONGEST_TEXT = 400
"""Characters of one prompt; about 90 s of speech."""


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong with a file: where, which rule, and how to mend it."""

    file: str
    line: int
    rule: str
    message: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}: {self.message} ({self.mend})"


@dataclass(frozen=True)
class Item:
    """One entry of a mapping: its value node and the line of its key (from 1)."""

    node: yaml.Node
    line: int


@dataclass
class Source:
    """One file being read; ``problems`` grows as its parts are taken out."""

    file: str
    problems: list[Problem] = field(default_factory=list[Problem])
    prompt_lines: dict[str, int] = field(default_factory=dict[str, int])

    def refuse(self, line: int, rule: str, message: str, mend: str) -> None:
        """Note a problem at a line (from 1)."""
        self.problems.append(Problem(self.file, line, rule, message, mend))

    def root(self, text: str) -> yaml.Node | None:
        """Return the document's root node, or None when it is no usable YAML."""
        if len(text.encode(errors="replace")) > LONGEST_FILE:
            self.refuse(1, "format", "the file is larger than 256 kB", "make it shorter")
            return None
        try:
            for event in yaml.parse(text, yaml.SafeLoader):
                if self._is_foreign(event):
                    line = event.start_mark.line + 1 if event.start_mark else 1
                    self.refuse(line, "format", "anchors, aliases and tags are not allowed", "write it out")
                    return None
            root = yaml.compose(text, yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            message = f"not readable as YAML: {error.problem or error.context}"
            self.refuse(mark.line + 1 if mark else 1, "format", message, "mend the line or quote the text")
            return None
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            self.refuse(line, "text", "a control character stands in the file", "remove it")
            return None
        except (ValueError, RecursionError) as error:
            message = f"not readable as YAML: {type(error).__name__}"
            self.refuse(1, "format", message, "save it as plain UTF-8 text")
            return None
        if root is None:
            self.refuse(1, "format", "the file is empty", "begin with the default one (docs/ivr.md)")
        return root

    @staticmethod
    def _is_foreign(event: yaml.Event) -> bool:
        if isinstance(event, yaml.AliasEvent):
            return True
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            return event.anchor is not None or event.tag is not None
        return False

    def mapping(self, node: yaml.Node, what: str, known: frozenset[str] | None = None) -> Mapping[str, Item]:
        """Return the entries of a mapping; unknown and repeated keys are refused and left out."""
        line = node.start_mark.line + 1
        if not isinstance(node, yaml.MappingNode):
            self.refuse(line, "format", f"{what} must be a mapping", "write `name: value` lines")
            return {}
        entries: dict[str, Item] = {}
        for key, value in node.value:
            at = key.start_mark.line + 1
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            shown = printable(name)
            if not isinstance(key, yaml.ScalarNode):
                self.refuse(at, "format", f"a key of {what} is not plain text", "use a plain name")
            elif known is not None and name not in known:
                allowed = ", ".join(sorted(known))
                self.refuse(at, "format", f"unknown key '{shown}' in {what}", f"known keys: {allowed}")
            elif name in entries:
                first = entries[name].line
                self.refuse(
                    at, "format", f"'{shown}' stands twice in {what} (first in line {first})", "keep one"
                )
            else:
                entries[name] = Item(value, at)
        return entries

    def scalar(self, item: Item, what: str) -> str | None:
        """Return the text of a scalar, without spaces around it."""
        if not isinstance(item.node, yaml.ScalarNode):
            self.refuse(item.line, "format", f"{what} must be one value", "write it on one line")
            return None
        return str(item.node.value).strip()

    def number(self, item: Item | None, what: str, *, least: int, most: int) -> int | None:
        """Return a whole number within its limits."""
        text = self.scalar(item, what) if item else None
        if item is None or text is None:
            return None
        if text.isascii() and text.isdigit() and len(text) < 5 and least <= int(text) <= most:
            return int(text)
        self.refuse(
            item.line,
            "format",
            f"{what} is not a whole number from {least} to {most}",
            f"use {least} to {most}",
        )
        return None

    def prompt(self, item: Item, name: str) -> str | None:
        """Return a text to be spoken, spaces folded; refuses empty, too long and unspeakable ones."""
        self.prompt_lines[name] = item.line
        text = self.scalar(item, f"prompt {name}")
        if text is None:
            return None
        if any(not sign.isprintable() and sign not in "\n " for sign in text):
            self.refuse(item.line, "text", f"prompt {name} holds a control character", "remove it")
            return None
        text = " ".join(text.split())
        if not any(sign.isalnum() for sign in text):
            self.refuse(item.line, "text", f"prompt {name} is empty", "write what the caller is to hear")
            return None
        if len(text) > LONGEST_TEXT:
            message = f"prompt {name} has {len(text)} characters"
            self.refuse(item.line, "text", message, f"at most {LONGEST_TEXT}, long prompts lose callers")
            return None
        return text


class FileRefusedError(ConfigError):
    """A file breaks a rule; ``problems`` has every one of them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def load_checked(
    path: Path,
    what: str,
    check: Callable[[str, str], tuple[Checked | None, tuple[Problem, ...]]],
    refused: type[FileRefusedError],
) -> Checked:
    """Read and check a file; raises ``refused`` with all its problems. ``what`` it is: for the message."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise ConfigError(message, mend=f"name a {what} that exists") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problem = Problem(str(path), line, "format", "the file is not UTF-8", "save it as UTF-8")
        raise refused((problem,)) from error
    found, problems = check(text, str(path))
    if found is None or problems:
        raise refused(problems)
    return found


def printable(text: str, limit: int = 40) -> str:
    """Return foreign text fit for one line of a message."""
    return "".join(sign if sign.isprintable() else "?" for sign in text[:limit])
