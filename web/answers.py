"""JSON answers: Chinese as it is, moments in ISO form, our own values by their plain form."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from aiohttp import web


def plain(value: Any) -> Any:
    """Return the JSON form of what ``json`` does not know; raises ``TypeError`` for a stranger."""
    if isinstance(value, datetime):
        return value.isoformat()
    if hasattr(value, "to_json"):
        return value.to_json()
    if hasattr(value, "as_json"):
        return value.as_json()
    raise TypeError(f"no JSON form of {type(value).__name__}")


def answer(value: object, status: int = 200) -> web.Response:
    """Return a value as an answer."""
    text = json.dumps(value, ensure_ascii=False, default=plain)
    return web.json_response(text=text, status=status)
