"""The raw tables of a configuration, as the checks between its parts read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from .toml_lines import KeyPath

Tables = list[tuple[int, dict[str, Any]]]
"""The tables of a list with their places in it."""


@dataclass(frozen=True)
class BrokenLink:
    """A value that does not fit another one."""

    key: KeyPath
    message: str
    mend: str


def tables(data: dict[str, Any], name: str) -> Tables:
    """Return the tables of ``[[name]]``; what has another form is passed over."""
    value = data.get(name)
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [(index, cast("dict[str, Any]", one)) for index, one in enumerate(items) if isinstance(one, dict)]


def section(data: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the table ``[name]``, empty when it is none."""
    value = data.get(name)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def names(found: Tables) -> list[str]:
    """Return the names of tables."""
    return [name for _, table in found if isinstance(name := table.get("name"), str)]


def used_twice(name: str, key: str, found: Tables) -> Iterator[BrokenLink]:
    """Tell each value of a key that an earlier table has already."""
    first: dict[str, int] = {}
    for index, table in found:
        value = table.get(key)
        if not isinstance(value, str):
            continue
        if value in first:
            yield BrokenLink(
                (name, index, key), f'"{value}" is used twice', f"{name}[{first[value] + 1}] has it too"
            )
        else:
            first[value] = index
