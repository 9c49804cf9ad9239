"""Journals of invented calls for tests: rows as the switch writes them, and the same as live events."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field

from hotline.telephony.cel import COLUMNS

SECOND = 1_000_000
NOON = 1_795_320_000 * SECOND


def row(
    event: str,
    at_us: int,
    leg: str,
    call: str,
    *,
    channel: str = "",
    extra: dict[str, object] | None = None,
    number: str = "13812345678",
) -> list[str]:
    values = {
        "event": event,
        "time": f"{at_us // SECOND}.{at_us % SECOND:06d}",
        "uniqueid": leg,
        "linkedid": call,
        "channel": channel or f"PJSIP/trunk-local-{leg[-4:]}",
        "number": number,
        "name": '张"三,;x',
        "user_event": event if event.startswith("HL_") else "",
        "extra": json.dumps(extra) if extra else "",
    }
    return [values.get(column, "") for column in COLUMNS]


def text(rows: list[list[str]]) -> str:
    """The rows as the file holds them."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return out.getvalue()


def live(cells: list[str], *, later_us: int = 90) -> dict[str, str]:
    """The AMI event of a row; it is sent a little later than the journal's time."""
    value = dict(zip(COLUMNS, cells, strict=True))
    seconds, micro = value["time"].split(".")
    at_us = int(seconds) * SECOND + int(micro) + later_us
    message = {
        "Event": "CEL",
        "Timestamp": f"{at_us // SECOND}.{at_us % SECOND:06d}",
        "EventName": "USER_DEFINED" if value["user_event"] else value["event"],
        "CallerIDnum": value["number"],
        "Channel": value["channel"],
        "UniqueID": value["uniqueid"],
        "LinkedID": value["linkedid"],
        "Extra": value["extra"],
    }
    return {**message, "UserDefType": value["user_event"]} if value["user_event"] else message


@dataclass
class Story:
    """Writes what the switch would write of one call."""

    call: str = "node1-1795320000.12"
    at_us: int = NOON
    rows: list[list[str]] = field(default_factory=list)
    n: int = 0

    def wait(self, seconds: float) -> Story:
        self.at_us += round(seconds * SECOND)
        return self

    def event(self, name: str, leg: str = "", *, channel: str = "", **extra: object) -> Story:
        self.rows.append(
            row(name, self.at_us, leg or self.call, self.call, channel=channel, extra=extra or None)
        )
        self.at_us += 137
        return self

    def mark(self, name: str, **values: object) -> Story:
        self.n += 1
        pairs = "&".join(f"{key}={value}" for key, value in {"n": self.n, **values}.items())
        return self.event(name, extra=pairs)

    def arrive(self) -> Story:
        self.event("CHAN_START")
        self.mark("HL_ARRIVED", trunk="trunk-local", did="12345")
        self.event("ANSWER")
        return self.mark("HL_REC", file=f"2026/11/22/{self.call}")

    def menu(self, digit: str = "1") -> Story:
        self.mark("HL_MENU", menu="main", version="abcd1234").wait(2)
        return self.mark("HL_DIGIT", menu="main", digit=digit, why="key", ms=2000)

    def ask(self, queue: str = "main") -> Story:
        return self.mark("HL_HUMAN", queue=queue, why="key")

    def enter(self, visit: int = 1, queue: str = "main") -> Story:
        return self.mark("HL_QUEUE", visit=visit, queue=queue)

    def leave(self, status: str, visit: int = 1, queue: str = "main") -> Story:
        return self.mark("HL_QUEUE_END", visit=visit, queue=queue, status=status)

    def ring(self, leg: str, agent: str = "1001") -> Story:
        return self.event("CHAN_START", leg, channel=f"PJSIP/{agent}-00000001")

    def answer(self, leg: str, agent: str = "1001", bridge: str = "b-1") -> Story:
        channel = f"PJSIP/{agent}-00000001"
        self.event("ANSWER", leg, channel=channel)
        self.event("HL_AGENT", leg, channel=channel, extra=f"agent={agent}&queue=main&visit=1")
        self.event("BRIDGE_ENTER", leg, channel=channel, bridge_id=bridge)
        return self.event("BRIDGE_ENTER", bridge_id=bridge)

    def hang_up(self, leg: str = "", *, agent: str = "", by: str = "", cause: int = 16) -> Story:
        channel = f"PJSIP/{agent}-00000001" if agent else f"PJSIP/trunk-local-{self.call[-4:]}"
        self.event(
            "HANGUP", leg, channel=channel, hangupcause=cause, hangupsource=by or channel, dialstatus=""
        )
        return self.event("CHAN_END", leg, channel=channel)

    def retire(self) -> Story:
        return self.event("LINKEDID_END")


def answered(call: str = "node1-1795320000.12", *, at_us: int = NOON, wait_s: float = 9.0) -> Story:
    """Menu, queue, one agent who does not answer, one who does, 30 s of talk, the citizen hangs up."""
    story = Story(call, at_us).arrive().menu().ask().enter()
    first, second = f"{call}1", f"{call}2"
    story.ring(first, "1002").wait(wait_s / 2).hang_up(first, agent="1002", by="elsewhere", cause=26)
    story.ring(second).wait(wait_s / 2).answer(second).wait(30)
    story.event("BRIDGE_EXIT", bridge_id="b-1").event("BRIDGE_EXIT", second, bridge_id="b-1")
    story.hang_up().hang_up(second, agent="1001", by="PJSIP/trunk-local").retire()
    return story


def asking(call: str = "node1-1795320000.12") -> Story:
    """A talk whose agent asks the colleague 1002 before a transfer, while the citizen hears music."""
    story, leg, way = Story(call), f"{call}1", f"{call}2"
    channel, local = "PJSIP/1001-00000001", "Local/1002@hotline-transfer-00000001;1"
    story.arrive().ask().enter(queue="public").ring(leg).answer(leg).wait(5)
    story.event("CHAN_START", way, channel=local)
    story.event("BRIDGE_ENTER", way, channel=local, bridge_id="b-2")
    story.event("BRIDGE_EXIT", leg, channel=channel, bridge_id="b-1")
    story.event("BRIDGE_ENTER", leg, channel=channel, bridge_id="b-2")
    story.ring(f"{call}3", "1002")
    other = "PJSIP/1002-00000001"
    story.event("ANSWER", f"{call}3", channel=other)
    return story.event("BRIDGE_ENTER", f"{call}3", channel=other, bridge_id="b-3")


def abandoned(call: str = "node1-1795320100.20", *, at_us: int = NOON + 100 * SECOND) -> Story:
    """The citizen gives up in the queue while a phone rings."""
    story = Story(call, at_us).arrive().menu().ask().enter().ring(f"{call}1").wait(20)
    return story.hang_up().hang_up(f"{call}1", agent="1001", by="x").retire()


def internal(call: str = "node1-1795320050.15", *, at_us: int = NOON + 50 * SECOND) -> Story:
    """Two agents talk to each other."""
    story = Story(call, at_us).event("CHAN_START", channel="PJSIP/1001-00000009").wait(5)
    return story.hang_up().retire()
