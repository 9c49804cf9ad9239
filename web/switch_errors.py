"""The errors that acts on the switch can end with, for the declarations of routes."""

from __future__ import annotations

from ..core.errors import HotlineError
from ..telephony import conference_errors as room
from ..telephony import conference_policy as policy
from ..telephony import supervise
from ..telephony.ami_errors import (
    AmiBusyError,
    AmiConnectionLostError,
    AmiNotConnectedError,
    AmiNotReadyError,
    AmiRefusedError,
    AmiTimeoutError,
)

Errors = tuple[type[HotlineError], ...]

SWITCH: Errors = (
    AmiNotConnectedError,
    AmiNotReadyError,
    AmiConnectionLostError,
    AmiBusyError,
    AmiTimeoutError,
    AmiRefusedError,
)
"""Of everything that asks the switch."""
ROOM: Errors = (
    room.NoSuchCallError,
    room.NotInTalkError,
    room.AlreadyThereError,
    room.NoSuchLineError,
    room.NobodyHeldError,
    room.WouldBeAloneError,
    room.NotYoursError,
    room.SwitchRefusedError,
    *SWITCH,
)
THREE_WAY: Errors = (
    *ROOM,
    policy.UnknownTargetError,
    policy.RoleError,
    policy.ClosedError,
    policy.RateError,
    policy.ReasonError,
)
SUPERVISE: Errors = (
    supervise.NoSuchCallError,
    supervise.NotInTalkError,
    supervise.NotSupervisorError,
    supervise.TelephoneAwayError,
    supervise.TelephoneBusyError,
    supervise.SwitchRefusedError,
    *SWITCH,
)
