"""The speech models that can be chosen, and where they are on this machine.

Nothing here touches the network; ``asr/model_install.py`` fetches, when an operator asks for it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import ModelError
from .vosk_engine import VoskEngine, check_folder

PUBLISHER = "https://alphacephei.com/vosk/models/"
"""The site of Vosk's authors, who publish the models."""
_MB = 1_000_000
_EMBEDDED = Path(__file__).parent / "models"


@dataclass(frozen=True)
class ModelEntry:
    """A model of the catalogue; the limits bound what a download may be and may unfold to, in bytes."""

    name: str
    folder: str
    language: str
    about: str
    embedded: bool = False
    synthetic: bool = False
    """Trained on synthesised speech only: for the demo and tests, never for people."""
    archive_limit: int = 0
    unpacked_limit: int = 0

    @property
    def url(self) -> str:
        """Where the publisher offers it."""
        return f"{PUBLISHER}{self.folder}.zip"


CATALOGUE = (
    ModelEntry(
        name="mini-cn-synthetic",
        folder="vosk-model-mini-cn-synthetic",
        language="zh-CN",
        about="synthetic-speech model for demo and tests, does not understand real people",
        embedded=True,
        synthetic=True,
    ),
    ModelEntry(
        name="small-cn",
        folder="vosk-model-small-cn-0.22",
        language="zh-CN",
        about="Mandarin, small (about 42 MB to fetch): for one machine with few calls",
        archive_limit=100 * _MB,
        unpacked_limit=300 * _MB,
    ),
    ModelEntry(
        name="cn",
        folder="vosk-model-cn-0.22",
        language="zh-CN",
        about="Mandarin, large (about 1.3 GB to fetch, several GB of memory): most exact",
        archive_limit=2_500 * _MB,
        unpacked_limit=8_000 * _MB,
    ),
)


def entry(name: str) -> ModelEntry:
    """Return a model of the catalogue by name; raises ``ModelError`` naming the known ones."""
    for one in CATALOGUE:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in CATALOGUE)
    raise ModelError(f"there is no model named {name!r}", mend=f"known names: {known}")


def folders(state: Path | None) -> tuple[Path, ...]:
    """Return where installed models are looked for: the node's state, then the user's own folder."""
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    user = Path(home) / "hotline" / "models"
    return (user,) if state is None else (state / "models", user)


def find(one: ModelEntry, places: Sequence[Path]) -> Path | None:
    """Return the folder of a model that is on this machine, None when it is not."""
    if one.embedded:
        return _EMBEDDED / one.folder
    for place in places:
        if (place / one.folder).is_dir():
            return place / one.folder
    return None


def open_engine(chosen: str, state: Path | None) -> VoskEngine:
    """Return the engine for a setting ``[asr] model``: a name of the catalogue or a model's folder.

    Raises ``ModelError`` with what to do. Addresses are refused: at run time nothing is fetched.
    """
    if "://" in chosen:
        raise ModelError(
            f"{chosen!r} is an address, and no model is fetched at run time",
            mend="install it with `hotline model install` and give its name or folder",
        )
    if "/" in chosen:
        return VoskEngine(Path(chosen))
    one = entry(chosen)
    folder = find(one, folders(state))
    if folder is None:
        raise ModelError(
            f"the model {one.name} is not installed",
            mend=f"run: hotline model install {one.name}",
        )
    check_folder(folder)
    return VoskEngine(folder, name=one.name, language=one.language)
