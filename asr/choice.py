"""The engine that the settings choose, and the one that stands in for it."""

from __future__ import annotations

from pathlib import Path

import structlog

from ..core.asr_settings import AsrSettings
from .catalogue import open_engine
from .engine import Engine
from .errors import ModelError

log = structlog.get_logger(__name__)


def chosen_engine(asr: AsrSettings, state: Path | None) -> Engine:
    """Return the engine of ``asr.engine``; libraries that no other engine needs are imported here.

    Raises ``ModelError`` and ``ConfigError`` with what to do. A server that is away is no error here.
    """
    if asr.engine == "server":
        from .server_client import ServerEngine  # noqa: PLC0415

        return ServerEngine(asr.server)
    if asr.engine == "sherpa":
        from .sherpa_engine import SherpaEngine  # noqa: PLC0415

        return SherpaEngine(Path(asr.model))
    return open_engine(asr.model, state)


def fallback_engine(asr: AsrSettings, state: Path | None) -> Engine | None:
    """Return what recognises recordings when no server does, None when nothing is to or can."""
    if asr.engine != "server" or not asr.server.fallback:
        return None
    try:
        return open_engine(asr.model, state)
    except ModelError as error:
        log.warning("the local model that stands in for the servers cannot be used", error=str(error))
        return None
