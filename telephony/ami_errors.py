"""What can go wrong between the service and the switch's manager interface (AMI)."""

from __future__ import annotations

from ..core.errors import HotlineError


class AmiError(HotlineError):
    """An action could not be carried out, or its outcome is not known."""

    error_id = "ami.error"
    status = 502

    maybe_done = False
    """True when the switch may have carried the action out although no answer came: before an action
    that must not happen twice (``Originate``) is sent again, look at the switch."""


class AmiNotConnectedError(AmiError):
    """There is no session with the switch; nothing was sent."""

    error_id = "ami.not_connected"
    retryable = True
    status = 503


class AmiNotReadyError(AmiError):
    """The switch is still loading the module that carries the action out; nothing was done.

    It takes logins about a second before it has loaded everything.
    """

    error_id = "ami.not_ready"
    retryable = True
    status = 503


class AmiConnectionLostError(AmiError):
    """The connection ended before the answer came; the action is never sent again by itself."""

    error_id = "ami.connection_lost"
    retryable = True
    status = 503
    maybe_done = True


class AmiTimeoutError(AmiError):
    """No full answer came within the action's time limit."""

    error_id = "ami.timeout"
    retryable = True
    status = 504
    maybe_done = True


class AmiBusyError(AmiError):
    """Too many actions wait for an answer; nothing was sent."""

    error_id = "ami.busy"
    retryable = True
    status = 503


class AmiRefusedError(AmiError):
    """The switch answered ``Response: Error``; ``answer`` is its text."""

    error_id = "ami.refused"

    def __init__(self, action: str, answer: str) -> None:
        super().__init__(f"The switch refused {action}: {answer}", action=action, answer=answer)
        self.answer = answer


class AmiLoginError(AmiError):
    """The switch refused name or secret; trying again helps only after one of the two is mended."""

    error_id = "ami.login"


class AmiValueError(AmiError):
    """A header of an action is not fit to be sent (a border check); nothing was sent."""

    error_id = "ami.value"
    status = 422


class AmiProtocolError(AmiError):
    """The peer does not speak AMI, or sent a message over the size limit; the connection is closed."""

    error_id = "ami.protocol"
    retryable = True
    maybe_done = True
