"""The agent's desk for its page: state, stream, commands on the own call (shapes: ``web/desk_state.py``).

Everybody acts for the own number; who leads may name another agent's. The switch does what is asked for; only
what the browser's phone alone can do (answer, hold) is handed on to the window that has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from ..core.desk_settings import DeskSettings
from ..core.errors import InvalidInputError, NotFoundError
from ..core.roles import STAFF
from ..core.settings import Agent
from ..queue.agents import Agents, NotSignedInError
from ..telephony import desk_errors as errors
from ..telephony.desk_control import DeskControl
from .desk_board import Board
from .desk_state import (
    DeskState,
    Pausing,
    PhoneAccount,
    PhoneQuery,
    Switched,
    Transferring,
    TransferTarget,
)
from .desk_stream import DeskStreams, shown
from .desk_tabs import Tabs, checked_tab
from .identity import WHO, acting, for_agent
from .looks import looked
from .routes import declared
from .three_way_api import body_of

routes = web.RouteTableDef()
T = TypeVar("T")

REGISTER_S = 300
_COMMAND = (errors.NoCallError, errors.NotConnectedError, errors.SwitchRefusedError, errors.NoAgentError)


class Devices(Protocol):
    """Telephones' states, asked of the switch."""

    async def ask(self, agent: str) -> None:
        """Ask for one now."""
        ...


@dataclass(frozen=True)
class AgentDesks:
    """What the API needs of a node's desks."""

    settings: DeskSettings
    has_browsers: bool
    board: Board
    tabs: Tabs
    control: DeskControl
    streams: DeskStreams
    agents: Agents
    devices: Devices


@dataclass(frozen=True)
class DeskQuery:
    """Whose desk: left out, the own."""

    agent: str = ""


@dataclass(frozen=True)
class StreamQuery:
    """Whose desk, and which window looks at it."""

    agent: str = ""
    tab: str = ""


@dataclass(frozen=True)
class TargetsTold:
    """Where a call can be sent."""

    targets: list[TransferTarget]


DESKS: web.AppKey[AgentDesks] = web.AppKey("agent_desks", AgentDesks)


def _agent(request: web.Request) -> Agent:
    """Return the agent whose desk is asked for; raises ``RefusedError`` for another's."""
    number = for_agent(request, request.query.get("agent", ""))
    if not number:
        raise errors.NoAgentError("you are no agent", mend="name one with ?agent=1001")
    found = request.app[DESKS].board.agent(number)
    if found is None:
        raise NotFoundError(f"there is no agent {number[:20]!r}", mend="see GET /api/v1/agents")
    return found


def _desk(request: web.Request, agent: Agent) -> web.Response:
    board = request.app[DESKS].board
    board.look()
    state = shown(board.of(agent.number), personal=request[WHO].personal)
    return _told(DeskState, state)


def _told(form: type[T], value: T) -> web.Response:
    return web.json_response(body=TypeAdapter(form).dump_json(value), content_type="application/json")


async def _body(request: web.Request, form: type[T], example: str) -> T:
    told = await body_of(request, example=example)
    try:
        return TypeAdapter(form).validate_python(dict(told))
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "body"
        raise InvalidInputError(f"{where} is not as it should be", mend=f"send {example}") from error


@routes.get("/api/v1/desk")
@declared(allow=STAFF, query=DeskQuery, answer=DeskState, errors=(errors.NoAgentError,))
async def desk(request: web.Request) -> web.Response:
    """Return one agent's desk: state, telephone, and the call that is there."""
    agent = _agent(request)
    await request.app[DESKS].devices.ask(agent.number)
    return _desk(request, agent)


@routes.get("/api/v1/desk/stream")
@declared(allow=STAFF, query=StreamQuery, media="text/event-stream", errors=(errors.NoAgentError,))
async def stream(request: web.Request) -> web.StreamResponse:
    """Send one agent's desk and everything that happens there, as server-sent events."""
    agent, tab = _agent(request), request.query.get("tab", "")
    desks = request.app[DESKS]
    if request[WHO].agent != agent.number:
        await looked(request, f"desk/{agent.number}")
    await desks.devices.ask(agent.number)
    return await desks.streams.answer(
        request, agent.number, checked_tab(tab) if tab else "", personal=request[WHO].personal
    )


@routes.get("/api/v1/desk/targets")
@declared(allow=STAFF, query=DeskQuery, answer=TargetsTold, errors=(errors.NoAgentError,))
async def targets(request: web.Request) -> web.Response:
    """Return where a call can be sent from this desk."""
    found = TargetsTold(request.app[DESKS].board.targets(_agent(request).number))
    return _told(TargetsTold, found)


@routes.post("/api/v1/desk/phone")
@declared(
    allow=STAFF,
    query=DeskQuery,
    body=PhoneQuery,
    answer=PhoneAccount,
    errors=(errors.NoAgentError, errors.PhoneElsewhereError, errors.DeskPhoneError),
)
async def phone(request: web.Request) -> web.Response:
    """Give a window what its phone registers with: one window of an agent at a time."""
    desks, agent = request.app[DESKS], _browser(request)
    if request[WHO].is_person and request[WHO].agent != agent.number:
        raise errors.NoAgentError("this is another agent's telephone", mend="sign in as that agent")
    asked = await _body(request, PhoneQuery, '{"tab": "…", "take": false}')
    await desks.devices.ask(agent.number)
    registered = desks.board.phone(agent.number) != "away"
    desks.tabs.claim(agent.number, checked_tab(asked.tab), take=asked.take, registered=registered)
    desks.streams.nudge()
    account = PhoneAccount(
        agent=agent.number,
        url=desks.settings.address,
        uri=f"sip:{agent.number}@hotline.invalid",
        user=agent.number,
        password=agent.phone_secret,
        register_s=REGISTER_S,
    )
    return _told(PhoneAccount, account)


@routes.post("/api/v1/desk/sign-in")
@declared(allow=STAFF, query=DeskQuery, answer=DeskState, errors=(errors.NoAgentError,))
async def sign_in(request: web.Request) -> web.Response:
    """Sign in to all own queues, ready."""
    agent = _agent(request)
    await request.app[DESKS].agents.sign_in(agent.number)
    return _desk(request, agent)


@routes.post("/api/v1/desk/sign-out")
@declared(allow=STAFF, query=DeskQuery, answer=DeskState, errors=(errors.NoAgentError,))
async def sign_out(request: web.Request) -> web.Response:
    """Sign out of all queues; a call in progress goes on."""
    agent = _agent(request)
    await request.app[DESKS].agents.sign_out(agent.number)
    return _desk(request, agent)


@routes.post("/api/v1/desk/ready")
@declared(allow=STAFF, query=DeskQuery, answer=DeskState, errors=(errors.NoAgentError, NotSignedInError))
async def ready(request: web.Request) -> web.Response:
    """End a pause or the wrap-up."""
    agent = _agent(request)
    await request.app[DESKS].agents.ready(agent.number)
    return _desk(request, agent)


@routes.post("/api/v1/desk/pause")
@declared(
    allow=STAFF,
    query=DeskQuery,
    body=Pausing,
    answer=DeskState,
    errors=(errors.NoAgentError, NotSignedInError),
)
async def pause(request: web.Request) -> web.Response:
    """Take no calls for a while, for a reason."""
    agent = _agent(request)
    asked = await _body(request, Pausing, '{"reason": "rest"}')
    await request.app[DESKS].agents.pause(agent.number, asked.reason)
    return _desk(request, agent)


@routes.post("/api/v1/desk/answer")
@declared(allow=STAFF, query=DeskQuery, answer=DeskState, errors=(*_COMMAND, errors.AtTheTelephoneError))
async def answer_call(request: web.Request) -> web.Response:
    """Have the browser's phone answer."""
    return _by_phone(request, _agent(request), "answer")


@routes.post("/api/v1/desk/hold")
@declared(
    allow=STAFF,
    query=DeskQuery,
    body=Switched,
    answer=DeskState,
    errors=(*_COMMAND, errors.AtTheTelephoneError),
)
async def hold(request: web.Request) -> web.Response:
    """Have the browser's phone put the citizen on hold, or back."""
    agent = _agent(request)
    asked = await _body(request, Switched, '{"on": true}')
    return _by_phone(request, agent, "hold" if asked.on else "unhold")


@routes.post("/api/v1/desk/mute")
@declared(allow=STAFF, query=DeskQuery, body=Switched, answer=DeskState, errors=_COMMAND)
async def mute(request: web.Request) -> web.Response:
    """Have the switch pass nothing of the agent's voice on, or all of it again."""
    agent = _agent(request)
    asked = await _body(request, Switched, '{"on": true}')
    await request.app[DESKS].control.mute(agent.number, on=asked.on, who=acting(request))
    return _desk(request, agent)


@routes.post("/api/v1/desk/transfer")
@declared(
    allow=STAFF,
    query=DeskQuery,
    body=Transferring,
    answer=DeskState,
    errors=(*_COMMAND, errors.NoSuchTargetError, errors.InRoomError),
)
async def transfer(request: web.Request) -> web.Response:
    """Send the citizen to a colleague or a queue."""
    agent = _agent(request)
    asked = await _body(request, Transferring, '{"to": "1002", "mode": "blind"}')
    await request.app[DESKS].control.transfer(agent.number, asked.to, asked.mode, who=acting(request))
    return _desk(request, agent)


@routes.post("/api/v1/desk/take-back")
@declared(allow=STAFF, query=DeskQuery, answer=DeskState, errors=(*_COMMAND, errors.NotConsultingError))
async def take_back(request: web.Request) -> web.Response:
    """Bring the citizen back from the music: the one who was asked before a transfer is let go."""
    agent = _agent(request)
    await request.app[DESKS].control.take_back(agent.number, who=acting(request))
    return _desk(request, agent)


@routes.post("/api/v1/desk/hangup")
@declared(allow=STAFF, query=DeskQuery, answer=DeskState, errors=_COMMAND)
async def hangup(request: web.Request) -> web.Response:
    """End the agent's part of the call, as hanging up does."""
    agent = _agent(request)
    await request.app[DESKS].control.hang_up(agent.number, who=acting(request))
    return _desk(request, agent)


@routes.post("/api/v1/desk/resume")
@declared(
    allow=STAFF,
    query=DeskQuery,
    body=PhoneQuery,
    answer=DeskState,
    errors=(*_COMMAND, errors.PhoneElsewhereError, errors.DeskPhoneError),
)
async def resume(request: web.Request) -> web.Response:
    """Have the switch call the phone of this window again: it has no sound of the call that is here."""
    agent, tab = await _window(request)
    desks = request.app[DESKS]
    if desks.tabs.owner(agent.number) not in (tab, None):
        raise errors.PhoneElsewhereError(
            "another window has the phone", mend="take it: POST /api/v1/desk/phone"
        )
    await desks.control.lose(agent.number, who=acting(request), why="resume")
    return _desk(request, agent)


@routes.post("/api/v1/desk/leaving")
@declared(
    allow=STAFF,
    query=DeskQuery,
    body=PhoneQuery,
    answer=DeskState,
    errors=(*_COMMAND, errors.DeskPhoneError),
)
async def leaving(request: web.Request) -> web.Response:
    """Tell that the window with the phone goes away: the citizen hears music until it is back."""
    agent, tab = await _window(request)
    desks = request.app[DESKS]
    if desks.tabs.owner(agent.number) == tab:
        await desks.control.lose(agent.number, who=acting(request), why="leaving")
    return _desk(request, agent)


def _browser(request: web.Request) -> Agent:
    agent = _agent(request)
    if agent.phone != "browser":
        raise errors.DeskPhoneError("your telephone is the one on the desk", mend='or set phone = "browser"')
    return agent


async def _window(request: web.Request) -> tuple[Agent, str]:
    agent = _browser(request)
    return agent, checked_tab((await _body(request, PhoneQuery, '{"tab": "…"}')).tab)


def _by_phone(request: web.Request, agent: Agent, what: str) -> web.Response:
    desks = request.app[DESKS]
    desks.control.check_browser(agent.number)
    if desks.control.now(agent.number) is None:
        raise errors.NoCallError("no call is at this desk", mend="wait for the next one")
    if not desks.streams.tell_phone(agent.number, what):
        raise errors.AtTheTelephoneError("no window with the phone is open", mend="open /desk")
    return _desk(request, agent)
