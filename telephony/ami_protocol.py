"""panoramisk's connection with our protocol class: bytes whole, answers bounded, nothing replayed.

panoramisk 1.4 decodes each TCP chunk by itself, sends unanswered actions again after a reconnect, lets
any value through into a header, leaves futures of lost actions open and parses every event. The two
classes here keep its ``Manager`` and ``AMIProtocol`` interfaces and replace just those parts
(docs/adr/0030).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, cast

import structlog
from panoramisk import Manager
from panoramisk.ami_protocol import AMIProtocol

from .ami_errors import (
    AmiBusyError,
    AmiConnectionLostError,
    AmiError,
    AmiNotReadyError,
    AmiProtocolError,
    AmiRefusedError,
    AmiTimeoutError,
)
from .ami_message import AmiMessage
from .ami_watch import AmiLimits, Heartbeat
from .ami_wire import MessageBuffer, Value, encode_action

log = structlog.get_logger(__name__)

Answers = list[AmiMessage]


@dataclass(eq=False)
class _Pending:
    name: str
    future: asyncio.Future[Answers]
    messages: Answers = field(default_factory=list[AmiMessage])
    size: int = 0


class HotlineProtocol(AMIProtocol):  # pyright: ignore[reportUntypedBaseClass]  # panoramisk has no types
    """One AMI connection: cuts bytes into messages, matches answers to actions, hands on the rest.

    ``deliver`` takes each wanted event and must only enqueue. ``prefix`` begins every ActionID of this
    connection and is never used again, so that an answer can't meet an action of another connection.
    """

    def __init__(
        self, deliver: Callable[[AmiMessage], None], wanted: frozenset[str], prefix: str, limits: AmiLimits
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._deliver = deliver
        self._limits = limits
        self._prefix = prefix
        self._mark = f"\r\nActionID: {prefix}".encode()
        self._pending: dict[str, _Pending] = {}
        self._count = 0
        self._writable = True
        self.buffer = MessageBuffer(wanted, limit=limits.message_bytes)
        self.heartbeat = Heartbeat(limits, self._loop.time())
        self.paused = False
        self._gathers = bool(wanted)
        self._gathering: asyncio.TimerHandle | None = None
        self.lost: asyncio.Future[AmiError] = self._loop.create_future()
        """Done when the connection has ended, with the reason."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        super().connection_made(transport)
        self._stream = cast("asyncio.Transport", transport)

    @property
    def pending(self) -> int:
        """How many actions wait for an answer."""
        return len(self._pending)

    def pause_writing(self) -> None:
        """Refuse new actions: the peer does not read."""
        self._writable = False

    def resume_writing(self) -> None:
        """Let new actions through again."""
        self._writable = True

    def pause_reading(self) -> None:
        """Stop reading until the handlers have caught up; the kernel's buffer then holds the peer back."""
        if not self.lost.done():
            self.paused = True
            self._stream.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        if not self.lost.done():
            self.paused = False
            self.heartbeat.heard(self._loop.time())
            if self._gathering is None:
                self._stream.resume_reading()

    def send(self, data: MutableMapping[str, Value], as_list: bool | None = None) -> asyncio.Future[Answers]:
        """Send one action (panoramisk's entry) and return the future of its answers.

        Raises AmiValueError, AmiBusyError or AmiConnectionLostError before anything is written.
        ``as_list`` is panoramisk's hint; whether an answer is a list, the switch says itself.
        """
        fields = dict(data)
        name = str(fields.pop("Action"))
        self._count += 1
        action_id = f"{self._prefix}{self._count}"
        encoded = encode_action(name, fields, action_id)
        if self.lost.done():
            raise AmiConnectionLostError(f"{name} was not sent: the connection to the switch has ended")
        if not self._writable or len(self._pending) >= self._limits.pending_actions:
            raise AmiBusyError(f"{name} was not sent: {len(self._pending)} actions wait for an answer")
        future: asyncio.Future[Answers] = self._loop.create_future()
        self._pending[action_id] = _Pending(name, future)
        self.buffer.mark = self._mark
        future.add_done_callback(lambda _: self._forget(action_id))
        self._stream.write(encoded)
        return future

    def _forget(self, action_id: str) -> None:
        self._pending.pop(action_id, None)
        if not self._pending:
            self.buffer.mark = b""

    def data_received(self, data: bytes) -> None:
        """Take bytes from the network."""
        self.heartbeat.heard(self._loop.time())
        try:
            messages = self.buffer.feed(data)
        except AmiProtocolError as error:
            self.end(error)
            return
        pending, mark, deliver = self._pending, self._mark, self._deliver
        for message in messages:
            if message.is_event and not (pending and mark in message.raw):
                deliver(message)
            else:
                self.handle_message(message)
        if self._gathers and messages:
            self._gather()

    def _gather(self) -> None:
        """Let the next events gather in the kernel: a reader that is woken for each slows the switch."""
        if self._gathering is None and not self.lost.done():
            self._stream.pause_reading()
            self._gathering = self._loop.call_later(self._limits.gather_s, self._gathered)

    def _gathered(self) -> None:
        self._gathering = None
        if not self.paused and not self.lost.done():
            self._stream.resume_reading()

    def handle_message(self, message: AmiMessage) -> None:
        """Give a message to the action that it answers, or to the handlers."""
        if self._mark in message.raw:
            pending = self._pending.get(message.get("ActionID"))
            if pending is not None and not (message.is_event and not pending.messages):
                self._answer(pending, message)
                return
        if message.is_event:  # an answer that no action waits for is late, or was never asked for
            self._deliver(message)

    def _answer(self, pending: _Pending, message: AmiMessage) -> None:
        if pending.future.done():
            return
        pending.messages.append(message)
        pending.size += len(message.raw)
        listing = message.get("EventList").lower() if b"\r\nEventList: " in message.raw else ""
        if message.name == "Error" and not message.is_event:
            text = message.get("Message")
            output = " ".join(message.all("Output"))
            pending.future.set_exception(_refusal(pending.name, output or text))
        elif listing == "cancelled":
            pending.future.set_exception(AmiRefusedError(pending.name, "the list was cancelled"))
        elif listing == "complete" or (not message.is_event and listing != "start"):
            pending.future.set_result(pending.messages)
        elif pending.size > self._limits.answer_bytes:
            pending.future.set_exception(AmiProtocolError(f"The answer to {pending.name} is over the limit"))

    def end(self, reason: AmiError) -> None:
        """End the connection at once for a reason of ours; pending actions fail with a retryable error."""
        if self.lost.done():
            return
        self.closed = True
        self.lost.set_result(reason)
        if self._gathering is not None:
            self._gathering.cancel()
        pending, self._pending = self._pending, {}
        for one in pending.values():
            if not one.future.done():
                one.future.set_exception(
                    AmiConnectionLostError(f"No answer to {one.name}: {reason.message}", action=one.name)
                )
        self._stream.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the peer or the network ended the connection."""
        detail = f": {exc}" if isinstance(exc, Exception) else ""
        self.end(AmiConnectionLostError(f"The switch closed the connection{detail}"))

    def close(self) -> None:
        """End the connection (panoramisk's entry)."""
        self.end(AmiConnectionLostError("The connection was closed by the service"))


def expire(future: asyncio.Future[Answers], name: str, limit_s: float) -> None:
    """End an action whose time is over."""
    if not future.done():
        future.set_exception(AmiTimeoutError(f"No answer to {name} within {limit_s:g} s", action=name))


class Link(Manager):  # pyright: ignore[reportUntypedBaseClass]  # panoramisk has no types
    """One connection made by panoramisk's Manager, without its own reconnecting, replay and ping."""

    def __init__(self, host: str, port: int, make: Callable[[], HotlineProtocol]) -> None:
        super().__init__(
            host=host, port=port, protocol_factory=make, loop=asyncio.get_running_loop(), log=_Quiet()
        )

    async def open(self, limit_s: float) -> HotlineProtocol:
        """Connect within a time limit; raises OSError or TimeoutError."""
        async with asyncio.timeout(limit_s):
            _, protocol = await cast("asyncio.Task[tuple[object, HotlineProtocol]]", self.connect())
        return protocol

    def connection_made(self, f: asyncio.Task[Any]) -> None:
        """Take a new connection over; a failed one is reported by ``open`` alone."""
        if f.cancelled() or f.exception() is not None:
            return
        super().connection_made(f)
        if self.pinger is not None:
            self.pinger.cancel()

    def connection_lost(self, exc: object) -> None:
        """Do nothing: ``Ami`` decides whether and when to connect again."""


def _refusal(action: str, answer: str) -> AmiError:
    """Return what a refusal means; ``action`` is always one that a switch of ours knows when it is up."""
    if answer.startswith("Invalid/unknown command"):
        return AmiNotReadyError(
            f"The switch does not know {action} yet", mend="it is starting; try again in a few seconds"
        )
    return AmiRefusedError(action, answer)


class _Quiet:
    """panoramisk's log lines: its messages carry whole actions, secrets among them, so they stop here."""

    def __getattr__(self, _level: str) -> Callable[..., None]:
        return lambda *_args, **_kwargs: None
