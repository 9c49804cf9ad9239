"""Loads a menu into the running switch over AMI without touching calls in progress.

Calls stay in the contexts of the version they came in with, since each version has its own; only the
entry changes. A version is removed when no channel is in it any more. The dialplan is read again by
``Originate`` of ``[hotline-reload]`` (the action ``Reload`` needs the class ``system``, which can also read
every secret); ``ShowDialPlan`` and ``CoreShowChannels`` need ``reporting``; nothing else is used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from ..core.clock import Clock, utc_now
from ..core.errors import HotlineError
from ..core.settings import Settings
from ..telephony.asterisk_config import Paths
from .files import write_whole
from .install import Prepared, locked, prepare, write_menu
from .prompts import Progress
from .render import ENTRY_CONTEXT, ENTRY_NAME, Rendered
from .voice import words_name

log = structlog.get_logger(__name__)

RELOAD_LIMIT_S = 30.0
ANSWER_LIMIT_S = 10.0
RELOAD_CALL = {
    "Channel": "Local/dialplan@hotline-reload/n",
    "Application": "Wait",
    "Data": "0",
    "Timeout": "25000",
    "Async": "false",
}
"""The response comes when the dialplan has been read; it is an error when that failed."""

MARK_CONTEXT = "hotline-mark"
"""The subroutine that menus call: a channel seen in it may return to any version."""

_VERSION = re.compile(r"ivr-([0-9a-f]{8})\.conf")
_GOTO = re.compile(r"Goto\(ivr-([0-9a-f]{8})-")


class Actions(Protocol):
    """What is needed of ``telephony.ami.Ami``."""

    async def action(
        self, name: str, fields: Mapping[str, str], *, limit_s: float = ...
    ) -> Sequence[Mapping[str, str]]:
        """Send an action and return its response and the events that belong to it."""
        ...


class ApplyError(HotlineError):
    """The switch did not take the menu; the one before is in use again."""

    error_id = "ivr.apply_failed"
    retryable = True
    status = 502


@dataclass(frozen=True)
class Applied:
    """A menu that new calls enter from now on."""

    version: str
    prompts: int
    synthesised: int
    removed: tuple[str, ...]
    """Old versions that no call was in any more."""
    kept: tuple[str, ...]
    """Old versions that calls are still in; ``sweep`` removes them later."""
    missing_years: tuple[int, ...]


async def apply(
    ami: Actions,
    settings: Settings,
    menu: Path | None = None,
    *,
    clock: Clock = utc_now,
    progress: Progress | None = None,
) -> Applied:
    """Check, speak, write and load a menu file; raises ``ApplyError`` after having undone it.

    Also raises what ``install.prepare`` raises, before anything of the switch is touched.
    """
    prepared = await prepare(settings, menu, clock=clock, progress=progress)
    folder = Paths.of(settings).menus
    with locked(folder):
        await _switch(ami, folder, prepared)
        removed = await _sweep(ami, folder)
    version = prepared.rendered.version
    kept = tuple(sorted(set(_versions(folder)) - {version}))
    log.info("menu applied", version=version, removed=removed, kept=kept)
    return Applied(version, prepared.prompts, prepared.synthesised, removed, kept, prepared.missing_years)


async def sweep(ami: Actions, settings: Settings) -> tuple[str, ...]:
    """Remove the versions that no call is in any more; returns them. Cheap when there is none."""
    folder = Paths.of(settings).menus
    with locked(folder):
        return await _sweep(ami, folder)


async def _switch(ami: Actions, folder: Path, prepared: Prepared) -> None:
    rendered = prepared.rendered
    entry, version = folder / ENTRY_NAME, folder / rendered.menus_name
    before = entry.read_bytes() if entry.is_file() else None
    was_there = version.is_file()
    same = before == rendered.entry.encode() and was_there and version.read_bytes() == rendered.menus.encode()
    if same and await _is_loaded(ami, rendered):
        return
    write_menu(folder, rendered)
    try:
        await _reload(ami)
        await _verify(ami, rendered)
    except BaseException as error:
        if before is None:
            entry.unlink(missing_ok=True)
        else:
            write_whole(entry, before)
        if not was_there:
            version.unlink(missing_ok=True)
            (folder / rendered.words_name).unlink(missing_ok=True)
        await _undo(ami)
        if isinstance(error, HotlineError):
            raise ApplyError(
                f"the switch did not take the menu: {error.message}",
                mend="the menu before is in use; see the switch's log (messages.log)",
            ) from error
        raise


async def _undo(ami: Actions) -> None:
    try:
        await _reload(ami)
    except HotlineError as error:
        log.error("menu before could not be loaded again", error=str(error))


async def _reload(ami: Actions) -> None:
    answer = await ami.action("Originate", RELOAD_CALL, limit_s=RELOAD_LIMIT_S)
    if not answer or answer[0].get("Response") != "Success":
        message = answer[0].get("Message", "") if answer else "no answer"
        raise ApplyError(f"reload failed: {message}", mend="see the switch's log (messages.log)")


async def _steps(ami: Actions, context: str) -> list[Mapping[str, str]]:
    try:
        answer = await ami.action("ShowDialPlan", {"Context": context}, limit_s=ANSWER_LIMIT_S)
    except HotlineError as error:
        if error.retryable:
            raise
        return []
    return [event for event in answer if event.get("Context") == context and event.get("Priority")]


async def _is_loaded(ami: Actions, rendered: Rendered) -> bool:
    try:
        await _verify(ami, rendered)
    except ApplyError:
        return False
    return True


async def _verify(ami: Actions, rendered: Rendered) -> None:
    for context, expected in rendered.steps.items():
        found = len(await _steps(ami, context))
        if found != expected:
            message = f"context {context} has {found} of {expected} steps after the reload"
            raise ApplyError(message, mend="see the switch's log (messages.log)")
    if await _loaded(ami) != rendered.version:
        raise ApplyError("new calls do not enter the new menu", mend="see the switch's log (messages.log)")


async def _loaded(ami: Actions) -> str | None:
    for step in await _steps(ami, ENTRY_CONTEXT):
        call = f"{step.get('Application', '')}({step.get('AppData', '')})"
        if found := _GOTO.match(call):
            return found[1]
    return None


async def _sweep(ami: Actions, folder: Path) -> tuple[str, ...]:
    entry = folder / ENTRY_NAME
    found = _GOTO.search(entry.read_text(encoding="utf-8")) if entry.is_file() else None
    old = [version for version in _versions(folder) if found and version != found[1]]
    if not old or not found:
        return ()
    if await _loaded(ami) != found[1]:
        await _reload(ami)  # from here on no call enters an old version
    answer = await ami.action("CoreShowChannels", {}, limit_s=ANSWER_LIMIT_S)
    contexts = {event.get("Context", "") for event in answer}
    if MARK_CONTEXT in contexts:
        return ()
    gone = tuple(v for v in old if not any(name.startswith(f"ivr-{v}-") for name in contexts))
    for version in gone:
        (folder / f"ivr-{version}.conf").unlink(missing_ok=True)
        (folder / words_name(version)).unlink(missing_ok=True)
    if gone:
        await _reload(ami)
    return gone


def _versions(folder: Path) -> list[str]:
    names = (_VERSION.fullmatch(path.name) for path in sorted(folder.iterdir()))
    return [name[1] for name in names if name]
