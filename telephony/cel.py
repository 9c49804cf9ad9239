"""Facts from CEL: from a row of the journal, and from the same record as a live AMI event.

The journal's row is the truth (microseconds of the event itself); the live event's time is when the
switch sent it, a fraction of a millisecond later.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from sys import intern
from typing import Any, cast

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
_TIME = re.compile(r"(\d{9,11})\.(\d{6})")
_ID = re.compile(r"[A-Za-z0-9_.:@+-]{1,150}")
_VALUE = re.compile(r"[A-Za-z0-9_.+*#:/-]{0,200}")
_MARK = re.compile(r"HL_[A-Z_]{1,30}")
_KEPT_CHANNEL = 80


class BadRecordError(ValueError):
    """A record of the journal does not have the form that the switch writes."""


def time_us(text: str) -> int:
    """Return microseconds of ``seconds.microseconds``, exactly."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise BadRecordError("time")
    return int(found[1]) * 1_000_000 + int(found[2])


def fact_of_row(row: Sequence[str]) -> Fact | None:
    """Return the fact of one row of the journal, None when it tells nothing about a call.

    Raises ``BadRecordError`` for a row that the switch cannot have written so.
    """
    if len(row) != len(COLUMNS):
        raise BadRecordError("columns")
    user_event = row[_AT["user_event"]]
    return _fact(
        name=user_event or row[_AT["event"]],
        is_mark=bool(user_event),
        at_us=time_us(row[_AT["time"]]),
        call=row[_AT["linkedid"]],
        leg=row[_AT["uniqueid"]],
        channel=row[_AT["channel"]],
        number=row[_AT["number"]],
        extra=row[_AT["extra"]],
        source=Source.JOURNAL,
    )


def fact_of_event(message: Mapping[str, str]) -> Fact | None:
    """Return the fact of an AMI ``Event: CEL`` (``show_user_defined``, ``timestampevents``), or None."""
    user_event = message.get("UserDefType") or ""
    return _fact(
        name=user_event or message.get("EventName") or "",
        is_mark=bool(user_event),
        at_us=time_us(message.get("Timestamp") or ""),
        call=message.get("LinkedID") or "",
        leg=message.get("UniqueID") or "",
        channel=message.get("Channel") or "",
        number=message.get("CallerIDnum") or "",
        extra=message.get("Extra") or "",
        source=Source.LIVE,
    )


def _fact(
    *,
    name: str,
    is_mark: bool,
    at_us: int,
    call: str,
    leg: str,
    channel: str,
    number: str,
    extra: str,
    source: Source,
) -> Fact | None:
    if not _ID.fullmatch(call) or not _ID.fullmatch(leg):
        raise BadRecordError("id")
    if is_mark:
        if not _MARK.fullmatch(name):
            return None
        return _mark(Fact(intern(call), intern(leg), name, at_us, source), _extra(extra), channel, number)
    values: dict[str, str] = {}
    match name:
        case "CHAN_START":
            slot, values = CREATED, {"channel": channel[:_KEPT_CHANNEL]}
        case "ANSWER" | "CHAN_END":
            slot = ANSWERED if name == "ANSWER" else ENDED
        case "HANGUP":
            slot, details = HANGUP, _extra(extra)
            values = {
                "channel": channel[:_KEPT_CHANNEL],
                "cause": str(details.get("hangupcause", ""))[:10],
                "source": str(details.get("hangupsource", ""))[:_KEPT_CHANNEL],
            }
        case "BRIDGE_ENTER" | "BRIDGE_EXIT":
            bridge = str(_extra(extra).get("bridge_id", ""))
            if not _ID.fullmatch(bridge):
                raise BadRecordError("bridge")
            slot = (ENTER if name == "BRIDGE_ENTER" else EXIT) + bridge
            values = {"channel": channel[:_KEPT_CHANNEL]} if name == "BRIDGE_ENTER" else {}
        case "LINKEDID_END":
            slot, leg = LINKEDID_END, ""
        case _:
            return None
    return Fact(intern(call), intern(leg), intern(slot), at_us, source, params_of(values))


def _mark(head: Fact, details: Mapping[str, Any], channel: str, number: str) -> Fact:
    """Return the fact of a mark that our dialplan wrote (``key=value&key=value``)."""
    values: dict[str, str] = {}
    for pair in str(details.get("extra", "")).split("&"):
        key, equals, value = pair.partition("=")
        if equals and key.isidentifier() and _VALUE.fullmatch(value):
            values[key] = value
    name = head.slot
    if name == "HL_AGENT":
        return head._replace(slot=AGENT, params=params_of({**values, "channel": channel[:_KEPT_CHANNEL]}))
    if name == "HL_INTERNAL":
        return head._replace(leg="", slot=INTERNAL, params=params_of(values))
    step = values.pop("n", "")
    if not (step.isascii() and step.isdigit() and len(step) < 7):
        raise BadRecordError("mark without a number")
    if name == "HL_ARRIVED":
        values["number"] = re.sub(r"[^0-9+*#]", "", number)[:30]
    return head._replace(slot=intern(step_slot(int(step), name)), params=params_of(values))


def _extra(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError as error:
        raise BadRecordError("extra") from error
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
