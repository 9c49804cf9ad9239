"""One AMI message, read lazily: most messages are asked for one or two headers, many for none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

EOL = "\r\n"


class AmiMessage(Mapping[str, str]):
    """An event or a response as a mapping of its headers; built from the bytes between two blank lines.

    Looking up a header ignores case. Of a header that stands more than once the first counts (what
    is appended to a value by a stranger can't replace the switch's own header); ``all`` gives each.
    Bytes that are not UTF-8 become U+FFFD, header by header, nothing else is lost.
    """

    __slots__ = ("_fields", "_lower", "name", "raw")

    def __init__(self, raw: bytes, name: str | None = None) -> None:
        self.raw = raw
        self._fields: dict[str, str] | None = None
        self._lower: dict[str, str] | None = None
        self.name = _name_of(raw) if name is None else name
        """The value of the first header: ``CEL``, ``Success``, …"""

    @property
    def is_event(self) -> bool:
        """True for an event, False for the response to an action."""
        return self.raw.startswith(b"Event:")

    def _lines(self) -> list[str]:
        return self.raw.decode("utf-8", "replace").split(EOL)

    def _parse(self) -> dict[str, str]:
        lines = self._lines()
        lines.reverse()
        try:
            # The first of two equal headers wins because it is put in last.
            fields = dict([line.split(": ", 1) for line in lines])
        except ValueError:
            fields = {key: value for key, value in map(_split, lines) if key}
        self._fields = fields
        return fields

    def __getitem__(self, key: str) -> str:
        fields = self._fields
        if fields is None:
            # A look-up by search costs a twentieth of reading the whole message.
            raw = self.raw
            begin = raw.find(_pattern(key))
            if begin >= 0:
                begin += len(key) + 4
                end = raw.find(b"\r\n", begin)
                return (raw[begin:end] if end >= 0 else raw[begin:]).decode("utf-8", "replace")
            fields = self._parse()
        if key in fields:
            return fields[key]
        if self._lower is None:
            self._lower = {name.lower(): value for name, value in reversed(fields.items())}
        return self._lower[key.lower()]

    def get(self, key: str, default: str = "") -> str:  # pyright: ignore[reportIncompatibleMethodOverride]  # AMI does not tell an absent header from an empty one
        """Return a header, or ``default`` (empty) when it is absent."""
        try:
            return self[key]
        except KeyError:
            return default

    def all(self, key: str) -> list[str]:
        """Return every value of a repeated header (``Output``, ``Variable``) in order."""
        wanted = key.lower()
        return [value for name, value in map(_split, self._lines()) if name.lower() == wanted]

    def __iter__(self) -> Iterator[str]:
        return reversed(self._fields if self._fields is not None else self._parse())

    def __len__(self) -> int:
        return len(self._fields if self._fields is not None else self._parse())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AmiMessage) and self.raw == other.raw

    def __hash__(self) -> int:
        return hash(self.raw)

    def __repr__(self) -> str:
        return f"<AmiMessage {self.name!r}, {len(self.raw)} bytes>"


@lru_cache(maxsize=512)
def _pattern(key: str) -> bytes:
    return b"\r\n" + key.encode() + b": "


def _name_of(raw: bytes) -> str:
    first, _, _ = raw.partition(b"\r\n")
    _, _, name = first.partition(b":")
    return name.strip().decode("utf-8", "replace")


def _split(line: str) -> tuple[str, str]:
    key, colon, value = line.partition(":")
    return (key, value.removeprefix(" ")) if colon else ("", "")
