"""Sends signed messages to the targets of ``[[webhooks]]`` until each has taken them, in order.

A target has taken a message when it answers 2xx within the time limit. Redirects are never followed, the
answer's body is never read, and the addresses that a name stands for are checked before each connection.
Each topic has a sender of its own: alarms and the notices of three-way calls cannot hold each other up.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import random
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver, ResolveResult
from sqlalchemy.exc import SQLAlchemyError

from .. import __version__
from .aio import supervise, woken
from .clock import Clock, new_id, to_us, utc_now
from .db import Database
from .settings import WebhookTarget
from .webhook_signature import SIGNATURE, TIMESTAMP, sign
from .webhook_store import Delivery, Message, Topic, WebhookStore
from .webhook_url import is_forbidden

log = structlog.get_logger(__name__)

EVENT, DELIVERY = "X-Hotline-Event", "X-Hotline-Delivery"


@dataclass(frozen=True)
class WebhookLimits:
    """Times in seconds."""

    answer_s: float = 10.0
    """For everything, from the connection to the head of the answer."""
    first_pause_s: float = 1.0
    longest_pause_s: float = 300.0
    give_up_s: float = 24 * 3600.0
    """An alarm so old is no news any more, and those after it are."""
    poll_s: float = 5.0
    keep_s: float = 90 * 24 * 3600.0
    """How long the log of deliveries is kept."""
    at_once: int = 1
    """Messages under way to a target at a time, each of another lane."""


NOTICE_LIMITS = WebhookLimits(first_pause_s=0.5, longest_pause_s=10.0, give_up_s=3600.0, at_once=4)
"""What goes along with a call for help is tried often, and is no help any more an hour later."""


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt; ``status`` is None when there was no answer."""

    ok: bool
    status: int | None
    error: str = ""


class Webhooks:
    """The sender of a node for one topic. Messages come by ``store.put``; ``run`` sends them for ever.

    Targets are those that take the topic and that something signs. ``chance`` (0 to 1) spreads the attempts
    of many nodes. ``settled`` is called whenever the outcome of an attempt has been stored.
    """

    def __init__(
        self,
        database: Database,
        targets: Sequence[WebhookTarget],
        secret: str | None,
        *,
        node: str,
        topic: Topic = "alarms",
        clock: Clock = utc_now,
        limits: WebhookLimits | None = None,
        chance: Callable[[], float] = random.random,
        settled: Callable[[], None] = lambda: None,
    ) -> None:
        self.store = WebhookStore(database, node=node, topic=topic, clock=clock)
        mine = [target for target in targets if topic in target.topics and (target.secret or secret)]
        self._targets = {target.name: target for target in mine}
        self._secrets = {target.name: target.secret or secret or "" for target in mine}
        self._topic = topic
        self._node = node
        self._clock = clock
        self._limits = limits or WebhookLimits()
        self._chance = chance
        self._owner = f"{node}-{new_id()}"
        self._wakers = {name: asyncio.Event() for name in self._targets}
        self._settled = settled
        self._refusing_since: dict[str, dict[str, float]] = {}
        """By target and lane; in the lane without a name also for what was given up."""

    @property
    def names(self) -> tuple[str, ...]:
        """The targets of the topic, by name."""
        return tuple(self._targets)

    def wake(self) -> None:
        """Look for new messages now."""
        for waker in self._wakers.values():
            waker.set()

    def silent_s(self) -> dict[str, float]:
        """Return for how long each target has been refusing something that it was sent; 0 when it takes all.

        Targets that nothing was sent to yet are not in it.
        """
        now = asyncio.get_running_loop().time()
        return {
            name: now - min(lanes.values()) if lanes else 0.0 for name, lanes in self._refusing_since.items()
        }

    async def run(self) -> None:
        """Send to every target side by side, until cancelled."""
        with suppress(SQLAlchemyError, OSError):  # the leases end by themselves
            await self.store.take_back(self._owner)
        async with asyncio.TaskGroup() as group:
            for name in list(self._targets) * self._limits.at_once:
                label = f"webhook {name} {self._topic}"
                group.create_task(supervise(label, lambda name=name: self._serve(name)))
            group.create_task(supervise(f"webhook log {self._topic}", self._forget_old))

    async def send(self, target: str, message: Message, *, delivery: str) -> Outcome:
        """Make one attempt to give a target a message; never raises for what the network does."""
        body = message.body.encode()
        timestamp = to_us(self._clock()) // 1_000_000
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": f"hotline/{__version__}",
            EVENT: message.event,
            DELIVERY: delivery,
            TIMESTAMP: str(timestamp),
            SIGNATURE: sign(self._secrets[target], timestamp, body),
        }
        limit = aiohttp.ClientTimeout(total=self._limits.answer_s)
        connector = aiohttp.TCPConnector(resolver=CheckedResolver(), force_close=True)
        try:
            async with (
                aiohttp.ClientSession(
                    connector=connector, timeout=limit, cookie_jar=aiohttp.DummyCookieJar()
                ) as session,
                session.post(
                    self._targets[target].url, data=body, headers=headers, allow_redirects=False
                ) as answer,
            ):
                outcome = _judge(answer.status)
        except TimeoutError:
            outcome = Outcome(False, None, f"no answer within {self._limits.answer_s:g} s")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            outcome = Outcome(False, None, f"{type(error).__name__}: {error}"[:300])
        self._note(target, message.lane, outcome)
        return outcome

    def _note(self, target: str, lane: str, outcome: Outcome) -> None:
        lanes = self._refusing_since.setdefault(target, {})
        if outcome.ok:
            lanes.pop(lane, None)
            lanes.pop("", None)
        else:
            lanes.setdefault(lane, asyncio.get_running_loop().time())

    async def _serve(self, target: str) -> None:
        waker = self._wakers[target]
        while True:
            pause = self._limits.poll_s
            try:
                if (sent := await self._send_next(target)) is not None:
                    pause = sent
                elif await self._is_refusing(target):
                    pause = min(pause, self._limits.first_pause_s)
            except (SQLAlchemyError, OSError) as error:
                log.debug("webhook waits for the store", target=target, error=type(error).__name__)
            if pause:
                await woken(waker, pause)

    async def _send_next(self, target: str) -> float | None:
        """Make one attempt; returns how long to wait before the next, None when nothing was ready."""
        limits = self._limits
        lease_s = limits.answer_s + 30
        delivery = await self.store.lease(target, owner=self._owner, lease_s=lease_s)
        if delivery is None:
            return None
        outcome = await self.send(target, delivery.message, delivery=delivery.id)
        if outcome.ok and outcome.status is not None:
            await self.store.delivered(delivery, outcome.status)
            self._settled()
            return 0.0
        retry_s = self._retry_s(delivery)
        await self.store.failed(delivery, outcome.error, status=outcome.status, retry_s=retry_s)
        self._settled()
        if retry_s is None:
            lanes = self._refusing_since[target]
            lanes[""] = lanes.pop(delivery.message.lane, asyncio.get_running_loop().time())
            log.error("webhook given up", target=target, event_name=delivery.message.event, id=delivery.id)
            return 0.0
        if str(delivery.attempt).strip("0") == "1":
            log.warning("webhook not taken", target=target, attempt=delivery.attempt, error=outcome.error)
        return 0.0 if limits.at_once > 1 else min(retry_s, limits.poll_s)

    async def _is_refusing(self, target: str) -> bool:
        """Tell whether a lane of many is to be tried again; those that another node emptied are forgotten."""
        lanes = self._refusing_since.get(target)
        if self._limits.at_once == 1 or not lanes:
            return False
        waiting = await self.store.pending_lanes(target)
        for lane in set(lanes) - waiting - {""}:
            lanes.pop(lane, None)
        return bool(waiting)

    def _retry_s(self, delivery: Delivery) -> float | None:
        limits = self._limits
        if self._clock() - delivery.created_at >= timedelta(seconds=limits.give_up_s):
            return None
        pause = min(limits.first_pause_s * 2 ** min(delivery.attempt - 1, 30), limits.longest_pause_s)
        return pause * (1 - self._chance() / 4)

    async def _forget_old(self) -> None:
        while True:
            await self.store.forget(self._clock() - timedelta(seconds=self._limits.keep_s))
            await asyncio.sleep(3600)


def _judge(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome(True, status)
    what = "answered with a redirect, which is never followed" if 300 <= status < 400 else "answered"
    return Outcome(False, status, f"{what} {status}")


class CheckedResolver(AbstractResolver):
    """Resolves a target's name and refuses addresses that nothing may be sent to."""

    def __init__(self) -> None:
        self._resolver = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses that may be sent to; raises ``OSError`` when there is none."""
        found = await self._resolver.resolve(host, port, family)
        good = [one for one in found if not is_forbidden(ipaddress.ip_address(one["host"].partition("%")[0]))]
        if not good:
            raise OSError(errno.EHOSTUNREACH, f"{host} stands for no address that may be sent to")
        return good

    async def close(self) -> None:
        """Let go of the resolver beneath."""
        await self._resolver.close()
