"""The robot's filled-in prompts: real files, a fast voice of the test's own, and the real one once."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import AsyncIterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import structlog

from hotline.callback_bot.model import Callback
from hotline.callback_bot.speech.speech import Prompts, variables
from hotline.callback_bot.speech.speech_lines import Line, faults
from hotline.ivr import audio
from hotline.ivr.audio import PromptError, Sound

TODAY = date(2026, 11, 22)
IDENTITY = Line("identity", "请问您是{person}吗？", "请问您是本号码的机主吗？")
SOLVED = Line(
    "solved", "{handled_on}，{unit}办理了您反映的事项，请问解决了吗？", "请问您反映的事项解决了吗？"
)
MATTER = Line("matter", "您反映的{matter}，请问解决了吗？", "请问解决了吗？")
THANKS = Line("thanks", "感谢您的配合，再见。")
LINES = (IDENTITY, SOLVED, MATTER, THANKS)


def callback(name: str = "c1", **fields: object) -> Callback:
    values = {
        "ticket": "2026112200001",
        "phone": "13812345678",
        "person": "张晓明",
        "unit": "区住建局",
        "kind": "求助",
        "matter": "路灯不亮",
        "handled_on": date(2026, 11, 20),
    }
    return Callback(name, **{**values, **fields})  # pyright: ignore[reportArgumentType]  # a test's fields


class Voice:
    """Speaks at once; notes what, and how many were speaking together."""

    def __init__(self, *, error: Exception | None = None, takes_s: float = 0.0) -> None:
        self.texts: list[str] = []
        self.names: list[str] = []
        self.most = self.now = 0
        self._error, self._takes_s = error, takes_s

    async def __call__(self, name: str, text: str, *, folder: Path | None = None) -> Sound:
        assert folder is not None
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(self._takes_s)
            if self._error is not None:
                raise self._error
        finally:
            self.now -= 1
        self.texts.append(text)
        self.names.append(name)
        return Sound(np.full(4000, 0.2, dtype=np.float32))


def prompts(folder: Path, voice: Voice, **options: int | float) -> Prompts:
    return Prompts(folder / "sounds", folder / "recordings", speak=voice, **options)  # pyright: ignore[reportArgumentType]


def made(folder: Path, kind: str = "") -> list[Path]:
    return sorted((folder / "sounds" / "hotline").glob(f"robot-{kind}*.wav"))


async def test_a_callbacks_words_are_filled_in_as_they_are_read(tmp_path: Path) -> None:
    voice = Voice()
    sounds = await prompts(tmp_path, voice).ready(callback(), LINES, TODAY)
    assert sorted(voice.texts) == [
        "十一月二十号，区住建局办理了您反映的事项，请问解决了吗？",
        "您反映的路灯不亮，请问解决了吗？",
        "请问您是张晓明吗？",
    ]
    assert sounds.keys() == {"identity", "solved", "matter"}
    for sound in sounds.values():
        assert audio.is_playable(tmp_path / "sounds" / "hotline" / f"{sound}.wav")
    assert variables(sounds)["HL_P_IDENTITY"] == sounds["identity"]


async def test_names_of_files_and_the_log_tell_nothing_and_only_the_service_may_read(tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as told:
        one = await prompts(tmp_path, Voice()).ready(callback(matter="噪音😀"), LINES, TODAY)
        other = await prompts(tmp_path / "other", Voice()).ready(callback(), LINES, TODAY)
        await prompts(tmp_path, Voice(error=PromptError("x"))).ready(callback("c2"), LINES, TODAY)
    assert one["identity"] != other["identity"], "the name could be tried out"
    text = str(told) + str([path.name for path in tmp_path.rglob("*")])
    assert {entry["event"] for entry in told} == {
        "a field of a callback cannot be said",
        "a callback is asked in general words",
    }
    for word in ("张晓明", "噪音", "路灯", "13812345678"):
        assert word not in text
    modes = {path.name[:9]: stat.S_IMODE(path.stat().st_mode) for path in made(tmp_path)}
    assert modes == {"robot-own": 0o600, "robot-all": 0o644}
    assert all(len(path.stem) <= 60 and path.stem.replace("-", "").isalnum() for path in made(tmp_path))


async def test_what_names_nobody_is_spoken_once_and_a_retry_speaks_nothing(tmp_path: Path) -> None:
    voice = Voice()
    robot = prompts(tmp_path, voice)
    first = await robot.ready(callback(), LINES, TODAY)
    assert await robot.ready(callback(), LINES, TODAY) == first
    second = await robot.ready(callback("c2", person="李强"), LINES, TODAY)
    assert second["solved"] == first["solved"]
    assert second["matter"] != first["matter"], "one callback's own words are not another's"
    assert len(voice.texts) == 5


@pytest.mark.parametrize(
    ("fields", "lacking"),
    [
        ({"person": "John"}, "identity"),
        ({"person": ""}, "identity"),
        ({"matter": "路" * 60}, "matter"),
        ({"handled_on": None}, "solved"),
        ({"unit": "部门😀"}, "solved"),
    ],
)
async def test_what_cannot_be_said_is_left_to_the_general_words(
    tmp_path: Path, fields: dict[str, object], lacking: str
) -> None:
    sounds = await prompts(tmp_path, Voice()).ready(callback(**fields), LINES, TODAY)
    assert sounds.keys() == {"identity", "solved", "matter"} - {lacking}


async def test_a_voice_that_fails_or_hangs_costs_the_words_and_not_the_call(tmp_path: Path) -> None:
    for voice in (Voice(error=PromptError("no voice")), Voice(error=OSError("full")), Voice(takes_s=30)):
        assert await prompts(tmp_path, voice, ahead_s=0.05).ready(callback(), LINES, TODAY) == {}
    assert made(tmp_path) == []


async def test_few_voices_speak_at_a_time_and_never_two_the_same(tmp_path: Path) -> None:
    voice = Voice(takes_s=0.01)
    robot = prompts(tmp_path, voice, at_once=2)
    calls = [robot.ready(callback(f"c{number}"), LINES, TODAY) for number in range(6)]
    await asyncio.gather(*calls, robot.ready(callback("c0"), LINES, TODAY))
    assert voice.most == 2
    assert len(voice.texts) == 6 * 2 + 1


async def test_a_recording_of_the_site_replaces_the_voice(tmp_path: Path) -> None:
    audio.write(Sound(np.full(4000, 0.2, dtype=np.float32)), tmp_path / "recordings" / "robot-matter.wav")
    voice = Voice()
    assert "matter" not in await prompts(tmp_path, voice).ready(callback(), LINES, TODAY)
    assert len(voice.texts) == 2


async def pages(*of: Sequence[str]) -> AsyncIterator[Sequence[str]]:
    for page in of:
        yield page


async def test_no_more_pages_are_read_than_are_needed(tmp_path: Path) -> None:
    robot = prompts(tmp_path, Voice())
    await robot.ready(callback("c1"), LINES, TODAY)
    rest = pages(["c0", "c1"], ["c2"])
    assert await robot.sweep(rest) == 0
    assert [page async for page in rest] == [["c2"]]


async def test_a_callbacks_own_words_go_with_it(tmp_path: Path) -> None:
    robot = prompts(tmp_path, Voice())
    for name in ("c1", "c2", "c3"):
        await robot.ready(callback(name), LINES, TODAY)
    await robot.over("c1")
    await robot.over("c1")
    assert (len(made(tmp_path, "own")), len(made(tmp_path, "all"))) == (4, 1)
    assert await prompts(tmp_path, Voice()).sweep(pages(["c9"], ["c2"])) == 2, "what a killed service left"
    assert len(made(tmp_path, "own")) == 2
    assert await robot.sweep(pages()) == 2
    assert len(made(tmp_path)) == 1


async def test_the_cache_is_bounded_and_keeps_what_was_used(tmp_path: Path) -> None:
    robot = prompts(tmp_path, Voice(), most_shared=2)
    for day in range(1, 6):
        await robot.ready(callback(handled_on=date(2026, 11, day)), [SOLVED], TODAY)
    files = made(tmp_path, "all")
    assert await robot.sweep(pages()) == 0, "all were used today"
    for file in files:
        os.utime(file, (time.time() - 2e5, time.time() - 2e5))
    await robot.ready(callback(handled_on=date(2026, 11, 1)), [SOLVED], TODAY)
    assert await robot.sweep(pages()) == 3
    voice = Voice()
    await prompts(tmp_path, voice).ready(callback(handled_on=date(2026, 11, 1)), [SOLVED], TODAY)
    assert voice.texts == []


async def test_the_real_voice_fills_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_CACHE", str(tmp_path / "cache"))
    robot = Prompts(tmp_path / "sounds", tmp_path / "recordings")
    sounds = await robot.ready(callback(), [MATTER], TODAY)
    assert audio.read(tmp_path / "sounds" / "hotline" / f"{sounds['matter']}.wav").seconds > 2.5
    closed = tmp_path / "sounds" / "hotline" / ".robot"
    assert [path.name for path in closed.iterdir()] == ["key"]
    assert not (tmp_path / "cache").exists(), "a person's words are in no common cache"


def test_lines_that_cannot_be_said_are_told() -> None:
    wrong = [
        Line("../x", "您好"),
        Line("a", "{secret}", "好"),
        Line("b", "{unit}"),
        Line("c", "{unit}", "{unit}"),
        Line("d", "好" * 401),
    ]
    assert [fault.split(":")[0].split(" ")[0] for fault in faults(wrong)] == ["'../x'", "a", "b", "c", "d"]
    assert list(faults(LINES)) == []
