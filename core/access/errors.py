"""What may be told to who is not let in: never whether it was the name or the password."""

from __future__ import annotations

from ..errors import HotlineError


class WrongSignInError(HotlineError):
    """User, password or token is not right, or the user is disabled."""

    error_id = "access.wrong"
    status = 401


class LockedError(HotlineError):
    """Too many sign-ins failed; ``seconds`` until the next may succeed."""

    error_id = "access.locked"
    retryable = True
    status = 429


class TooManyRequestsError(HotlineError):
    """Somebody asks more often than a node answers one client."""

    error_id = "access.too_many"
    retryable = True
    status = 429


class BusySignInError(HotlineError):
    """More sign-ins at a time than the machine checks."""

    error_id = "access.busy"
    retryable = True
    status = 503


class RefusedError(HotlineError):
    """Somebody who is let in asks for what the role or the token's scopes do not hold."""

    error_id = "access.refused"
    status = 403


class PasswordToChangeError(HotlineError):
    """The password was given by somebody else and is to be changed before anything else."""

    error_id = "access.password_to_change"
    status = 403


class WeakPasswordError(HotlineError):
    """A new password that is too easily guessed."""

    error_id = "access.weak_password"
    status = 422


class TakenError(HotlineError):
    """A user's name, or an agent's number, that somebody has already."""

    error_id = "access.taken"
    status = 409
