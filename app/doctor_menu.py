"""Checks the voice menu: its rules, and that every prompt in it will be heard."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from ..core.errors import ConfigError
from ..core.settings import Settings
from ..ivr import audio
from ..ivr import check as menu_check
from ..ivr import prompts as prompt_plan
from ..ivr.model import MenuFile
from ..telephony.asterisk_config import Paths
from .finding import Finding, fail, ok, warn

_KINDS = ("menu", "service")


def _load(settings: Settings) -> MenuFile:
    return menu_check.load(settings.menu, [queue.name for queue in settings.queues])


def menu(settings: Settings) -> Iterable[Finding]:
    """Say what the standard refuses in the menu, each with its line."""
    try:
        found = _load(settings)
    except menu_check.MenuRefusedError as error:
        for problem in error.problems:
            place = f"{problem.file}:{problem.line}" if problem.line else problem.file
            yield fail("menu", f"{place}: {problem.rule}: {problem.message}", problem.mend)
    except ConfigError as error:
        yield fail("menu", error.message, error.mend)
    else:
        yield ok("menu", f"{settings.menu}: {len(found.menus)} menus, {len(found.services)} services")


async def prompts(settings: Settings) -> Iterable[Finding]:
    """Say which prompt has no sound, with the line of the menu that needs it.

    A prompt is heard from its recording, from the sounds already made, or from the voice.
    """
    try:
        found = await asyncio.to_thread(_load, settings)
    except ConfigError:
        return []  # told by the check of the menu
    return await asyncio.to_thread(_examine, settings, found, await _has_voice())


async def _has_voice() -> bool:
    try:
        await prompt_plan.synthesise("doctor", "您好")
    except audio.PromptError:
        return False
    return True


def _examine(settings: Settings, found: MenuFile, has_voice: bool) -> list[Finding]:
    planned = prompt_plan.plan(found, settings.prompts)
    sounds = Paths.of(settings).sounds / "hotline"
    recorded = 0
    told: list[Finding] = []
    for prompt in planned.values():
        place = f"{settings.menu}:{line_of(found, prompt.name)}"
        if prompt.recording is not None:
            try:
                audio.check_audible(audio.read(prompt.recording), str(prompt.recording))
                recorded += 1
            except audio.PromptError as error:
                told.append(fail("prompts", f"{place}: {error.message}", error.mend or "record it again"))
        elif not has_voice and not audio.is_playable(sounds / f"{prompt.file}.wav"):
            message = f"{place}: the prompt {prompt.name} has no sound, and there is no voice to speak it"
            mend = f"record {settings.prompts}/{prompt.name}.wav, or {prompt_plan.NO_VOICE_MEND}"
            told.append(fail("prompts", message, mend))
    told += [
        warn(
            "prompts", f"{file} belongs to no prompt", f"rename it; prompts are: {', '.join(sorted(planned))}"
        )
        for file in sorted(settings.prompts.glob("*.wav"))
        if file.stem not in planned
    ]
    if not told:
        told.append(ok("prompts", f"{len(planned)} prompts, {recorded} of them recorded"))
    return told


def line_of(found: MenuFile, name: str) -> int:
    """Return the line of the menu file that a prompt belongs to; 1 for what the dialplan itself says."""
    kind, _, rest = name.partition("-")
    if kind == "greeting":
        return found.lines.get("greeting", 1)
    part = {"menu": found.menus, "service": found.services}.get(kind, {}).get(rest)
    return part.line if part else 1
