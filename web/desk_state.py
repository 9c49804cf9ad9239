"""What one agent's desk shows and is told: the shapes of ``/api/v1/desk``, for the page and for OpenAPI.

``GET /api/v1/desk`` answers a ``DeskState``. ``GET /api/v1/desk/stream?tab=TAB`` sends, as server-sent
events:

``desk``
    a ``DeskState``, whole: first of all, and whenever anything in it has changed.
``call``
    what is said in the agent's call and what comes of it, whole, as ``GET /api/v1/calls/ID/speech`` gives it
    (``call``, ``begun_us``, ``legs``, ``transcript``, ``draft``, ``suggestions``): after the first ``desk``
    when there is a call, and whenever the desk's call is another one.
``partial``, ``speech``, ``live``, ``draft``, ``suggestion``
    as on the call's own speech stream; each holds ``call``. What was said last, and its draft, may come up to
    three seconds after the call's end.
``request``, ``line``, ``room``
    as on the call's own three-way stream; each holds ``call``.
``ended``
    ``{"call", "by", "outcome"}``: the citizen's call is over; null where that is not known.
``phone``
    ``{"do"}``, to the window that has the phone alone: ``answer``, ``hold``, ``unhold``, ``mute``, ``unmute``
    was asked for over the API, and this browser's phone is to do it.

Commands are ``POST /api/v1/desk/…``, for the agent's own number (who has none, such as the bearer of the
first token, names one with ``?agent=1001``), and answer the ``DeskState`` as it is known then: ``sign-in``,
``sign-out``, ``ready`` (ends a pause and the wrap-up), ``pause``, ``answer``, ``hold``, ``mute``,
``transfer``, ``take-back``, ``hangup``, ``resume`` (this window lost the sound of its call: the switch
calls its phone again) and ``leaving`` (the window is being closed or loaded anew; by ``fetch`` with
``keepalive``). Third lines: ``POST /api/v1/calls/ID/three-way``.

Moments are UTC in ISO 8601, seconds are floats; what is not known is null. Fields are added, never renamed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

PhoneKind = Literal["browser", "sip"]
PhoneState = Literal["away", "free", "ringing", "in_use"]
CallState = Literal["ringing", "talking", "held", "lost", "over"]
LineState = Literal["asked", "dialling", "ringing", "answered", "joined", "failed", "left", "refused"]


@dataclass(frozen=True)
class DeskPhone:
    """The agent's telephone: the browser (``browser``) or one on the desk (``sip``).

    ``state``: ``away`` is not registered at the switch. ``tab`` is the window that has the browser's phone,
    None while none has; a window with another name shows that the phone is elsewhere, and may take it.
    """

    kind: PhoneKind
    state: PhoneState
    tab: str | None


@dataclass(frozen=True)
class EarlierCall:
    """A call of the same number."""

    call: str
    arrived_at: datetime | None
    agent: str | None
    outcome: str | None


@dataclass(frozen=True)
class EarlierTicket:
    """A ticket of the same number; ``is_open`` while its matter is not settled."""

    id: str
    number: str
    call: str
    status: str
    is_open: bool
    kind: str | None
    title: str | None
    place: str | None
    created_at: datetime


@dataclass(frozen=True)
class CalledBack:
    """What the robot had called this person about when an agent was asked for (R-CB-5); None: not known."""

    callback: str
    ticket: str
    person: str | None
    unit: str | None
    kind: str | None
    matter: str | None
    handled_on: date | None


@dataclass(frozen=True)
class Caller:
    """Who calls. ``number`` is None when it was withheld, and holds ``*`` when ``masked``.

    ``place`` is where the last ticket's matter was, or the number's area; ``known`` is False
    until calls and tickets of the number were looked up, a moment after the first ring. ``callback``:
    the robot had called this person.
    """

    number: str | None
    masked: bool
    place: str | None
    known: bool
    calls: tuple[EarlierCall, ...]
    tickets: tuple[EarlierTicket, ...]
    callback: CalledBack | None = None


@dataclass(frozen=True)
class DeskLine:
    """A third line (110, 119, 120, 122, …) of the call: how far it is, and since when."""

    line: str
    target: str
    label: str
    code: str
    state: LineState
    why: str | None
    asked_at: datetime | None
    answered_at: datetime | None
    joined_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class DeskPeer:
    """Another agent or a queue in a transfer: ``to`` is its number or name."""

    to: str
    label: str


@dataclass(frozen=True)
class DeskCall:
    """The citizen's call that is at this desk now.

    ``state``: ``ringing``; ``talking``; ``held`` (the agent has put it on hold); ``lost`` (the agent's
    telephone went away in mid-call: the citizen hears music, and the telephone is called again as soon as it
    is back); ``over`` in ``last_call`` alone. ``in_room``: citizen and agent are in the call's room, with or
    without third lines. ``muted``: the switch passes nothing of the agent's voice on. ``consulting``: whom
    this agent asks before a transfer while the citizen hears music; hanging up connects the two,
    ``take-back`` brings the citizen back. ``asked_by``: the agent who asks this one so, and has the citizen
    still.
    """

    call: str
    leg: str
    state: CallState
    in_room: bool
    muted: bool
    queue: str
    queue_label: str
    arrived_at: datetime | None
    ringing_at: datetime | None
    answered_at: datetime | None
    waited_s: float | None
    source: str | None
    caller: Caller
    lines: tuple[DeskLine, ...]
    consulting: DeskPeer | None = None
    asked_by: DeskPeer | None = None


@dataclass(frozen=True)
class DeskState:
    """One agent's desk at a moment.

    ``state`` is one of ``GET /api/v1/agents`` (``ready``, ``ringing``, ``talking``, ``held``, ``wrapup``,
    ``paused``, ``unreachable``, ``signed_out``), ``reason`` that of a pause. ``wrapup_ends_at`` is set during
    a wrap-up. ``last`` is the call that was here last, for its ticket, and ``last_call`` who called then,
    with the state ``over``, while no call is here; None after a restart of the service.
    """

    agent: str
    name: str
    at: datetime
    state: str
    reason: str | None
    since: datetime | None
    queues: tuple[str, ...]
    wrapup_ends_at: datetime | None
    phone: DeskPhone
    call: DeskCall | None
    last: str | None
    last_call: DeskCall | None = None


@dataclass(frozen=True)
class PhoneAccount:
    """What the browser's phone registers with: ``POST /api/v1/desk/phone {"tab": …, "take": false}``.

    Given to the window that has the phone. 409 ``urn:hotline:desk.phone_elsewhere`` while another window that
    is open has it; ``"take": true`` takes it, and a talk in progress comes along. 409
    ``urn:hotline:desk.desk_phone`` for an agent with a telephone on the desk.
    """

    agent: str
    url: str
    """The switch's WebSocket, ``ws://`` or ``wss://``."""
    uri: str
    """``sip:1001@…``"""
    user: str
    password: str
    register_s: int


@dataclass(frozen=True)
class TransferTarget:
    """Where a call can be sent: ``GET /api/v1/desk/targets``; ``to`` is what ``transfer`` takes."""

    to: str
    kind: Literal["agent", "queue"]
    label: str
    state: str | None
    """Of an agent, as in ``DeskState``."""


@dataclass(frozen=True)
class PhoneQuery:
    """Body of ``POST /api/v1/desk/phone``, and of ``resume`` and ``leaving`` without ``take``.

    ``tab`` names the window: 8 to 64 letters, digits, ``-`` and ``_``, kept over a reload
    (``sessionStorage``).
    """

    tab: str
    take: bool = False


@dataclass(frozen=True)
class Switched:
    """Body of ``POST /api/v1/desk/hold`` and ``/mute``."""

    on: bool


@dataclass(frozen=True)
class Transferring:
    """Body of ``POST /api/v1/desk/transfer``.

    ``blind``: the citizen goes there at once. ``consult``: the agent speaks with the other first while the
    citizen hears music, and hangs up to connect the two; the other hanging up brings the citizen back.
    """

    to: str
    mode: Literal["blind", "consult"] = "blind"


@dataclass(frozen=True)
class Pausing:
    """Body of ``POST /api/v1/desk/pause``: ``rest``, ``meal``, ``training``, ``meeting``, ``paperwork``."""

    reason: str
