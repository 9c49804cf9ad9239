"""An answer taken apart once: its words, statements, bare replies, and what it wants of the call. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .doings import facts
from .facts import Fact, Topic
from .intents import Intents, intents, stated
from .lexicon import Token, tokens
from .text import ASK, plain

_CONCEDED = re.compile("(?P<said>[^，？不没]{1,4})(?:是|倒是|归|倒也是|也是|倒)(?P=said)")
_CONDITION_ENDS = ("的话",)
WEAK_YES = ("嗯", "哎", "诶", "嗳", "昂", "好", "好的", "行", "中", "得", "可以")


@dataclass(frozen=True, slots=True)
class Reply:
    """A bare yes or no, at its token's place."""

    yes: bool
    at: int
    word: str

    @property
    def weak(self) -> bool:
        """A yes that may only show that one listens."""
        return self.yes and self.word in WEAK_YES


@dataclass(frozen=True)
class Reading:
    """An answer taken apart."""

    text: str
    tokens: Sequence[Token]
    facts: Sequence[Fact]
    conditional: Sequence[Fact]
    """Also what holds only if something else does."""
    replies: Sequence[Reply]
    intents: Intents
    used: frozenset[int]
    """Places of the negations that belong to a statement."""
    conceded: bool
    """满意是满意: something follows that takes from it."""

    def of(self, *topics: Topic) -> list[Fact]:
        """Return what is stated on topics, apart from what was only asked."""
        return [fact for fact in self.facts if fact.topic in topics and not fact.asked]

    def between(self, first: int, second: int, *kinds: str) -> bool:
        """Tell whether a word of a kind stands between two places (or is part of the second's words)."""
        return any(token.is_a(*kinds) for token in self.tokens[first + 1 : second])

    def has(self, *kinds: str) -> bool:
        """Tell whether there is a word of a kind."""
        return any(token.is_a(*kinds) for token in self.tokens)


def read(words: str) -> Reading:
    """Take an answer apart."""
    text = plain(words)
    cut = tokens(stated(text))
    found, used = facts(cut)
    replies = _replies(cut, used)
    found = _after_mending(cut, found, replies)
    return Reading(
        text,
        cut,
        _unconditional(cut, found),
        found,
        replies,
        intents(text),
        frozenset(used),
        _CONCEDED.search(text) is not None,
    )


def _unconditional(cut: Sequence[Token], found: list[Fact]) -> list[Fact]:
    """Leave out what holds only if something else does (修好了我才满意)."""
    at = next((place for place in range(len(cut)) if _is_condition(cut, place)), None)
    if at is None:
        return found
    ends = cut[at].text in _CONDITION_ENDS
    return [fact for fact in found if not ends and fact.at < at]


def _is_condition(cut: Sequence[Token], place: int) -> bool:
    """如果, 要是; 的话 only behind what it makes one (满意的话), not in 推脱的话."""
    if cut[place].text not in _CONDITION_ENDS:
        return cut[place].is_a("condition")
    return place > 0 and cut[place - 1].is_a("satisfied", "fixed", "done", "good", "willing", "solve")


def _after_mending(cut: Sequence[Token], found: list[Fact], replies: Sequence[Reply]) -> list[Fact]:
    """Leave out what was taken back (满意, 哦不对, 不满意), when something stands in its place."""
    for place in reversed([place for place, token in enumerate(cut) if token.is_a("mend")]):
        before = {fact.topic for fact in found if fact.at < place}
        behind = [fact for fact in found if fact.at > place]
        corrected = not behind and any(reply.at > place for reply in replies)
        if before & {fact.topic for fact in behind} or corrected:
            return behind
    return found


def _replies(cut: Sequence[Token], used: set[int]) -> list[Reply]:
    found: list[Reply] = []
    for place, token in enumerate(cut):
        if place in used:
            continue
        if token.is_a("no", "bare_no", "yes"):
            if _is_reply(cut, place):
                found.append(Reply(token.is_a("yes") and not token.is_a("no"), place, token.text))
        elif token.is_a("not") and token.text[-1] in "没有未" and _is_last(cut, place):
            found.append(Reply(False, place, token.text))
    return found


def _is_reply(cut: Sequence[Token], place: int) -> bool:
    before = cut[place - 1] if place else None
    behind = cut[place + 1] if place + 1 < len(cut) else None
    if cut[place].is_a("no") and behind is not None:
        alone = behind.is_a("pause", "particle", "no", "mend", "but", "thanks")
        if not alone and (len(cut[place].text) == 1 or behind.is_a("other")):
            return False
    if behind is not None and (
        behind.text == ASK
        or behind.is_a("ask")
        or (cut[place].text == "是" and behind.is_a("doubt", "other", "aside"))
    ):
        return False
    first = before is None or before.is_a("pause", "particle", "yes", "no", "mend", "bare_no")
    if cut[place].text == "是":
        return first
    return first or _is_last(cut, place) or (cut[place].is_a("no", "bare_no") and _leads(cut, place))


def _leads(cut: Sequence[Token], place: int) -> bool:
    """他们没有, 应该没有: nothing of weight stands before it in its clause."""
    behind = cut[place + 1] if place + 1 < len(cut) else None
    if behind is not None and not behind.is_a("pause", "particle"):
        return False
    for token in reversed(cut[:place]):
        if token.is_a("pause"):
            return True
        if not token.is_a(
            "adverb", "person", "guess", "particle", "at_all", "maybe", "whole", "still", "much"
        ):
            return False
    return True


def _is_last(cut: Sequence[Token], place: int) -> bool:
    return all(token.is_a("pause", "particle") or token.text == "了" for token in cut[place + 1 :])
