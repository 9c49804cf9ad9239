"""What the robot says is understood by a recogniser, and who is on a line is told by its words."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from hotline.asr.catalogue import open_engine
from hotline.asr.engine import Engine
from hotline.asr.evaluate import evaluate
from hotline.asr.manifest import Sample
from hotline.callback_bot.listen.line_sounds import LineKind
from hotline.callback_bot.model import Callback, Outcome
from hotline.callback_bot.speech.speech import Prompts
from hotline.callback_bot.speech.speech_lines import Line as Prompt
from hotline.callback_bot.speech.speech_lines import filled, read
from support.line_set import Line, hear, say, silence

TODAY = date(2026, 11, 22)
CALLBACK = Callback(
    "c1", "20261120001", "13812345678", "王建国", "区住建局", "求助", "路灯不亮", date(2026, 11, 20)
)
PROMPTS = (
    Prompt("identity", "请问您是{person}吗？", "请问您是本人吗？"),
    Prompt("solved", "{handled_on}，{unit}处理了{matter}的问题，请问解决了吗？", "请问解决了吗？"),
    Prompt("phone", "打{phone}这个电话。", "打这个电话。"),
)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_engine("mini-cn-synthetic", None)


@pytest.mark.clause("R-CB-7")
async def test_names_days_and_numbers_are_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    monkeypatch.setenv("HOTLINE_CACHE", str(tmp_path / "cache"))
    sounds = await Prompts(tmp_path, tmp_path / "recordings").ready(CALLBACK, PROMPTS, TODAY)
    said = read(CALLBACK, TODAY).said
    samples = [
        Sample(tmp_path / "hotline" / f"{sounds[one.id]}.wav", one.id, filled(one, said) or "")
        for one in PROMPTS
    ]
    rates = {one.sample.set_name: round(one.errors.rate, 3) for one in evaluate(samples, engine).judged}
    assert max(rates.values()) <= 0.3, rates
    assert sum(rates.values()) / len(rates) <= 0.2, rates


LINES = {
    "您好，您拨打的号码是空号。": (LineKind.ANNOUNCEMENT, Outcome.NO_SUCH_NUMBER),
    "您好，我是机主的智能助理，我可以帮您转告。": (LineKind.MACHINE, Outcome.MACHINE),
    "喂，你好，我正在开车。": (LineKind.PERSON, None),
}


@pytest.mark.clause("R-CB-7")
def test_who_is_on_the_line_is_told_from_its_sound(tmp_path: Path, engine: Engine) -> None:
    for text, expected in LINES.items():
        sound = np.concatenate([silence(0.5), say(text, tmp_path), silence(1.0)])
        early = silence(1) if expected[0] is not LineKind.ANNOUNCEMENT else sound
        found, _ = hear(Line(text, *expected, early, None if early is sound else sound), engine)
        assert (found.kind, found.outcome) == expected, text


def test_a_repetition_in_english_changes_nothing(tmp_path: Path, engine: Engine) -> None:
    chinese = say("对不起，您拨打的用户已关机。", tmp_path)
    english = say("sorry, the subscriber you dialed is powered off", tmp_path, language="en")
    sound = np.concatenate([silence(0.5), chinese, silence(0.7), english, silence(1.0)])
    found, _ = hear(Line("", LineKind.ANNOUNCEMENT, Outcome.SWITCHED_OFF, sound), engine)
    assert (found.kind, found.outcome) == (LineKind.ANNOUNCEMENT, Outcome.SWITCHED_OFF)
