"""The menu file as the pages' editor sees it: text, tree and problems; checked and taken into use whole.

A change is written beside the file, checked, spoken and loaded into the switch; only then it takes the file's
place. What goes wrong before leaves file and switch as they were.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..core.action_log import ActionLog
from ..core.clock import Clock, utc_now
from ..core.errors import ConfigError, HotlineError
from ..core.settings import Settings
from ..ivr.apply import apply
from ..ivr.check import MenuRefusedError, check
from ..ivr.greeting import KINDS
from ..ivr.load import Actions
from ..ivr.model import Again, Human, MenuFile, OpenMenu, Target
from ..ivr.render import ENTRY_NAME
from ..ivr.source import LONGEST_FILE, Problem
from ..ivr.versions import MENUS
from ..telephony.asterisk_config import Paths


class MenuChangedError(HotlineError):
    """The menu file is another one than the change was made on."""

    error_id = "ivr.changed"
    status = 409


class MenuTextError(MenuRefusedError):
    """A menu text that breaks a rule; its problems are told with their lines."""

    told_fields = ("problems",)

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.fields = {"problems": problems_told(problems)}


class Menus:
    """Reads, checks and changes the menu of a node."""

    def __init__(
        self, settings: Settings, actions: Actions, log: ActionLog | None = None, *, clock: Clock = utc_now
    ) -> None:
        self._settings = settings
        self._actions = actions
        self._log = log
        self._clock = clock
        self._queues = {queue.name: queue.label for queue in settings.queues}
        self._changing = asyncio.Lock()

    async def read(self) -> dict[str, Any]:
        """Return the file as it is, with what the check says of it, and the version that calls enter."""
        text = await asyncio.to_thread(self._text)
        return {
            "file": self._settings.menu.name,
            "version": await asyncio.to_thread(self._version),
            "base": base_of(text),
            "text": text,
            **self._judged(text),
        }

    def check(self, text: str) -> dict[str, Any]:
        """Return what the check says of a text; nothing is changed."""
        found = self._judged(text)
        return {"ok": not found["problems"], **found}

    async def apply(self, text: str, base: str, *, who: str) -> dict[str, Any]:
        """Let a text be the menu from now on; calls in progress stay in theirs.

        Raises ``MenuChangedError`` when the file is not ``base`` any more, ``MenuTextError`` when the check
        refuses, ``ApplyError`` when the switch does, ``MenuBusyError``, ``PromptError``.
        """
        async with self._changing:
            if base_of(await asyncio.to_thread(self._text)) != base:
                raise MenuChangedError("the menu was changed meanwhile", mend="load it again")
            _, problems = check(text, self._settings.menu.name, self._queues)
            if problems:
                raise MenuTextError(problems)
            beside = self._settings.menu.with_name(f".{self._settings.menu.name}.new")
            await asyncio.to_thread(_write, beside, text)
            try:
                made = await apply(self._actions, self._settings, beside, clock=self._clock)
                await asyncio.to_thread(beside.replace, self._settings.menu)
            finally:
                await asyncio.to_thread(beside.unlink, missing_ok=True)
        if self._log is not None:
            self._log.note(who, "menu.apply", details={"version": made.version})
        return {
            "version": made.version,
            "base": base_of(text),
            "prompts": made.prompts,
            "synthesised": made.synthesised,
            "removed": list(made.removed),
            "kept": list(made.kept),
            "missing_years": list(made.missing_years),
        }

    def _judged(self, text: str) -> dict[str, Any]:
        menu, problems = check(text, self._settings.menu.name, self._queues)
        tree = None if menu is None else tree_of(menu, self._queues)
        return {"tree": tree, "problems": problems_told(problems)}

    def _text(self) -> str:
        try:
            with self._settings.menu.open("rb") as file:
                return file.read(LONGEST_FILE + 1).decode("utf-8", errors="replace")
        except OSError as error:
            raise ConfigError(
                f"the menu file cannot be read: {error.strerror}", mend="see `hotline doctor`"
            ) from error

    def _version(self) -> str | None:
        entry = Paths.of(self._settings).menus / ENTRY_NAME
        try:
            found = MENUS.goto.search(entry.read_text(encoding="utf-8"))
        except OSError:
            return None
        return None if found is None else found[1]


def base_of(text: str) -> str:
    """Return what names a text."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def tree_of(menu: MenuFile, queues: Mapping[str, str]) -> dict[str, Any]:
    """Return a menu file as data, as far as it could be read."""
    voice = menu.voice
    return {
        "mode": menu.mode,
        "start": menu.start,
        "human": menu.queue,
        "greeting": {kind: menu.greeting_text(kind) for kind in KINDS},
        "menus": {
            name: {
                "prompt": part.text,
                "keys": {digit: _target(target) for digit, target in part.keys.items()},
                "on_timeout": _target(part.on_timeout),
                "on_invalid": _target(part.on_invalid),
                "wait_seconds": part.wait_seconds,
                "tries": part.tries,
                "line": part.line,
            }
            for name, part in menu.menus.items()
        },
        "services": {
            name: {"prompt": part.text, "human": part.queue, "line": part.line}
            for name, part in menu.services.items()
        },
        "voice": None
        if voice is None
        else {
            "prompt": voice.text,
            "words": {word: _target(target) for word, target in voice.words.items()},
            "wait_seconds": voice.wait_seconds,
            "line": voice.line,
        },
        "queues": [{"name": name, "label": label} for name, label in queues.items()],
    }


def _target(target: Target) -> dict[str, Any]:
    if isinstance(target, Human):
        return {"human": target.queue}
    if isinstance(target, OpenMenu):
        return {"menu": target.menu}
    return {"again": True} if isinstance(target, Again) else {"service": target.service}


def problems_told(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """Return problems as a page shows them."""
    names = ("line", "rule", "message", "mend")
    return [{name: getattr(one, name) for name in names} for one in problems]


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")
