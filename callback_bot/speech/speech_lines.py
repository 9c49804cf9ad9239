"""What the robot says, with a callback's own words filled in where they can be said. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from ..model import Callback
from .speech_reading import UnspeakableError, read_day, read_matter, read_number, read_person, read_text

PERSONAL = frozenset({"person", "matter", "ticket", "phone"})
"""Placeholders whose value tells who somebody is, or what about."""
PLACEHOLDERS = PERSONAL | {"unit", "handled_on"}

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,40}")
_PLACE = re.compile(r"\{([^{}]*)\}")
LONGEST_TEXT = 400


@dataclass(frozen=True)
class Line:
    """One prompt of a dialogue; ``text`` may hold ``{unit}`` and others, ``general`` says it without."""

    id: str
    text: str
    general: str = ""

    @property
    def places(self) -> frozenset[str]:
        """The placeholders of the text."""
        return frozenset(_PLACE.findall(self.text))

    @property
    def is_personal(self) -> bool:
        """Whether what it says belongs to one person."""
        return bool(self.places & PERSONAL)

    @property
    def plain(self) -> str:
        """What is said where nothing can be filled in."""
        return self.general if self.places else self.text


@dataclass(frozen=True)
class Told:
    """A callback as it is read aloud, by field; ``lacking`` tells why one cannot be said, without it."""

    said: Mapping[str, str]
    lacking: Mapping[str, str]


def faults(lines: Iterable[Line]) -> Iterator[str]:
    """Tell what keeps lines from being said: an id, a placeholder, words that fail without a callback."""
    for line in lines:
        if not _NAME.fullmatch(line.id):
            yield f"{line.id!r} cannot be the name of a prompt"
        for place in sorted(line.places - PLACEHOLDERS):
            yield f"{line.id}: {{{place}}} is not known; known: {', '.join(sorted(PLACEHOLDERS))}"
        if not line.plain.strip():
            yield f"{line.id}: general words are lacking, for who has no {' or '.join(sorted(line.places))}"
        if _PLACE.search(line.general):
            yield f"{line.id}: the general words have a placeholder"
        if max(len(line.text), len(line.general)) > LONGEST_TEXT:
            yield f"{line.id}: longer than {LONGEST_TEXT} characters"


def read(callback: Callback, today: date) -> Told:
    """Return what can be said of a callback; a field that cannot is asked about in general words."""
    said: dict[str, str] = {}
    lacking: dict[str, str] = {}
    readers = {
        "person": (callback.person, read_person),
        "matter": (callback.matter, read_matter),
        "unit": (callback.unit, read_text),
        "ticket": (callback.ticket, read_number),
        "phone": (callback.phone, read_number),
    }
    for name, (value, reader) in readers.items():
        if not value.strip():
            continue
        try:
            said[name] = reader(value)
        except UnspeakableError as error:
            lacking[name] = error.message
    if callback.handled_on is not None:
        said["handled_on"] = read_day(callback.handled_on, today)
    return Told(said, lacking)


def filled(line: Line, said: Mapping[str, str]) -> str | None:
    """Return a line's words with all its places filled; None when one is lacking, or it would be too long."""
    if line.places - said.keys():
        return None
    text = _PLACE.sub(lambda place: said[place[1]], line.text)
    return text if len(text) <= LONGEST_TEXT else None
