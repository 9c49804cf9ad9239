"""sherpa-onnx itself behind the engine port, with a model made by hand that hears two tones."""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from hotline.app.doctor_speech import model as doctor_model
from hotline.asr.choice import chosen_engine
from hotline.asr.engine import Partial, Spoken
from hotline.asr.errors import ModelError
from hotline.asr.server import RecognitionServer
from hotline.asr.sherpa_engine import SherpaEngine
from hotline.core.asr_settings import AsrSettings
from hotline.core.errors import InvalidInputError
from support.asterisk import make_settings
from support.recognition import client, heard_by
from support.tiny_onnx import HIGH_HZ, LOW_HZ, tone, write_model

RATE = 8000


def sound(*hertz: float, rate: int = RATE) -> bytes:
    """Half a second of each tone, 0 for silence."""
    return np.concatenate([tone(one, 0.5, rate) for one in hertz]).tobytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "tones")


@pytest.fixture(scope="module")
def engine(folder: Path) -> SherpaEngine:
    made = SherpaEngine(folder)
    made.load()
    return made


def pieces(pcm: bytes, size: int = 1600) -> list[bytes]:
    return [pcm[start : start + size] for start in range(0, len(pcm), size)]


def test_tones_become_words_with_their_second(engine: SherpaEngine) -> None:
    session = engine.open(rate=RATE, partials=True)
    assert session.skip(10.0) == ()
    heard = [one for pcm in pieces(sound(0, LOW_HZ, HIGH_HZ, 0)) for one in session.accept(pcm)]
    heard += session.finish()
    (spoken,) = [one for one in heard if isinstance(one, Spoken)]
    assert spoken.text == "低高"
    low, high = spoken.words
    assert (low.start_s, high.start_s) == (pytest.approx(10.5, abs=0.15), pytest.approx(11.0, abs=0.15))
    assert low.end_s <= high.start_s
    assert all(0 < word.confidence <= 1 for word in spoken.words)
    guesses = [one.text for one in heard if isinstance(one, Partial)]
    assert guesses == ["低", "低高"]


def test_a_pause_ends_an_utterance_and_times_go_on(engine: SherpaEngine) -> None:
    session = engine.open(rate=RATE)
    heard = [one for pcm in pieces(sound(0, LOW_HZ, 0, 0, 0, 0, HIGH_HZ, 0)) for one in session.accept(pcm)]
    heard += session.finish()
    texts = [(one.text, round(one.start_s, 1)) for one in heard if isinstance(one, Spoken)]
    assert [text for text, _ in texts] == ["低", "高"]
    assert texts[1][1] == pytest.approx(3.0, abs=0.2)
    assert session.accept(sound(LOW_HZ)) + session.finish() != (), "a session goes on after its finish"


def test_any_rate_and_odd_input(engine: SherpaEngine) -> None:
    for rate in (8000, 16_000, 44_100):
        session = engine.open(rate=rate)
        heard = session.accept(sound(0, LOW_HZ, HIGH_HZ, rate=rate)) + session.finish()
        assert "".join(one.text for one in heard) == "低高"
    with pytest.raises(InvalidInputError):
        engine.open(rate=4000)
    with pytest.raises(InvalidInputError):
        engine.open(rate=8000, phrases=["低"])
    with pytest.raises(InvalidInputError):
        engine.open(rate=8000).accept(b"x")
    assert engine.recognise(pieces(sound(0, HIGH_HZ, rate=16_000)))[0].text == "高"


def test_sessions_in_several_threads_share_the_model(engine: SherpaEngine) -> None:
    def work(_: int) -> str:
        session = engine.open(rate=RATE)
        heard = [one for pcm in pieces(sound(0, LOW_HZ, HIGH_HZ, LOW_HZ)) for one in session.accept(pcm)]
        return "".join(one.text for one in (*heard, *session.finish()))

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(work, range(16))) == {"低高低"}


async def test_our_server_offers_it_to_others(engine: SherpaEngine) -> None:
    async with RecognitionServer(engine, threads=1).listening("127.0.0.1", 0) as listening:
        heard = await heard_by(client(listening.url), sound(0, LOW_HZ, HIGH_HZ))
    assert [one.text for one in heard] == ["低高"]


@pytest.mark.parametrize("missing", ["tokens.txt", "encoder.onnx", "decoder.onnx"])
def test_a_folder_that_lacks_a_file_is_told(folder: Path, tmp_path: Path, missing: str) -> None:
    broken = shutil.copytree(folder, tmp_path / "broken")
    (broken / missing).unlink()
    with pytest.raises(ModelError, match="streaming model made for sherpa-onnx"):
        SherpaEngine(broken)
    with pytest.raises(ModelError, match="not a folder"):
        SherpaEngine(tmp_path / "nowhere")


@pytest.mark.parametrize("kind", ["cut off", "another graph", "text"])
def test_a_model_that_would_end_the_process_is_an_error_like_any_other(
    folder: Path, tmp_path: Path, kind: str
) -> None:
    """Another graph in the encoder's place makes the library crash the process that loads it."""
    broken = shutil.copytree(folder, tmp_path / "broken")
    good = (broken / "encoder.onnx").read_bytes()
    other = {
        "cut off": good[:200],
        "another graph": (broken / "decoder.onnx").read_bytes(),
        "text": b"x" * 99,
    }
    (broken / "encoder.onnx").write_bytes(other[kind])
    settings = make_settings(tmp_path / "state", asr={"engine": "sherpa", "model": str(broken)})
    (finding,) = doctor_model(settings)
    assert finding.status == "fail"
    assert "does not work" in finding.message
    with pytest.raises(ModelError, match="does not work"):
        SherpaEngine(broken).load()


def test_the_settings_choose_it(folder: Path, tmp_path: Path) -> None:
    chosen = chosen_engine(AsrSettings(engine="sherpa", model=str(folder)), None)
    assert (chosen.name, chosen.sample_rate) == ("tones", 16_000)
    settings = make_settings(tmp_path, asr={"engine": "sherpa", "model": str(folder)})
    assert [one.status for one in doctor_model(settings)] == ["ok"]


def test_the_library_is_imported_only_when_it_is_chosen() -> None:
    program = (
        "import sys, hotline.app.service, hotline.app.doctor_speech, hotline.cli.asr, hotline.asr.choice\n"
        "sys.exit('sherpa_onnx' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
