"""What stands around a word and turns it: negations, rhetorical questions, degrees, mockery, 吗. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .lexicon import Token, kinds_of
from .text import ASK

_PASSED = (
    *("adverb", "matter", "person", "much", "quite", "slightly", "at_all", "half", "whole", "not", "nobody"),
    *("lip", "doubt", "able", "wish", "guess", "told", "still", "now", "once", "bare_no"),
)
"""Kinds through which a negation still reaches a word behind it."""
_ORDERED = ("not", "doubt", "nobody", "whole", "much", "at_all")
_FARTHEST, _STRANGE, _FEWER = 12, 5, 3
_FILLERS = ("那个", "呃", "额", "嗯")
_BARE = ("没有", "没", "没有没有", "不")


@dataclass(frozen=True, slots=True)
class Left:
    """What stands before a word, from the nearest outwards; ``used`` are the places of its negations."""

    nots: int = 0
    kinds: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    used: tuple[int, ...] = ()
    order: tuple[str, ...] = ()

    def has(self, *kinds: str) -> bool:
        """Tell whether a word of a kind stands there."""
        return any(kind in self.kinds for kind in kinds)

    @property
    def of_nothing(self) -> bool:
        """没什么不满意, 没有任何意见: nothing at all is."""
        return bool({"什么", "任何", "半点", "一点", "一丝"} & set(self.words))

    @property
    def may_be(self) -> bool:
        """Somebody else says so, or it is only possible."""
        return self.has("told", "maybe")

    @property
    def again(self) -> bool:
        """没有还在漏: of 'still' and 'not' the nearer one counts; 没再漏 is no 'again'."""
        for word in self.words:
            kinds = kinds_of(word)
            if "still" in kinds and "再" not in word:
                return True
            if kinds & {"not", "nobody"}:
                return False
        return False


@dataclass(frozen=True, slots=True)
class Right:
    """What stands behind a word: further negations, whether it is asked, whether it is made strong (得很)."""

    nots: int = 0
    asked: bool = False
    much: bool = False


def left_of(cut: Sequence[Token], at: int, *, contact: bool = False) -> Left:
    """Walk from a word to the left as far as negations reach; those of deeds pass unknown words, too."""
    passing = _STRANGE if contact else _FEWER if cut[at].is_a("solve") else 0
    nots, strange = 0, 0
    used, words, kinds = list[int](), list[str](), list[frozenset[str]]()
    for place in range(at - 1, max(-1, at - 1 - _FARTHEST), -1):
        token = cut[place]
        if not token.is_a(*_PASSED) or token.is_a("pause", "mend", "but"):
            strange += len(token.text)
            known = (contact and token.is_a("contact")) or (token.is_a("other") and strange <= passing)
            if known or (token.text in _FILLERS and place):
                continue
            break
        if nots and token.text in ("也", "都"):
            break  # 没短信也没电话, 谁都没来: each 没 is one of its own
        unknown = token.is_a("doubt") and any(word.is_a("unsure") for word in cut[max(0, place - 2) : place])
        if unknown or _ends(cut, place, contact=contact) or (not place and _is_apart(cut, at, nots, words)):
            break
        words.append(token.text)
        kinds.append(token.kinds)
        if token.is_a("not", "doubt", "nobody") and not token.is_a("quite"):
            nots += not (_is_doubled(cut, place) or _is_whoever(token, nots, words))
            used.append(place)
    order = tuple(kind for each in kinds for kind in _ORDERED if kind in each)
    return Left(nots, frozenset().union(*kinds), tuple(words), tuple(used), order)


def _is_apart(cut: Sequence[Token], at: int, nots: int, words: Sequence[str]) -> bool:
    """没有, 一个人都没来; 没, 一点没变: a bare no in front of another negation is a sentence of its own."""
    deed = cut[at].is_a("solve", "done", "fixed", "unfixed", "problem", "contact")
    again = nots or "没" in cut[at].text
    return bool(again) and cut[0].text in _BARE and ((deed and bool(words)) or "都" in words or "也" in words)


def _is_doubled(cut: Sequence[Token], place: int) -> bool:
    """没有谁, 没有哪一点, 没看到有什么: one negation, not two."""
    asks = cut[place].is_a("anyone") or cut[place].text in ("哪", "哪里", "哪儿", "有什么", "哪点")
    return asks and place > 0 and cut[place - 1].is_a("not")


def _is_whoever(token: Token, nots: int, words: Sequence[str]) -> bool:
    """谁也没来, 没有一个人都没来: one negation, not two."""
    return nots > 0 and token.is_a("anyone", "nobody") and ("也" in words or "都" in words)


def _ends(cut: Sequence[Token], place: int, *, contact: bool) -> bool:
    """没有我很满意: a subject behind a bare 没有 begins a sentence of its own."""
    if contact or place + 1 >= len(cut) or cut[place].text not in _BARE:
        return False
    return cut[place + 1].is_a("person") and not cut[place + 1].is_a("preposition")


def right_of(cut: Sequence[Token], at: int, left: Left) -> Right:
    """Read on from a word as long as what follows belongs to it."""
    much = False
    for place in range(at + 1, min(len(cut), at + 6)):
        token = cut[place]
        last = place == len(cut) - 1 or cut[place + 1].is_a("pause", "particle")
        turned = _turned(cut, at, place, left, last=last)
        if turned is not None:
            return Right(turned.nots, turned.asked, much)
        much = much or token.is_a("much")
        if not token.is_a("adverb", "much", "person", "matter") or token.is_a("not"):
            break
    return Right(much=much)


def _turned(cut: Sequence[Token], at: int, place: int, left: Left, *, last: bool) -> Right | None:
    """Return what a word behind does to one before it, None when it does nothing."""
    token, next_to = cut[place], place == at + 1
    if token.text == ASK:
        return _marked(cut, place, left)
    if token.is_a("ask"):
        return Right(1) if left.has("able") else Right(asked=not left.has("doubt"))
    if token.is_a("mock") or (token.text == "什么" and last and cut[at].is_a("satisfied")):
        return Right(1)
    if token.is_a("not", "nobody", "bare_no") and not next_to and cut[place - 1].text in ("都", "也"):
        goes_on = any(word.is_a("solve", "done", "fixed", "satisfied") for word in cut[place + 1 : place + 4])
        goes_on = goes_on or cut[at].text[0] in "没不无"  # 没意见也没要求: one beside the other
        return Right(int(not left.nots and not goes_on))
    asks_who = (token.is_a("anyone") and next_to and not left.nots) or token.text == "什么"
    asks_whether = next_to and token.text in (*_BARE, "不啊", "不哦", "不嘛")
    return Right(asked=True) if last and (asks_who or asks_whether) else None


def _marked(cut: Sequence[Token], place: int, left: Left) -> Right:
    """满意？不可能 denies; 没联系？联系了 takes up the question; 怎么满意？ says its opposite."""
    if place + 1 < len(cut) and cut[place + 1].is_a("mock"):
        return Right(1)
    goes_on = place < len(cut) - 1
    return Right(asked=not left.nots or (goes_on and not left.has("doubt", "able")))


def is_isolated(cut: Sequence[Token], at: int) -> bool:
    """Tell whether a short word (中, 得, 行) stands for itself and is no part of an unknown word."""
    around = [cut[place] for place in (at - 1, at + 1) if 0 <= place < len(cut)]
    kinds = ("pause", "particle", "much", "quite", "not", "half", "yes", "good", "matter", "adverb", "mend")
    return all(token.is_a(*kinds) for token in around)
