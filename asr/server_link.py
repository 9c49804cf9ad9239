"""One stream of sound to a recognition server: given by a thread, carried by the loop, answers taken back."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from threading import Condition

import aiohttp

from .errors import AsrError, EngineAwayError
from .server_loop import begin, the_loop
from .server_pool import Connection, ServerPool
from .server_protocol import EOF, KNOWS_RESET, RESET, Answer, read_answer

_FULL_CODES = frozenset({aiohttp.WSCloseCode.TRY_AGAIN_LATER, aiohttp.WSCloseCode.GOING_AWAY})
_TURN_S = 0.5
"""How often a wait looks whether the server hangs."""


class ServerError(AsrError):
    """A recognition server broke off, hangs, does not keep up, or says what is no answer."""

    error_id = "asr.server"


class Link:
    """One connection from its opening to its last answer. Every message but the first is owed one answer.

    ``give``, ``end``, ``taken`` and ``wait`` belong to one thread; none of them waits but ``wait``. Each
    raises what went wrong, again and again.
    """

    def __init__(self, pool: ServerPool, config: str, *, rate: int, answer_s: float) -> None:
        self._rate = rate
        self._answer_s = answer_s
        self._changed = Condition()
        self._answers: deque[Answer] = deque()
        self._owed: deque[tuple[float, float, str]] = deque()
        """When each unanswered message was given, its seconds of sound, and the text that it was instead."""
        self._heard_s = 0.0
        self._error: AsrError | None = None
        self._is_connected = False
        self._knows_reset = False
        self._is_over = False
        self._out: asyncio.Queue[bytes | str] = asyncio.Queue()
        self._loop = the_loop()
        self._running: Future[None] = begin(self._run(pool, config))

    @property
    def owed_s(self) -> float:
        """Seconds of sound that were given and not answered."""
        with self._changed:
            return sum(one[1] for one in self._owed)

    @property
    def goes_on(self) -> bool:
        """Whether more sound may be given after an end of an utterance: the server kept the connection."""
        with self._changed:
            return self._knows_reset and not self._is_over and self._error is None

    def give(self, pcm: bytes) -> None:
        """Send sound."""
        self._put(pcm, len(pcm) / 2 / self._rate)

    def end(self, *, go_on: bool) -> bool:
        """End the utterance, the rest is answered; return whether sound may follow, as ``go_on`` wishes.

        Waits until there is a connection.
        """
        with self._changed:
            while not self._is_connected:
                self._check()
                self._changed.wait(_TURN_S)
        goes_on = go_on and self.goes_on
        self._put(RESET if goes_on else EOF, 0.0)
        return goes_on

    def taken(self) -> list[Answer]:
        """Return the answers that came since the last time."""
        with self._changed:
            self._check()
            found = list(self._answers)
            self._answers.clear()
            return found

    def wait(self, owed_s: float) -> None:
        """Wait until at most so many seconds of sound are owed; below 0: until nothing at all is."""
        with self._changed:
            while self._owed and (owed_s < 0 or sum(one[1] for one in self._owed) > owed_s):
                self._check()
                self._changed.wait(_TURN_S)

    def close(self) -> None:
        """End the connection, whatever is owed; safe in any thread, any number of times."""
        with suppress(RuntimeError):  # the loop has ended with the process
            self._running.cancel()

    def _put(self, message: bytes | str, seconds: float) -> None:
        with self._changed:
            self._check()
            self._owed.append((time.monotonic(), seconds, message if isinstance(message, str) else ""))
        self._loop.call_soon_threadsafe(self._out.put_nowait, message)

    def _check(self) -> None:
        if self._error is None and self._is_connected and self._owed:
            late_s = time.monotonic() - self._owed[0][0]
            if late_s > self._answer_s:
                self._error = ServerError("the recognition server hangs", seconds=round(late_s, 1))
                self.close()
        if self._error is not None:
            raise self._error

    async def _run(self, pool: ServerPool, config: str) -> None:
        try:
            async with pool.connect() as (connection, url):
                try:
                    await self._carry(connection, url, config)
                except AsrError:
                    pool.broke(url)
                    raise
                except (OSError, aiohttp.ClientError) as error:
                    pool.broke(url)
                    raise ServerError(f"{url} broke off: {error}") from error
        except AsrError as error:
            self._over(error)
        except Exception as error:
            self._over(ServerError(f"{type(error).__name__}: {error}"))
            raise
        except asyncio.CancelledError:
            self._over(ServerError("the stream to the recognition server was closed"))
            raise
        else:
            self._over(None)

    async def _carry(self, connection: Connection, url: str, config: str) -> None:
        await connection.send_str(config)
        self._connected(knows_reset=connection.protocol == KNOWS_RESET)
        sending = asyncio.create_task(self._send(connection))
        try:
            await self._read(connection, url)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _send(self, connection: Connection) -> None:
        while True:
            message = await self._out.get()
            if isinstance(message, bytes):
                await connection.send_bytes(message)
            else:
                await connection.send_str(message)

    async def _read(self, connection: Connection, url: str) -> None:
        """Take answers until the last is in; raises ``ServerError`` when the server leaves with any owed."""
        async for message in connection:
            if message.type is aiohttp.WSMsgType.ERROR:
                break
            data = message.data
            if self._answered(data if isinstance(data, str) else bytes(data).decode("utf-8", "replace")):
                return
        with self._changed:
            if not self._owed:
                return
        code = connection.close_code
        with suppress(ValueError):
            if code is not None and aiohttp.WSCloseCode(code) in _FULL_CODES:
                raise EngineAwayError(f"{url} is full or stopping")
        raise ServerError(f"{url} broke off", code=code)

    def _connected(self, *, knows_reset: bool) -> None:
        """Begin to count what is owed: what was given before waited for the connection."""
        with self._changed:
            self._is_connected, self._knows_reset = True, knows_reset
            now = time.monotonic()
            self._owed = deque((now, seconds, text) for _, seconds, text in self._owed)
            self._changed.notify_all()

    def _answered(self, text: str) -> bool:
        """Keep an answer; tell whether it was the last."""
        with self._changed:
            if not self._owed:
                raise ServerError("the recognition server answers what nobody asked")
            _, seconds, text_given = self._owed[0]
            self._heard_s += seconds
            answer = read_answer(text, heard_s=self._heard_s)
            if text_given and not answer.is_final:
                raise ServerError("the recognition server ends with a guess")
            self._owed.popleft()
            self._answers.append(answer)
            self._changed.notify_all()
            return text_given == EOF

    def _over(self, error: AsrError | None) -> None:
        with self._changed:
            self._is_over = True
            if self._error is None:
                self._error = error
            self._changed.notify_all()
