"""What all models of the API have in common; docstrings under fields are what the OpenAPI document says."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

MOST_ROWS = 500
_WHOLE = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)
_EARLIEST, _LATEST = 1971, 9900
"""Years of the moments that are taken: far from the ends that a calendar or a database has."""


class Told(BaseModel):
    """An answer, or a part of one. Only described, never made: handlers answer plain values."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Sent(BaseModel):
    """What somebody sends: unknown names are refused, so that a mistyped one does not pass for nothing."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid")


def _whole(value: object) -> object:
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        raise ValueError("must be a whole number")
    return value


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("holds a sign that cannot be shown")
    return text


def _aware(moment: datetime) -> datetime:
    if not _EARLIEST <= moment.year <= _LATEST:
        raise ValueError(f"must lie in the years {_EARLIEST} to {_LATEST}")
    if moment.tzinfo is None:
        raise ValueError("must tell its offset, as in 2026-11-18T09:00+08:00")
    return moment.astimezone(UTC)


Count = Annotated[int, BeforeValidator(_whole)]
"""A whole number as it stands in an address: ASCII digits and nothing else."""
Word = Annotated[str, StringConstraints(max_length=200), AfterValidator(_printable)]
"""A short text of one line."""
Note = Annotated[str, StringConstraints(max_length=500), AfterValidator(_printable)]
"""A sentence or two on one line."""
Key = Annotated[str, StringConstraints(min_length=1, max_length=150), AfterValidator(_printable)]
"""An id."""
AwareMoment = Annotated[datetime, AfterValidator(_aware)]
"""A moment with its offset, such as ``2026-11-18T09:00+08:00``."""
Who = Annotated[str, StringConstraints(max_length=60), AfterValidator(_printable)]
"""Who says so, for those who speak for others; people who are signed in always speak for themselves."""


class Paged(Sent):
    """Part of a list."""

    limit: Count = Field(default=50, ge=1, le=MOST_ROWS)
    """How many at most."""
    after: Annotated[str, StringConstraints(min_length=1, max_length=400)] | None = None
    """``next`` of the page before; the filters must be the same."""


class Page(Told):
    """Part of a list, newest first."""

    next: str | None
    """Send it as ``after`` for the following page; null on the last one."""
