"""The one base of all errors that reach a user, an operator or another program."""

from __future__ import annotations


class HotlineError(Exception):
    """An error that says what is wrong and what to do next.

    Subclasses set ``error_id`` (stable, for programs), ``retryable`` (the same request may succeed
    later) and ``status`` (the HTTP status of the problem+json answer, RFC 9457). ``told_fields`` names the
    ``fields`` that the asker may see; others may tell of the inside.
    """

    error_id = "hotline.error"
    retryable = False
    status = 500
    told_fields: tuple[str, ...] = ()

    def __init__(self, message: str, *, mend: str = "", **fields: object) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend
        self.fields = fields

    def __str__(self) -> str:
        return f"{self.message} ({self.mend})" if self.mend else self.message


class ConfigError(HotlineError):
    """The configuration cannot be used; the message names file and line."""

    error_id = "config.invalid"
    status = 422


class NotFoundError(HotlineError):
    """What was asked for does not exist."""

    error_id = "not_found"
    status = 404


class InvalidInputError(HotlineError):
    """A value from outside was refused at the border."""

    error_id = "input.invalid"
    status = 422
