"""Recognised speech as people write it: figures, punctuation, what is personal in it. Pure.

What was recognised stays as it is in the store, and is what evidence quotes; this is how it is shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .personal import Personal, masked, personal
from .text_numbers import lists, numbers
from .transcripts import Utterance, Word

PAUSE_S = 0.35
"""Between two words a pause so long is written as a comma."""
_SHORTEST = 4
_MARKS = re.compile("[，。？！、；：,.?!;:]")
_BLANK = re.compile(r"(?<=[\u2e80-\u9fff□])\s+|\s+(?=[\u2e80-\u9fff□])")


@dataclass(frozen=True)
class Readable:
    """How an utterance is written; ``at[i]`` is where character ``i`` stands in what was recognised.

    What was added, or is written otherwise, stands where the words it belongs to begin or end.
    """

    text: str
    at: tuple[int, ...]
    personal: tuple[Personal, ...]

    @property
    def masked(self) -> str:
        """The text with what is personal hidden."""
        return masked(self.text, self.personal)


def readable(utterance: Utterance) -> Readable:
    """Return an utterance as people write it; a text with punctuation keeps its own."""
    return written(utterance.text, _pauses(utterance.text, utterance.words))


def written(text: str, pauses: frozenset[int] = frozenset()) -> Readable:
    """Return a text as people write it; ``pauses`` are the offsets before which the speaker paused."""
    joined, at = _joined(text)
    punctuated = bool(_MARKS.search(joined))
    chars: list[str] = []
    places: list[int] = []
    position = 0
    pieces = {piece.start: piece for piece in numbers(joined)}
    breaks = frozenset[int]() if punctuated else _breaks(joined, at, pauses)
    while position < len(joined):
        if position in breaks:
            chars.append("，")
            places.append(at[position])
        piece = pieces.get(position)
        new = joined[position] if piece is None else piece.written
        chars.extend(new)
        places.extend([at[position]] * len(new))
        position = position + 1 if piece is None else piece.end
    if chars and not punctuated:
        chars.append("？" if _asks(joined) else "。")
        places.append(len(text))
    made = "".join(chars)
    return Readable(made, tuple(places), personal(made))


def _joined(text: str) -> tuple[str, list[int]]:
    """Return a text without blanks beside Chinese characters, and where its characters stood."""
    dropped = {offset for match in _BLANK.finditer(text) for offset in range(match.start(), match.end())}
    kept = [offset for offset in range(len(text)) if offset not in dropped]
    return "".join(text[offset] for offset in kept), kept


def _pauses(text: str, words: tuple[Word, ...]) -> frozenset[int]:
    """Return the offsets of words before which there was a pause."""
    found: set[int] = set()
    offset, last_end = 0, None
    for word in words:
        start = text.find(word.text, offset)
        if start < 0:
            return frozenset(found)
        if last_end is not None and word.start_s - last_end >= PAUSE_S:
            found.add(start)
        offset, last_end = start + len(word.text), word.end_s
    return frozenset(found)


def _breaks(joined: str, at: list[int], pauses: frozenset[int]) -> frozenset[int]:
    """Return where a comma stands: at a pause, behind a greeting, before a word that opens a clause."""
    wanted = {index for index, offset in enumerate(at) if index and offset in pauses}
    for greeting in lists()["greets"]:
        if joined.startswith(greeting) and len(joined) > len(greeting) + 1:
            wanted.add(len(greeting))
            break
    for opener in lists()["opens"]:
        wanted |= {match.start() for match in re.finditer(opener, joined)}
    found: set[int] = set()
    last = 0
    for index in sorted(wanted):
        is_pause = at[index] in pauses
        if index - last >= (2 if is_pause or not found else _SHORTEST) and index < len(joined):
            found.add(index)
            last = index
    return frozenset(found)


def _asks(joined: str) -> bool:
    last = joined[-12:]
    return joined.endswith(tuple(lists()["asks"])) or any(word in last for word in lists()["asking"])
