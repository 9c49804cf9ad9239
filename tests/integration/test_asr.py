"""The real Vosk engine with the embedded model on the shipped recordings."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import numpy as np
import pytest
import soxr

from hotline.asr import vosk_session
from hotline.asr.audio import Audio
from hotline.asr.catalogue import open_engine
from hotline.asr.engine import Partial, Spoken
from hotline.asr.errors import AudioError, StoppedError
from hotline.asr.evaluate import evaluate
from hotline.asr.manifest import read_manifest
from hotline.asr.transcribe import Leg, hear, legs_of, transcribe_call
from hotline.asr.vosk_engine import VoskEngine
from support.speech import LAMPS, MANIFEST, PAPERS, RATE, call_legs, error_rate, silence, speech, write

pytestmark = pytest.mark.heavy(2)

LIMITS = {"base": 0.15, "noisy": 0.25, "seen": 0.30, "unseen": 0.45, "sv": 0.1, "g2": 0.1, "oog": 0.5}


@pytest.fixture(scope="module")
def engine() -> VoskEngine:
    return open_engine("mini-cn-synthetic", None)


@pytest.mark.takes(60)
@pytest.mark.clause("R-T-2")
def test_each_set_stays_below_its_error_rate(engine: VoskEngine) -> None:
    report = evaluate(read_manifest(MANIFEST), engine)
    rates = {name: errors.rate for name, (_, errors) in report.by_set().items()}
    assert rates.pop("total") <= 0.15
    assert rates.keys() == LIMITS.keys()
    assert {name: rate for name, rate in rates.items() if rate > LIMITS[name]} == {}
    assert report.audio_s == pytest.approx(145.5, abs=0.1)


def test_two_legs_become_one_transcript_of_the_talk(engine: VoskEngine, tmp_path: Path) -> None:
    legs = legs_of({"citizen": Path(call_legs(tmp_path)["citizen"]), "agent": tmp_path / "x-agent.wav"})
    result = transcribe_call("node1-1.1", legs, engine, from_s=8.0)
    said = {"citizen": "", "agent": ""}
    for utterance in result.transcript.utterances:
        said[utterance.speaker] += utterance.text
    assert error_rate(LAMPS, said["citizen"]) <= 0.15, "and nothing of what was said in the menu"
    assert error_rate(PAPERS, said["agent"]) <= 0.15
    assert " " not in said["citizen"]
    assert [one.speaker for one in result.transcript.utterances] == sorted(
        (one.speaker for one in result.transcript.utterances), reverse=True
    ), "the citizen before the agent"
    words = [word for one in result.transcript.utterances for word in one.words]
    assert words[0].start_s == pytest.approx(10.3, abs=0.3)
    assert all(0 <= word.confidence <= 1 and word.start_s < word.end_s for word in words)
    assert words == sorted(words, key=lambda word: word.start_s)
    assert (result.transcript.model, result.transcript.language) == ("mini-cn-synthetic", "zh-CN")
    assert result.transcript.duration_s == 30.0
    assert result.recognised_s < 21, "of 60 s of sound only what is speech"


def test_sound_of_other_rates_is_understood_as_well(engine: VoskEngine, tmp_path: Path) -> None:
    samples = soxr.resample(speech("base0016.wav"), RATE, 16000)
    wide = write(tmp_path / "wide.wav", np.zeros(16000 * 2, np.int16), samples, rate=16000)
    heard = hear(Leg(Audio(wide)), engine).spoken
    assert error_rate(LAMPS, "".join(one.text for one in heard)) <= 0.1
    assert heard[0].start_s == pytest.approx(2.3, abs=0.2)


def test_speech_cut_by_force_keeps_its_words_and_times(
    engine: VoskEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vosk_session, "LONGEST_S", 3.0)
    session = engine.open()
    pcm = speech("base0016.wav").tobytes()
    heard = [one for at in range(0, len(pcm), 4000) for one in session.accept(pcm[at : at + 4000])]
    heard += session.finish()
    spoken = [one for one in heard if isinstance(one, Spoken)]
    assert session.forced == 2
    assert error_rate(LAMPS, "".join(one.text for one in spoken)) <= 0.25
    assert all(before.end_s <= after.start_s + 0.1 for before, after in itertools.pairwise(spoken))


def test_a_live_session_gives_partials_and_then_the_utterance(engine: VoskEngine) -> None:
    session = engine.open(partials=True)
    pcm = speech("sv0085.wav").tobytes() + silence(1).tobytes()
    heard = [one for at in range(0, len(pcm), 320) for one in session.accept(pcm[at : at + 320])]
    assert any(isinstance(one, Partial) for one in heard)
    assert isinstance(heard[-1], Spoken)
    assert heard[-1].text == "非常满意"


def test_threads_share_one_model(engine: VoskEngine) -> None:
    pcm = speech("sv0003.wav").tobytes()
    other = open_engine("mini-cn-synthetic", None)
    with ThreadPoolExecutor(4) as pool:
        heard = list(pool.map(lambda one: one.recognise([pcm]), [engine, other] * 4))
    assert [[one.text for one in spoken] for spoken in heard] == [["满意"]] * 8
    assert engine.load() is other.load()


def test_silence_costs_nothing(engine: VoskEngine, tmp_path: Path) -> None:
    hearing = hear(Leg(Audio(write(tmp_path / "hour.wav", silence(3600)))), engine)
    assert (hearing.spoken, hearing.recognised_s) == ([], 0)


def test_recognition_stops_when_told(engine: VoskEngine) -> None:
    stop = Event()
    stop.set()
    with pytest.raises(StoppedError):
        hear(Leg(Audio(MANIFEST.parent / "base0016.wav")), engine, stop=stop)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not sound at all" * 100, "从东三环".encode()])
def test_what_is_not_sound_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.wav").write_bytes(content)
    with pytest.raises(AudioError, match=r"x\.wav"):
        Audio(tmp_path / "x.wav")


def test_a_recording_whose_writer_was_killed_is_read(engine: VoskEngine, tmp_path: Path) -> None:
    path = write(tmp_path / "x.wav", speech("sv0085.wav"))
    raw = bytearray(path.read_bytes())
    raw[4:8] = raw[40:44] = bytes(4)
    path.write_bytes(raw)
    assert [one.text for one in hear(Leg(Audio(path)), engine).spoken] == ["非常满意"]


_WITHOUT_NETWORK = """
import json, sys
from pathlib import Path

def forbid(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto"):
        raise RuntimeError(f"network at run time: {event} {args}")

sys.addaudithook(forbid)
from hotline.asr.audio import Audio
from hotline.asr.catalogue import open_engine
from hotline.asr.transcribe import Leg, hear
heard = hear(Leg(Audio(Path(sys.argv[1]))), open_engine("mini-cn-synthetic", None)).spoken
print(json.dumps([one.text for one in heard]))
"""


def test_recognition_never_touches_the_network() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_NETWORK, str(MANIFEST.parent / "sv0085.wav")],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout) == ["非常满意"]
    assert done.stderr == b"", "Vosk is quiet"
