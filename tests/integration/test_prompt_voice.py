"""The voice of the prompts, judged by a recogniser that never saw their text."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from hotline.asr.catalogue import open_engine
from hotline.asr.evaluate import evaluate
from hotline.asr.manifest import Sample
from hotline.ivr import audio, prompts
from hotline.ivr.check import DEFAULT_MENU, load
from hotline.ivr.speech_text import spoken

MODEL = "mini-cn-synthetic"


@pytest.mark.clause("R-IVR-5")
async def test_the_prompts_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_CACHE", str(tmp_path / "cache"))
    planned = prompts.plan(load(DEFAULT_MENU, None), tmp_path)
    names = ("greeting-normal", "greeting-new_year", "greeting-festival", "service-office-hours", "goodbye")
    chosen = [planned[name] for name in names]
    await prompts.install(chosen, tmp_path)
    samples = [Sample(tmp_path / f"{one.file}.wav", one.name, spoken(one.text)) for one in chosen]
    report = evaluate(samples, open_engine(MODEL, None))
    rates = {one.sample.set_name: round(one.errors.rate, 3) for one in report.judged}
    assert max(rates.values()) <= 0.2, rates


def test_the_other_mandarin_voice_would_be_noticed(tmp_path: Path) -> None:
    text = "您好，请问您需要什么帮助？感谢您的来电，再见。"
    subprocess.run(["espeak-ng", "-v", "cmn", "-w", tmp_path / "raw.wav", text], check=True)
    audio.write(audio.read(tmp_path / "raw.wav"), tmp_path / "cmn.wav")
    report = evaluate([Sample(tmp_path / "cmn.wav", "cmn", text)], open_engine(MODEL, None))
    assert report.judged[0].errors.rate > 0.5
