"""Lines as a robot hears them: tones by their rhythm, announcements, machines and people, with noise."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from hotline.asr.engine import Engine, Partial
from hotline.callback_bot.listen.line_sounds import LineEar, LineKind, Verdict
from hotline.callback_bot.model import Outcome

RATE = 8000
Pcm = NDArray[np.float32]
VOICES = ("", "+m2", "+f2", "+Andy", "+steph", "+quincy", "+Mario", "+pablo")

ANNOUNCEMENTS: dict[Outcome, Sequence[str]] = {
    Outcome.SWITCHED_OFF: ("您好，您拨打的电话已关机，请稍后再拨。", "对不起，您拨打的用户已关机。"),
    Outcome.NO_SUCH_NUMBER: (
        "您好，您拨打的号码是空号，请查证后再拨。",
        "对不起，您拨打的号码不存在，请核对后再拨。",
    ),
    Outcome.UNREACHABLE: (
        "对不起，您拨打的电话已停机。",
        "对不起，您拨打的电话暂时无法接通，请稍后再拨。",
        "您好，您拨打的用户不在服务区，请稍后再拨。",
    ),
    Outcome.BUSY: ("您好，您拨打的电话正在通话中，请稍后再拨。",),
    Outcome.NO_ANSWER: ("对不起，您拨打的电话暂时无人接听，请稍后再拨。",),
    Outcome.REJECTED: ("对不起，您拨打的用户已设置呼入限制。",),
}
MACHINES = (
    "您好，我是机主的智能助理，机主现在不方便接听电话，请问您有什么事，我可以帮您转告。",
    "您好，您拨打的用户暂时无法接听您的电话，请在嘀声后留言，留言结束请挂机。",
    "这里是语音信箱，请留言。",
    "喂，您好，我是他的语音助手，您有什么需要转达的吗。",
    "您好，我现在不方便接听电话，请在提示音后留言，我会尽快给您回电。",
    "您的来电我们将以短信通知对方。",
    "您好，欢迎致电阳光公司，请拨分机号，查号请拨零。",
)
PEOPLE = (
    "喂，你好。",
    "喂，哪位。",
    "你好，请问你是哪里。",
    "哎，你说。",
    "喂，我在开车，你等一下，我靠边停车，好了你说吧，什么事。",
    "您好，这里是阳光物业服务中心，我姓王，请问有什么可以帮您的。",
    "我现在不方便接听电话，你晚一点再打过来吧。",
    "他不在家，我是他爱人，有什么事我可以帮您转告他。",
    "我手机快没电了，马上要关机了，你有话快说。",
    "喂，信号不好，听不清楚，老是无法接通，你大声一点。",
    "我正在通话中，等会儿再打。",
    "满意，满意，你们处理得挺好的，路灯第二天就亮了，谢谢你们啊，我要给你们表扬一下。",
    "你好，你好，喂，听得见吗，喂，喂，能听见我说话吗。",
    "这个号码以前是空号，现在我在用，你找谁。",
    "哪个单位的，我没有打过这个电话，你打错了吧。",
    "你好，我是这里的值班员，领导都去开会了，你留言吧，我记一下，你说吧。",
)


@dataclass(frozen=True)
class Line:
    """One line: what is on it, and its sound before and after the answer (None: never answered)."""

    name: str
    kind: LineKind
    outcome: Outcome | None
    early: Pcm
    late: Pcm | None = None


def silence(seconds: float) -> Pcm:
    return np.zeros(round(seconds * RATE), dtype=np.float32)


def tone(seconds: float, *hertz: float, level: float = 0.2) -> Pcm:
    at = np.arange(round(seconds * RATE)) / RATE
    return (level * sum(np.sin(2 * np.pi * one * at) for one in hertz) / len(hertz)).astype(np.float32)


def rhythm(on_s: float, off_s: float, times: int, *hertz: float) -> Pcm:
    return np.concatenate([tone(on_s, *hertz), silence(off_s)] * times)


def noise(length: int, level: float, seed: int) -> Pcm:
    return (level * np.random.default_rng(seed).standard_normal(length)).astype(np.float32)


def melody(seconds: float, seed: int = 1) -> Pcm:
    """Struck notes over each other, as colour ring music is."""
    chance = np.random.default_rng(seed)
    whole = np.zeros(round((seconds + 2) * RATE), dtype=np.float32)
    for begin in np.arange(0, seconds, 0.4):
        hertz = 262.0 * 2 ** (int(chance.choice([0, 2, 4, 7, 9, 12])) / 12)
        at = np.arange(round(1.2 * RATE)) / RATE
        note = sum(
            share * np.sin(2 * np.pi * hertz * times * at) for times, share in ((1, 0.6), (2, 0.3), (3, 0.1))
        )
        start = round(begin * RATE)
        whole[start : start + len(at)] += (0.15 * note * np.exp(-2 * at)).astype(np.float32)
    return whole[: round(seconds * RATE)]


def say(
    text: str, folder: Path, *, voice: str = "", rate: int = 165, language: str = "cmn-latn-pinyin"
) -> Pcm:
    """Speak at 8 kHz in the band of a telephone."""
    file = folder / "said.wav"
    command = ["espeak-ng", "-v", f"{language}{voice}", "-s", str(rate), "-w", str(file), text]
    subprocess.run(command, check=True, capture_output=True)
    samples, rate = soundfile.read(file, dtype="float32")
    return soxr.resample(samples, rate, RATE).astype(np.float32)


def tones() -> Iterator[Line]:
    """Lines without speech."""
    none = silence(0)
    early: dict[str, tuple[LineKind, Outcome | None, Pcm]] = {
        "busy": (LineKind.TONE, Outcome.BUSY, rhythm(0.35, 0.35, 6, 450)),
        "congestion": (LineKind.TONE, Outcome.LINE_FAILED, rhythm(0.7, 0.7, 5, 450)),
        "ringback": (LineKind.RINGING, None, rhythm(1, 4, 3, 450)),
        "ringback abroad": (LineKind.RINGING, None, rhythm(2, 4, 2, 440, 480)),
        "colour ring": (LineKind.RINGING, None, melody(14)),
        "information": (
            LineKind.ANNOUNCEMENT,
            Outcome.ANNOUNCEMENT,
            np.concatenate([tone(0.33, 950), tone(0.33, 1400), tone(0.33, 1800), silence(1)]),
        ),
    }
    for name, (kind, outcome, sound) in early.items():
        yield Line(name, kind, outcome, np.concatenate([silence(0.5), sound]))
    ring = rhythm(1, 1, 1, 450)
    yield Line("fax", LineKind.FAX, Outcome.FAX, ring, np.concatenate([silence(1), tone(3, 2100)]))
    calls = np.concatenate([silence(1), rhythm(0.5, 3, 3, 1100)])
    yield Line("fax that calls", LineKind.FAX, Outcome.FAX, ring, calls)
    yield Line("gone", LineKind.TONE, Outcome.BUSY, none, rhythm(0.35, 0.35, 6, 450))
    yield Line("silent", LineKind.UNKNOWN, None, ring, silence(8))


def spoken(
    folder: Path, voices: Sequence[str], rates: Sequence[int], *, each: int = 1, both: bool = True
) -> Iterator[Line]:
    """Lines with speech: every text by each ``each``-th pair of voice and rate, one after the other.

    Announcements as early media and after an answer; not ``both``: in turn.
    """
    ways = [(voice, rate) for voice in voices for rate in rates]
    texts = [
        (LineKind.ANNOUNCEMENT, outcome, text) for outcome, all_ in ANNOUNCEMENTS.items() for text in all_
    ]
    texts += [(LineKind.MACHINE, Outcome.MACHINE, text) for text in MACHINES]
    texts += [(LineKind.PERSON, None, text) for text in PEOPLE]
    for number, (kind, outcome, text) in enumerate(texts):
        for voice, rate in ways[number % each :: each]:
            sound = np.concatenate([silence(0.6), say(text, folder, voice=voice, rate=rate), silence(1.2)])
            name = f"{text} {voice} {rate}"
            if kind is LineKind.ANNOUNCEMENT:
                twice = np.concatenate([sound, sound])
                if both or number % 2:
                    yield Line(f"early: {name}", kind, outcome, twice)
                if both or not number % 2:
                    yield Line(f"answered: {name}", kind, outcome, silence(0), twice)
                continue
            beep = (
                np.concatenate([tone(0.4, 1000), silence(1)])
                if "声后" in text or "音后" in text
                else silence(0)
            )
            yield Line(name, kind, outcome, rhythm(1, 1, 1, 450), np.concatenate([sound, beep]))


def hear(
    line: Line, engine: Engine | None, *, noise_level: float = 0.0, seed: int = 0
) -> tuple[Verdict, list[Verdict]]:
    """Play a line to an ear and a recogniser; returns the conclusion and every verdict on the way."""
    ear, told = LineEar(), list[Verdict | None]()
    parts = [line.early, *([line.late] if line.late is not None else [])]
    for number, part in enumerate(parts):
        if number:
            ear.answer()
        session = engine.open(rate=RATE) if engine is not None else None
        whole = part + noise(len(part), noise_level, seed + number) if noise_level else part
        pcm = (np.clip(whole, -1, 1) * 32767).astype("<i2").tobytes()
        for at in range(0, len(pcm) - 319, 320):
            told.append(ear.frame(pcm[at : at + 320]))
            if session is not None and at % 3200 == 0:
                heard = session.accept(pcm[at : at + 3200])
                told += [ear.words(one.text) for one in heard if not isinstance(one, Partial)]
        if session is not None:
            told += [ear.words(one.text) for one in session.finish() if not isinstance(one, Partial)]
    return ear.conclusion(), [one for one in told if one is not None]
