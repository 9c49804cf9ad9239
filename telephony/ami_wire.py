"""AMI as bytes: a stream cut anywhere becomes messages, an action becomes bytes. No I/O here.

A message ends at a blank line; text is decoded only once the message is whole, so a character cut in
two by the network is never lost. Events that nobody reads are dropped at their first line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from .ami_errors import AmiProtocolError, AmiValueError
from .ami_message import AmiMessage

END = b"\r\n\r\n"
LONGEST_LINE = 1024
"""Bytes of one header line with its end: what Asterisk's line buffer holds (measured on version 22; a
longer line makes it discard the action)."""
MOST_HEADERS = 120
"""Asterisk silently ignores what follows header 128."""

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_VARIABLE = re.compile(r"_{0,2}[A-Za-z][A-Za-z0-9_]{0,78}")
_SPLITS, _ESCAPED = re.compile(r'[\\,"]'), r"\\\g<0>"
_OURS = frozenset({"action", "actionid"})


class MessageBuffer:
    """Cuts the bytes of one connection into messages and drops the events that nobody reads.

    ``wanted`` holds event names (``*``: all). Events that answer an action of ours pass in any case
    when ``mark`` is set: the beginning of our ActionIDs, as bytes. ``limit`` bounds one message.
    """

    def __init__(self, wanted: frozenset[str], *, limit: int = 1 << 20) -> None:
        self._names = {name.encode(): name for name in wanted if name != "*"}
        self._everything = "*" in wanted
        names = b"|".join(re.escape(name) for name in sorted(self._names)) or b"(?!)"
        # A message worth cutting out: a wanted event, or anything that is no event.
        self._worth = re.compile(rb"\r\n\r\n(?:Event: (" + names + rb")(?=\r\n)|(?!Event: ))")
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0
        self.mark = b""
        self.version = ""
        self.read_bytes = 0
        self.kept = 0
        """Messages given out; the others were dropped unread."""
        self.garbage = 0
        """Runs of bytes that were no message."""

    def feed(self, chunk: bytes) -> list[AmiMessage]:
        """Take the next bytes and return the messages that they complete.

        Raises AmiProtocolError when a message grows over the limit.
        """
        self.read_bytes += len(chunk)
        pieces = self._pieces
        if pieces:
            # The end may lie across two pieces: look at the last three bytes with the new ones.
            if END not in pieces[-1][-3:] + chunk:
                self._keep(chunk)
                return []
            pieces.append(chunk)
            chunk = b"".join(pieces)
            pieces.clear()
            self._size = 0
        last = chunk.rfind(END)
        if last < 0:
            self._keep(chunk)
            return []
        while chunk.startswith(END, last - 2, last + 2):
            last -= 2  # of more than one blank line the first ends the message
        if last + 4 < len(chunk):
            self._keep(chunk[last + 4 :])
        messages = self._sift(chunk, last)
        self.kept += len(messages)
        return messages

    def _keep(self, piece: bytes) -> None:
        pieces = self._pieces
        if pieces and len(piece) < 4096 > len(pieces[-1]):
            pieces[-1] += piece
        else:
            pieces.append(piece)
        self._size += len(piece)
        if self._size > self._limit:
            size, self._size = self._size, 0
            pieces.clear()
            raise AmiProtocolError(
                f"AMI message over the limit: {size} bytes without an end", limit=self._limit, size=size
            )

    def _sift(self, chunk: bytes, last: int) -> list[AmiMessage]:
        """Return what is wanted of the messages up to the end at ``last``."""
        if self._everything or self.mark:
            return self._each(chunk[:last].split(END))
        first = chunk.find(END)
        messages = self._each([chunk[:first]])
        names, find = self._names, chunk.find
        for match in self._worth.finditer(chunk, first, last + 2):
            name = match[1]
            if name is not None:
                raw = chunk[match.start() + 4 : find(END, match.end(1))]
                messages.append(AmiMessage(raw, names[name]))
            elif match.end() <= last:
                messages += self._each([chunk[match.end() : find(END, match.end())]])
        return messages

    def _each(self, parts: list[bytes]) -> list[AmiMessage]:
        names, everything, mark = self._names, self._everything, self.mark
        messages: list[AmiMessage] = []
        for part in parts:
            if not part.startswith(b"Event: "):
                part = self._clean(part)  # noqa: PLW2901  # the same message, without what stood before it
                if not part.startswith(b"Event: "):
                    if part:
                        messages.append(AmiMessage(part))
                    continue
            end = part.find(b"\r\n", 7)
            raw_name = part[7:end] if end > 0 else part[7:]
            if raw_name in names:
                messages.append(AmiMessage(part, names[raw_name]))
            elif everything or (mark and mark in part):
                messages.append(AmiMessage(part, raw_name.decode("utf-8", "replace")))
        return messages

    def _clean(self, part: bytes) -> bytes:
        """Take off what may stand before a message: the greeting, stray line ends, lines of garbage."""
        part = part.lstrip(b"\r\n")
        if part.startswith(b"Asterisk Call Manager/"):
            greeting, _, part = part.partition(b"\r\n")
            self.version = greeting.partition(b"/")[2].decode("ascii", "replace")
        if not part or part.startswith((b"Response: ", b"Event: ")):
            return part
        self.garbage += 1
        begin = _first_line_of_message(part)
        return part[begin:] if begin >= 0 else b""


def _first_line_of_message(part: bytes) -> int:
    found = [at for word in (b"\r\nEvent: ", b"\r\nResponse: ") if (at := part.find(word)) >= 0]
    return min(found) + 2 if found else -1


Value = str | int | Sequence[str]
"""What a header of an action may hold; a sequence makes the header stand several times."""


def encode_action(name: str, fields: Mapping[str, Value], action_id: str) -> bytes:
    """Return the bytes of one action; raises AmiValueError for anything that could be more than that.

    Refused are control characters (a CR or LF would begin a header of its own, say a second action),
    header names that are not plain, lines over ``LONGEST_LINE``, and ``Action``/``ActionID``.
    """
    lines = [_line("Action", name), _line("ActionID", action_id)]
    for key, value in fields.items():
        if not _KEY.fullmatch(key) or key.lower() in _OURS:
            raise AmiValueError(f"Not a header that may be sent to the switch: {key[:40]!r}")
        values = [str(value)] if isinstance(value, str | int) else value
        lines.extend(_line(key, one) for one in values)
    if len(lines) > MOST_HEADERS:
        raise AmiValueError(
            f"Action {name} has {len(lines)} headers", mend=f"send at most {MOST_HEADERS} headers"
        )
    return b"\r\n".join(lines) + END


def _line(key: str, value: str) -> bytes:
    if _CONTROL.search(value):
        raise AmiValueError(
            f"Control character in {key}", mend="remove line ends and other control characters", key=key
        )
    try:
        line = f"{key}: {value}".encode()
    except UnicodeEncodeError as error:
        raise AmiValueError(f"{key} is not valid Unicode", key=key) from error
    if len(line) + 2 > LONGEST_LINE:
        raise AmiValueError(
            f"{key} is too long: {len(line)} bytes",
            mend=f"Asterisk reads at most {LONGEST_LINE - 2} bytes a line, name of the header included",
            key=key,
        )
    return line


def variable(name: str, value: str) -> str:
    """Return ``NAME=value`` for a ``Variable`` header so that the value arrives as it is.

    Asterisk cuts that header at commas and drops quotes and backslashes: they are escaped here. One
    header per variable: ``{"Variable": [variable("HL_A", a), variable("HL_B", b)]}``.
    """
    if not _VARIABLE.fullmatch(name):
        raise AmiValueError(f"Not the name of a channel variable: {name[:40]!r}")
    return f"{name}={_SPLITS.sub(_ESCAPED, value)}"
