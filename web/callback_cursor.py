"""Pages of callbacks: their ids rise with the time of their making, so that an id is the cursor."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .paging import CursorError

_ID = re.compile(r"[0-9A-Z]{26}", re.ASCII)


def checked_id(after: str | None) -> str:
    """Return the id that a page begins behind, "" for the first page; raises ``CursorError``."""
    if after is not None and not _ID.fullmatch(after):
        raise CursorError("after is no cursor of this list", mend="send the `next` of the page before")
    return after or ""


def cut(found: Sequence[dict[str, Any]], limit: int) -> tuple[Sequence[dict[str, Any]], str | None]:
    """Return a page of so many, and the cursor of the next one when more was found."""
    if len(found) <= limit:
        return found, None
    return found[:limit], str(found[limit - 1]["id"])
