"""Asks a server of the OpenAI chat protocol one question, and takes nothing from it but a bounded JSON text.

One POST to ``{url}/chat/completions``: no redirect is followed, no proxy of the environment used, no cookie
kept; the answer has a time limit as a whole and a largest size. Whatever goes wrong is a
``ModelServerError`` with a reason in one word.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from typing import Any, cast

import aiohttp
import structlog

from ... import __version__
from ...core.errors import HotlineError
from ...core.ticket_settings import ModelServerSettings
from ...core.webhook import CheckedResolver

log = structlog.get_logger(__name__)

LARGEST_ANSWER = 256 * 1024
"""Bytes; a whole ticket is about 5,000."""
MOST_TOKENS = 4096
REST_AFTER, REST_S = 3, 30.0
"""After so many failures in succession the server is left alone for so long."""


class ModelServerError(HotlineError):
    """The server gave no answer that can be used; ``why`` is one word for the ticket and the figures."""

    error_id = "ticket.model_server"
    retryable = True
    status = 502

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message)
        self.why = why


class ModelServer:
    """A model server; ``monotonic`` counts seconds."""

    def __init__(
        self, settings: ModelServerSettings, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.model = settings.name
        self._settings = settings
        self._url = settings.url.rstrip("/") + "/chat/completions"
        self._monotonic = monotonic
        self._asking = 0
        self._failures = 0
        self._rests_until = 0.0
        self.answered = 0
        self.failed: dict[str, int] = {}
        """Questions without a usable answer, by reason."""

    def outcomes(self) -> dict[str, int]:
        """Return how many questions were answered, and how many failed, by reason."""
        return {"answered": self.answered, **self.failed}

    async def ask(self, messages: Sequence[dict[str, str]], response_format: dict[str, Any]) -> object:
        """Return the JSON value that the model answered; raises ``ModelServerError``."""
        try:
            answer = await self._admitted(messages, response_format)
        except ModelServerError as error:
            self._note(error)
            raise
        if self._failures:
            log.info("model server answers again", after=self._failures)
        self._failures, self.answered = 0, self.answered + 1
        return answer

    async def _admitted(self, messages: Sequence[dict[str, str]], response_format: dict[str, Any]) -> object:
        if self._asking >= self._settings.at_once:
            raise ModelServerError("busy", "as many requests are under way as are allowed")
        if self._monotonic() < self._rests_until:
            raise ModelServerError(
                "resting", "the server failed again and again and is left alone for a while"
            )
        self._asking += 1
        try:
            body = await self._post(messages, response_format)
        finally:
            self._asking -= 1
        return content_of(body)

    async def _post(self, messages: Sequence[dict[str, str]], response_format: dict[str, Any]) -> bytes:
        question = {
            "model": self.model,
            "messages": list(messages),
            "temperature": 0,
            "max_tokens": MOST_TOKENS,
            "stream": False,
            "response_format": response_format,
        }
        headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": f"hotline/{__version__}",
        }
        if self._settings.key:
            headers["Authorization"] = f"Bearer {self._settings.key}"
        connector = aiohttp.TCPConnector(resolver=CheckedResolver(), force_close=True)
        try:
            async with (
                asyncio.timeout(self._settings.timeout_s),
                aiohttp.ClientSession(
                    connector=connector,
                    cookie_jar=aiohttp.DummyCookieJar(),
                    auto_decompress=False,
                    timeout=aiohttp.ClientTimeout(total=None),
                ) as session,
                session.post(
                    self._url,
                    data=json.dumps(question, ensure_ascii=False).encode(),
                    headers=headers,
                    allow_redirects=False,
                ) as answer,
            ):
                return await _read(answer)
        except TimeoutError as error:
            raise ModelServerError("timeout", f"no answer within {self._settings.timeout_s:g} s") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise ModelServerError("unreachable", type(error).__name__) from error

    def _note(self, error: ModelServerError) -> None:
        self.failed[error.why] = self.failed.get(error.why, 0) + 1
        if error.why in ("busy", "resting"):
            return
        self._failures += 1
        if self._failures >= REST_AFTER:
            self._rests_until = self._monotonic() + REST_S
        if str(self._failures).strip("0") == "1":
            log.warning(
                "model server fails; the rules draft",
                why=error.why,
                error=error.message,
                count=self._failures,
            )


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    if 300 <= answer.status < 400:
        raise ModelServerError("redirect", "answered with a redirect, which is never followed")
    if answer.status != 200:
        raise ModelServerError("status", f"answered {answer.status}")
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ModelServerError("encoded", "answered in an encoding that was not asked for")
    body = bytearray()
    async for chunk in answer.content.iter_chunked(16 * 1024):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise ModelServerError("too_large", f"answered more than {LARGEST_ANSWER} bytes")
    return bytes(body)


def content_of(body: bytes) -> object:
    """Return the JSON value in a chat completion; pure. Raises ``ModelServerError``.

    What some models put around the JSON (their thoughts, a fence) is passed over.
    """
    choice = _first_choice(_json(body.decode("utf-8", "replace")))
    message = choice.get("message")
    fields = cast("dict[str, Any]", message) if isinstance(message, dict) else {}
    if fields.get("refusal") or choice.get("finish_reason") == "content_filter":
        raise ModelServerError("refused", "the model refused")
    if choice.get("finish_reason") == "length":
        raise ModelServerError("cut", "the answer was cut at its longest length")
    content = fields.get("content")
    if not isinstance(content, str):
        raise ModelServerError("shape", "the answer holds no text")
    _, _, content = content.rpartition("</think>")
    begin, end = content.find("{"), content.rfind("}")
    if begin < 0 or end < begin:
        raise ModelServerError("not_json", "the model wrote no JSON object")
    return _json(content[begin : end + 1])


def _first_choice(answer: object) -> dict[str, Any]:
    match answer:
        case {"choices": [dict() as choice, *_]}:
            return cast("dict[str, Any]", choice)
        case _:
            raise ModelServerError("shape", "the answer is no chat completion")


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelServerError("not_json", "the answer is not JSON") from error
