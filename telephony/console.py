"""Speaks to a running Asterisk's control socket, as ``rasterisk -rx`` does, without a process of its own."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import HotlineError, InvalidInputError

_BANNER = re.compile(r"^(?P<host>[^/]*)/(?P<pid>\d+)/(?P<version>.*)$")
_LONGEST = 4 << 20


class ConsoleError(HotlineError):
    """The control socket does not answer."""

    error_id = "asterisk.console"
    retryable = True
    status = 503


@dataclass(frozen=True)
class Answer:
    """What a console command printed, and who printed it."""

    pid: int
    version: str
    text: str


async def ask(control: Path, command: str, *, limit_s: float) -> Answer:
    """Run one console command and return its output; ``ConsoleError`` when nobody answers in time.

    The socket is owned and used by the user who runs the switch: whoever may write to it rules it.
    """
    if not command or any(ord(character) < 32 or ord(character) == 127 for character in command):
        raise InvalidInputError("a console command is one line without control characters")
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(limit_s):
            reader, writer = await asyncio.open_unix_connection(str(control))
            banner = _BANNER.match((await reader.readline()).decode(errors="replace").strip())
            if banner is None:
                raise ConsoleError("the control socket spoke no banner of Asterisk")
            # The zero ends the command; "quit after" makes Asterisk close when it has answered.
            writer.write(b"cli quit after " + command.encode() + b"\0")
            await writer.drain()
            text = bytearray()
            while chunk := await reader.read(65536):
                text += chunk
                if len(text) > _LONGEST:
                    raise ConsoleError("the console's answer is too long")
    except (OSError, TimeoutError, ValueError) as error:
        raise ConsoleError(f"no answer on {control}: {error or 'time limit'}") from error
    finally:
        if writer is not None:
            writer.close()
    return Answer(int(banner["pid"]), banner["version"], text.replace(b"\0", b"").decode(errors="replace"))
