"""Checks the speech model: there, whole, readable, and meant for people."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ..asr import catalogue
from ..asr.vosk_engine import check_folder, rate_of
from ..core.settings import Settings
from .finding import Finding, fail, ok, warn


def model(settings: Settings) -> Iterable[Finding]:
    """Say which model writes the transcripts, and the rate of speech it was trained on."""
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
