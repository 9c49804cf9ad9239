"""Loads a version of a dialplan into the running switch over AMI without touching calls in progress.

Calls stay in the contexts of the version they came in with, since each version has its own; only the
entry changes. A version is removed when no channel is in it any more. The dialplan is read again by
``Originate`` of ``[hotline-reload]`` (the action ``Reload`` needs the class ``system``, which can also read
every secret); ``ShowDialPlan`` and ``CoreShowChannels`` need ``reporting``; nothing else is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import structlog

from ..core.errors import HotlineError
from .files import write_whole
from .versions import Kind, Rendered, remove, write

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
_LOG = "see the switch's log (messages.log)"


class Actions(Protocol):
    """What is needed of ``telephony.ami.Ami``."""

    async def action(
        self, name: str, fields: Mapping[str, str], *, limit_s: float = ...
    ) -> Sequence[Mapping[str, str]]:
        """Send an action and return its response and the events that belong to it."""
        ...


class ApplyError(HotlineError):
    """The switch did not take the new version; the one before is in use again."""

    error_id = "ivr.apply_failed"
    retryable = True
    status = 502


async def switch(ami: Actions, folder: Path, rendered: Rendered) -> None:
    """Write a version, have it read, and see that it is there; raises ``ApplyError`` after having undone it.

    When the switch has exactly this already nothing is done.
    """
    entry, version = folder / rendered.entry_name, folder / rendered.body_name
    before = entry.read_bytes() if entry.is_file() else None
    was_there = version.is_file()
    same = before == rendered.entry.encode() and was_there and version.read_bytes() == rendered.body.encode()
    if same and await _is_loaded(ami, rendered):
        return
    write(folder, rendered)
    try:
        await _reload(ami)
        await _verify(ami, rendered)
    except BaseException as error:
        if before is None:
            entry.unlink(missing_ok=True)
        else:
            write_whole(entry, before)
        if not was_there:
            remove(folder, rendered.kind, (rendered.version,))
        await _undo(ami)
        if isinstance(error, HotlineError):
            name = rendered.kind.name
            raise ApplyError(
                f"the switch did not take the {name}: {error.message}",
                mend=f"the {name} before is in use; {_LOG}",
            ) from error
        raise


async def sweep(ami: Actions, folder: Path, kind: Kind) -> tuple[str, ...]:
    """Remove the versions that no entry leads to and no channel is in; returns them. Cheap without any."""
    entries = _entries(folder, kind)
    current = {version for version in entries.values() if version}
    old = [version for version in kind.versions(folder) if version not in current]
    if not old or not current or None in entries.values():
        return ()
    loaded = [await _loaded(ami, kind, context) for context in entries]
    if not current.issuperset(loaded):
        await _reload(ami)  # from here on no call enters an old version
    answer = await ami.action("CoreShowChannels", {}, limit_s=ANSWER_LIMIT_S)
    contexts = {event.get("Context", "") for event in answer}
    coming = any(
        event.get("Uniqueid", "").startswith(kind.ids)
        and not event.get("Context", "").startswith(f"{kind.prefix}-")
        for event in answer
    )
    if coming or contexts.intersection(kind.held_in):
        return ()
    gone = tuple(v for v in old if not any(name.startswith(f"{kind.prefix}-{v}-") for name in contexts))
    remove(folder, kind, gone)
    if gone:
        await _reload(ami)
    return gone


async def _undo(ami: Actions) -> None:
    try:
        await _reload(ami)
    except HotlineError as error:
        log.error("the dialplan before could not be loaded again", error=str(error))


async def _reload(ami: Actions) -> None:
    answer = await ami.action("Originate", RELOAD_CALL, limit_s=RELOAD_LIMIT_S)
    if not answer or answer[0].get("Response") != "Success":
        message = answer[0].get("Message", "") if answer else "no answer"
        raise ApplyError(f"reload failed: {message}", mend=_LOG)


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
            raise ApplyError(message, mend=_LOG)
    if await _loaded(ami, rendered.kind, rendered.entry_context) != rendered.version:
        raise ApplyError(f"new calls do not enter the new {rendered.kind.name}", mend=_LOG)


async def _loaded(ami: Actions, kind: Kind, entry_context: str) -> str | None:
    for step in await _steps(ami, entry_context):
        call = f"{step.get('Application', '')}({step.get('AppData', '')})"
        if found := kind.goto.match(call):
            return found[1]
    return None


def _entries(folder: Path, kind: Kind) -> dict[str, str | None]:
    """Return the version that each entry's context leads to, None for one that leads nowhere."""
    found: dict[str, str | None] = {}
    for entry in folder.glob(kind.entries):
        text = entry.read_text(encoding="utf-8")
        context = next((line.strip("[]") for line in text.splitlines() if line.startswith("[")), "")
        goto = kind.goto.search(text)
        found[context] = goto[1] if goto else None
    return found
