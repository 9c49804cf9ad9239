"""Whether two places of calls are the same, or one inside the other, also when misheard (R-R-4).

Pure. Names are compared by their sounds without tones; province, city and district, floors and flats do not
count, house numbers do where a street is all there is.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from ...core.pinyin import syllables
from ..divisions import divisions_in
from ..measure.measures import even

SAME = 0.75
"""From this likeness on two places count as the same or near."""
KEYS = 10
_GRAM = 4
_SHORTEST = 2
_INNER = re.compile(r"\d*(?:号楼|单元|层|楼|室|门洞?|户|座)\d*(?:室|户)?|[东西南北中]户")
_NUMBER = re.compile(r"\d+(?=号(?!楼|线|院))")
_STREET = re.compile(r"[路街巷道弄]$")
_HEAD = re.compile(r"^[\u4e00-\u9fff]{2,4}?(?:街道|镇|乡|苏木)(?:办事处)?(?=[\u4e00-\u9fff]{3})")
_NOISE = re.compile(
    r"(?:附近|旁边|对面|门口|里面|里头|这边|那边|楼下|底下|后面|前面|左右|之间|路口|的|与|和|往[东西南北]走?)"
)
_LONGEST = 60


@dataclass(frozen=True)
class Place:
    """A place as it is compared: its name without divisions and numbers, districts, house numbers."""

    name: str
    districts: frozenset[str]
    numbers: frozenset[str]

    @cached_property
    def sounds(self) -> tuple[str, ...]:
        """The name's syllables."""
        return syllables(self.name)

    @property
    def is_street(self) -> bool:
        """Tell whether nothing more than a street is named."""
        return _STREET.search(self.name) is not None

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """What the place is found by: runs of its syllables, at most ``KEYS``.

        Which ones are kept is told by the runs alone, so that two places that share many share kept ones.
        """
        size = min(_GRAM, len(self.sounds))
        if size < _SHORTEST:
            return ()
        grams = {" ".join(self.sounds[i : i + size]) for i in range(len(self.sounds) - size + 1)}
        return tuple(sorted(grams, key=lambda gram: (zlib.crc32(gram.encode()), gram))[:KEYS])


def place_of(text: str) -> Place:
    """Read a place as it was said or drafted."""
    said = even(text)[:_LONGEST]
    districts: set[str] = set()
    kept, done = "", 0
    for start, end, level in divisions_in(said):
        kept += said[done:start]
        done = end
        if level == "district":
            districts.add(said[start:end])
    kept += said[done:]
    numbers = frozenset(_NUMBER.findall(kept))
    name = _NOISE.sub("", re.sub(r"\d+号?", "", _INNER.sub("", kept)))
    return Place(_HEAD.sub("", name), frozenset(districts), numbers)


def alike(first: Place, second: Place) -> float:
    """Return how alike two places are, from 0 to 1; a place inside the other is 1."""
    if not first.sounds or not second.sounds:
        return 0.0
    if elsewhere(first, second):
        return 0.0
    a, b = _pairs(first.sounds), _pairs(second.sounds)
    shared = sum((a & b).values()) / max(min(sum(a.values()), sum(b.values())), 1)
    apart = first.numbers and second.numbers and not first.numbers & second.numbers
    if apart and (first.is_street or second.is_street):
        shared *= 0.6
    return shared


def elsewhere(first: Place, second: Place) -> bool:
    """Tell whether two places were said to be in different districts."""
    return bool(first.districts and second.districts and not first.districts & second.districts)


def _pairs(sounds: tuple[str, ...]) -> Counter[tuple[str, ...]]:
    if len(sounds) < _SHORTEST:
        return Counter([sounds])
    return Counter(sounds[i : i + 2] for i in range(len(sounds) - 1))
