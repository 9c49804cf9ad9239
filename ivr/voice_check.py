"""Refuses a voice navigation that leads astray: to nowhere, in a ring, by words that clash (R-IVR-4)."""

from __future__ import annotations

import re
from collections.abc import Collection

from .model import ZERO_LEVEL, Human, MenuFile, OpenMenu, Voice
from .source import Source, printable
from .voice import HUMAN_WORDS, MOST_WAYS, targets

_WORD = re.compile(r"[\u4e00-\u9fff]{2,12}")
_RULE = "R-IVR-4"


def check_voice(menu: MenuFile, queues: Collection[str] | None, source: Source) -> None:
    """Note every problem of the file's ``voice``; without one there is none."""
    voice = menu.voice
    if voice is None:
        return
    if menu.mode == ZERO_LEVEL:
        mend = "take `voice` out, or set `mode: menu`"
        source.refuse(voice.line, _RULE, "at zero level nothing is asked before a human", mend)
    if not voice.words:
        mend = "add `words:` with `word: {human: <queue>}`"
        source.refuse(voice.line, _RULE, "voice has no words", mend)
    if len(targets(menu)) > MOST_WAYS:
        source.refuse(voice.line, _RULE, f"words lead to more than {MOST_WAYS} places", "use fewer")
    if voice.text and not ("0" in voice.text and "人工" in voice.text):
        mend = "say it, as in: 请说出您要办的事，或者按0转人工。"
        source.refuse(voice.line, _RULE, "the question does not tell the way to a human", mend)
    _places(menu, voice, queues, source)
    _clashes(voice, source)


def _places(menu: MenuFile, voice: Voice, queues: Collection[str] | None, source: Source) -> None:
    for word, target in voice.words.items():
        if isinstance(target, Human):
            kind, name, known = "queue", target.queue, queues
        elif isinstance(target, OpenMenu):
            kind, name, known = "menu", target.menu, menu.menus.keys()
        else:
            kind, name, known = "service", target.service, menu.services.keys()
        if known is not None and name not in known:
            mend = f"known: {', '.join(sorted(known)) or 'none'}"
            message = f"the word '{printable(word)}' leads to an unknown {kind} '{name}'"
            source.refuse(target.line, "reference", message, mend)
        elif isinstance(target, OpenMenu) and name == menu.start:
            message = f"the word '{printable(word)}' leads back to the question"
            source.refuse(target.line, _RULE, message, "lead it to another menu, a service or a human")


def _clashes(voice: Voice, source: Source) -> None:
    """Of two words that lead to different places neither may hold the other: both would always be heard."""
    for word, target in voice.words.items():
        shown = printable(word)
        if not _WORD.fullmatch(word):
            mend = "2 to 12 Chinese characters, as they are spoken"
            source.refuse(target.line, _RULE, f"'{shown}' cannot be a spoken word", mend)
            continue
        for human in HUMAN_WORDS:
            if human in word or word in human:
                message = f"the word '{shown}' clashes with '{human}', which always leads to a human"
                source.refuse(target.line, _RULE, message, "take another word")
                break
        for other, place in voice.words.items():
            if other != word and other in word and not _same(target, place):
                message = f"the word '{shown}' holds '{printable(other)}', which leads elsewhere"
                source.refuse(target.line, _RULE, message, "take words that do not hold each other")


def _same(one: object, other: object) -> bool:
    """Tell whether two targets are one place; the line that names them does not matter."""
    values = [{k: v for k, v in vars(target).items() if k != "line"} for target in (one, other)]
    return type(one) is type(other) and values[0] == values[1]
