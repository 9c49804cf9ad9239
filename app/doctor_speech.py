"""Checks the speech model: there, whole, readable, and meant for people."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ..asr import catalogue
from ..asr.errors import ModelError
from ..asr.server_client import ServerEngine
from ..asr.sherpa_engine import SherpaEngine
from ..asr.vosk_engine import check_folder, rate_of
from ..core.settings import Settings
from .finding import Finding, fail, ok, warn


def model(settings: Settings) -> Iterable[Finding]:
    """Say which model or servers write the transcripts, and the rate of speech a model was trained on."""
    if settings.asr.engine == "server":
        return _servers(settings)
    return _sherpa(settings) if settings.asr.engine == "sherpa" else _local(settings)


def _servers(settings: Settings) -> Iterable[Finding]:
    server = settings.asr.server
    for url, why in ServerEngine(server).look().items():
        if not why:
            yield ok("model", f"recognition server {url} answers")
        elif server.fallback:
            yield warn("model", f"recognition server {url}: {why}", "start it; the local model stands in")
        else:
            yield fail("model", f"recognition server {url}: {why}", "start it, or set asr.server.urls")
    if any(url.startswith("ws:") for url in server.urls) and server.token is not None:
        yield warn("model", "asr.server.token and the sound go in the clear", "use wss:// addresses")
    if server.fallback:
        yield from _local(settings)


def _sherpa(settings: Settings) -> Iterable[Finding]:
    try:
        SherpaEngine(Path(settings.asr.model)).load()
    except ModelError as error:
        yield fail("model", error.message, error.mend)
    else:
        yield ok("model", f"{settings.asr.model}, by sherpa-onnx")


def _local(settings: Settings) -> Iterable[Finding]:
    chosen = settings.asr.model
    folder, synthetic = _folder(chosen, settings.state)
    if folder is None:
        yield fail("model", f"the speech model {chosen} is not here", f"hotline model install {chosen}")
        return
    check_folder(folder)
    closed = [path for path in folder.rglob("*") if not os.access(path, os.R_OK)]
    if closed:
        yield fail("model", f"{closed[0]} cannot be read", f"run: chmod -R a+rX {folder}")
        return
    message = f"{chosen}, {rate_of(folder)} Hz"
    if synthetic:
        mend = "for real calls: hotline model install small-cn, then set asr.model"
        yield warn("model", f"{message}: trained on synthesised speech, for the demo only", mend)
    else:
        yield ok("model", message)


def _folder(chosen: str, state: Path) -> tuple[Path | None, bool]:
    if "/" in chosen:
        return Path(chosen), False
    one = catalogue.entry(chosen)
    return catalogue.find(one, catalogue.folders(state)), one.synthetic
