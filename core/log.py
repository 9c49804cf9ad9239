"""Logging: constant messages with fields; personal data only in ``pii.*`` fields, masked by default."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog


def mask(value: object) -> str:
    """Return a value with its middle hidden: ``138****5678`` of a mobile, ``87****21`` of a landline."""
    text = str(value)
    if len(text) >= 11:
        return f"{text[:3]}****{text[-4:]}"
    if len(text) >= 8:
        return f"{text[:2]}****{text[-2:]}"
    return f"{text[:1]}**" if text else ""


def mask_pii(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask every field whose name begins with ``pii.`` (or ``pii_``, its keyword form)."""
    for key in [key for key in event if key.startswith(("pii.", "pii_"))]:
        event[f"pii.{key[4:]}"] = mask(event.pop(key))
    return event


class _Unfailing:
    """A stream whose failures harm nobody: a full disk or a closed pipe costs lines, never what logs them."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


def _is_no_cancellation(record: logging.LogRecord) -> bool:
    """Leave out what a library tells of work that was cancelled: SQLAlchemy throws such a connection away."""
    return record.exc_info is None or not isinstance(record.exc_info[1], asyncio.CancelledError)


def setup_logging(*, level: str = "INFO", json: bool = False) -> None:
    """Configure structlog for the whole process; logs go to standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        mask_pii,
        structlog.processors.format_exc_info,
    ]
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Unfailing(sys.stderr))),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    for handler in logging.getLogger().handlers:
        handler.addFilter(_is_no_cancellation)
