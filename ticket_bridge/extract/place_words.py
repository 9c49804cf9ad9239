"""The words of which a place may be put together, with marks of what stands around them.

A component that the address rules read is one word here; what they cannot read comes word by word, so that
a name without a suffix (金莲山, 老供销社) may stand on a ticket as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from ..fields import Evidence
from ..talk import BREAK, Line, Talk
from ..words import ends_a_name, is_common_word, pattern, rules
from .address import Piece, address_rules, arabic, pieces_of
from .choosing import Marks
from .party_candidates import first_line
from .party_spans import asked_for, noun_of

WORD = "word"
"""The level of what no rule reads."""
NEAR = 24
"""So many characters from a component a word of an utterance that is not looked at whole may stand."""
EARLY = 4
"""The first turns of the citizen are looked at whole, and the answers to where it is."""
AROUND = 8
CLAUSE = 16
"""A longer run without a pause is no clause but an utterance without punctuation."""
LARGE = ("city", "district", "town")
_TRIMMED = ("site", "detail", "road")


@dataclass(frozen=True)
class Word:
    """A component or a word.

    ``at``: its utterance, with begin and end there without blanks; ``place``: in the order of all words of
    the call, by which those are known that stand beside each other; ``ruled``: the rules took it.
    """

    level: str
    value: str
    at: tuple[int, int, int]
    place: int
    marks: tuple[Marks, ...]
    evidence: Evidence
    ruled: bool


@dataclass(frozen=True)
class _Unit:
    level: str
    begin: int
    end: int
    text: str
    value: str
    ruled: bool


@dataclass(frozen=True)
class _Row:
    """The units of an utterance.

    ``weight`` tells how likely it gives the place, ``turn`` which of the citizen's it is; ``home`` and
    ``aside``: it speaks of the caller's home, or of an office turned to before.
    """

    line: Line
    units: tuple[_Unit, ...]
    asked: str
    whole: bool
    weight: int
    turn: int | None
    home: bool
    aside: str


@dataclass(frozen=True)
class _Call:
    """What the marks of a word need to know of the other utterances."""

    said: Mapping[str, str]
    values: Mapping[str, Sequence[str]]
    levels: frozenset[str]
    ruled: bool
    ranks: Mapping[int, int]
    first: int
    turns: int


def words_of(talk: Talk, ruled: str) -> list[Word]:
    """Return every word of which the place may be made; ``ruled``: the place that the rules give, if any."""
    rows = [row for line in talk.lines if (row := _row(talk, line, ruled)) is not None]
    call = _call(talk, rows, ruled)
    made: list[Word] = []
    place = 0
    for row in rows:
        shared = _of_line(row, call)
        for i, unit in enumerate(row.units):
            if not _may_belong(row, i):
                # Words that both may belong are not beside each other with this one between them.
                place += unit.text[0] != BREAK
                continue
            at = row.line.read.at
            low, high = at[unit.begin], at[unit.end - 1] + 1
            marks = (shared, tuple(_of_unit(row, i, call)))
            where = (row.line.index, unit.begin, unit.end)
            evidence = row.line.evidence(low, high)
            made.append(Word(unit.level, unit.value, where, place, marks, evidence, unit.ruled))
            place += 1
        place += 1
    return made


def _row(talk: Talk, line: Line, ruled: str) -> _Row | None:
    pieces = [piece for piece in pieces_of(line) if piece.span.end - piece.span.start > 0]
    turn = next((i for i, one in enumerate(talk.citizen) if one is line), None)
    question = talk.question_before(line) if turn is not None else ""
    asked = asked_for(question) if turn is not None else "agent"
    whole = turn is not None and (asked == "where" or turn < EARLY)
    if not pieces and not whole:
        return None
    units = tuple(_units(line, pieces, ruled))
    levels = {unit.level for unit in units if unit.level != WORD}
    weight = len(levels) + 3 * ("district" in levels) + 3 * (asked == "where") - 2 * (turn is None)
    home = address_rules()["home"].search(line.plain.text) is not None
    elsewhere = address_rules()["elsewhere"]
    aside = " ".join(str(elsewhere.search(said) is not None) for said in (question, line.plain.text))
    return _Row(line, units, asked, whole, weight, turn, home, aside) if units else None


def _units(line: Line, pieces: Sequence[Piece], ruled: str) -> Iterator[_Unit]:
    """Give components whole and what lies between them word by word."""
    text = line.read.text
    known = sorted(_read_pieces(line, pieces))
    position = cursor = 0
    for word in line.words:
        position, end = position + len(word), position + len(word)
        begin = max(cursor, end - len(word))
        while begin < end:
            piece = next((one for one in known if one[1] > begin), None)
            if piece is not None and piece[0] <= begin:
                start, stop, level, value = piece
                yield _Unit(level, start, stop, text[start:stop], arabic(value), _in(value, ruled, level))
                begin = cursor = stop
                continue
            stop = end if piece is None else min(end, piece[0])
            one = text[begin:stop]
            yield _Unit(WORD, begin, stop, one, one, _in(one, ruled, WORD))
            begin = cursor = stop


def _read_pieces(line: Line, pieces: Sequence[Piece]) -> Iterator[tuple[int, int, str, str]]:
    """Give begin, end, level and value of the components, without what is no part of a name at their head."""
    position = {offset: i for i, offset in enumerate(line.read.at)}
    for piece in pieces:
        begin, last = position.get(piece.span.start), position.get(piece.span.end - 1)
        if begin is None or last is None:
            continue
        value = piece.value
        head = _patterns()["head"].match(value) if piece.level in _TRIMMED else None
        if head is not None and line.read.text.startswith(head.group(), begin):
            begin, value = begin + head.end(), value[head.end() :]
        yield begin, last + 1, piece.level, value


def _in(value: str, ruled: str, level: str) -> bool:
    if len(value) < 2:
        return False
    return value in ruled or (level != WORD and arabic(value) in ruled)


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    data = rules("place_words")
    return {name: pattern(str(data[name])) for name in ("head", "numeral", "sends", "office")}


@cache
def _contexts(side: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, pattern(str(told))) for name, told in rules("place_words")[side].items())


def _call(talk: Talk, rows: Sequence[_Row], ruled: str) -> _Call:
    units = [unit for row in rows for unit in row.units if unit.level != WORD]
    values: dict[str, list[str]] = {}
    for unit in units:
        told = values.setdefault(unit.level, [])
        if unit.value not in told:
            told.append(unit.value)
    order = sorted(rows, key=lambda row: -row.weight)
    return _Call(
        said={
            side: BREAK.join(line.read.text for line in talk.lines if line.speaker == side)
            for side in ("citizen", "agent")
        },
        values=values,
        levels=frozenset(unit.level for unit in units if unit.ruled),
        ruled=ruled != "",
        ranks={row.line.index: rank for rank, row in enumerate(order)},
        first=first_line(talk),
        turns=len(talk.citizen),
    )


def _may_belong(row: _Row, i: int) -> bool:
    """Tell a component, or a word that stands near to one or in an utterance that is looked at whole."""
    unit = row.units[i]
    if unit.text[0] == BREAK:
        return False
    if row.whole or unit.level != WORD:
        return True
    return any(
        other.level != WORD and (0 <= other.begin - unit.end <= NEAR or 0 <= unit.begin - other.end <= NEAR)
        for other in row.units
    )


def _of_line(row: _Row, call: _Call) -> Marks:
    """Give the marks that all words of an utterance share."""
    levels = {unit.level for unit in row.units if unit.level != WORD}
    left = min(call.turns - row.turn, 4) if row.turn is not None else 0
    return (
        f"L q {row.asked}",
        f"L w {_when(row, call)}",
        f"L i {_turn(row)}",
        f"L rank {min(call.ranks[row.line.index], 4)}",
        f"L weight {min(row.weight, 9)}",
        f"L home {row.home}",
        f"L else {row.aside}",
        f"L n {len(levels)}",
        f"L left {left}",
    )


def _turn(row: _Row) -> str:
    return "agent" if row.turn is None else str(min(row.turn, 6))


def _when(row: _Row, call: _Call) -> str:
    if row.turn is None:
        return "agent"
    when = "first" if row.line.index == call.first else "early" if row.turn < EARLY - 1 else "late"
    return f"{row.asked} {when}"


def _of_unit(row: _Row, i: int, call: _Call) -> Iterator[str]:
    yield from _own(row, i)
    yield from _beside(row, i)
    yield from _told(row, i, call)
    yield from _around(row, row.units[i])


def _own(row: _Row, i: int) -> Iterator[str]:
    """Give the marks of the word itself and of its neighbours."""
    unit, level = row.units[i], row.units[i].level
    before, after = _at(row, i - 1), _at(row, i + 1)
    key = unit.text if level == WORD else level
    yield from (f"k {level}", f"u {key}", f"e {level} {unit.text[-1]}", f"e2 {level} {unit.text[-2:]}")
    yield f"l {level} {min(len(unit.text), 8)}"
    yield from (f"p {level} {_tag(before)}", f"n {level} {_tag(after)}")
    yield f"pn {_tag(before)} {level} {_tag(after)}"
    yield from (f"p2 {level} {_tag(_at(row, i - 2))}", f"n2 {level} {_tag(_at(row, i + 2))}")
    yield from (f"pt {_tail(before)} {level}", f"nt {level} {_tail(after)}")
    yield f"o {level} {noun_of(unit.text)[0]}"
    yield f"no {level} {noun_of(after.text)[0] if after is not None else ''}"
    if level == WORD:
        yield from (f"up {unit.text} {_tag(before)}", f"un {unit.text} {_tag(after)}")
        yield from (f"common {is_common_word(unit.text)}", f"ends {ends_a_name(unit.text)}")
        yield f"numeral {_patterns()['numeral'].fullmatch(unit.text) is not None}"


def _beside(row: _Row, i: int) -> Iterator[str]:
    """Tell which component comes before and which behind, how far off, and whether the rules took it."""
    unit, level = row.units[i], row.units[i].level
    before = next((one for one in reversed(row.units[:i]) if one.level != WORD), None)
    after = next((one for one in row.units[i + 1 :] if one.level != WORD), None)
    left = 9 if before is None else min((unit.begin - before.end) // 2, 6)
    right = 9 if after is None else min((after.begin - unit.end) // 2, 6)
    first, last = before.level if before else "^", after.level if after else "$"
    yield from (f"pp {level} {first} {left}", f"np {level} {last} {right}", f"nb {level} {first} {last}")
    if level == WORD:
        yield from (f"ppr {_took(before)} {left}", f"npr {_took(after)} {right}")
        yield f"both {_took(before)} {_took(after)}"
        yield f"within {before is not None and after is not None and left + right <= 3}"


def _took(unit: _Unit | None) -> str:
    return "" if unit is None else str(unit.ruled)


def _told(row: _Row, i: int, call: _Call) -> Iterator[str]:
    """Tell where in the call it is said, how often by either side, and what the rules make of it."""
    unit, level, question = row.units[i], row.units[i].level, row.asked
    mine: str = row.line.speaker
    other = "agent" if mine == "citizen" else "citizen"
    own, theirs = (
        (call.said[mine].count(unit.text), call.said[other].count(unit.text))
        if len(unit.text) > 1
        else (-1, -1)
    )
    yield from (f"t {level} {other} {min(theirs, 3)}", f"s {level} {other} {min(own, 3)}")
    yield f"ts {level} {other} {min(own, 2)} {min(theirs, 2)}"
    rank = call.ranks[row.line.index]
    yield from (f"r {unit.ruled} {level}", f"r {unit.ruled} {level} {question}")
    yield from (f"rw {unit.ruled} {level} {min(rank, 3)}", f"R {call.ruled} {unit.ruled}")
    yield f"rl {level in call.levels} {unit.ruled} {level}"
    yield from (f"q {question} {level}", f"w {_when(row, call)} {level}", f"i {_turn(row)} {level}")
    yield f"rk {min(rank, 4)} {level}"
    for name, levels in (("large", LARGE), ("small", ("road", "site", "house"))):
        ends = [one.begin for one in row.units if one.level in levels]
        edge = ends[-1:] if name == "large" else ends[:1]
        yield f"{name} {level} {bool(edge)} {bool(edge) and unit.begin > edge[0]}"
    if level != WORD:
        values = call.values[level]
        at, many = values.index(unit.value), min(len(values), 4)
        yield from (f"v {level} {min(at, 3)} {many}", f"vl {level} {at == len(values) - 1} {many}")
        if any(unit.value != value and unit.value in value for value in values):
            yield f"sub {level}"


def _around(row: _Row, unit: _Unit) -> Iterator[str]:
    """Tell what stands before and behind, and of what clause it is."""
    text, level = row.line.read.text, unit.level
    yield from (f"h {row.home} {level}", f"else {row.aside} {level}")
    before, after = text[max(0, unit.begin - AROUND) : unit.begin], text[unit.end : unit.end + AROUND]
    yield from (f"b {name} {level}" for name, one in _contexts("before") if one.search(before))
    yield from (f"a {name} {level}" for name, one in _contexts("after") if one.search(after))
    begin = text.rfind(BREAK, 0, unit.begin) + 1
    end = text.find(BREAK, unit.end)
    clause = text[begin : len(text) if end < 0 else end]
    if len(clause) <= CLAUSE:
        yield from (f"ch {level} {clause[:2]}", f"ct {level} {clause[-2:]}")
        yield f"c {level} {unit.begin == begin} {unit.end == begin + len(clause)}"
    else:
        yield f"c {level} long"
    if row.turn is None:
        sent = _patterns()["sends"].search(clause) is not None
        yield f"send {level} {sent} {_patterns()['office'].search(clause) is not None}"


def _at(row: _Row, i: int) -> _Unit | None:
    return row.units[i] if 0 <= i < len(row.units) else None


def _tag(unit: _Unit | None) -> str:
    return "^" if unit is None else unit.text if unit.level == WORD else unit.level


def _tail(unit: _Unit | None) -> str:
    if unit is None:
        return "^"
    return unit.text if unit.level == WORD else f"{unit.level}:{unit.text[-1]}"
