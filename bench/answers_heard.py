"""Answers as they are heard: open recognition, one held to the question's words, and such a second look.

Run: ``python bench/answers_heard.py --json [--quick]``. It needs the embedded model and espeak-ng.
"""

from __future__ import annotations

import sys
from pathlib import Path

# This file's own folder would hide the standard library's ``queue`` from everything below.
sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")

import asyncio
import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from hotline.asr.catalogue import open_engine
from hotline.asr.engine import Engine, Spoken
from hotline.callback_bot.model import UNCLEAR, Question
from hotline.callback_bot.understanding.grammar import words
from hotline.callback_bot.understanding.understand import understand
from support.benches import run, say
from support.line_set import PEOPLE, RATE, VOICES, Pcm, noise, silence
from support.line_set import say as speak

HOW = (
    "{answers} short answers of the labelled set and {other} sentences that answer nothing, each by one of "
    "{voices} voices of espeak-ng, half of them with noise (20 dB below speech), recognised by {model}. "
    "right, wrong (taken for another value) and unclear are shares of the answers, answered is the share of "
    "the other sentences that was taken for an answer. open: no words given; held: nothing but the "
    "question's words; second: held, where open was unclear or heard nothing."
)
MODEL = "mini-cn-synthetic"
ANSWERS = Path(__file__).resolve().parent.parent / "tests" / "data" / "callbacks" / "answers.jsonl"
QUESTIONS = ("identity", "consent", "contacted", "solved", "satisfied")
LONGEST, NOISE = 8, 0.01
OTHERS = (
    "今天天气真热，出门都要打伞。",
    "妈，你把阳台上的衣服收一下。",
    "前方路口请靠右行驶。",
    "老板，来两斤苹果。",
    "作业写完没有，写完去洗手。",
    "下一站，人民广场，请下车的乘客做好准备。",
    "电视里正在放天气预报。",
    "这个菜多少钱一斤。",
    "把门关上，外面风大。",
    "他昨天买了一辆新车。",
    *PEOPLE,
)
WAYS = ("open", "held", "second")


@dataclass(frozen=True)
class Said:
    """One sentence, spoken; ``expected`` is empty where it answers nothing."""

    question: str
    text: str
    expected: str
    sound: bytes


async def measure(*, quick: bool) -> dict[str, object]:
    """Hear every sentence in each way."""
    engine = open_engine(MODEL, None)
    await asyncio.to_thread(engine.load)
    with tempfile.TemporaryDirectory(prefix="hotline-") as name:
        said = list(
            await asyncio.to_thread(
                lambda: list(_said(Path(name), each=3 if quick else 20, others=6 if quick else len(OTHERS)))
            )
        )
    say(f"{len(said)} sentences")
    with ThreadPoolExecutor(2) as pool:
        heard = await asyncio.gather(
            *(asyncio.get_running_loop().run_in_executor(pool, _values, engine, one) for one in said)
        )
    counts = {way: defaultdict(Counter[str]) for way in WAYS}
    for one, values in zip(said, heard, strict=True):
        for way, value in zip(WAYS, values, strict=True):
            counts[way][one.question][_mark(one, value)] += 1
    figures = {way: {q: dict(counts[way][q]) for q in QUESTIONS} for way in WAYS}
    ratios = {way: _shares(sum(counts[way].values(), Counter[str]())) for way in WAYS}
    answers = sum(bool(one.expected) for one in said)
    how = HOW.format(answers=answers, other=len(said) - answers, voices=len(VOICES), model=MODEL)
    return {"name": "answers_heard", "ratios": ratios, "figures": figures, "how": how}


def _shares(count: Counter[str]) -> dict[str, float]:
    answers = count["right"] + count["wrong"] + count["unclear"]
    others = count["answered"] + count["passed"]
    return {
        **{mark: round(count[mark] / answers, 4) for mark in ("right", "wrong", "unclear")},
        "answered": round(count["answered"] / others, 4),
    }


def _mark(one: Said, value: str) -> str:
    if not one.expected:
        return "passed" if value == UNCLEAR else "answered"
    return "right" if value == one.expected else "unclear" if value == UNCLEAR else "wrong"


def _said(folder: Path, *, each: int, others: int) -> Iterator[Said]:
    by_value: dict[tuple[str, str], list[str]] = {}
    for line in ANSWERS.read_text("utf-8").splitlines():
        answer = json.loads(line)
        if len(answer["text"]) <= LONGEST and answer["expected"] != UNCLEAR and "levels" not in answer:
            by_value.setdefault((answer["question"], answer["expected"]), []).append(answer["text"])
    number = 0
    for (question, expected), texts in sorted(by_value.items()):
        own = expected in ("yes", "no", "later") or "满意" in expected
        wanted = max(each if own else each // 4, 1)
        for text in texts[:: max(len(texts) // wanted, 1)][:wanted]:
            number += 1
            yield Said(question, text, expected, _sound(text, folder, number))
    for question in QUESTIONS:
        for text in OTHERS[:: len(OTHERS) // others]:
            number += 1
            yield Said(question, text, "", _sound(text, folder, number))


def _sound(text: str, folder: Path, number: int) -> bytes:
    spoken = speak(text, folder, voice=VOICES[number % len(VOICES)])
    whole: Pcm = np.concatenate([silence(0.4), spoken, silence(1.0)])
    if number % 2:
        whole = whole + noise(len(whole), NOISE, number)
    return (whole.clip(-1, 1) * 32767).astype("<i2").tobytes()


def _values(engine: Engine, one: Said) -> tuple[str, str, str]:
    heard = _understood(engine, one, ())
    held = _understood(engine, one, words(Question(one.question)))
    return heard, held, held if heard == UNCLEAR else heard


def _understood(engine: Engine, one: Said, phrases: Sequence[str]) -> str:
    """Return what the first utterance that means something is taken for, as the robot takes it."""
    session = engine.open(rate=RATE, phrases=phrases)
    for spoken in (*session.accept(one.sound), *session.finish()):
        if not isinstance(spoken, Spoken) or not spoken.text:
            continue
        chars = sum(len(word.text) for word in spoken.words)
        sure = sum(len(word.text) * word.confidence for word in spoken.words) / chars if chars else 0.0
        value = understand(one.question, spoken.text, confidence=sure).value
        if value != UNCLEAR:
            return value
    return UNCLEAR


if __name__ == "__main__":
    run(__doc__, measure)
