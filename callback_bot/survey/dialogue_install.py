"""Makes dialogues ready for the switch: checked, spoken, written as dialplan, loaded (``ivr.load``).

A name is that of a delivered dialogue (``dialogues/standard.yaml``), or of the site's own in the folder
``dialogues`` beside its menu file, which comes first.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import NotFoundError
from ...core.settings import Settings
from ...ivr import load, prompts
from ...ivr.model import NAME
from ...ivr.prompts import Progress, Prompt
from ...ivr.versions import Rendered, locked, write
from ...telephony.asterisk_config import Paths
from . import dialogue_check
from .dialogue import Dialogue
from .dialogue_render import DIALOGUES, render


@dataclass(frozen=True)
class Ready:
    """A dialogue whose sounds are in place; ``rendered`` has its version and its dialplan."""

    name: str
    dialogue: Dialogue
    rendered: Rendered
    synthesised: int

    @property
    def version(self) -> str:
        """What an attempt's ``HL_ROBOT_VERSION`` says."""
        return self.rendered.version


def own_folder(settings: Settings) -> Path:
    """Return where the site's own dialogues stand."""
    return settings.menu.with_name("dialogues")


def files(settings: Settings | None) -> dict[str, Path]:
    """Return the dialogues there are by name, good or not; without settings those delivered.

    The site's own win over delivered ones of the same name.
    """
    folders = (dialogue_check.FOLDER, *((own_folder(settings),) if settings is not None else ()))
    return {path.stem: path for folder in folders for path in folder.glob("*.yaml") if path.is_file()}


def file_of(settings: Settings, name: str) -> Path:
    """Return a dialogue's file; raises ``NotFoundError`` when there is none of that name."""
    if NAME.fullmatch(name) and (path := files(settings).get(name)) is not None:
        return path
    own = own_folder(settings) / f"{name}.yaml"
    raise NotFoundError("there is no such dialogue", mend=f"write {own}, or take standard or beijing")


def load_dialogue(settings: Settings, name: str) -> Dialogue:
    """Read and check a dialogue; the queue of a delivered one, if the site lacks it, is the site's first."""
    path = file_of(settings, name)
    delivered = path.parent == dialogue_check.FOLDER
    return dialogue_check.load(path, None if delivered else {queue.name for queue in settings.queues})


def plan(dialogue: Dialogue, recordings: Path) -> dict[str, Prompt]:
    """Return the prompts that are spoken once for all; a recording ``robot-<name>.wav`` replaces one."""
    return {
        line.id: prompts.prompt(f"robot-{line.id}", line.plain, recordings) for line in dialogue.prompts()
    }


async def prepare(settings: Settings, name: str, *, progress: Progress | None = None) -> Ready:
    """Check a dialogue, make the sounds that are missing, render it; the switch is not touched."""

    def rendered() -> tuple[Dialogue, dict[str, Prompt], Rendered]:
        dialogue = load_dialogue(settings, name)
        planned = plan(dialogue, settings.prompts)
        return dialogue, planned, render(name, dialogue, planned)

    dialogue, planned, made = await asyncio.to_thread(rendered)
    fresh = await prompts.install(planned.values(), Paths.of(settings).sounds / "hotline", progress)
    return Ready(name, dialogue, made, fresh)


async def install(settings: Settings, name: str) -> Ready:
    """Prepare a dialogue and write it for the next start of the switch; older versions stay."""
    ready = await prepare(settings, name)

    def put() -> None:
        folder = Paths.of(settings).menus
        with locked(folder):
            write(folder, ready.rendered)

    await asyncio.to_thread(put)
    return ready


async def apply(ami: load.Actions, settings: Settings, name: str) -> Ready:
    """Have the running switch take a dialogue as it is now; calls in progress stay in their version.

    Raises ``DialogueRefusedError``, ``PromptError`` or, after having undone it, ``ApplyError``.
    """
    ready = await prepare(settings, name)
    folder = Paths.of(settings).menus
    with locked(folder):
        await load.switch(ami, folder, ready.rendered)
    return ready


async def sweep(ami: load.Actions, settings: Settings) -> tuple[str, ...]:
    """Remove the versions that no call is in any more; returns them. Cheap when there is none."""
    folder = Paths.of(settings).menus
    with locked(folder):
        return await load.sweep(ami, folder, DIALOGUES)
