"""What an answer states, with negation first: 不满意, 不是不满意, 满意个屁, 哪里解决了, 不漏了. Pure.

A statement is a word that says something, turned by what stands around it (``scope``). Whether it bears on
the question is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .lexicon import Token
from .scope import Left, Right, is_isolated, left_of, right_of

Topic = Literal["level", "feeling", "solved", "contacted", "consent"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement: ``value`` -2 to 2 for levels and feelings, else -1 or 1; ``at`` is its token's place."""

    topic: Topic
    value: int
    at: int
    word: str
    asked: bool = False
    doubtful: bool = False
    """Others say so, or it is only possible."""
    excluded: bool = False
    """It only says which level it is not (不是满意)."""
    soft: bool = False
    """Denied without saying the opposite (谈不上满意, 不能说多好)."""
    scorned: bool = False
    """Denied by mockery or a rhetorical question (满意个屁)."""
    implied: bool = False
    """It bears on the question only where nothing else does."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A word with what stands around it."""

    cut: Sequence[Token]
    at: int
    left: Left
    right: Right

    @classmethod
    def of(cls, cut: Sequence[Token], at: int, *, contact: bool = False) -> Spot:
        """Look around a word."""
        left = left_of(cut, at, contact=contact)
        return cls(cut, at, left, right_of(cut, at, left))

    @property
    def token(self) -> Token:
        """The word itself."""
        return self.cut[self.at]

    @property
    def behind(self) -> Token | None:
        """The next word."""
        return self.cut[self.at + 1] if self.at + 1 < len(self.cut) else None

    @property
    def nots(self) -> int:
        """How many negations turn the word."""
        return self.left.nots + self.right.nots

    @property
    def odd(self) -> bool:
        """Whether it says the opposite."""
        return self.nots % 2 == 1

    @property
    def strong(self) -> bool:
        """很, 非常, 得很."""
        return self.right.much or self.left.has("much")

    @property
    def soft(self) -> bool:
        """谈不上, 不能说, 没有很."""
        behind = self.cut[self.at + 1 : self.at + 3]
        postponed = self.right.nots and any(token.is_a("soft") for token in behind)
        return self.nots == 1 and (bool(postponed) or self.left.has("soft", "much", "quite"))

    def fact(self, topic: Topic, value: int, *, asked: bool = False, **marks: bool) -> Fact:
        """Return the statement that the word makes."""
        doubtful = self.left.may_be and (value > 0 or topic in ("level", "feeling"))
        asked = (
            asked
            or self.right.asked
            or (topic in ("solved", "contacted") and "什么" in self.left.words and not self.nots)
        )
        scorned = self.odd and self.right.nots > 0
        return Fact(topic, value, self.at, self.token.text, asked, doubtful, scorned=scorned, **marks)


def level(spot: Spot) -> Fact | None:
    """满意, with all that makes it more, less or the opposite."""
    token, left, nots = spot.token, spot.left, spot.nots
    if token.is_a("unsatisfied"):
        return spot.fact("level", _denied_bad(spot) if nots else -2 if spot.strong else -1)
    if not token.is_a("satisfied"):
        return None
    if nots == 0:
        less = left.has("half", "slightly") and not left.has("quite")
        less = less or (left.words[:1] == ("还",) and not spot.strong)
        value = 0 if less else 2 if spot.strong else 1
    elif spot.odd:
        value = _denied_good(spot)
    else:
        nothing = left.of_nothing or (spot.behind is not None and spot.behind.text == "的")
        value = 1 if spot.right.nots or left.has("doubt", "able") or nothing else 0
    excluded = (
        nots in (1, 2) and left.has("other_than") and not spot.strong and not left.has("quite", "at_all")
    )
    return spot.fact("level", value, excluded=excluded, soft=spot.soft)


def _denied_good(spot: Spot) -> int:
    """不是完全满意 is half of it; 一点都不满意 is less than 不满意, 不是很满意 is not."""
    order = spot.left.order
    first = next(
        (place for place, kind in enumerate(order) if kind in ("not", "doubt", "nobody")), len(order)
    )
    if "whole" in order[:first]:
        return 0
    return -2 if spot.right.much or {"much", "at_all", "whole"} & set(order[first:]) else -1


def _denied_bad(spot: Spot) -> int:
    if not spot.odd:
        return -1
    return 1 if spot.left.of_nothing or spot.left.has("doubt") else 0


def feeling(spot: Spot) -> Fact | None:
    """挺好, 一般, 太差: what implies a level without naming one."""
    token = spot.token
    if token.is_a("score"):
        return spot.fact("feeling", _of_score(token.text))
    kind = next((kind for kind in ("middling", "bad", "slow", "good") if token.is_a(kind)), None)
    if kind is None or (token.is_a("single") and not is_isolated(spot.cut, spot.at)):
        return None
    if kind == "middling":
        value = -1 if spot.odd and token.text.endswith("吧") else 0
    elif kind == "good":
        half = spot.left.has("half") and not spot.left.has("quite", "much")
        value = -1 if spot.odd else 0 if half and not spot.nots else 2 if spot.strong else 1
    elif spot.odd:
        value = 1 if spot.left.of_nothing else 0
    else:
        value = -2 if spot.strong and kind == "bad" else -1
    return spot.fact("feeling", value, implied=kind == "slow", soft=spot.soft)


def _of_score(text: str) -> int:
    """Read a mark out of a hundred: 80 and more is good, 60 passes."""
    said = text.removesuffix("分")
    named = {"满": 100, "零": 0, "百": 100, "一百": 100}
    marks = (
        named[said] if said in named else int(said) if said.isdecimal() and said.isascii() else _number(said)
    )
    return 2 if marks >= 95 else 1 if marks >= 80 else 0 if marks >= 60 else -1


def _number(said: str) -> int:
    """Read a Chinese number up to a hundred; of 七八十 the lower."""
    digits = {char: value for value, char in enumerate("零一二三四五六七八九")}
    tens, ten, ones = said.partition("十")
    if not ten:
        return 100
    return (digits.get(tens[:1], 1)) * 10 + digits.get(ones[:1], 0)


def consent(spot: Spot) -> Fact | None:
    """方便, 你说, 不用了."""
    before = spot.cut[spot.at - 1] if spot.at else None
    if spot.token.is_a("unwilling"):
        return spot.fact("consent", -1)
    if not spot.token.is_a("willing", "go"):
        return None
    if before is not None and before.is_a("unwilling") and "算了" not in before.text:
        return spot.fact("consent", -1)
    if spot.token.is_a("go") and spot.token.is_a("single") and not is_isolated(spot.cut, spot.at):
        return None
    if spot.token.is_a("go"):
        return Fact("consent", 2, spot.at, spot.token.text)
    return spot.fact("consent", -1 if spot.odd else 1)
