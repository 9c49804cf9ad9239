"""One AMI message, read lazily: most messages are asked for a few headers, many for none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class AmiMessage(Mapping[str, str]):
    """An event or a response as a mapping of its headers; built from the bytes between two blank lines.

    Looking up a header ignores case (the switch's own spelling is found faster). Of a header that
    stands more than once the first counts: what a stranger gets appended to a value can't replace the
    switch's own header; ``all`` gives each. Bytes that are not UTF-8 become U+FFFD in their header,
    nothing else is lost. Headers are searched in the bytes, never kept as a dictionary.
    """

    __slots__ = ("is_event", "name", "raw")

    def __init__(self, raw: bytes, event: str | None = None) -> None:
        self.raw = raw
        self.name = _name_of(raw) if event is None else event
        """The value of the first header: ``CEL``, ``Success``, …"""
        self.is_event = event is not None or raw.startswith(b"Event:")
        """True for an event, False for the response to an action."""

    def __getitem__(self, key: str) -> str:
        value = self._find(key)
        if value is None:
            raise KeyError(key)
        return value

    def get(self, key: str, default: str = "") -> str:  # pyright: ignore[reportIncompatibleMethodOverride]  # AMI does not tell an absent header from an empty one
        """Return a header, or ``default`` (empty) when it is absent."""
        # The common case of ``_find``, without its call: a call's events are asked for ten headers each.
        raw, pattern = self.raw, _PATTERNS[key]
        begin = raw.find(pattern)
        if begin >= 0:
            begin += len(pattern)
            end = raw.find(b"\r\n", begin)
            try:
                return (raw[begin:end] if end >= 0 else raw[begin:]).decode()
            except UnicodeDecodeError:
                pass
        value = self._find(key)
        return default if value is None else value

    def _find(self, key: str) -> str | None:
        raw, pattern = self.raw, _PATTERNS[key]
        begin = raw.find(pattern)
        if begin < 0:
            begin = (b"\r\n" + raw).lower().find(pattern.lower()) - 2
            if begin < -2:
                return None
        begin += len(pattern)
        end = raw.find(b"\r\n", begin)
        return str(raw[begin:end] if end >= 0 else raw[begin:], "utf-8", "replace")

    def all(self, key: str) -> list[str]:
        """Return every value of a repeated header (``Output``, ``Variable``) in order."""
        wanted = key.lower()
        return [value for name, value in self._headers() if name.lower() == wanted]

    def _headers(self) -> Iterator[tuple[str, str]]:
        for line in self.raw.decode("utf-8", "replace").split("\r\n"):
            key, colon, value = line.partition(": ")
            if colon:
                yield key, value

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(key for key, _ in self._headers()))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AmiMessage) and self.raw == other.raw

    def __hash__(self) -> int:
        return hash(self.raw)

    def __repr__(self) -> str:
        return f"<AmiMessage {self.name!r}, {len(self.raw)} bytes>"


class _Patterns(dict[str, bytes]):
    """What to search for, by header; bounded, as headers are asked for by name in our code."""

    def __missing__(self, key: str) -> bytes:
        if len(self) >= 1000:
            self.clear()
        pattern = self[key] = f"\r\n{key}: ".encode()
        return pattern


_PATTERNS = _Patterns()


def _name_of(raw: bytes) -> str:
    first, _, _ = raw.partition(b"\r\n")
    _, _, name = first.partition(b":")
    return name.strip().decode("utf-8", "replace")
