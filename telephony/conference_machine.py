"""What is done next to bring a third line into a call: a pure state machine over one request.

``(request, news) -> (request, command)``. Every doubt is cleared by a look at the switch, and after a look
the next command follows from what is there, not from what was sent: so a lost answer, a key pressed beside
it, a hang-up and a restart of the service all end in the same place, and nothing is done twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

Mode = Literal["direct", "consult"]
Place = Literal["gone", "talk", "room", "wait", "alone", "elsewhere"]
"""Where a party is: not there any more; in a bridge of two with the other; in the room; waiting in it with
music; there, but in nothing; with somebody else, in a queue, in a menu."""

MOST_TRIES = 3
"""So often one command is given before the request fails."""


class State(StrEnum):
    """Where a request stands; ``RUNNING`` and ``FAILED`` are the last ones of this machine."""

    ASKED = "asked"
    LOOKING = "looking"
    """The switch is asked what is there."""
    MOVING = "moving"
    """Both are being moved into the room."""
    MENDING = "mending"
    """One was moved and stands alone: the other is being brought."""
    CALLING = "calling"
    """The switch is told to call the line."""
    CALLED = "called"
    """The switch has taken it, and has not told of it yet."""
    RUNNING = "running"
    """The switch has told of it: all else is its journal's to say."""
    FAILED = "failed"


OVER = frozenset({State.RUNNING, State.FAILED})


class Command(StrEnum):
    """What is to be done now; one at a time."""

    NOTHING = "nothing"
    LOOK = "look"
    MOVE_BOTH = "move both"
    MOVE_AGENT = "move the agent"
    MOVE_CITIZEN = "move the citizen"
    CALL = "call the line"


@dataclass(frozen=True, slots=True)
class View:
    """What the switch shows of a call at one moment.

    ``line``: whether the request's own line is there, or was told of; ``other``: the id of another line to
    the same target that is not over, or empty.
    """

    citizen: Place
    agent: Place
    line: bool = False
    other: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """The switch was looked at."""

    view: View


@dataclass(frozen=True, slots=True)
class Done:
    """The switch has carried the command out."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The switch said no to the command, in these words."""

    answer: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The command was sent, or may have been, and its answer never came."""


@dataclass(frozen=True, slots=True)
class Told:
    """The switch's own mark of the line was read."""


@dataclass(frozen=True, slots=True)
class CouldNotCall:
    """The switch took the call and tells now that it could not even begin it."""


@dataclass(frozen=True, slots=True)
class Late:
    """Too much time has passed for what the state waits for."""


News = Seen | Done | Refused | Lost | Told | CouldNotCall | Late


@dataclass(frozen=True, slots=True)
class Request:
    """One request: ``line`` is the id of the line it brings in, ``agent`` who asked."""

    id: str
    call: str
    line: str
    target: str
    agent: str
    mode: Mode = "direct"
    state: State = State.ASKED
    why: str = ""
    """Of a failed one: ``gone``, ``agent_gone``, ``not_in_talk``, ``busy``, ``refused``, ``switch_away``."""
    tries: int = 0
    """How often a command was given that a look has shown to be needed again."""

    @property
    def is_over(self) -> bool:
        """Whether this machine is done with it."""
        return self.state in OVER


SPLIT = "secondary redirect failed"
"""How the switch says that the first of two was moved and the second was not."""
TAKEN = "already in use"
"""How it says that a channel of this id is there: the call was begun by what was sent before."""

Next = tuple[Request, Command]


def begin(request: Request, view: View | None) -> Next:
    """Return what is done first, from what is known of the call; without that, or after a restart: a look."""
    return _look(request) if view is None else _from_view(request, view)


def advance(request: Request, news: News) -> Next:  # noqa: PLR0911  # one line for each kind of news
    """Return the request after something happened, and what to do now; what does not fit changes nothing."""
    if request.is_over:
        return request, Command.NOTHING
    match news:
        case Told():
            return _to(request, State.RUNNING), Command.NOTHING
        case Seen(view):
            return _from_view(request, view)
        case Lost():
            return _look(request)
        case Late():
            return _fail(request, "switch_away")
        case CouldNotCall():
            return _fail(request, "refused") if request.state is State.CALLED else (request, Command.NOTHING)
        case Done():
            return _done(request)
        case Refused(answer):
            return _refused(request, answer.lower())


def _done(request: Request) -> Next:
    match request.state:
        case State.MOVING | State.MENDING:
            return _to(request, State.CALLING), Command.CALL
        case State.CALLING:
            return _to(request, State.CALLED), Command.NOTHING
        case _:
            return request, Command.NOTHING


def _refused(request: Request, answer: str) -> Next:
    if request.state is State.MOVING and SPLIT in answer:
        return _to(request, State.MENDING), Command.MOVE_AGENT
    if request.state is State.CALLING and TAKEN in answer:
        return _to(request, State.CALLED), Command.NOTHING
    return _look(request)


def _look(request: Request) -> Next:
    if request.tries >= MOST_TRIES:
        return _fail(request, "refused")
    return replace(_to(request, State.LOOKING), tries=request.tries + 1), Command.LOOK


def _from_view(request: Request, view: View) -> Next:
    if view.line:
        return _to(request, State.CALLED), Command.NOTHING
    if view.citizen == "gone":
        return _fail(request, "gone")
    if view.other:
        return _fail(request, "busy")
    if view.agent == "gone":
        return _fail(request, "agent_gone")
    return _placed(request, view)


def _placed(request: Request, view: View) -> Next:  # noqa: PLR0911  # one line for each pair of places
    """Return what follows from where the two are, both being there."""
    match view.citizen, view.agent:
        case "talk", "talk":
            return _to(request, State.MOVING), Command.MOVE_BOTH
        case "room", "room" if request.mode == "consult":
            return _to(request, State.MENDING), Command.MOVE_CITIZEN
        case "room" | "wait", "room":
            return _to(request, State.CALLING), Command.CALL
        case "room" | "wait", "talk" | "alone":
            return _to(request, State.MENDING), Command.MOVE_AGENT
        case "talk" | "alone", "room":
            return _to(request, State.MENDING), Command.MOVE_CITIZEN
        case "alone", "alone":
            return _to(request, State.MOVING), Command.MOVE_BOTH
        case _:
            return _fail(request, "not_in_talk")


def _to(request: Request, state: State) -> Request:
    return replace(request, state=state)


def _fail(request: Request, why: str) -> Next:
    return replace(request, state=State.FAILED, why=why), Command.NOTHING
