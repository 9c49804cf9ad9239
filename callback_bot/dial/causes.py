"""What the network's cause of a hang-up (Q.850) says of a call that nobody answered. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ..model import Outcome

_CAUSES: Mapping[Outcome, tuple[int, ...]] = {
    Outcome.NO_SUCH_NUMBER: (1, 22, 28),
    Outcome.BUSY: (17,),
    Outcome.NO_ANSWER: (16, 18, 19, 26, 31),
    Outcome.SWITCHED_OFF: (20,),
    Outcome.REJECTED: (21,),
    Outcome.UNREACHABLE: (27,),
}
"""Any other cause is the network's, or our own line's: not the person's doing."""
_OUTCOMES = {cause: outcome for outcome, causes in _CAUSES.items() for cause in causes}
RANG_US = 5_000_000
"""Our own time-out of ringing leaves no cause; a call that was up for so long has rung."""


def outcome_of_cause(cause: int | None, lasted_us: int) -> Outcome:
    """Return how an unanswered call ended; ``lasted_us`` is how long its channel was there."""
    if not cause:
        return Outcome.NO_ANSWER if lasted_us >= RANG_US else Outcome.UNKNOWN
    return _OUTCOMES.get(cause, Outcome.LINE_FAILED)
