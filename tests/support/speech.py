"""Recorded speech for tests: the shipped recordings put together into legs of a call."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from hotline.asr.cer import compare
from hotline.asr.normalise import normalise

AUDIO = Path(__file__).parents[1] / "data" / "audio"
MANIFEST = AUDIO / "manifest.tsv"
RATE = 8000
LAMPS = "从东三环到长安街这一段路灯全灭了，女孩子下班不敢走"
PAPERS = "您可以带上户口本和身份证到江宁区政务服务中心办理"


def speech(name: str) -> NDArray[np.int16]:
    """One of the shipped recordings, 8 kHz mono."""
    samples: Any = soundfile.read(AUDIO / name, dtype="int16")[0]
    return samples


def silence(seconds: float) -> NDArray[np.int16]:
    """The silence of an A-law line."""
    return np.full(round(seconds * RATE), 8, dtype=np.int16)


def write(path: Path, *parts: NDArray[np.int16], rate: int = RATE, subtype: str = "PCM_16") -> Path:
    """Write parts one after the other as a WAV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.concatenate(parts), rate, subtype=subtype)
    return path


def call_legs(folder: Path) -> dict[str, str]:
    """Write a call: the citizen speaks in the menu and at 10 s of lamps, the agent answers at 20 s."""
    lamps, papers = speech("base0016.wav"), speech("base0216.wav")
    write(
        folder / "x-citizen.wav",
        *(speech("sv0085.wav"), silence(10 - len(speech("sv0085.wav")) / RATE), lamps),
        silence(30 - 10 - len(lamps) / RATE),
    )
    write(folder / "x-agent.wav", silence(20), papers, silence(10 - len(papers) / RATE))
    return {"citizen": str(folder / "x-citizen.wav"), "agent": str(folder / "x-agent.wav")}


def error_rate(reference: str, heard: str) -> float:
    """Character error rate of normalised texts."""
    return compare(normalise(reference), normalise(heard)).rate


def begin_recording(path: Path, *parts: NDArray[np.int16], header_s: float = 0.0) -> None:
    """Write a recording as the switch leaves it while the call goes on: no more is in the file than it
    has written, and the header tells the length of an earlier closing, or none.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    stated = 2 * round(header_s * RATE)
    header = struct.pack(
        "<4sI8sIHHIIHH4sI",
        b"RIFF",
        stated + 36,
        b"WAVEfmt ",
        16,
        1,
        1,
        RATE,
        2 * RATE,
        2,
        16,
        b"data",
        stated,
    )
    path.write_bytes(header + b"".join(part.astype("<i2").tobytes() for part in parts))


def go_on_recording(path: Path, *parts: NDArray[np.int16]) -> None:
    """Write more sound to a recording."""
    with path.open("ab") as file:
        file.writelines(part.astype("<i2").tobytes() for part in parts)
