"""Which sound every prompt of a menu file is, and how the missing ones are made.

A prompt is named after what it belongs to (``menu-main``, ``service-office-hours``, ``greeting-normal``,
or a system prompt such as ``goodbye``). A recording ``prompts/<name>.wav`` replaces the synthesised
voice. The file that a menu plays is named by its content's hash, so that a change never reaches a call
in progress, and no text ever reaches the dialplan.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog
import yaml

from ..telephony.installation import cache_folder
from . import audio
from .audio import PromptError
from .files import write_whole
from .greeting import KINDS
from .model import MenuFile
from .speech_text import spoken
from .synthesise import LONGEST_S, NO_VOICE, RATE, VOICE

log = structlog.get_logger(__name__)

Progress = Callable[[str, int, int], None]
"""Called with a prompt's name, how many are ready and how many there are."""

NO_VOICE_MEND = "install Debian's espeak-ng: apt-get install libespeak-ng1 espeak-ng-data"


class NoVoiceError(PromptError):
    """The machine has no Mandarin voice; nothing can be synthesised."""

    error_id = "ivr.no_voice"
    status = 503


@dataclass(frozen=True)
class Prompt:
    """One prompt: ``file`` is the name the dialplan plays (``hotline/<file>``)."""

    name: str
    text: str
    file: str
    recording: Path | None


def system_prompts() -> dict[str, str]:
    """Return name and text of what the dialplan says outside the menus."""
    path = Path(__file__).with_name("system_prompts.yaml")
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def plan(menu: MenuFile, recordings: Path) -> dict[str, Prompt]:
    """Return every prompt of a checked menu file by name, system prompts included."""
    texts = {f"greeting-{kind}": menu.greeting_text(kind) for kind in KINDS}
    texts |= {f"menu-{part.name}": part.text for part in menu.menus.values()}
    texts |= {f"service-{part.name}": part.text for part in menu.services.values()}
    if menu.voice is not None:
        texts["voice"] = menu.voice.text
    prompts = {name: prompt(name, text, recordings) for name, text in texts.items()}
    for name, text in system_prompts().items():
        found = prompt(name, text, recordings)
        prompts[name] = Prompt(name, text, name, found.recording)
    return prompts


def prompt(name: str, text: str, recordings: Path) -> Prompt:
    """Return which sound a prompt is: the site's recording ``<name>.wav``, or the voice."""
    recording = recordings / f"{name}.wav"
    if not recording.is_file():
        return Prompt(name, text, f"ivr-{_cache_key(text)}", None)
    content = hashlib.sha256(recording.read_bytes()).hexdigest()[:16]
    return Prompt(name, text, f"ivr-{content}", recording)


def _cache_key(text: str) -> str:
    return hashlib.sha256(voiced(text).encode()).hexdigest()[:16]


def voiced(text: str) -> str:
    """Return what decides how a text sounds: its words, the voice, its rate."""
    return "\n".join(("1", VOICE, str(RATE), spoken(text)))


async def install(prompts: Iterable[Prompt], sounds: Path, progress: Progress | None = None) -> int:
    """Put every prompt's sound into ``sounds``; returns how many had to be synthesised.

    Raises ``PromptError`` for a recording that cannot be used, ``NoVoiceError`` without a voice.
    """
    wanted = tuple({prompt.file: prompt for prompt in prompts}.values())
    limit = asyncio.Semaphore(max(1, min(4, os.cpu_count() or 1)))
    made = ready = 0

    async def one(prompt: Prompt) -> None:
        nonlocal made, ready
        async with limit:
            fresh = await _install_one(prompt, sounds)
        made, ready = made + fresh, ready + 1
        if progress:
            progress(prompt.name, ready, len(wanted))

    try:
        async with asyncio.TaskGroup() as group:
            for prompt in wanted:
                group.create_task(one(prompt))
    except ExceptionGroup as failed:  # `except*` wraps what it raises in a group in Python 3.11.2
        known, unknown = failed.split(PromptError)
        if known is None or unknown is not None:
            raise
        raise _first(known) from None
    return made


async def _install_one(prompt: Prompt, sounds: Path) -> bool:
    target = sounds / f"{prompt.file}.wav"
    if prompt.recording is not None:
        await asyncio.to_thread(_take_recording, prompt.recording, prompt.name, target)
        return False
    cached = cache_folder() / "prompts" / f"{_cache_key(prompt.text)}.wav"
    if await asyncio.to_thread(_take_cached, cached, target):
        return False
    sound = await synthesise(prompt.name, prompt.text)
    await asyncio.to_thread(audio.write, sound, cached)
    await asyncio.to_thread(audio.write, sound, target)
    return True


def _take_recording(recording: Path, name: str, target: Path) -> None:
    sound = audio.read(recording)
    audio.check_audible(sound, f"{recording} ({name})")
    audio.write(sound, target)


def _take_cached(cached: Path, target: Path) -> bool:
    if not audio.is_playable(cached):
        return False
    content = cached.read_bytes()
    if not (target.is_file() and target.read_bytes() == content):
        write_whole(target, content)
    return True


async def synthesise(name: str, text: str, *, variant: str = "", folder: Path | None = None) -> audio.Sound:
    """Speak a text in a process of its own, and return the sound read back, whole and audible.

    ``variant`` is another speaker of the same voice, in espeak-ng's words (``+m2``). The raw sound lies in
    ``folder`` for a moment: name a closed one for words that are not for everybody's ears.
    """
    folder = folder or cache_folder() / "prompts"
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    said = spoken(text)
    raw = folder / f".{secrets.token_hex(8)}.raw.wav"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hotline.ivr.synthesise",
        str(raw),
        variant,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LONGEST_S + 30):
            _, errors = await process.communicate(said.encode())
        if process.returncode == NO_VOICE:
            log.warning("no voice", detail=errors.decode(errors="replace")[-500:])
            raise NoVoiceError("there is no Mandarin voice to speak the prompts", mend=NO_VOICE_MEND)
        if process.returncode != 0:
            detail = errors.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
            raise PromptError(f"{name}: the voice failed: {detail[0]}", mend=NO_VOICE_MEND)
        sound = await asyncio.to_thread(audio.read, raw)
        audio.check_complete(sound, name, said)
        return sound
    except TimeoutError as error:
        raise PromptError(f"{name}: the voice did not end", mend="try again") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        raw.unlink(missing_ok=True)


def _first(failed: ExceptionGroup[PromptError]) -> PromptError:
    error = failed.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error
