"""The form of what goes along with a three-way call: JSON for the endpoint of the third line (R-3W-3).

A receiver may rely on it: fields are added, never renamed; what is not known is null. Times are UTC with
microseconds, seconds count from the beginning of the call's recording.
"""

from __future__ import annotations

import json
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from ...asr.transcripts import Speaker
from ...core.settings import Site
from ...core.webhook_store import Message

SCHEMA = "hotline.three-way/1"
FIRST, UPDATE, TEST = "three_way.notice", "three_way.update", "three_way.test"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NoticeLine(_Part):
    """The third line that was asked for."""

    id: str
    """13 digits, unique in the call."""
    target: str
    label: str
    kind: str
    """``emergency``, ``utility`` or ``department``."""
    asked_at: AwareDatetime
    how: str
    """``key`` or ``api``."""
    mode: str
    """``direct``: all three at once; ``consult``: the agent speaks to the line first."""


class NoticeAgent(_Part):
    """The agent who asked."""

    number: str
    name: str | None = None


class NoticeCall(_Part):
    """The citizen's call."""

    id: str
    arrived_at: AwareDatetime | None = None
    answered_at: AwareDatetime | None = None
    queue: str | None = None
    queue_label: str | None = None
    agent: NoticeAgent | None = None
    case: str | None = None
    """The case number that 110 gave with a call it pushed to the hotline."""


class NoticeState(_Part):
    """One thing that the caller says of himself: 受伤, 被困, 受到威胁 …, with his words."""

    state: str
    words: str
    at_s: float


class NoticeCaller(_Part):
    """Who calls (诉求人)."""

    number: str | None = None
    """As the network gave it; null when it was withheld."""
    callback_number: str | None = None
    """Where to reach the caller when the line breaks."""
    phone_said: str | None = None
    """Another number that he said, as recognised."""
    name: str | None = None
    confidential: bool | None = None
    """Whether the caller asked that his identity be kept from third parties."""
    on_line: bool = True
    """Whether he was on the line when this was made."""
    states: tuple[NoticeState, ...] = ()


class NoticeMatter(_Part):
    """What it is about, drafted by machine from what was said; nobody has checked it."""

    kind: str | None = None
    """诉求类型."""
    domain: str | None = None
    urgency: str | None = None
    emergency_line: str | None = None
    place: str | None = None
    """地理位置, as said."""
    address: str | None = None
    occurred_at: str | None = None
    people: int | None = None
    party: str | None = None
    threat: str | None = None
    """A threat in the caller's own words."""
    title: str | None = None
    summary: str | None = None


class NoticeUtterance(_Part):
    """What was said between two silences; ``agent`` is everything that the citizen heard, others included."""

    speaker: Speaker
    from_s: float
    to_s: float
    text: str


class NoticeSpeech(_Part):
    """What was said until the line was asked for, recognised by machine."""

    state: Literal["pending", "ready", "unavailable"]
    """``pending``: an update follows; the other two are final."""
    reason: str | None = None
    """Why it is unavailable."""
    model: str | None = None
    from_s: float | None = None
    to_s: float | None = None
    utterances: tuple[NoticeUtterance, ...] = ()


class NoticeTraffic(_Part):
    """话务量 of this node at the moment of the request."""

    open_calls: int
    waiting: int


class Notice(_Part):
    """One message; an update replaces the first one whole."""

    form: Literal["hotline.three-way/1"] = SCHEMA
    id: str
    """The same in every message about a line: call and line."""
    event: Literal["three_way.notice", "three_way.update"]
    revision: int
    made_at: AwareDatetime
    site: str
    node: str
    line: NoticeLine
    call: NoticeCall
    caller: NoticeCaller
    matter: NoticeMatter | None = None
    speech: NoticeSpeech
    traffic: NoticeTraffic | None = None

    def body(self) -> str:
        """Return the JSON that is sent and signed."""
        return self.model_dump_json()


def trial_notice(trial: str, site: Site) -> Message:
    """Return a message that only tries whether an endpoint takes what it is sent."""
    body = {"form": SCHEMA, "id": f"{trial}.test", "event": TEST, "site": site.name, "node": site.node}
    return Message(TEST, json.dumps(body, ensure_ascii=False))


def notice_id(call: str, line: str) -> str:
    """Return the id of a line's notice."""
    return f"{call}.{line}"
