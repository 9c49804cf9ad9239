"""An address for every route: parameters filled in as their patterns want them."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from hotline.web.openapi_paths import path_parameters
from hotline.web.routes import path_of

_WORDS = {"number": "1001", "path": "2026/a.wav", "node": "node1", "kind": "disk_low", "rest": ""}
_BY_PATTERN = {"^(?:[0-9A-Z]{26})$": "0" * 26, "^(?:[0-9]{1,32})$": "1"}


def address_of(route: web.AbstractRoute) -> str:
    """Return an address that the route matches."""
    path = path_of(route)
    if isinstance(route.resource, web.StaticResource):
        return f"{path}/none.css"
    for parameter in path_parameters(route):
        name, schema = parameter["name"], parameter["schema"]
        found = schema["enum"][0] if "enum" in schema else _BY_PATTERN.get(schema.get("pattern", ""))
        word = _WORDS.get(name, "x") if found is None else found
        path = path.replace(f"{{{name}}}", quote(word))
    return path
