"""One client of the recognition server: its messages in, one answer out for each piece of sound."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import Any, TypeVar, cast

import structlog
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from ..core.errors import HotlineError
from .audio import HIGHEST_RATE, LOWEST_RATE
from .engine import Engine, Heard, Partial, Session
from .server_limits import Limits, Load
from .server_protocol import write_answer, write_result

Result = TypeVar("Result")

log = structlog.get_logger(__name__)

_SLICE_S = 1.0
"""A longer message is recognised in slices, so that it holds no thread from the others."""
_LONGEST_PHRASE = 100


class RefusedError(Exception):
    """The client did what the server does not allow; ``code`` is told in the closing."""

    def __init__(self, code: WSCloseCode, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


class Stream:
    """Speaks with one client until it is done, breaks a limit, or is silent for too long."""

    def __init__(
        self, connection: web.WebSocketResponse, engine: Engine, threads: Executor, limits: Limits, load: Load
    ) -> None:
        self._connection = connection
        self._engine = engine
        self._threads = threads
        self._limits = limits
        self._load = load
        self._session: Session | None = None
        self._rate = engine.sample_rate
        self._phrases: tuple[str, ...] = ()
        self._configs = 0
        self._odd = b""
        self._guess = ""

    async def run(self) -> str:
        """Serve the client; return in one word why it ended."""
        try:
            return await self._serve()
        except RefusedError as error:
            await self._connection.close(code=error.code, message=error.why.encode())
            return error.why
        except TimeoutError:
            await self._connection.close(code=WSCloseCode.POLICY_VIOLATION, message=b"idle")
            return "idle"
        except ConnectionError:
            return "lost"
        except HotlineError as error:
            log.warning("recognition failed for a client", error=str(error))
            await self._connection.close(code=WSCloseCode.INTERNAL_ERROR, message=b"recognition failed")
            return "failed"

    async def _serve(self) -> str:
        while True:
            async with asyncio.timeout(self._limits.idle_s):
                message: WSMessage = await self._connection.receive()
            if message.type is WSMsgType.BINARY:
                await self._sound(message.data)
            elif message.type is WSMsgType.TEXT:
                if await self._text(message.data):
                    await self._connection.close()
                    return "done"
            elif message.type is WSMsgType.ERROR:
                return "broken"
            else:
                return "left" if self._connection.close_code == WSCloseCode.OK else "lost"

    async def _text(self, text: str) -> bool:
        """Do what a text says; tell whether it was the last."""
        if len(text) > self._limits.text_bytes:
            raise RefusedError(WSCloseCode.MESSAGE_TOO_BIG, "text too long")
        try:
            said: Any = json.loads(text)
        except (ValueError, RecursionError):
            raise RefusedError(WSCloseCode.INVALID_TEXT, "text is no JSON") from None
        order = cast("dict[str, Any]", said) if isinstance(said, dict) else {}
        if "config" in order:
            self._configure(order["config"])
            return False
        if "eof" not in order and "reset" not in order:
            raise RefusedError(WSCloseCode.UNSUPPORTED_DATA, "text must be config, eof or reset")
        await self._tell(write_result(await self._finish()))
        return "eof" in order

    def _configure(self, config: object) -> None:
        """Take the configuration; once sound has come it changes nothing, as with vosk-server."""
        self._configs += 1
        if self._configs > self._limits.configs:
            raise RefusedError(WSCloseCode.POLICY_VIOLATION, "too many configurations")
        if not isinstance(config, dict):
            raise RefusedError(WSCloseCode.INVALID_TEXT, "config is no object")
        values = cast("dict[str, Any]", config)
        rate = values.get("sample_rate", self._rate)
        if isinstance(rate, bool) or not isinstance(rate, int | float):
            raise RefusedError(WSCloseCode.INVALID_TEXT, "sample_rate is no number")
        if not LOWEST_RATE <= rate <= HIGHEST_RATE or rate != int(rate):
            raise RefusedError(WSCloseCode.POLICY_VIOLATION, "sample_rate out of range")
        self._rate = int(rate)
        if "phrase_list" in values:
            self._phrases = self._checked(values["phrase_list"])

    def _checked(self, phrases: object) -> tuple[str, ...]:
        if isinstance(phrases, list):
            found = cast("list[object]", phrases)
            fits = [one for one in found if isinstance(one, str) and len(one) <= _LONGEST_PHRASE]
            if len(fits) == len(found) <= self._limits.phrases and all(one.isprintable() for one in fits):
                return tuple(one for one in fits if one != "[unk]")
        raise RefusedError(WSCloseCode.POLICY_VIOLATION, "phrase_list cannot be used")

    async def _sound(self, pcm: bytes) -> None:
        pcm = self._odd + pcm
        whole = len(pcm) - len(pcm) % 2
        self._odd = pcm[whole:]
        heard: list[Heard] = []
        step = round(_SLICE_S * self._rate) * 2
        for start in range(0, whole, step):
            heard += await self._heard(pcm[start : min(start + step, whole)])
        for one in heard:
            self._guess = one.text if isinstance(one, Partial) else ""
        await self._tell(write_answer(heard, self._guess))

    async def _heard(self, pcm: bytes) -> tuple[Heard, ...]:
        if self._session is None:
            self._session = await self._in_thread(
                lambda: self._engine.open(rate=self._rate, partials=True, phrases=self._phrases)
            )
        session = self._session
        heard = await self._in_thread(lambda: session.accept(pcm))
        self._load.sound.inc(len(pcm) / 2 / self._rate)
        return heard

    async def _finish(self) -> tuple[Heard, ...]:
        self._guess = ""
        self._odd = b""
        session = self._session
        return () if session is None else await self._in_thread(session.finish)

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        asked = time.monotonic()

        def timed() -> tuple[Result, float, float]:
            begun = time.monotonic()
            return work(), begun, time.monotonic()

        done: Awaitable[tuple[Result, float, float]] = asyncio.get_running_loop().run_in_executor(
            self._threads, timed
        )
        result, begun, ended = await done
        self._load.waited(begun - asked)
        self._load.busy.inc(ended - begun)
        return result

    async def _tell(self, answer: str) -> None:
        try:
            async with asyncio.timeout(self._limits.reader_s):
                await self._connection.send_str(answer)
        except TimeoutError:
            raise ConnectionError("the client takes no answers") from None
