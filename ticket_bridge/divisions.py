"""China's administrative divisions by name, so that a district is known by more than its last character."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from .words import rules


@cache
def districts() -> frozenset[str]:
    """Return the names of districts, counties, county-level cities and banners, with their suffix."""
    return frozenset(str(rules("divisions")["districts"]).split())


@cache
def cities() -> frozenset[str]:
    """Return the names of provinces, prefectures and prefecture-level cities, without 省 and 市."""
    data = rules("divisions")
    return frozenset(f"{data['provinces']} {data['cities']}".split())


LONGEST, SHORTEST = 15, 3


def divisions_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Give start, end and level ("city" or "district") of the divisions named in a text, left to right.

    A city counts before a district or with its 市; names of two characters (城区, 单县) are too like words.
    """
    done = 0
    for start in range(len(text)):
        if start < done:
            continue
        size = next(
            (
                n
                for n in range(min(LONGEST, len(text) - start), SHORTEST - 1, -1)
                if text[start : start + n] in districts()
            ),
            None,
        )
        if size is not None:
            done = start + size
            yield start, done, "district"
            continue
        for n in (5, 4, 3, 2):
            end = start + n
            if end < len(text) and text[start:end] in cities():
                rest = text[end:]
                end += rest.startswith(("市", "省"))
                follows = any(text[end : end + n] in districts() for n in range(SHORTEST, LONGEST))
                if follows or text[end - 1] in "市省":
                    done = end
                    yield start, end, "city"
                    break
