"""sherpa-onnx behind the engine port: an optional library, imported only when it is chosen."""

from __future__ import annotations

import importlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from ..core.errors import InvalidInputError
from .audio import HIGHEST_RATE, LOWEST_RATE
from .engine import Spoken
from .errors import ModelError
from .sherpa_session import SherpaSession

_TRY_LIMIT_S = 300
_PAUSE_S = 0.6
"""Silence that ends an utterance, as with the other engines."""
_LONGEST_S = 20.0
_T_ONE_RATE, _RATE = 8000, 16_000

_recognisers: dict[Path, Any] = {}
_loading = Lock()


@dataclass(frozen=True)
class ModelFiles:
    """What a folder holds: the library's constructor for this kind of model, and its files."""

    kind: str
    files: dict[str, Path]
    rate: int = _RATE

    def arguments(self) -> dict[str, Any]:
        """Return what the constructor is called with: one thread each, ends of utterances told."""
        return {name: str(path) for name, path in self.files.items()} | {
            "num_threads": 1,
            "sample_rate": self.rate,
            "enable_endpoint_detection": True,
            "rule1_min_trailing_silence": 2.4,
            "rule2_min_trailing_silence": _PAUSE_S,
            "rule3_min_utterance_length": _LONGEST_S,
        }


def model_files(folder: Path) -> ModelFiles:
    """Tell the kind of a streaming model by the files of its folder; raises ``ModelError``."""
    mend = "give the unpacked folder of a streaming model made for sherpa-onnx"
    if "://" in str(folder) or not folder.is_dir():
        raise ModelError(f"{folder} is not a folder on this machine", mend=mend)
    found = {name: _one(folder, name) for name in ("encoder", "decoder", "joiner", "model")}
    tokens = folder / "tokens.txt"
    if not tokens.is_file():
        raise ModelError(f"{folder} is not a model for sherpa-onnx: it has no tokens.txt", mend=mend)
    encoder, decoder, joiner, whole = (found[name] for name in ("encoder", "decoder", "joiner", "model"))
    if encoder and decoder:
        files = {"tokens": tokens, "encoder": encoder, "decoder": decoder}
        if joiner:
            return ModelFiles("transducer", files | {"joiner": joiner})
        return ModelFiles("paraformer", files)
    if whole and "t-one" in folder.name.lower():
        return ModelFiles("t_one_ctc", {"tokens": tokens, "model": whole}, _T_ONE_RATE)
    if whole:
        return ModelFiles("zipformer2_ctc", {"tokens": tokens, "model": whole})
    raise ModelError(
        f"{folder} is not a model for sherpa-onnx: it has neither encoder and decoder nor model.onnx",
        mend=mend,
    )


def _one(folder: Path, name: str) -> Path | None:
    """Return the file of a part; the smaller, quantised one where both are there."""
    files = sorted(folder.glob(f"{name}*.onnx"))
    quantised = [file for file in files if ".int8." in file.name]
    return next(iter(quantised or files), None)


class SherpaEngine:
    """An ``Engine`` on the folder of a streaming sherpa-onnx model, loaded at its first use.

    A bad model ends the process that loads it, so another process tries it first. Raises ``ModelError``
    when the folder or the library is not there.
    """

    def __init__(self, folder: Path, *, name: str | None = None, language: str = "zh-CN") -> None:
        self._files = model_files(folder)
        self._folder = folder.resolve()
        self.name = name or self._folder.name
        self.language = language
        self.sample_rate = self._files.rate
        if importlib.util.find_spec("sherpa_onnx") is None:
            raise ModelError(
                "sherpa-onnx is not installed, and asr.engine asks for it",
                mend="run: pip install 'hotline[sherpa]'",
            )

    def open(
        self, *, rate: int | None = None, partials: bool = False, phrases: Sequence[str] = ()
    ) -> SherpaSession:
        """Begin a session; sound of another rate than the model's is resampled. It takes no ``phrases``."""
        rate = rate or self.sample_rate
        if not LOWEST_RATE <= rate <= HIGHEST_RATE:
            raise InvalidInputError(f"{rate} samples a second are outside {LOWEST_RATE} to {HIGHEST_RATE}")
        if phrases:
            raise InvalidInputError("sherpa-onnx cannot be held to a list of phrases")
        return SherpaSession(self.load(), rate=rate, model_rate=self.sample_rate, partials=partials)

    def recognise(self, pcm_frames: Iterable[bytes]) -> list[Spoken]:
        """Recognise a whole stream at the model's own rate."""
        session = self.open()
        heard = [piece for pcm in pcm_frames for piece in session.accept(pcm)]
        heard.extend(session.finish())
        return [piece for piece in heard if isinstance(piece, Spoken)]

    def load(self) -> Any:
        """Return the recogniser, loading it when no engine of this process has yet."""
        with _loading:
            if self._folder not in _recognisers:
                _try(self._files, self.name)
                try:
                    _recognisers[self._folder] = recogniser(self._files.kind, self._files.arguments())
                except Exception as error:  # the library raises nothing more precise
                    raise ModelError(
                        f"sherpa-onnx cannot load {self.name}: {error}", mend="fetch it again"
                    ) from error
            return _recognisers[self._folder]


def recogniser(kind: str, arguments: dict[str, Any]) -> Any:
    """Return the library's recogniser of a kind."""
    library: Any = importlib.import_module("sherpa_onnx")
    return getattr(library.OnlineRecognizer, f"from_{kind}")(**arguments)


_TRY_MODEL = """
import json, sys
import numpy, sherpa_onnx
kind, arguments = json.loads(sys.argv[1])
recogniser = getattr(sherpa_onnx.OnlineRecognizer, "from_" + kind)(**arguments)
stream = recogniser.create_stream()
rate = arguments["sample_rate"]
stream.accept_waveform(rate, numpy.linspace(-0.1, 0.1, 2 * rate, dtype=numpy.float32))
stream.input_finished()
while recogniser.is_ready(stream):
    recogniser.decode_stream(stream)
recogniser.get_result_all(stream)
"""


def _try(files: ModelFiles, name: str) -> None:
    try:
        tried = subprocess.run(  # noqa: S603  # our own interpreter, an argument list, no shell
            [sys.executable, "-c", _TRY_MODEL, json.dumps([files.kind, files.arguments()])],
            capture_output=True,
            timeout=_TRY_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ModelError(f"the model {name} does not load within {_TRY_LIMIT_S} s") from error
    if tried.returncode != 0:
        said = [line for line in tried.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        raise ModelError(
            f"the model {name} does not work: {said[-1][:300] if said else f'status {tried.returncode}'}",
            mend="give the unpacked folder of a streaming model made for sherpa-onnx",
        )
