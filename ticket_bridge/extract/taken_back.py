"""Parts of an address that the speaker took back, denied, or said of another house."""

from __future__ import annotations

import re

from ..talk import Line
from .address import Piece

TAKEN_BACK_WITHIN = 3
_CORRECTION = re.compile(r"不对|不是|错了|说错")


def after_corrections(line: Line, pieces: list[Piece]) -> list[Piece]:
    """Drop what the speaker took back: a component followed by 不对 and by another of its level."""
    marks = [match.start() for match, _ in line.search(_CORRECTION)]
    if not marks:
        return pieces
    at = line.plain.at
    kept: list[Piece] = []
    for i, piece in enumerate(pieces):
        mark = next((at[m] for m in marks if 0 <= at[m] - piece.span.end <= TAKEN_BACK_WITHIN), None)
        taken_back = mark is not None and any(
            later.level == piece.level and later.span.start >= mark for later in pieces[i + 1 :]
        )
        if not taken_back and not _denied(piece, pieces[i + 1 :]):
            kept.append(piece)
    return kept


def of_last_house(pieces: list[Piece]) -> list[Piece]:
    """Leave out the doors of a house said before another one (住2幢405，店在2幢一楼)."""
    houses = [piece.order for piece in pieces if piece.level == "house"]
    if len(houses) < 2:
        return pieces
    return [
        piece
        for piece in pieces
        if piece.level not in ("unit", "floor", "room") or not houses[0] < piece.order < houses[-1]
    ]


def _denied(piece: Piece, later: list[Piece]) -> bool:
    """Tell the A of 不是A是B."""
    text = piece.span.line.mended
    before, after = text[: piece.span.start].rstrip(), text[piece.span.end :].lstrip(" ，,")
    said_not = before.endswith("不是") and after.startswith(("是", "而是"))
    return said_not and any(other.level == piece.level for other in later)
