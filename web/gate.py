"""The door that works without the database: the ``[web]`` token, page sessions begun with it, a wall's pass.

Sessions of people live in the database (``core/access``). These live in memory: who runs the node comes in
while the database is away, and signs in again after a restart. Wrong tokens are answered ever more slowly
per address.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable
from typing import Literal

from aiohttp import web

from ..core.access.secret_words import digest, keyed, new_secret

SESSION_S = 12 * 3600
_SESSIONS_LIMIT = 1000
_SLOWEST_S = 4.0


class Gate:
    """Checks tokens and keeps sessions; ``monotonic`` is passed in so that expiry is testable."""

    def __init__(
        self,
        token: str,
        *,
        monotonic: Callable[[], float],
        metrics: Literal["token", "loopback"] = "token",
    ) -> None:
        self.metrics_on_loopback = metrics == "loopback"
        self._token = token.encode()
        self._monotonic = monotonic
        self._sessions: OrderedDict[str, float] = OrderedDict()
        self._failures: OrderedDict[str, int] = OrderedDict()

    def token_is_right(self, token: str) -> bool:
        """Compare in constant time; any text may come in, broken UTF-8 of a header too."""
        return _same(token, self._token)

    @property
    def wall_pass(self) -> str:
        """What a wall screen keeps: made of the token, so that it ends when the token is changed."""
        return hmac.new(self._token, b"hotline wall pass 1", hashlib.sha256).hexdigest()

    def wall_pass_is_right(self, text: str) -> bool:
        """Compare in constant time; any text may come in."""
        return _same(text, self.wall_pass.encode())

    def known_browser(self, user: str) -> str:
        """Return what a browser keeps in which a user has signed in: it vouches for nothing else."""
        mark = new_secret()
        return f"{mark}.{self._known(user, mark)}"

    def is_known_browser(self, user: str, text: str) -> bool:
        """Tell whether this user has signed in before in the browser that brings ``text``."""
        mark, _, seal = text.partition(".")
        return bool(mark) and _same(seal, self._known(user, mark).encode())

    def _known(self, user: str, mark: str) -> str:
        return keyed(self._token, "hotline known browser 1", user, mark)

    def begin_session(self) -> str:
        """Return a new session's id; the oldest session ends when there are too many."""
        session = new_secret()
        self._sessions[digest(session)] = self._monotonic() + SESSION_S
        while len(self._sessions) > _SESSIONS_LIMIT:
            self._sessions.popitem(last=False)
        return session

    def end_session(self, session: str) -> None:
        """Forget a session."""
        self._sessions.pop(digest(session), None)

    def session_is_open(self, session: str) -> bool:
        """Tell whether a session was begun here and has not expired."""
        return self.key_is_open(digest(session))

    def key_is_open(self, key: str) -> bool:
        """Tell whether the session of which this is the SHA-256 is open."""
        until = self._sessions.get(key)
        if until is None:
            return False
        if until < self._monotonic():
            del self._sessions[key]
            return False
        return True

    def penalty_s(self, address: str) -> float:
        """Count a wrong token from an address and return how long its answer is held back, in seconds."""
        count = self._failures.pop(address, 0) + 1
        self._failures[address] = count
        while len(self._failures) > _SESSIONS_LIMIT:
            self._failures.popitem(last=False)
        return min(_SLOWEST_S, 0.1 * 2 ** min(count, 10))

    def forgive(self, address: str) -> None:
        """Forget an address's wrong tokens after a right one."""
        self._failures.pop(address, None)


def _same(text: str, secret: bytes) -> bool:
    return hmac.compare_digest(text.encode(errors="surrogateescape"), secret)


GATE: web.AppKey[Gate] = web.AppKey("gate", Gate)
