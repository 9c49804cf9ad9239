"""The parameters in a route's path, with the pattern that aiohttp holds them to."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

_NAMED = re.compile(r"\(\?P<(?P<name>[A-Za-z_]\w*)>")
_WORDS = re.compile(r"[\w-]+(?:\|[\w-]+)+", re.ASCII)
_ANYTHING = r"[^{}/]+"
_DESCRIPTIONS = {"path": "A path with slashes, relative to the recordings folder."}


def path_parameters(route: web.AbstractRoute) -> list[dict[str, Any]]:
    """Return the parameters of a route's path in order, as OpenAPI writes them."""
    if route.resource is None:
        return []
    pattern = route.resource.get_info().get("pattern")
    if pattern is None:
        return []
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            **({"description": _DESCRIPTIONS[name]} if name in _DESCRIPTIONS else {}),
            "schema": _schema(inner),
        }
        for name, inner in _groups(pattern.pattern)
    ]


def _schema(inner: str) -> dict[str, Any]:
    if _WORDS.fullmatch(inner):
        return {"type": "string", "enum": inner.split("|")}
    if inner in (_ANYTHING, ".+"):
        return {"type": "string", "minLength": 1}
    return {"type": "string", "pattern": f"^(?:{inner})$"}


def _groups(pattern: str) -> list[tuple[str, str]]:
    """Return the named groups of a pattern with what is in them, parentheses balanced."""
    found: list[tuple[str, str]] = []
    for opened in _NAMED.finditer(pattern):
        depth, at = 1, opened.end()
        while depth:
            sign = pattern[at]
            if sign == "\\":
                at += 1
            else:
                depth += {"(": 1, ")": -1}.get(sign, 0)
            at += 1
        found.append((opened["name"], pattern[opened.end() : at - 1]))
    return found
