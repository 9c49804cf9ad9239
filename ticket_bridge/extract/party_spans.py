"""Every run of words that may be a party's name, with marks of what stands around it and where it is said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from ..fields import Evidence
from ..talk import BREAK, Line, Talk
from ..words import is_common_word, pairs, pattern, rules
from .address import pieces_of
from .bodies import trades
from .choosing import Marks
from .party_candidates import asks_for_body, first_line, party_rules

WORDS, CHARS = 9, 18
"""A name is no longer than this."""
AROUND = 12
"""So many characters on either side are looked at."""
EARLY = 3
"""The first turns of the citizen tell the matter."""
_Pairs = frozenset[str]
_RULED_BEFORE = ("accused", "turned_to", "before_beside", "own", "kin", "dealt_before")
_RULED_AFTER = ("fault", "answered", "beside", "dealt", "at_home")


@dataclass(frozen=True)
class Run:
    """A possible name with its marks, in groups that other runs share; ``at``: utterance, begin, end."""

    text: str
    marks: tuple[Marks, ...]
    evidence: tuple[Evidence, ...]
    at: tuple[int, int, int]


@dataclass(frozen=True)
class _Turn:
    """An utterance with what was asked before it and when in the call it is said."""

    line: Line
    asked: str
    when: str
    region: str
    pairs: _Pairs


def runs(talk: Talk) -> Iterator[Run]:
    """Give every run of words of either side that may be a name."""
    turns = list(_turns(talk))
    said = {
        side: BREAK.join(turn.line.read.text for turn in turns if turn.line.speaker == side)
        for side in ("citizen", "agent")
    }
    for turn in turns:
        yield from _of_turn(turn, said, turns)


def _turns(talk: Talk) -> Iterator[_Turn]:
    first, asked, count = first_line(talk), "first", 0
    for line in talk.lines:
        said = frozenset(pairs(line.read.text))
        if line.speaker == "agent":
            asked = asked_for(line.plain.text)
            yield _Turn(line, "agent", "agent", "agent", said)
            continue
        count += 1
        when = "matter" if line.index == first else "early" if count <= EARLY else "late"
        answers = asked if asked in ("demand", "turned", "where") else "rest"
        yield _Turn(line, asked, when, "matter" if count == 1 else answers, said)
        asked = asked if asked.endswith("+") else f"{asked}+"


def asked_for(question: str) -> str:
    """Tell what the agent asks for."""
    for name, told in rules("party_spans")["asked"].items():
        if pattern(str(told)).search(question):
            return str(name)
    return "body" if asks_for_body(question) else "other"


def _of_turn(turn: _Turn, said: Mapping[str, str], turns: Sequence[_Turn]) -> Iterator[Run]:
    line, text, words, at = turn.line, turn.line.read.text, turn.line.words, turn.line.read.at
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word))
    levels = {(piece.span.start, piece.span.end): piece.level for piece in pieces_of(line)}
    ends: dict[int, Marks] = {}
    for i, word in enumerate(words):
        if _divides(word):
            continue
        left = _left(turn, words, i, starts[i])
        for j in range(i, min(i + WORDS, len(words))):
            begin, end = starts[i], starts[j + 1]
            if _divides(words[j]) or end - begin > CHARS:
                break
            if end - begin < 2 or words[j] in ("的", "和", "跟"):
                continue
            if j not in ends:
                ends[j] = _right(text, words, j, end)
            low, high = at[begin], at[end - 1] + 1
            level = levels.get((low, high), "")
            own = (
                *_own(text[begin:end], words[i : j + 1], said, turn),
                *_echo(text[begin:end], turn, turns),
                *_both(text[begin:end], left, ends[j], level),
            )
            yield Run(
                text[begin:end], (left, ends[j], own), (line.evidence(low, high),), (line.index, begin, end)
            )


@cache
def _never() -> frozenset[str]:
    return frozenset(str(rules("party_spans")["never"]).split())


def _divides(word: str) -> bool:
    return word[0] == BREAK or word in _never()


@cache
def _contexts(side: str) -> tuple[tuple[str, re.Pattern[str], bool], ...]:
    """Return what may stand on one side, and whether it is read without punctuation."""
    made = [(name, pattern(str(told)), False) for name, told in rules("party_spans")[side].items()]
    ruled = _RULED_BEFORE if side == "before" else _RULED_AFTER
    return (*made, *((name, party_rules()[name], True) for name in ruled))


def _left(turn: _Turn, words: Sequence[str], i: int, begin: int) -> Marks:
    before = turn.line.read.text[max(0, begin - AROUND) : begin]
    bare = before.replace(BREAK, "")
    where = f"at {turn.asked} {'far' if begin >= 8 else 'near' if i else 'first'}"
    told = [
        where,
        f"p {words[i - 1] if i else '^'}",
        f"f {words[i]}",
        f"f1 {words[i][0]}",
        f"q {turn.asked}",
        f"w {turn.when}",
        f"pc {bare[-1:]}",
    ]
    at = turn.line.read.at[begin]
    if at and turn.line.mended[at - 1] in "“‘《「":
        told.append("quoted")
    told += [f"b {name}" for name, one, alone in _contexts("before") if one.search(bare if alone else before)]
    return tuple(told)


def _right(text: str, words: Sequence[str], j: int, end: int) -> Marks:
    after = text[end : end + AROUND]
    bare = after.replace(BREAK, "")
    told = [f"n {words[j + 1] if j + 1 < len(words) else '$'}", f"e {words[j]}", f"nc {bare[:1]}"]
    told += [f"a {name}" for name, one, alone in _contexts("after") if one.search(bare if alone else after)]
    return tuple(told)


@lru_cache(maxsize=4096)
def noun_of(name: str) -> tuple[str, str]:
    """Return of what kind the word is that ends a name, and this word."""
    data = rules("parties")
    for length in range(min(8, len(name)), 0, -1):
        tail = name[-length:]
        bare = "bare " if length == len(name) else ""
        if tail in trades():
            kind = next((one for one in ("public", "weak", "placed") if tail in data[one]), "body")
            return bare + kind, tail
        if tail in data["people"]:
            return f"{bare}role", tail
    found = pattern(str(rules("party_spans")["endings"])).search(name)
    return ("none", name[-1]) if found is None else ("ending", found.group())


def _own(name: str, words: Sequence[str], said: Mapping[str, str], turn: _Turn) -> Iterator[str]:
    """Give the marks of the words themselves, and how often either side says them."""
    kind, noun = noun_of(name)
    cited, read = said["citizen"].count(name), said["agent"].count(name)
    single = sum(len(word) == 1 for word in words)
    yield from (f"k {kind}", f"o {noun}", f"c {name[-1]}", f"cc {name[-2:]}")
    yield from (f"l {min(len(name), 12)}", f"lk {kind} {min(len(name), 12)}")
    yield from (
        f"m {min(cited, 4)}",
        f"mk {kind} {min(cited, 3)}",
        f"r {min(read, 3)}",
        f"rk {kind} {min(read, 2)}",
    )
    yield from (
        f"s {min(single, 4)} {min(len(words), 6)}",
        f"qk {turn.asked} {kind}",
        f"wk {turn.when} {kind}",
    )
    yield f"u {min(sum(not is_common_word(word) for word in words), 3)}"


def _echo(name: str, turn: _Turn, turns: Sequence[_Turn]) -> Iterator[str]:
    """Tell in which other lines what makes a name its own is said again."""
    kind, own = _core(name)
    shares: dict[str, int] = {}
    for other in turns:
        if other is not turn:
            shares[other.region] = max(shares.get(other.region, 0), len(own & other.pairs))
    for region, share in shares.items():
        part = 0 if not share else 1 if share < len(own) else 2
        yield f"g {region} {part}"
        if region in ("matter", "demand", "agent"):
            yield f"gk {region} {kind} {part}"


@lru_cache(maxsize=4096)
def _core(name: str) -> tuple[str, _Pairs]:
    """Return the kind of a name and the pairs of characters without the word that ends it."""
    kind, tail = noun_of(name)
    cut = kind not in ("none", "ending") and len(name) - len(tail) > 1
    return kind, frozenset(pairs(name[: -len(tail)] if cut else name))


def _both(name: str, left: Marks, right: Marks, level: str) -> Iterator[str]:
    """Join what stands around a name with its kind."""
    kind = noun_of(name)[0]
    yield from (f"z {kind} {left[0]}", f"lv {level} {kind}")
    yield from (f"{mark} {kind}" for mark in left if mark.startswith("b "))
    yield from (f"{mark} {kind}" for mark in right if mark.startswith("a "))
