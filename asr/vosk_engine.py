"""Vosk behind the engine port: one model in memory for each folder, recognisers in any number of threads."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from ..core.errors import InvalidInputError
from .audio import HIGHEST_RATE, LOWEST_RATE
from .engine import Spoken
from .errors import ModelError
from .vosk_session import VoskSession

_OTHER = "[unk]"
_KALDI_DEFAULT_RATE = 16_000
_PARTS = (("am/final.mdl", "final.mdl"), ("conf/model.conf", "mfcc.conf"), ("graph", "HCLr.fst", "HCLG.fst"))

_models: dict[Path, Any] = {}
_loading = Lock()


def check_folder(folder: Path) -> None:
    """Raise ``ModelError`` unless the folder looks like a Vosk model (the library only says "failed")."""
    if "://" in str(folder) or not folder.is_dir():
        raise ModelError(
            f"{folder} is not a folder on this machine",
            mend="give a Vosk model's folder or a name of `hotline model list`; a run fetches nothing",
        )
    for names in _PARTS:
        if not any((folder / name).exists() for name in names):
            raise ModelError(f"{folder} is not a Vosk model: it has no {names[0]}", mend="install it again")


def rate_of(folder: Path) -> int:
    """Return the samples a second that a model was trained on, as its feature configuration says."""
    for name in ("conf/mfcc.conf", "mfcc.conf"):
        file = folder / name
        if file.is_file():
            found = re.search(r"^--sample-frequency=(\d+)", file.read_text("utf-8"), re.MULTILINE)
            return int(found.group(1)) if found else _KALDI_DEFAULT_RATE
    return _KALDI_DEFAULT_RATE


def language_of(folder_name: str) -> str:
    """Return the language that a published model's name tells, ``und`` when it tells none."""
    found = re.match(r"vosk-model-(?:small-|mini-)?([a-z]{2})(?![a-z])", folder_name)
    if found is None:
        return "und"
    return "zh-CN" if found.group(1) == "cn" else found.group(1)


class VoskEngine:
    """An ``Engine`` on the folder of a Vosk model, loaded at its first use (0.1 to 20 s, by size).

    Only a folder is ever given to the library: a name or a language would make it search the network.
    """

    def __init__(self, folder: Path, *, name: str | None = None, language: str | None = None) -> None:
        check_folder(folder)
        self._folder = folder.resolve()
        self.name = name or self._folder.name
        self.language = language or language_of(self._folder.name)
        self.sample_rate = rate_of(self._folder)

    def open(
        self, *, rate: int | None = None, partials: bool = False, phrases: Sequence[str] = ()
    ) -> VoskSession:
        """Begin a session; sound of another rate than the model's is resampled.

        ``phrases`` need a model that was made for them (small ones are); words that it lacks are passed over.
        """
        rate = rate or self.sample_rate
        if not LOWEST_RATE <= rate <= HIGHEST_RATE:
            raise InvalidInputError(f"{rate} samples a second are outside {LOWEST_RATE} to {HIGHEST_RATE}")
        vosk = _library()
        grammar = (json.dumps([*phrases, _OTHER], ensure_ascii=False),) if phrases else ()
        recogniser = vosk.KaldiRecognizer(self.load(), self.sample_rate, *grammar)
        recogniser.SetWords(True)
        return VoskSession(recogniser, rate=rate, model_rate=self.sample_rate, partials=partials)

    def recognise(self, pcm_frames: Iterable[bytes]) -> list[Spoken]:
        """Recognise a whole stream at the model's own rate."""
        session = self.open()
        heard = [piece for pcm in pcm_frames for piece in session.accept(pcm)]
        heard.extend(session.finish())
        return [piece for piece in heard if isinstance(piece, Spoken)]

    def load(self) -> Any:
        """Return the model, loading it when no engine of this process has yet."""
        with _loading:
            if self._folder not in _models:
                try:
                    _models[self._folder] = _library().Model(str(self._folder))
                except Exception as error:  # the binding raises nothing more precise
                    raise ModelError(
                        f"Vosk cannot load the model in {self._folder}", mend="install it again"
                    ) from error
            return _models[self._folder]


def _library() -> Any:
    """Import Vosk, quiet and with one thread for each recogniser (more only get in each other's way)."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import vosk  # noqa: PLC0415  # the library reads the environment set above when it is loaded

    vosk.SetLogLevel(-1)
    return vosk
