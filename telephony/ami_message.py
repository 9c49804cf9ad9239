"""One AMI message, read lazily: most messages are asked for a few headers, many for none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache


class AmiMessage(Mapping[str, str]):
    """An event or a response as a mapping of its headers; built from the bytes between two blank lines.

    Looking up a header ignores case (the switch's own spelling is found faster). Of a header that
    stands more than once the first counts: what a stranger gets appended to a value can't replace the
    switch's own header; ``all`` gives each. Bytes that are not UTF-8 become U+FFFD in their header,
    nothing else is lost. Headers are searched in the bytes, never kept as a dictionary.
    """

    __slots__ = ("name", "raw")

    def __init__(self, raw: bytes, name: str | None = None) -> None:
        self.raw = raw
        self.name = _name_of(raw) if name is None else name
        """The value of the first header: ``CEL``, ``Success``, …"""

    @property
    def is_event(self) -> bool:
        """True for an event, False for the response to an action."""
        return self.raw.startswith(b"Event:")

    def __getitem__(self, key: str) -> str:
        raw, pattern = self.raw, _pattern(key)
        begin = raw.find(pattern)
        if begin < 0:
            folded, pattern = b"\r\n" + raw.lower(), pattern.lower()
            begin = folded.find(pattern) - 2
            if begin < -2:
                raise KeyError(key)
        begin += len(pattern)
        end = raw.find(b"\r\n", begin)
        return (raw[begin:end] if end >= 0 else raw[begin:]).decode("utf-8", "replace")

    def get(self, key: str, default: str = "") -> str:  # pyright: ignore[reportIncompatibleMethodOverride]  # AMI does not tell an absent header from an empty one
        """Return a header, or ``default`` (empty) when it is absent."""
        try:
            return self[key]
        except KeyError:
            return default

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


@lru_cache(maxsize=512)
def _pattern(key: str) -> bytes:
    return f"\r\n{key}: ".encode()


def _name_of(raw: bytes) -> str:
    first, _, _ = raw.partition(b"\r\n")
    _, _, name = first.partition(b":")
    return name.strip().decode("utf-8", "replace")
