"""Passwords: which are taken, and their argon2id hashes, made one at a time off the loop.

One hash takes 32 MiB and some 0.07 s of a core on purpose. One at a time bounds what sign-ins take from
calls, and who has to wait behind too many is told so (docs/adr/0170).
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from .errors import BusySignInError, WeakPasswordError

SHORTEST, LONGEST = 10, 128
LONG_ENOUGH = 16
"""From here on a sentence of one kind of signs is as good as a mixture."""
MOST_WAITING = 100
_KINDS, _DISTINCT = 2, 6
_GUESSED_FIRST = ("12345", "password", "qwert", "admin", "hotline", "abc123", "111", "000", "rexian")

T = TypeVar("T")


def checked(password: str, user: str) -> str:
    """Return a new password as it is hashed; raises ``WeakPasswordError``."""
    text = normal(password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise _weak(f"a password has {SHORTEST} to {LONGEST} characters")
    plain = text.casefold()
    if user.casefold() in plain:
        raise _weak("the password holds the user's name")
    rest = plain
    for word in _GUESSED_FIRST:
        rest = rest.replace(word, "")
    if len(set(plain)) < _DISTINCT or len(rest) < SHORTEST - 4:
        raise _weak("the password is one of those that are guessed first")
    if len(text) < LONG_ENOUGH and len({_kind(sign) for sign in text}) < _KINDS:
        raise _weak(f"under {LONG_ENOUGH} characters it must mix letters, digits or other signs")
    return text


def normal(password: str) -> str:
    """Return the one form of a text that input methods and systems write differently."""
    return unicodedata.normalize("NFKC", password.encode("utf-8", "replace").decode())


def _weak(message: str) -> WeakPasswordError:
    return WeakPasswordError(
        message, mend="take a longer one, such as four words that do not belong together"
    )


def _kind(sign: str) -> str:
    if sign.isdigit():
        return "digit"
    if sign.isalpha():
        return "upper" if sign.isupper() else "lower"
    return "other"


class Passwords:
    """Makes and checks hashes; ``hasher`` is argon2's, with cheaper costs in tests."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher: Final = hasher or PasswordHasher(time_cost=2, memory_cost=32 * 1024, parallelism=1)
        self._one_at_a_time = asyncio.Lock()
        self._waiting = 0
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """Return the encoded hash of a password that was ``checked``."""
        return await self._run(self._hasher.hash, password)

    async def is_right(self, encoded: str | None, password: str) -> bool:
        """Tell whether a password is the one of a hash; without a hash it takes as long and is wrong."""
        text = normal(password)
        if len(text) > LONGEST:
            text = ""
        return await self._run(self._verify, encoded, text)

    def _verify(self, encoded: str | None, text: str) -> bool:
        if self._nobodys is None:
            self._nobodys = self._hasher.hash("nobody's password")
        try:
            self._hasher.verify(encoded or self._nobodys, text)
        except (Argon2Error, InvalidHashError):
            return False
        return encoded is not None

    async def _run(self, work: Callable[..., T], *values: object) -> T:
        if self._waiting >= MOST_WAITING:
            raise BusySignInError("too many sign-ins at a time", mend="try again in a few seconds")
        self._waiting += 1
        try:
            async with self._one_at_a_time:
                return await asyncio.to_thread(work, *values)
        finally:
            self._waiting -= 1
