"""Prompts with the real voice and real files."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from hotline.ivr import audio, prompts
from hotline.ivr.audio import PromptError, Sound
from hotline.ivr.check import DEFAULT_MENU, load
from hotline.ivr.prompts import NoVoiceError, Prompt, plan, system_prompts

LONG = "政务服务大厅的办公时间是工作日上午9点到12点，下午1点到5点。各大厅的地址可以在政府网站上查询。"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOTLINE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "prompts"


def tone(path: Path, *, seconds: float = 1.0, level: float = 0.3) -> None:
    """A stereo recording of 44.1 kHz."""
    path.parent.mkdir(parents=True, exist_ok=True)
    wave = level * np.sin(np.arange(int(44100 * seconds)) * 2 * np.pi * 440 / 44100)
    soundfile.write(path, np.column_stack([wave, wave]), 44100)


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def prompt(name: str, text: str, recordings: Path = Path("/nonexistent")) -> Prompt:
    return prompts.prompt(name, text, recordings)


async def test_every_prompt_is_spoken_whole_in_the_switchs_format(cache: Path, tmp_path: Path) -> None:
    wanted = [prompt(f"menu-{number}", LONG[number:]) for number in range(4)]
    seen: list[tuple[int, int]] = []
    made = await prompts.install(
        wanted, tmp_path / "sounds", lambda _, done, whole: seen.append((done, whole))
    )
    assert made == 4
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    for one in wanted:
        info = soundfile.info(tmp_path / "sounds" / f"{one.file}.wav")
        assert (info.samplerate, info.channels, info.subtype) == (8000, 1, "PCM_16")
        assert info.duration > 9
    assert [path.suffix for path in files(cache)] == [".wav"] * 4
    assert not [path for path in files(cache) if path.name.startswith(".")]


async def test_a_prompt_is_spoken_once(cache: Path, tmp_path: Path) -> None:
    wanted = [prompt("menu-a", "您好，请按0")]
    assert await prompts.install(wanted, tmp_path / "one") == 1
    assert await prompts.install(wanted, tmp_path / "two") == 0
    assert len(files(cache)) == 1


async def test_the_same_words_in_two_places_do_not_collide(cache: Path, tmp_path: Path) -> None:
    wanted = [prompt(f"menu-{number}", LONG) for number in range(3)]
    wanted += [Prompt(name, LONG, name, None) for name in ("goodbye", "queue-wait")]
    assert await prompts.install(wanted, tmp_path / "sounds") >= 1
    assert len(files(tmp_path / "sounds")) == 3
    assert len(files(cache)) == 1


async def test_a_spoilt_file_in_the_cache_is_made_again(cache: Path, tmp_path: Path) -> None:
    wanted = [prompt("menu-a", "您好")]
    await prompts.install(wanted, tmp_path / "sounds")
    for path in files(cache):
        path.write_bytes(b"RIFF")
    assert await prompts.install(wanted, tmp_path / "sounds") == 1


async def test_hostile_text_is_only_spoken(cache: Path, tmp_path: Path) -> None:
    mark = tmp_path / "attacked"
    text = f"您好$(touch {mark});`touch {mark}`${{SYSTEM(touch {mark})}}--out=/etc/x"
    wanted = [prompt("menu-a", text)]
    await prompts.install(wanted, tmp_path / "sounds")
    assert not mark.exists()
    assert [path.name for path in files(tmp_path / "sounds")] == [f"{wanted[0].file}.wav"]


async def test_a_recording_replaces_the_voice_and_is_converted(cache: Path, tmp_path: Path) -> None:
    tone(tmp_path / "prompts" / "menu-main.wav")
    menu = load(DEFAULT_MENU, None)
    planned = plan(menu, tmp_path / "prompts")
    voice = plan(menu, Path("/nonexistent"))
    assert planned["menu-main"].file != voice["menu-main"].file
    assert planned["menu-affairs"] == voice["menu-affairs"]
    assert await prompts.install([planned["menu-main"]], tmp_path / "sounds") == 0
    sound = audio.read(tmp_path / "sounds" / f"{planned['menu-main'].file}.wav")
    assert sound.seconds == pytest.approx(1.0, abs=0.01)
    assert sound.loudness == pytest.approx(0.3 / 2**0.5, rel=0.05)


def test_a_new_recording_has_a_new_name(tmp_path: Path) -> None:
    menu = load(DEFAULT_MENU, None)
    tone(tmp_path / "menu-main.wav")
    first = plan(menu, tmp_path)["menu-main"].file
    tone(tmp_path / "menu-main.wav", level=0.2)
    assert plan(menu, tmp_path)["menu-main"].file != first


@pytest.mark.parametrize(("seconds", "level", "message"), [(1, 0.0, "silent"), (0.05, 0.3, "empty")])
async def test_a_recording_that_cannot_be_heard_is_refused(
    tmp_path: Path, seconds: float, level: float, message: str
) -> None:
    tone(tmp_path / "goodbye.wav", seconds=seconds, level=level)
    with pytest.raises(PromptError, match=f"goodbye.*{message}"):
        await prompts.install([prompt("goodbye", "再见", tmp_path)], tmp_path / "sounds")


async def test_a_recording_that_is_no_sound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "goodbye.wav").write_bytes(b"not a sound")
    with pytest.raises(PromptError, match="not a readable sound"):
        await prompts.install([prompt("goodbye", "再见", tmp_path)], tmp_path / "sounds")


def test_speech_that_was_cut_short_is_noticed() -> None:
    noise = np.full(8000, 0.2, dtype=np.float32)
    audio.check_complete(Sound(noise), "a", "您好再见")
    with pytest.raises(PromptError, match=r"1\.0 s of speech for 46 characters"):
        audio.check_complete(Sound(noise), "a", LONG)
    with pytest.raises(PromptError, match="speech"):
        audio.check_complete(Sound(np.tile(noise, 9)), "a", "您好")


async def test_without_a_voice_there_is_one_clear_error(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyttsx3.py").write_text(
        "def init(name):\n    raise OSError('libespeak-ng.so.1: cannot open shared object file')\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    wanted = [prompt(f"menu-{number}", f"第{number}条") for number in range(5)]
    with pytest.raises(NoVoiceError, match="apt-get install libespeak-ng1"):
        await prompts.install(wanted, tmp_path / "sounds")
    assert files(cache) == []


async def test_a_voice_that_says_nothing_is_noticed(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyttsx3.py").write_text("def init(name):\n    raise SystemExit(0)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(PromptError, match="not a readable sound"):
        await prompts.install([prompt("menu-a", "您好")], tmp_path / "sounds")
    assert files(cache) == []


async def test_ending_early_leaves_no_process_and_no_file(cache: Path, tmp_path: Path) -> None:
    wanted = [prompt(f"menu-{number}", f"{LONG}{number}") for number in range(4)]
    running = asyncio.create_task(prompts.install(wanted, tmp_path / "sounds"))
    await asyncio.sleep(0.1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not [path for path in files(cache) if path.name.startswith(".")]


def test_system_prompts_have_safe_names_and_text() -> None:
    for name, text in system_prompts().items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*|digits/[a-z0-9]+", name)
        assert not name.startswith(("menu-", "service-", "greeting-", "ivr-"))
        assert text
