"""Why a command of an agent's desk is refused, and what to do then."""

from __future__ import annotations

from ..core.errors import HotlineError, NotFoundError


class NoCallError(HotlineError):
    """No citizen's call is at this desk."""

    error_id = "desk.no_call"
    status = 409


class NoSuchTargetError(NotFoundError):
    """A call cannot be sent there."""

    error_id = "desk.no_target"


class InRoomError(HotlineError):
    """The call is in a room, where this cannot be done."""

    error_id = "desk.in_room"
    status = 409


class NotConnectedError(HotlineError):
    """The telephone is not in a talk: it rings, or is away."""

    error_id = "desk.not_in_talk"
    status = 409


class NotConsultingError(HotlineError):
    """Nobody is asked before a transfer now."""

    error_id = "desk.not_consulting"
    status = 409


class AtTheTelephoneError(HotlineError):
    """Only the telephone on the desk itself can do it."""

    error_id = "desk.at_the_telephone"
    status = 409


class PhoneElsewhereError(HotlineError):
    """Another window of this agent has the phone."""

    error_id = "desk.phone_elsewhere"
    status = 409


class DeskPhoneError(HotlineError):
    """The agent's telephone is on the desk and not in the browser."""

    error_id = "desk.desk_phone"
    status = 409


class NoAgentError(HotlineError):
    """Who asks is no agent and named none."""

    error_id = "desk.no_agent"
    status = 409


class SwitchRefusedError(HotlineError):
    """The switch did not do it."""

    error_id = "desk.switch_refused"
    retryable = True
    status = 502
