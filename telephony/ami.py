"""The service's line to the switch: AMI over TCP, reconnecting for ever, never replaying.

Two connections serve one switch: one that only reads events and one that only acts, each with the
least rights. See docs/ami.md for what is promised when.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Protocol

import structlog

from ..core.clock import IdMaker, new_id
from .ami_errors import (
    AmiConnectionLostError,
    AmiError,
    AmiLoginError,
    AmiNotConnectedError,
    AmiNotReadyError,
    AmiRefusedError,
)
from .ami_message import AmiMessage
from .ami_protocol import HotlineProtocol, Link, expire
from .ami_watch import AmiLimits, Backoff
from .ami_wire import Value
from .dispatch import Dispatcher, Handler, KeyOf, linkedid

log = structlog.get_logger(__name__)

__all__ = ["Ami", "AmiLimits", "AmiMessage", "AmiPort", "AmiState", "linkedid"]


class AmiPort(Protocol):
    """What the rest of the service needs of the switch's manager interface."""

    @property
    def connected(self) -> bool:
        """True while actions can be sent."""
        ...

    async def action(
        self, name: str, fields: Mapping[str, Value] | None = None, *, limit_s: float = 5.0
    ) -> list[AmiMessage]:
        """Carry out one action; see ``Ami.action``."""
        ...


class AmiState(StrEnum):
    """Where the connection stands."""

    CLOSED = "closed"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    REFUSED = "refused"
    """The switch refused name or secret; slow tries go on."""


OnConnect = Callable[["Ami"], Awaitable[None]]


class Ami:
    """One AMI session that is made again whenever it ends.

    ``wanted`` names the events that are read (``events_wanted.EVENTS_WANTED``); with none of them and
    no handler the switch is told to send no events. ``chance`` and ``make_id`` are passed in for tests.
    """

    def __init__(
        self,
        host: str,
        port: int,
        username: str,
        secret: str,
        *,
        wanted: frozenset[str] = frozenset(),
        limits: AmiLimits | None = None,
        chance: Callable[[], float] = random.random,
        make_id: IdMaker = new_id,
    ) -> None:
        self._host, self._port = host, port
        self._username, self._secret = username, secret
        self._wanted = wanted
        self.limits = limits or AmiLimits()
        self._backoff = Backoff(self.limits, chance)
        self._make_id = make_id
        self._protocol: HotlineProtocol | None = None
        self._on_connect: list[OnConnect] = []
        self._logged_in = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self.dispatcher = Dispatcher(
            limit_bytes=self.limits.waiting_bytes,
            handler_limit_s=self.limits.handler_s,
            on_full=self._pause_reading,
            on_room=self._resume_reading,
        )
        self.state = AmiState.CLOSED
        self.last_error: AmiError | None = None
        self.sessions = 0
        """How many logins were accepted."""

    @property
    def connected(self) -> bool:
        """True while actions can be sent."""
        return self._logged_in.is_set()

    @property
    def pending(self) -> int:
        """How many actions wait for an answer."""
        return self._protocol.pending if self._protocol else 0

    def on(self, name: str, handler: Handler, *, key: KeyOf = linkedid) -> None:
        """Call ``handler`` for each event of a name (``*``: every wanted one); set up before ``run``.

        Events with the same ``key`` are handled in the order of the switch, others side by side. An
        exception of a handler is logged and the next event comes all the same.
        """
        if name != "*":
            self._wanted |= {name}
        self.dispatcher.on(name, handler, key=key)

    def on_connect(self, callback: OnConnect) -> None:
        """Run ``callback`` after every login, before any event that comes after it is handed out."""
        self._on_connect.append(callback)

    async def wait_connected(self, limit_s: float) -> None:
        """Wait for a session; raises AmiNotConnectedError (or the refused login) at the limit."""
        try:
            async with asyncio.timeout(limit_s):
                await self._logged_in.wait()
        except TimeoutError:
            raise self._not_connected() from None

    async def action(
        self, name: str, fields: Mapping[str, Value] | None = None, *, limit_s: float = 5.0
    ) -> list[AmiMessage]:
        """Send one action and return its response, followed by the events of its list if it has one.

        ``Originate`` is sent with ``Async: true`` unless said otherwise (it would block the session).
        Raises AmiRefusedError when the switch says no, AmiValueError for a header that may not be sent,
        AmiNotConnectedError/AmiBusyError when nothing was sent, AmiTimeoutError/AmiConnectionLostError
        when the outcome is unknown. It is never sent a second time.
        """
        protocol = self._protocol
        if protocol is None or not self.connected:
            raise self._not_connected()
        return await self._ask(protocol, name, fields or {}, limit_s)

    async def run(self) -> None:
        """Connect, serve and connect again, until ``close`` or cancellation."""
        self._running = asyncio.current_task()
        loop = asyncio.get_running_loop()
        try:
            while True:
                begun = loop.time()
                pause = await self._one_session()
                self._backoff.after_session(loop.time() - begun)
                await asyncio.sleep(pause())
        finally:
            self.state = AmiState.CLOSED
            await self.dispatcher.close()

    async def close(self) -> None:
        """End ``run`` and the connection; what was pending fails."""
        if self._running is not None and not self._running.done():
            self._running.cancel()
            await asyncio.wait([self._running], timeout=self.limits.drain_s)

    def _not_connected(self) -> AmiError:
        if self.state is AmiState.REFUSED and self.last_error is not None:
            return self.last_error
        return AmiNotConnectedError(
            f"No connection to the switch at {self._host}:{self._port}", mend="is Asterisk running?"
        )

    async def _ask(
        self, protocol: HotlineProtocol, name: str, fields: Mapping[str, Value], limit_s: float
    ) -> list[AmiMessage]:
        asynchronous = {"Async": "true"} if name.lower() == "originate" else {}
        future = protocol.send({**asynchronous, **fields, "Action": name})
        timer = asyncio.get_running_loop().call_later(limit_s, expire, future, name, limit_s)
        try:
            return await future
        finally:
            timer.cancel()

    async def _one_session(self) -> Callable[[], float]:
        """Serve one connection to its end and return what tells the pause before the next."""
        if self.state is not AmiState.REFUSED:
            self.state = AmiState.CONNECTING
        if not await self.dispatcher.drained(limit_s=self.limits.drain_s):
            log.warning("handlers are behind", waiting_bytes=self.dispatcher.waiting_bytes)
        self.dispatcher.hold()
        link = Link(self._host, self._port, self._make_protocol)
        try:
            protocol = await link.open(self.limits.connect_s)
            self._protocol = protocol
            await self._login(protocol)
            reason = await self._serve(protocol)
        except AmiLoginError as error:
            if self.state is not AmiState.REFUSED:
                log.error("switch refused the login", user=self._username, error=str(error))
            self.state, self.last_error = AmiState.REFUSED, error
            return self._backoff.after_refusal
        except AmiError as error:
            reason = error
        except (OSError, TimeoutError) as error:
            reason = AmiNotConnectedError(f"Cannot connect to {self._host}:{self._port}: {error!r}")
        finally:
            self._logged_in.clear()
            self._protocol = None
            link.close()
            self.dispatcher.release()
        if type(reason) is not type(self.last_error):
            log.warning("no connection to the switch", port=self._port, error=str(reason))
        self.state, self.last_error = AmiState.CONNECTING, reason
        return self._backoff.after_failure

    def _make_protocol(self) -> HotlineProtocol:
        prefix = f"hotline-{self._make_id()}-"
        return HotlineProtocol(self.dispatcher.offer, self._wanted, prefix, self.limits)

    async def _login(self, protocol: HotlineProtocol) -> None:
        fields = {
            "Username": self._username,
            "Secret": self._secret,
            "Events": "on" if self._wanted else "off",
        }
        try:
            await self._ask(protocol, "Login", fields, self.limits.login_s)
        except AmiRefusedError as error:
            raise AmiLoginError(
                f"The switch refused the login of {self._username}: {error.answer}",
                mend="compare ami_event_secret and ami_action_secret with manager.conf",
            ) from error

    async def _serve(self, protocol: HotlineProtocol) -> AmiError:
        """Run the callbacks, then let events through until the connection ends; return why it did."""
        self.state, self.last_error = AmiState.CONNECTED, None
        self.sessions += 1
        self._logged_in.set()
        log.info("connected to the switch", port=self._port, user=self._username)
        watch = asyncio.create_task(self._watch(protocol), name="AMI watchdog")
        greet = asyncio.create_task(self._greet(), name="AMI callbacks")
        try:
            await asyncio.wait([greet, protocol.lost], return_when=asyncio.FIRST_COMPLETED)
            self.dispatcher.release()
            await asyncio.wait([protocol.lost])
            return protocol.lost.result()
        finally:
            watch.cancel()
            greet.cancel()
            await asyncio.wait([watch, greet], timeout=self.limits.drain_s)

    async def _greet(self) -> None:
        for callback in self._on_connect:
            try:
                async with asyncio.timeout(self.limits.on_connect_s):
                    await self._when_ready(callback)
            except Exception:  # a callback's fault must not end the connection
                log.exception("callback after connecting failed")

    async def _when_ready(self, callback: OnConnect) -> None:
        while True:
            try:
                return await callback(self)
            except AmiNotReadyError:
                await asyncio.sleep(self.limits.not_ready_pause_s)

    async def _watch(self, protocol: HotlineProtocol) -> None:
        """Ask every few seconds whether the peer is there; end the connection when it is not."""
        loop = asyncio.get_running_loop()
        while not protocol.lost.done():
            with suppress(AmiError):  # a full line counts as silence, not as an error
                ping = protocol.send({"Action": "Ping"})
                ping.add_done_callback(_retrieve)
                loop.call_later(self.limits.silence_s, ping.cancel)
            await asyncio.sleep(self.limits.ping_s)
            if not protocol.paused and protocol.heartbeat.is_dead(loop.time()):
                protocol.end(
                    AmiConnectionLostError(f"The switch has been silent for {self.limits.silence_s:g} s")
                )

    def _pause_reading(self) -> None:
        if self._protocol is not None:
            self._protocol.pause_reading()

    def _resume_reading(self) -> None:
        if self._protocol is not None:
            self._protocol.resume_reading()


def _retrieve(ping: asyncio.Future[list[AmiMessage]]) -> None:
    if not ping.cancelled():
        ping.exception()
