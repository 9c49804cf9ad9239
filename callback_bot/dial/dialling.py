"""What the dialler needs of the store, of the prompts and of who listens; see ``dialler``."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ...telephony.facts import Fact
from ..model import Answer, Attempt, Callback
from .attempt import Ending, Overheard


@dataclass(frozen=True)
class Claimed:
    """An attempt that was stored just now, for a callback that nobody else calls; ``shown`` is our number."""

    attempt: Attempt
    callback: Callback
    shown: str


class Work(Protocol):
    """The store of attempts, for one node."""

    async def claim(
        self, in_use: Mapping[str, int], most: Mapping[str, int], *, pressed: bool, ended: Collection[str]
    ) -> Sequence[Claimed]:
        """Store the attempts that may begin now, and commit them before they are returned.

        ``in_use`` has the lines of each trunk that are taken, by whoever; ``most`` narrows the attempts at
        a time of trunks that are in it; ``pressed``: citizens wait, so lines are left to them; ``ended``:
        attempts whose calls are over, and whose ends are about to be written.
        """
        ...

    async def open_attempts(self) -> Sequence[Attempt]:
        """Return this node's attempts that are not over."""
        ...

    async def answered(self, attempt: str, at: datetime) -> None:
        """Write down that somebody answered; again does no harm."""
        ...

    async def finish(
        self,
        attempt: str,
        ending: Ending,
        *,
        answers: Sequence[Answer] = (),
        recording: str = "",
        asked_for: datetime | None = None,
    ) -> bool:
        """Write down how an attempt ended, what was said, and what follows; False when it was known.

        ``asked_for`` is when the person wants to be called.
        """
        ...

    async def extend(self) -> None:
        """Say that this node looks after its attempts."""
        ...


class Journal(Protocol):
    """What the switch wrote of attempts; see ``journal.RobotJournal``."""

    async def load(self) -> None:
        """Begin where it must be read from."""
        ...

    async def read(self) -> Sequence[Fact]:
        """Return what is new of the attempts that are not over, up to the journal's present end."""
        ...

    def over(self, attempt: str) -> None:
        """Take note that an attempt's end is stored."""
        ...

    async def save(self) -> None:
        """Store how far it need not be read again."""
        ...


class Hearing(Protocol):
    """Who listens to attempts; its methods return at once."""

    def dialled(self, claimed: Claimed) -> None:
        """Take note of an attempt whose line may be listened to as soon as its channel is there."""
        ...

    def overheard(self, attempt: str) -> Overheard | None:
        """Return what the line's sound showed so far."""
        ...

    def sounds(self, attempt: str) -> bool:
        """Tell whether sound has come from the line, be it before the answer."""
        ...

    def early(self, attempt: str) -> str:
        """Return the recording of what sounded on a line that nobody answered, empty when nothing did."""
        ...

    def with_words(self, attempt: str, answers: Sequence[Answer], begun_us: int) -> Sequence[Answer]:
        """Return answers with the words of those that were spoken; ``begun_us``: of the recording."""
        ...

    def over(self, attempt: str) -> None:
        """Take note that an attempt is over."""
        ...


class Deaf:
    """Nobody listens."""

    def dialled(self, claimed: Claimed) -> None:
        """Do nothing."""

    def overheard(self, attempt: str) -> Overheard | None:
        """Return nothing."""

    def sounds(self, attempt: str) -> bool:
        """Return False."""
        return False

    def early(self, attempt: str) -> str:
        """Return nothing."""
        return ""

    def with_words(self, attempt: str, answers: Sequence[Answer], begun_us: int) -> Sequence[Answer]:
        """Return the answers."""
        return answers

    def over(self, attempt: str) -> None:
        """Do nothing."""


class Prepare(Protocol):
    """Has a callback's own sounds ready and returns the variables of its channel."""

    async def __call__(self, callback: Callback) -> Mapping[str, str]:
        """Return the variables; raises ``HotlineError`` when it cannot be called now."""
        ...
