"""Which window of an agent has the browser's phone: one at a time, the newest that was told to take it. Pure.

A telephone in two windows would ring in neither for sure. The switch keeps one registration of an agent, the
last; here is decided whose that may be, so that two windows do not take it from each other for ever.
"""

from __future__ import annotations

import re
from collections import Counter

from ..core.errors import InvalidInputError
from ..telephony.desk_errors import PhoneElsewhereError

_TAB = re.compile(r"[A-Za-z0-9_-]{8,64}")


def checked_tab(name: object) -> str:
    """Return a window's name, or refuse it."""
    if not isinstance(name, str) or not _TAB.fullmatch(name):
        raise InvalidInputError("tab must be 8 to 64 letters, digits, - and _", mend='"tab": "…"')
    return name


class Tabs:
    """The windows of every agent that are open, and which has the phone."""

    def __init__(self) -> None:
        self._owner: dict[str, str] = {}
        self._open: dict[str, Counter[str]] = {}

    def owner(self, agent: str) -> str | None:
        """Return the window that has the phone."""
        return self._owner.get(agent)

    def opened(self, agent: str, tab: str) -> None:
        """Note that a window follows the desk."""
        self._open.setdefault(agent, Counter())[tab] += 1

    def closed(self, agent: str, tab: str) -> None:
        """Note that one of its streams ended."""
        there = self._open[agent]
        there[tab] -= 1
        if there[tab] <= 0:
            del there[tab]
        if not there:
            del self._open[agent]

    def claim(self, agent: str, tab: str, *, take: bool, registered: bool) -> bool:
        """Give the phone to a window; returns whether another one had it.

        Without ``take`` only when no other open window has it. After a restart nobody is known to have it:
        then a window that is open may be the one whose phone is ``registered``.

        Raises ``PhoneElsewhereError``.
        """
        owner = self._owner.get(agent)
        others = {one for one in self._open.get(agent, ()) if one != tab}
        held = owner in others if owner is not None else registered and bool(others)
        if held and not take:
            raise PhoneElsewhereError("another window has the phone", mend='send "take": true to take it')
        self._owner[agent] = tab
        return owner is not None and owner != tab
