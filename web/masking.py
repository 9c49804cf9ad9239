"""What is personal in an answer, hidden from whom it is not shown whole (R-S-1). Pure but for ``own``.

People's pages see telephone numbers, names, identity, card and plate numbers masked; one of them is shown
for a reason (``reveals_api``). Who took a call heard what was said in it: its words stay whole for that
agent, the caller's number does not. Programs with the scope ``personal`` are given all of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, cast

from aiohttp import web

from ..asr.personal import masked, personal
from ..core.log import mask
from .answers import answer, plain
from .identity import WHO
from .spoken_numbers import hidden, sentence, unfinished
from .sse import plain_of

NUMBERS = frozenset({"caller", "phone", "callback", "callback_phone", "to_number", "from_number"})
"""Keys whose text is a telephone number."""
NAMES = frozenset({"person", "officer"})
"""Keys whose text is somebody's name."""
HIDDEN_FIELDS = frozenset({"name", "phone", "address"})
"""Fields of a ticket that are personal whatever is in them."""
_CHANGED = frozenset({"value", "old", "new"})
_AS_IT_IS = frozenset(
    {
        *(
            "id",
            "call",
            "node",
            "path",
            "ticket",
            "number",
            "key",
            "sha256",
            "leg",
            "line",
            "request",
            "recording",
        ),
        *("state", "kind", "campaign", "queue", "agent", "role", "model", "next", "stream", "event", "same"),
        *("started", "begun", "at", "since", "until", "label", "outcome", "status", "fingerprint", "hash"),
    }
)
"""Keys whose text is an identifier or a word of ours, in which digits are no telephone number."""


class Sight(Enum):
    """How somebody sees what is said in a call."""

    WHOLE = "whole"
    OWN = "own"
    """Of an own call: its words, not the caller's number."""
    HIDDEN = "hidden"


def sight_of(request: web.Request, *, own: bool = False) -> Sight:
    """Return how the asker sees a call."""
    if request[WHO].personal:
        return Sight.WHOLE
    return Sight.OWN if own else Sight.HIDDEN


def seen(data: Mapping[str, Any], sight: Sight) -> Mapping[str, Any]:
    """Return an event's data as somebody sees them."""
    return data if sight is Sight.WHOLE else hide(plain_of(data), words=sight is Sight.HIDDEN)


def told_to(request: web.Request, value: object, *, own: bool = False, status: int = 200) -> web.Response:
    """Answer with a value, masked unless who asks sees it whole; ``own``: what was said in an own call."""
    return answer(shown_to(request, value, own=own), status)


def shown_to(request: web.Request, value: Any, *, own: bool = False) -> Any:
    """Return a value as who asks sees it."""
    if request[WHO].personal:
        return value
    known = json.loads(json.dumps(value, ensure_ascii=False, default=plain))
    return hide(known, words=not own)


def hide(value: Any, *, words: bool = True) -> Any:
    """Return a JSON-like value with what is personal masked; ``words``: also in what was said and written."""
    if isinstance(value, Mapping):
        return _mapping(cast("Mapping[str, Any]", value), words=words)
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [hide(one, words=words) for one in cast("Sequence[Any]", value)]
    if isinstance(value, str) and words:
        return text(value)
    return value


def text(value: str) -> str:
    """Return a text with what is personal in it masked."""
    return hidden(masked(value, personal(value)))


def _mapping(value: Mapping[str, Any], *, words: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    is_going_on = value.get("unsettled") is True
    for key, one in value.items():
        if isinstance(one, str) and key in NUMBERS:
            shown[key] = mask(one)
        elif isinstance(one, str) and key in NAMES:
            shown[key] = _name(one)
        elif isinstance(one, str) and (key in _AS_IT_IS or key.endswith(("_at", "_id", "_url", "_us"))):
            shown[key] = one
        elif isinstance(one, Mapping) and _is_hidden(key, words=words):
            shown[key] = _field(cast("Mapping[str, Any]", one), key)
        elif isinstance(one, str) and words and (key == "partial" or (key == "text" and is_going_on)):
            shown[key] = text(unfinished(one))
        else:
            shown[key] = hide(one, words=words)
    if words and isinstance(value.get("readable"), str):
        return shown | _sentence(value)
    name = value.get("name")
    if isinstance(name, str) and _is_hidden(name, words=words) and not _CHANGED.isdisjoint(value):
        return _field(shown, name)
    return shown


def _is_hidden(field: str, *, words: bool) -> bool:
    """Tell whether a ticket's field is hidden: who heard it said sees it, the line's number nobody."""
    return field == "caller" or (words and field in HIDDEN_FIELDS)


def _field(field: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a ticket's field that is personal: its values, and the words that they came from."""
    shown = {key: hide(one) for key, one in field.items()}
    for key in _CHANGED:
        value = field.get(key)
        if isinstance(value, str) and value:
            shown[key] = mask(value) if name in NUMBERS else _name(value)
    if isinstance(field.get("words"), str):
        shown["words"] = "*" * min(len(field["words"]), 6)
    if isinstance(field.get("evidence"), list):
        quotes = cast("list[Any]", field["evidence"])
        shown["evidence"] = [_unquoted(one) for one in quotes]
    return shown


def _unquoted(piece: Any) -> Any:
    """Return where words stand without the words."""
    if not isinstance(piece, Mapping):
        return None
    told = cast("Mapping[str, Any]", piece)
    return {key: "******" if key in ("words", "text") else hide(one) for key, one in told.items()}


def _sentence(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a sentence is told otherwise: masked as it is read, in all its forms."""
    readable, said = line["readable"], str(line.get("text", ""))
    found, cut = personal(readable), sentence(said)
    if not found and cut == said:
        return {"readable": hidden(readable), "text": text(said)}
    known = masked(readable, found)
    told = sentence(known)
    if told == readable:
        told = text(cut)
    is_cut = told != known
    shown: dict[str, Any] = {"readable": told, "text": told}
    if "words" in line:
        shown["words"] = []
    if "parts" in line:
        shown["parts"] = [
            {**part, "text": _part(part["text"], part["personal"])} if part["personal"] else part
            for part in ([{"text": told, "personal": ""}] if is_cut else line["parts"])
        ]
    return shown


def _part(said: str, kind: str) -> str:
    return mask(said) if kind == "phone" else "*" * min(len(said), 6)


def _name(name: str) -> str:
    return f"{name[:1]}**" if name else ""
