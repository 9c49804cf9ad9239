"""Facts from CEL: from a row of the journal, and from the same record as a live AMI event.

The journal's row is the truth (microseconds of the event itself); the live event's time is when the
switch sent it, a fraction of a millisecond later.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from sys import intern
from typing import Any, Protocol, cast

from .facts import (
    AGENT,
    ANSWERED,
    CREATED,
    ENDED,
    ENTER,
    EXIT,
    HANGUP,
    INTERNAL,
    LINKEDID_END,
    Fact,
    Source,
    params_of,
    step_slot,
)
from .journal_columns import JOURNAL_COLUMNS

COLUMNS: tuple[str, ...] = tuple(name for name, _ in JOURNAL_COLUMNS)
_AT = {name: index for index, name in enumerate(COLUMNS)}
_AT_HEADER = {
    "Timestamp": _AT["time"],
    "LinkedID": _AT["linkedid"],
    "UniqueID": _AT["uniqueid"],
    "Channel": _AT["channel"],
    "CallerIDnum": _AT["number"],
    "Extra": _AT["extra"],
}
_ID = re.compile(r"[A-Za-z0-9_.:@+-]{1,150}")
_VALUE = re.compile(r"[A-Za-z0-9_.+*#:/-]{0,200}")
_PAIR = r"[A-Za-z_][A-Za-z0-9_]*=[A-Za-z0-9_.+*#:/-]{0,200}"
_PLAIN_MARK = re.compile(rf'\{{"extra":"({_PAIR}(?:&{_PAIR})*)"\}}')
"""A mark as the switch writes it, which needs no JSON reader."""
_MARK = re.compile(r"HL_[A-Z_]{1,30}")
_KEPT_CHANNEL = 80


class BadRecordError(ValueError):
    """A record of the journal does not have the form that the switch writes."""


def time_us(text: str) -> int:
    """Return microseconds of ``seconds.microseconds``, exactly."""
    seconds, _, micro = text.partition(".")
    digits = seconds + micro
    if len(micro) != 6 or not 9 <= len(seconds) <= 11 or not (digits.isascii() and digits.isdigit()):
        raise BadRecordError("time")
    return int(digits)


class _Read(Protocol):
    """Gives a field by the name that AMI has for it; most records are asked for few of them."""

    def __call__(self, header: str, default: str, /) -> str: ...


def fact_of_row(row: Sequence[str]) -> Fact | None:
    """Return the fact of one row of the journal, None when it tells nothing about a call.

    Raises ``BadRecordError`` for a row that the switch cannot have written so.
    """
    if len(row) != len(COLUMNS):
        raise BadRecordError("columns")
    user_event = row[_AT["user_event"]]
    name = user_event or row[_AT["event"]]
    return _fact(name, bool(user_event), lambda header, _: row[_AT_HEADER[header]], Source.JOURNAL)


def fact_of_event(message: Mapping[str, str]) -> Fact | None:
    """Return the fact of an AMI ``Event: CEL`` (``show_user_defined``, ``timestampevents``), or None."""
    read = message.get
    name = read("EventName", "")
    if name == "USER_DEFINED":
        return _fact(read("UserDefType", ""), True, read, Source.LIVE)
    return _fact(name, False, read, Source.LIVE)


def _fact(name: str, is_mark: bool, read: _Read, source: Source) -> Fact | None:
    at_us, call, leg = time_us(read("Timestamp", "")), read("LinkedID", ""), read("UniqueID", "")
    head = Fact(_id(call), _id(leg), name, at_us, source)
    if is_mark:
        return _mark(head, read) if _MARK.fullmatch(name) else None
    leg, params = head.leg, ()
    match name:
        case "ANSWER":
            slot = ANSWERED
        case "CHAN_END":
            slot = ENDED
        case "CHAN_START":
            slot, params = CREATED, (("channel", read("Channel", "")[:_KEPT_CHANNEL]),)
        case "HANGUP":
            details = _extra(read("Extra", ""))
            slot = HANGUP
            params = (
                ("cause", str(details.get("hangupcause", ""))[:10]),
                ("channel", read("Channel", "")[:_KEPT_CHANNEL]),
                ("source", str(details.get("hangupsource", ""))[:_KEPT_CHANNEL]),
            )
        case "BRIDGE_ENTER" | "BRIDGE_EXIT":
            bridge = str(_extra(read("Extra", "")).get("bridge_id", ""))
            if not _ID.fullmatch(bridge):
                raise BadRecordError("bridge")
            if name == "BRIDGE_ENTER":
                slot, params = ENTER + bridge, (("channel", read("Channel", "")[:_KEPT_CHANNEL]),)
            else:
                slot = EXIT + bridge
            slot = intern(slot)
        case "LINKEDID_END":
            slot, leg = LINKEDID_END, ""
        case _:
            return None
    return Fact(head.call, leg, slot, at_us, source, params)


@lru_cache(maxsize=4096)
def _id(text: str) -> str:
    """Return an id of the switch's, kept in memory once."""
    if not _ID.fullmatch(text):
        raise BadRecordError("id")
    return intern(text)


def _mark(head: Fact, read: _Read) -> Fact:
    """Return the fact of a mark that our dialplan wrote (``key=value&key=value``)."""
    call, leg, name, at_us, source, _ = head
    values = _values(read("Extra", ""))
    if name == "HL_AGENT":
        values["channel"] = read("Channel", "")[:_KEPT_CHANNEL]
        return Fact(call, leg, AGENT, at_us, source, params_of(values))
    if name == "HL_INTERNAL":
        return Fact(call, "", INTERNAL, at_us, source, params_of(values))
    step = values.pop("n", "")
    if not (step.isascii() and step.isdigit() and len(step) < 7):
        raise BadRecordError("mark without a number")
    if name == "HL_ARRIVED":
        values["number"] = re.sub(r"[^0-9+*#]", "", read("CallerIDnum", ""))[:30]
    return Fact(call, leg, intern(step_slot(int(step), name)), at_us, source, params_of(values))


def _values(extra: str) -> dict[str, str]:
    """Return the pairs of a mark's text; what is outside their alphabet is dropped."""
    if found := _PLAIN_MARK.fullmatch(extra):
        return dict([pair.split("=", 1) for pair in found[1].split("&")])
    values: dict[str, str] = {}
    for pair in str(_extra(extra).get("extra", "")).split("&"):
        key, equals, value = pair.partition("=")
        if equals and key.isidentifier() and _VALUE.fullmatch(value):
            values[key] = value
    return values


def _extra(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError as error:
        raise BadRecordError("extra") from error
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
