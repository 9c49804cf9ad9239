"""Checks what the third lines say of trunks and keys: no default reaches a real emergency line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

from .config_tables import BrokenLink, Tables, names, section, tables, used_twice
from .settings import CallbackSettings
from .third_lines import is_emergency
from .toml_lines import KeyPath

_LINES = ("110", "119", "120", "122")
_AREAS = ("010", *(f"02{i}" for i in range(10)), *(f"0{i}" for i in range(300, 1000)))
_SIGNS = {"X": r"\d", "Z": "[1-9]", "N": "[2-9]"}
_ALLOW = "only a trunk with emergency = true may lead to an emergency line"


def find_broken_third_lines(data: dict[str, Any]) -> list[BrokenLink]:
    """Return every mistake between third lines and the rest; wrong types are told elsewhere."""
    lines, trunks = tables(data, "third_lines"), tables(data, "trunks")
    return [
        *used_twice("third_lines", "name", lines),
        *used_twice("third_lines", "code", lines),
        *_codes_that_begin_others(lines),
        *_routes(lines, trunks),
        *_arrivals(trunks, names(tables(data, "queues"))),
        *_other_ways_out(data, trunks),
    ]


def _codes_that_begin_others(lines: Tables) -> Iterator[BrokenLink]:
    codes = [(index, code) for index, line in lines if isinstance(code := line.get("code"), str)]
    for index, code in codes:
        other = next((long for _, long in codes if long != code and long.startswith(code)), None)
        if other is not None:
            yield BrokenLink(
                ("third_lines", index, "code"),
                f'"{code}" is the beginning of "{other}", which could never be pressed',
                "give one of them another code",
            )


def _routes(lines: Tables, trunks: Tables) -> Iterator[BrokenLink]:
    known = names(trunks)
    for index, line in lines:
        value = line.get("routes")
        for number, one in enumerate(cast("list[Any]", value) if isinstance(value, list) else []):
            if not isinstance(one, dict):
                continue
            route = cast("dict[str, Any]", one)
            key: KeyPath = ("third_lines", index, "routes", number)
            trunk, called = route.get("trunk"), route.get("number")
            if not isinstance(trunk, str) or not isinstance(called, str):
                continue
            if trunk not in known:
                yield BrokenLink(
                    key, f'no trunk is called "{trunk}"', f"trunks: {', '.join(known) or 'none'}"
                )
            elif not _is_allowed(trunk, trunks):
                if is_emergency(called):
                    yield BrokenLink(key, f'"{called}" is an emergency number', f"{_ALLOW}: {trunk} does not")
                elif line.get("kind") == "emergency":
                    yield BrokenLink(
                        key, f'trunk "{trunk}" does not allow emergency lines', "set emergency = true there"
                    )


def _is_allowed(trunk: object, trunks: Tables) -> bool:
    return any(table.get("name") == trunk and table.get("emergency") is True for _, table in trunks)


def _arrivals(trunks: Tables, queues: list[str]) -> Iterator[BrokenLink]:
    for index, trunk in trunks:
        queue = trunk.get("queue")
        if isinstance(queue, str) and queue not in queues:
            yield BrokenLink(
                ("trunks", index, "queue"),
                f'no queue is called "{queue}"',
                f"queues: {', '.join(queues) or 'none'}",
            )
        if trunk.get("arrival") == "three-way" and queue is None:
            yield BrokenLink(
                ("trunks", index, "arrival"),
                "its calls have no queue",
                'name the priority queue: queue = "…"',
            )
        if isinstance(queue, str) and trunk.get("arrival", "menu") == "menu":
            yield BrokenLink(
                ("trunks", index, "queue"),
                "the menu chooses the queue of these calls",
                'take it out, or set arrival = "three-way"',
            )


def _other_ways_out(data: dict[str, Any], trunks: Tables) -> Iterator[BrokenLink]:
    """Overflow and call-backs do not lead to an emergency line by mistake."""
    for index, place in tables(data, "outside"):
        number = place.get("number")
        if isinstance(number, str) and is_emergency(number) and not _is_allowed(place.get("trunk"), trunks):
            yield BrokenLink(("outside", index, "number"), f'"{number}" is an emergency number', _ALLOW)
    callback = section(data, "callback")
    patterns = callback.get("numbers", list(CallbackSettings.model_fields["numbers"].default))
    if callback.get("trunk") is None or not isinstance(patterns, list):
        return
    for index, pattern in enumerate(cast("list[Any]", patterns)):
        if isinstance(pattern, str) and (found := emergency_number_of(pattern)):
            yield BrokenLink(
                ("callback", "numbers", index),
                f'"{pattern}" holds the emergency number {found}',
                "no citizen is called back there; make it narrower",
            )


def emergency_number_of(pattern: str) -> str | None:
    """Return an emergency number, with or without an area's code, that a pattern of numbers holds."""
    try:
        expression = re.compile("".join(_SIGNS.get(sign, sign) for sign in pattern))
    except re.error:
        return None
    every = (f"{area}{line}" for area in _AREAS for line in _LINES)
    return next((number for number in every if expression.fullmatch(number)), None)
