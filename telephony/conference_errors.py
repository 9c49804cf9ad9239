"""Why a request about a three-way call is refused, and what to do then."""

from __future__ import annotations

from ..core.errors import HotlineError, NotFoundError


class NoSuchCallError(NotFoundError):
    """No call in progress has this id."""

    error_id = "three_way.no_call"


class NotInTalkError(HotlineError):
    """The call is not in a talk with an agent, or with another one."""

    error_id = "three_way.not_in_talk"
    status = 409


class AlreadyThereError(HotlineError):
    """The line is in the call already, or on its way; ``fields["line"]`` names it."""

    error_id = "three_way.already"
    status = 409


class NoSuchLineError(NotFoundError):
    """The call has no such line that goes on."""

    error_id = "three_way.no_line"


class NobodyHeldError(HotlineError):
    """The citizen does not wait in a consultation."""

    error_id = "three_way.nobody_held"
    status = 409


class WouldBeAloneError(HotlineError):
    """The agent may not leave: the citizen would be alone."""

    error_id = "three_way.would_be_alone"
    status = 409


class NotYoursError(HotlineError):
    """The agent is not in this call."""

    error_id = "three_way.not_yours"
    status = 403


class SwitchRefusedError(HotlineError):
    """The switch did not do it."""

    error_id = "three_way.switch_refused"
    retryable = True
    status = 502
