"""Dialplan that is loaded in versions: a file for each, named by its content's hash, and an entry to it.

Menus are such, and dialogues of the callback robot. Calls stay in the version they came into; new ones take
the entry (docs/adr/0050).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import HotlineError
from .files import write_whole
from .steps import PLACEHOLDER


class MenuBusyError(HotlineError):
    """Another process is installing a menu at this moment."""

    error_id = "ivr.busy"
    retryable = True
    status = 409


@dataclass(frozen=True)
class Kind:
    """What there are versions of."""

    name: str
    """For messages."""
    prefix: str
    """Begins every context, and every version's file."""
    entries: str
    """Pattern of the entries' file names: each leads to one version."""
    held_in: tuple[str, ...]
    """Contexts whose channels may come back to any version: while one is there, none is removed."""
    ids: str = "\0"
    """Begins the ids of channels that may come into a version, whatever their context is yet."""

    @property
    def goto(self) -> re.Pattern[str]:
        """What an entry's step looks like; its first group is the version."""
        return re.compile(rf"Goto\({self.prefix}-([0-9a-f]{{8}})-")

    def versions(self, folder: Path) -> list[str]:
        """Return the versions whose files are there, in order of name."""
        pattern = re.compile(rf"{self.prefix}-([0-9a-f]{{8}})\.conf")
        names = (pattern.fullmatch(path.name) for path in sorted(folder.iterdir()))
        return [name[1] for name in names if name]

    def body_name(self, version: str) -> str:
        """Return the name of a version's file."""
        return f"{self.prefix}-{version}.conf"

    def words_name(self, version: str) -> str:
        """Return the name of the file with what a listener must know of a version."""
        return f"{self.prefix}-{version}.words.json"


MENUS = Kind("menu", "ivr", "zz-entry.conf", ("hotline-mark",))


@dataclass(frozen=True)
class Rendered:
    """One version as Asterisk's files."""

    kind: Kind
    version: str
    """Eight hexadecimal digits."""
    body: str
    entry_name: str
    entry_context: str
    entry: str
    steps: Mapping[str, int]
    """Every context of ``body`` with its number of priorities, to see that the switch has them all."""
    words: str = ""
    """What a listener must know (``voice.Ways``), empty when nobody listens."""

    @property
    def body_name(self) -> str:
        """File name of ``body``."""
        return self.kind.body_name(self.version)

    @property
    def words_name(self) -> str:
        """File name of ``words``."""
        return self.kind.words_name(self.version)


def versioned(
    kind: Kind,
    contexts: Mapping[str, Sequence[str]],
    *,
    first: str,
    entry_name: str,
    entry_context: str,
    words: str = "",
) -> Rendered:
    """Return a version of contexts, by name with ``PLACEHOLDER`` for the version; ``first`` is entered."""
    head = f"; Written by hotline from the {kind.name} file; changes here are overwritten.\n"
    body = "\n".join("\n".join((f"[{name}]", *lines, "")) for name, lines in contexts.items())
    version = hashlib.sha256((body + words).encode()).hexdigest()[:8]
    goto = first.replace(PLACEHOLDER, version)
    return Rendered(
        kind=kind,
        version=version,
        body=head + body.replace(PLACEHOLDER, version),
        entry_name=entry_name,
        entry_context=entry_context,
        entry=f"{head}[{entry_context}]\nexten => s,1,Goto({goto},s,1)\n",
        words=words,
        steps={name.replace(PLACEHOLDER, version): len(lines) for name, lines in contexts.items()},
    )


def write(folder: Path, rendered: Rendered) -> None:
    """Write the version, then the entry that leads to it, each whole."""
    if rendered.words:
        write_whole(folder / rendered.words_name, rendered.words.encode())
    write_whole(folder / rendered.body_name, rendered.body.encode())
    write_whole(folder / rendered.entry_name, rendered.entry.encode())


def remove(folder: Path, kind: Kind, versions: Iterable[str]) -> None:
    """Remove versions' files; their entries must lead elsewhere."""
    for version in versions:
        (folder / kind.body_name(version)).unlink(missing_ok=True)
        (folder / kind.words_name(version)).unlink(missing_ok=True)


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Keep other processes from changing the versions meanwhile; raises ``MenuBusyError`` at once."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise MenuBusyError("another process is changing the menu", mend="try again") from error
    try:
        yield
    finally:
        os.close(handle)
