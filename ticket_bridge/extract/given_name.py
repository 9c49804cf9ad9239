"""Where a given name ends: at punctuation, before a function word, or after two characters."""

from __future__ import annotations

import re
from functools import cache

from ..talk import Line
from ..words import either, rules, segment

USUAL, LONGEST = 2, 7


@cache
def _after() -> re.Pattern[str]:
    return either(rules("names")["not_in_name"])


def given_name(line: Line, start: int, surname: str) -> str:
    """Return the given name that follows a surname at ``start`` of the plain view, or an empty text.

    Chinese given names have one or two characters; names of other languages of the country, known by the
    characters that spell them, may run longer.
    """
    chars = _run(line, start)
    spelling = str(rules("names")["spelling"])
    spelt = re.match(f"[{spelling}]*", chars)
    if spelt is not None and spelt.end() > USUAL and (not surname or surname[0] in spelling):
        return spelt.group()
    if len(chars) == USUAL + 1 and _is_one_word(line, start, chars):
        return chars
    given = chars[:USUAL]
    split = not _at_break(line, start + USUAL) and not _joined(line, start + 1, given, surname)
    if len(given) == USUAL and split:
        given = given[:1]
    return "" if given == surname else given


def _run(line: Line, start: int) -> str:
    """Return the characters up to punctuation or to a word that ends every name."""
    text, run = line.plain.text, ""
    never = str(rules("names")["never"])
    while len(run) < LONGEST and start + len(run) < len(text):
        position = start + len(run)
        char = text[position]
        if not "\u4e00" <= char <= "\u9fff" or _after().match(text, position):
            break
        if _at_break(line, position) or (not run and char in never.replace("小", "").replace("大", "")):
            break
        run += char
    return run


def _is_one_word(line: Line, start: int, chars: str) -> bool:
    """Tell whether the recogniser, and jieba, hold a long name together."""
    at = line.plain.at
    whole = all(at[i + 1] == at[i] + 1 for i in range(start, start + len(chars) - 1))
    return whole and chars in list(segment(chars))


def _at_break(line: Line, position: int) -> bool:
    """Tell whether punctuation stands before a character, or the words end there."""
    if position >= len(line.plain.at):
        return True
    return line.plain.at[position] in line.clause_starts


def _joined(line: Line, second: int, given: str, surname: str) -> bool:
    """Tell whether the second character of a given name belongs to it rather than to the next word."""
    if len(given) < USUAL:
        return True
    at = line.plain.at
    rest = line.plain.text[second : second + 3]
    first_word = next(segment(rest), "")
    if surname and rest[1:].startswith(surname):
        return True
    if len(first_word) > 1 and at[second] != at[second - 1] + 1:
        return False
    return given[1] not in str(rules("names")["not_second"])
