"""Where it happens, largest unit first, and the caller's home when they say so (WH 6.1.5, BJ C.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from ..context import CallContext
from ..fields import Field, FieldName, Found
from ..talk import Line, Span, Talk
from .address import LEVELS, Piece, address_rules, pieces_of
from .bodies import called_bodies, noun_asked
from .choosing import WHOLE
from .party_candidates import asks_for_body
from .place_choice import MARGIN, likeliest, likeness_of, tables
from .place_words import words_of
from .taken_back import after_corrections, of_last_house

CROSSING = 2
SUREST = 0.9
_SURNAME = re.compile(r"(?:姓|叫)\s*[\u4e00-\u9fff]{1,3}[\s，,]*$")
LAST = 9_999
"""Behind everything else that a line says of the place."""


def _weight(talk: Talk, line: Line, pieces: list[Piece]) -> float:
    """Tell how likely an utterance gives the place: asked for, with large units, not about an office."""
    patterns = address_rules()
    weight = float(len({piece.level for piece in pieces}))
    if any(piece.level == "district" for piece in pieces):
        weight += 3
    if any(piece.level in ("road", "town") for piece in pieces):
        weight += 1
    if line.speaker == "citizen" and patterns["asked"].search(talk.question_before(line)):
        weight += 3
    if patterns["elsewhere"].search(talk.question_before(line) + line.plain.text):
        weight -= 2
    return weight


def _latest(pieces: Iterable[Piece]) -> dict[str, list[Piece]]:
    """Group by level; of several houses, units, floors and rooms the last said counts (corrections)."""
    grouped: dict[str, list[Piece]] = {}
    for piece in of_last_house(list(pieces)):
        grouped.setdefault(piece.level, []).append(piece)
    for level, members in grouped.items():
        if level in ("city", "district", "town", "house", "unit", "floor", "room"):
            grouped[level] = members[-1:]
        else:
            unique = {member.value: member for member in members}
            grouped[level] = [
                member
                for value, member in unique.items()
                if not any(value != longer and longer.endswith(value) for longer in unique)
            ]
    return grouped


def _departure(line: Line, pieces: list[Piece]) -> list[Piece]:
    """Leave out where a trip went to (从白云区嘉穗望冈到白云湖公园); roads and crossings stay."""
    for match, _ in line.search(address_rules()["trip"]):
        before = line.plain.at[match.start("to")]
        left = [piece for piece in pieces if piece.span.start < before]
        if any(piece.level in ("site", "district", "detail") for piece in left):
            return left
    return pieces


def _assemble(grouped: dict[str, list[Piece]], levels: tuple[str, ...]) -> tuple[str, tuple[Span, ...]]:
    """Join administrative units and roads by size, and what is smaller in the order it was said."""
    text = ""
    spans: list[Span] = []
    roads = 0
    for level, piece in _in_order(grouped, levels):
        if piece.value in text:
            continue
        roads += level == "road"
        if level == "road" and roads > 1:
            text += _between(spans[-1], piece.span) or ("与" if _crossing(grouped) else "")
        text += piece.value
        spans.append(piece.span)
    return text, tuple(spans)


def _in_order(grouped: dict[str, list[Piece]], levels: tuple[str, ...]) -> list[tuple[str, Piece]]:
    """Order by size down to the town, the rest as it was said; a road from another utterance goes first."""
    chosen = [(level, piece) for level in levels for piece in grouped.get(level, [])[:2]]
    site = next((piece for level, piece in chosen if level == "site"), None)

    def key(entry: tuple[str, Piece]) -> tuple[int, int]:
        level, piece = entry
        if level in ("city", "district", "town"):
            return LEVELS.index(level), 0
        apart = level == "road" and site is not None and piece.span.line is not site.span.line
        return (LEVELS.index("road"), 0) if apart else (len(LEVELS), piece.order)

    return sorted(chosen, key=key)


def _between(first: Span, second: Span) -> str:
    """Return the word that joins two roads said together (东三环到长安街), empty when there is none."""
    said = first.line.utterance.text[first.end : second.start] if first.line is second.line else ""
    return {"到": "到", "至": "至", "和": "与", "跟": "与", "与": "与"}.get(said.strip(), "")


def _spells_a_name(piece: Piece) -> bool:
    """Tell a place that only tells which character is meant (我姓台，台湾的台)."""
    said = piece.span.line.mended
    after = said[piece.span.end :].lstrip()
    return (
        after[:1] == "的"
        and after[1:].lstrip()[:1] in set(piece.span.text)
        and _SURNAME.search(said[: piece.span.start]) is not None
    )


def _not_home(pieces: list[Piece]) -> list[Piece]:
    """Leave out the caller's own estate when another site is named (我们橘香苑 beside the building site)."""
    away = [piece for piece in pieces if piece.level != "site" or not _is_home(piece)]
    return away if any(piece.level == "site" for piece in away) else pieces


def _is_home(piece: Piece) -> bool:
    text = piece.span.line.utterance.text[: piece.span.start].rstrip()
    return text.endswith(("我们", "我家", "我们家"))


def _crossing(grouped: dict[str, list[Piece]]) -> bool:
    return any(
        re.search(r"路口|交叉|交汇|十字|口子|交口", piece.value) for piece in grouped.get("detail", [])
    )


def _merge(ranked: list[tuple[float, list[Piece]]]) -> list[Piece]:
    """Take the best utterance's pieces and, from the others, the levels it leaves open."""
    chosen = list(ranked[0][1])
    have = {piece.level for piece in chosen}
    for weight, pieces in ranked[1:]:
        if weight < 1:
            continue
        fresh = [piece for piece in pieces if piece.level not in have and piece.level != "detail"]
        chosen += fresh
        have |= {piece.level for piece in fresh}
        chosen += _elaborated(chosen, pieces)
    return sorted(chosen, key=lambda piece: piece.order)


def _elaborated(chosen: list[Piece], pieces: list[Piece]) -> list[Piece]:
    """Return the roads and details of an utterance that names one of the roads or sites again."""
    again = {piece.value for piece in chosen if piece.level in ("road", "site")}
    if not any(piece.value in again for piece in pieces):
        return []
    here = {piece.value for piece in chosen}
    return [piece for piece in pieces if piece.level in ("road", "detail") and piece.value not in here]


def _called(talk: Talk, pieces: list[Piece]) -> list[Piece]:
    """Return the business that is named where it is asked where it happens (许继大道，叫隆昌名烟)."""
    lines = {piece.span.line.index for piece in pieces}
    for line in talk.citizen:
        question = talk.question_before(line)
        if line.index not in lines or not (asks_for_body(question) or "哪个" in question):
            continue
        for body in called_bodies(line, noun_asked(question), asked=True):
            told = any(body.span.text in piece.value or piece.value in body.span.text for piece in pieces)
            told = told or re.search("(?:物业|物管|地产|置业|开发商)$", body.name) is not None
            if not told and not address_rules()["elsewhere"].search(question):
                return [Piece("site", body.span, body.span.text, line.index * 10_000 + LAST)]
    return []


def _corrected(talk: Talk, pieces: list[Piece], read_back: list[tuple[float, list[Piece]]]) -> list[Piece]:
    """Take the house or door that the agent reads back, where the citizen said that one as well."""
    spoken = "".join(line.plain.text for line in talk.citizen)
    result = list(pieces)
    for level in ("house", "unit", "floor", "room"):
        own = [piece for piece in pieces if piece.level == level]
        told = [piece for _, line in read_back for piece in line if piece.level == level]
        if not own or not told or any(piece.value == own[-1].value for piece in told):
            continue
        last = max(told, key=lambda piece: piece.order)
        if last.order > own[-1].order and last.span.text in spoken:
            result = [piece for piece in result if piece.level != level]
            result.append(replace(last, order=own[-1].order))
    return _crossing_read_back(talk, result, read_back)


def _crossing_read_back(
    talk: Talk, pieces: list[Piece], read_back: list[tuple[float, list[Piece]]]
) -> list[Piece]:
    """Take both roads of a crossing from the agent's read-back when the citizen agreed to it."""
    for _, told in read_back:
        roads = [piece for piece in told if piece.level == "road"]
        line = told[0].span.line
        answer = next((one for one in talk.citizen if one.index > line.index), None)
        agreed = answer is not None and answer.plain.text.startswith(("对", "是的", "嗯", "没错"))
        if len(roads) == CROSSING and agreed and _crossing({"detail": told}):
            rest = [piece for piece in pieces if piece.level not in ("road", "detail")]
            return [*rest, *(piece for piece in told if piece.level in ("road", "detail"))]
    return pieces


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Name the place and the caller's home that are likely to be an expert's."""
    known = ruled(talk)
    if len(talk.citizen) < WHOLE:
        return known
    likely = {FieldName(name): _likely(talk, name, known.get(FieldName(name))) for name in tables()}
    return {name: field for name, field in likely.items() if field is not None}


def _likely(talk: Talk, name: str, alone: Field | None) -> Field | None:
    """Return what is likely to be written; of places the rules' unless another is likelier by a margin."""
    value = "" if alone is None else str(alone.value)
    words, weights = words_of(talk, value), tables()[name]
    chosen = likeliest(words, weights)
    if not chosen.stands(name):
        return None
    if name == FieldName.PLACE and alone is not None:
        gained = chosen.likeness - likeness_of(value, words, weights, chosen.length)
        if gained < MARGIN:
            return alone
    return Field(chosen.value, min(chosen.likeness, SUREST), chosen.evidence)


def ruled(talk: Talk) -> dict[FieldName, Field]:
    """Join the components the citizen gives; the agent's read-back fills what is missing.

    The home is the place where the words say so.
    """
    patterns = address_rules()
    by_vehicle = any(patterns["vehicle"].search(line.plain.text) for line in talk.citizen)
    own: list[tuple[float, list[Piece]]] = []
    read_back: list[tuple[float, list[Piece]]] = []
    for line in talk.lines:
        pieces = [one for one in after_corrections(line, pieces_of(line)) if not _spells_a_name(one)]
        pieces = _departure(line, pieces) if by_vehicle else pieces
        if not any(piece.level in ("district", "town", "road", "site", "house") for piece in pieces):
            continue
        (own if line.speaker == "citizen" else read_back).append((_weight(talk, line, pieces), pieces))
    own.sort(key=lambda entry: -entry[0])
    read_back.sort(key=lambda entry: -entry[0])
    if not own or own[0][0] < 1:
        return {}
    pieces = _merge(own)
    pieces = _corrected(talk, pieces, read_back)
    pieces += _called(talk, pieces)
    if read_back and read_back[0][0] >= 4:
        have = {piece.level for piece in pieces}
        pieces += [p for p in read_back[0][1] if p.level not in have and p.level in LEVELS[:7]]
    grouped = _latest(_not_home(pieces))
    value, spans = _assemble(grouped, LEVELS)
    if not value or not spans:
        return {}
    sure = min(0.35 + 0.1 * len(grouped) + (0.15 if "district" in grouped else 0), 0.9)
    result = {FieldName.PLACE: Field(value, sure, tuple(span.evidence for span in spans))}
    home = next((span for line in talk.lines for _, span in line.search(patterns["home"])), None)
    grouped = _latest(pieces)
    abroad = patterns["elsewhere"].search(value) or patterns["business"].search(value)
    abroad = abroad or any(patterns["public"].search(piece.value) for piece in grouped.get("site", []))
    if home is not None and "site" in grouped and not abroad:
        text, spans = _assemble(grouped, LEVELS[:-1])
        if text:
            evidence = (*(span.evidence for span in spans), home.evidence)
            result[FieldName.ADDRESS] = Field(text, sure - 0.2, evidence)
    return result
