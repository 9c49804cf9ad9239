"""From recognised words to utterances: unsure words marked, cut at pauses, joined as it is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from .engine import Spoken
from .transcripts import Word

UNSURE = "□"
"""Stands for speech that was heard but not understood (the model's ``[unk]``); never a guessed word."""

PAUSE_S = 0.6
"""A pause this long ends an utterance."""

_GARBAGE = frozenset({"[unk]", "<unk>", "[spn]", "<spn>"})


def mark_unsure(words: Iterable[Word]) -> list[Word]:
    """Put ``UNSURE`` in the place of each word that the model could not name, one for a run of them."""
    marked: list[Word] = []
    for word in words:
        if word.text.lower() not in _GARBAGE:
            marked.append(word)
        elif marked and marked[-1].text == UNSURE and word.start_s - marked[-1].end_s < PAUSE_S:
            marked[-1] = replace(marked[-1], end_s=word.end_s)
        else:
            marked.append(replace(word, text=UNSURE, confidence=0.0))
    return marked


def mark_garbage(words: Iterable[str]) -> list[str]:
    """Put ``UNSURE`` in the place of each run of words that the model could not name."""
    marked = [UNSURE if word.lower() in _GARBAGE else word for word in words]
    return [
        word for index, word in enumerate(marked) if word != UNSURE or marked[index - 1 : index] != [UNSURE]
    ]


def join_words(words: Iterable[str]) -> str:
    """Join words as they are written: no blank beside a Chinese character, one between other words."""
    text = ""
    for word in words:
        if text and word and _takes_blank(text[-1]) and _takes_blank(word[0]):
            text += " "
        text += word
    return text


def utterances(words: Sequence[Word], *, pause_s: float = PAUSE_S) -> list[Spoken]:
    """Cut words, in order, into utterances at every pause of at least ``pause_s`` seconds."""
    groups: list[list[Word]] = []
    for word in mark_unsure(words):
        if not groups or word.start_s - groups[-1][-1].end_s >= pause_s:
            groups.append([])
        groups[-1].append(word)
    return [
        Spoken(group[0].start_s, group[-1].end_s, join_words(word.text for word in group), tuple(group))
        for group in groups
    ]


def _takes_blank(char: str) -> bool:
    return char.isalnum() and not ("\u2e80" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff")
