"""Facts from CEL: from a row of the journal, and from the same record as a live AMI event.

The journal's row is the truth (microseconds of the event itself); the live event's time is when the
switch sent it, a fraction of a millisecond later.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from sys import intern
from typing import Any, cast

from .ami_message import AmiMessage
from .facts import (
    AGENT,
    ANSWERED,
    CALLBACK,
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
from .room_marks import room_slot

COLUMNS: tuple[str, ...] = tuple(name for name, _ in JOURNAL_COLUMNS)
_AT = {name: index for index, name in enumerate(COLUMNS)}
_ROW = itemgetter(
    *(
        _AT[name]
        for name in ("event", "time", "uniqueid", "linkedid", "channel", "number", "user_event", "extra")
    )
)
_HEADERS = (
    *("Timestamp", "EventName", "CallerIDnum", "Channel"),
    *("UniqueID", "LinkedID", "UserDefType", "Extra"),
)
_LAYOUT = re.compile(
    rb"\r\nTimestamp: ([^\r]*)(?:\r\nSystemName: [^\r]*)?\r\nEventName: ([^\r]*)\r\nAccountCode: [^\r]*"
    rb"\r\nCallerIDnum: ([^\r]*)\r\nCallerIDname: [^\r]*\r\nCallerIDani: [^\r]*\r\nCallerIDrdnis: [^\r]*"
    rb"\r\nCallerIDdnid: [^\r]*\r\nExten: [^\r]*\r\nContext: [^\r]*\r\nChannel: ([^\r]*)"
    rb"\r\nApplication: [^\r]*\r\nAppData: [^\r]*\r\nEventTime: [^\r]*\r\nAMAFlags: [^\r]*"
    rb"\r\nUniqueID: ([^\r]*)\r\nLinkedID: ([^\r]*)\r\nUserfield: [^\r]*\r\nPeer: [^\r]*"
    rb"\r\nPeerAccount: [^\r]*(?:\r\nUserDefType: ([^\r]*))?\r\nExtra: ([^\r]*)(?:\r\n|\Z)"
)
"""A whole event as Asterisk 20 to 22 write it: one search instead of eight. Any other is looked up."""
_ID = re.compile(r"[A-Za-z0-9_.:@+;-]{1,150}")
"""The switch's own ids, and those given to it: the far half of a Local channel gets ``;2`` behind one."""
_VALUE = re.compile(r"[A-Za-z0-9_.+*#:/-]{0,200}")
_PAIR = r"[A-Za-z_][A-Za-z0-9_]*=[A-Za-z0-9_.+*#:/-]{0,200}"
_PLAIN_BRIDGE = re.compile(r'\{"bridge_id":"([^"\\]*)","bridge_technology":"[^"\\]*"\}$')
_PLAIN_HANGUP = re.compile(r'\{"hangupcause":(\d+),"hangupsource":"([^"\\]*)","dialstatus":"[^"\\]*"\}$')
_PLAIN_MARK = re.compile(rf'\{{"extra":"({_PAIR}(?:&{_PAIR})*)"\}}')
"""A mark as the switch writes it, which needs no JSON reader."""
_MARK = re.compile(r"HL_[A-Z0-9_]{1,30}")
EAR = "hotline-ear-"
"""Begins the ids of channels that live audio has made: they are no part of any call, and tell nothing."""
_FILED = ("HL_CALLBACK_", "HL_3W_", "HL_SUPERVISE")
"""Marks that name the call they belong to (``call``), whatever channel wrote them."""
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


def fact_of_row(row: Sequence[str]) -> Fact | None:
    """Return the fact of one row of the journal, None when it tells nothing about a call.

    Raises ``BadRecordError`` for a row that the switch cannot have written so.
    """
    if len(row) != len(COLUMNS):
        raise BadRecordError("columns")
    name, time, leg, call, channel, number, user_event, extra = _ROW(row)
    return _fact(
        user_event or name, bool(user_event), time, call, leg, channel, number, extra, Source.JOURNAL
    )


def fact_of_event(message: Mapping[str, str]) -> Fact | None:
    """Return the fact of an AMI ``Event: CEL`` (``show_user_defined``, ``timestampevents``), or None."""
    laid_out = _LAYOUT.search(message.raw) if isinstance(message, AmiMessage) else None
    if laid_out is not None:
        fields = b"\r".join(laid_out.groups(b"")).decode("utf-8", "replace").split("\r")
    else:
        fields = [message.get(header, "") for header in _HEADERS]
    time, name, number, channel, leg, call, user_event, extra = fields
    is_mark = name == "USER_DEFINED"
    if is_mark:
        name = user_event
    return _fact(name, is_mark, time, call, leg, channel, number, extra, Source.LIVE)


def _fact(  # noqa: PLR0917  # the columns of a record, hundreds of times a second
    name: str,
    is_mark: bool,
    time: str,
    call: str,
    leg: str,
    channel: str,
    number: str,
    extra: str,
    source: Source,
) -> Fact | None:
    if call.startswith(EAR) or leg.startswith(EAR):
        return None
    head = Fact(_id(call), _id(leg), name, time_us(time), source)
    if is_mark:
        return _mark(head, channel, number, extra) if _MARK.fullmatch(name) else None
    leg, params = head.leg, ()
    match name:
        case "ANSWER":
            slot = ANSWERED
        case "CHAN_END":
            slot = ENDED
        case "CHAN_START":
            slot, params = CREATED, (("channel", channel[:_KEPT_CHANNEL]),)
        case "HANGUP":
            cause, by = _hangup(extra)
            slot = HANGUP
            params = (
                ("cause", cause[:10]),
                ("channel", channel[:_KEPT_CHANNEL]),
                ("source", by[:_KEPT_CHANNEL]),
            )
        case "BRIDGE_ENTER" | "BRIDGE_EXIT":
            plain = _PLAIN_BRIDGE.match(extra)
            bridge = plain[1] if plain else str(_extra(extra).get("bridge_id", ""))
            if not _ID.fullmatch(bridge):
                raise BadRecordError("bridge")
            if name == "BRIDGE_ENTER":
                slot, params = ENTER + bridge, (("channel", channel[:_KEPT_CHANNEL]),)
            else:
                slot = EXIT + bridge
            slot = intern(slot)
        case "LINKEDID_END":
            slot, leg = LINKEDID_END, ""
        case _:
            return None
    return Fact(head.call, leg, slot, head.at_us, source, params)


@lru_cache(maxsize=4096)
def _id(text: str) -> str:
    """Return an id of the switch's, kept in memory once."""
    if not _ID.fullmatch(text):
        raise BadRecordError("id")
    return intern(text)


def _mark(head: Fact, channel: str, number: str, extra: str) -> Fact:
    """Return the fact of a mark that our dialplan wrote (``key=value&key=value``)."""
    call, leg, name, at_us, source, _ = head
    values = _values(extra)
    if name == "HL_AGENT":
        values["channel"] = channel[:_KEPT_CHANNEL]
        call = _id(values.pop("call", call))  # a supervisor's, who takes over from a call of his own
        return Fact(call, leg, AGENT, at_us, source, params_of(values))
    if name == "HL_INTERNAL":
        return Fact(call, "", INTERNAL, at_us, source, params_of(values))
    if name.startswith(_FILED):
        return _filed(head, channel, values)
    step = values.pop("n", "")
    if not (step.isascii() and step.isdigit() and len(step) < 7):
        raise BadRecordError("mark without a number")
    if name == "HL_ARRIVED":
        values["number"] = re.sub(r"[^0-9+*#]", "", number)[:30]
    return Fact(call, leg, intern(step_slot(int(step), name)), at_us, source, params_of(values))


def _filed(head: Fact, channel: str, values: dict[str, str]) -> Fact:
    """Return what any channel tells of the call that it names: of its room, or of its call-back."""
    call = _id(values.pop("call", ""))
    if head.slot.startswith("HL_CALLBACK_"):
        return _callback(head._replace(call=call), values)
    slot = room_slot(head.slot, head.leg, values)
    if slot is None:
        raise BadRecordError("mark of a room without its line")
    values |= {"channel": channel[:_KEPT_CHANNEL], "leg": head.leg}
    return Fact(call, "", intern(slot), head.at_us, head.source, params_of(values))


def _callback(head: Fact, values: dict[str, str]) -> Fact:
    """Return what a call-back's own call tells of the call that it was promised in."""
    slot = head.slot.replace("HL_CALLBACK_", CALLBACK, 1)
    if slot == f"{CALLBACK}TRY":
        number = values.get("try", "")
        if not (number.isascii() and number.isdigit() and len(number) <= 3):
            raise BadRecordError("call-back without a number")
        slot = f"{slot}:{int(number)}"
    return Fact(head.call, "", slot, head.at_us, head.source, params_of(values))


def _hangup(extra: str) -> tuple[str, str]:
    """Return cause and source of a hang-up."""
    if plain := _PLAIN_HANGUP.match(extra):
        return plain[1], plain[2]
    details = _extra(extra)
    return str(details.get("hangupcause", "")), str(details.get("hangupsource", ""))


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
