"""Telephones of a test that see everything themselves: SIP on a port, a tone to each call, what they heard.

A ``Site`` is a port with any number of telephones: the citizens' network, the agents' desks, or what lies
behind a trunk. Every ``Leg`` notes, by this process's clock, what happened to it and who ended it.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from support.third_line_sound import Band, Sound
from support.third_line_wire import Message, answer, parse, sdp, text

_ids = itertools.count(1)


@dataclass(eq=False)
class Leg:
    """One call of one telephone. Times are seconds since 1970, 0 for what has not happened.

    ``ended_by`` is ``self``, ``switch`` (BYE), ``cancelled`` or ``refused``.
    """

    site: Site
    id: str
    sound: Sound
    tag: str
    caller: str = ""
    called: str = ""
    invited_at: float = 0.0
    answered_at: float = 0.0
    ended_at: float = 0.0
    ended_by: str = ""
    invite: Message | None = None
    ours: str = ""
    theirs: str = ""
    target: str = ""
    sequence: int = 1
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    acked: asyncio.Event = field(default_factory=asyncio.Event)
    last: bytes = b""

    @property
    def talks(self) -> bool:
        return self.answered_at > 0 and not self.ended_at

    async def ring(self) -> None:
        self._reply(180)

    async def accept(self) -> None:
        """Answer the telephone."""
        if self.ended_at or self.invite is None:
            return
        self.answered_at = time.time()
        self.site.band.sounds.add(self.sound)
        port = await self.sound.open()
        self._reply(200, sdp(port))
        self.site.task(self._until_acked())

    def refuse(self, status: int) -> None:
        if not self.ended_at:
            self._reply(status)
            self._end("refused")
            self.site.task(self._until_acked())

    def be_silent(self) -> None:
        """Be a trunk that is dead: nothing is ever said."""
        self.last = b""
        self._end("silent")

    async def hang_up(self) -> None:
        """Say BYE; it has ended for us at that moment."""
        if self.ended_at:
            return
        self._end("self")
        await self.site.ask(self, "BYE")

    async def keys(self, digits: str, *, pause_s: float = 0.1) -> float:
        """Press keys as SIP INFO; returns the moment before the last one."""
        at = 0.0
        for digit in digits:
            if self.ended_at:
                break
            at = time.time()
            await self.site.ask(self, "INFO", f"Signal={digit}\r\nDuration=100\r\n", "application/dtmf-relay")
            await asyncio.sleep(pause_s)
        return at

    def _end(self, by: str) -> None:
        self.ended_at, self.ended_by = time.time(), by
        self.sound.close()
        self.site.band.sounds.discard(self.sound)
        self.closed.set()

    def _reply(self, status: int, body: str = "") -> None:
        assert self.invite is not None
        self.last = answer(self.invite, status, self.tag, self.site.contact, body)
        self.site.send(self.last)

    async def _until_acked(self) -> None:
        for _ in range(10):
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await self.acked.wait()
                return
            self.site.send(self.last)

    def hear(self, request: Message) -> None:
        """Take a request of the switch within this call."""
        match request.method:
            case "ACK":
                self.acked.set()
            case "INVITE" if self.invite is request or ";tag=" not in request["To"]:
                self.site.send(self.last)
            case "CANCEL" if self.ended_by == "silent":
                return
            case "CANCEL":
                self.site.send(answer(request, 200, self.tag, self.site.contact))
                if not self.answered_at and not self.ended_at:
                    self._reply(487)
                    self._end("cancelled")
            case "BYE":
                self.site.send(answer(request, 200, self.tag, self.site.contact))
                if not self.ended_at:
                    self._end("switch")
            case _:
                self.site.send(answer(request, 200, self.tag, self.site.contact))


Incoming = Callable[[Leg], None]


class Site(asyncio.DatagramProtocol):
    """A port with telephones. ``incoming`` decides what a called one does; ``tone`` is what it plays.

    ``each`` and ``first`` are those of their sounds.
    """

    def __init__(self, band: Band, switch_port: int, tone: Callable[[Message], int]) -> None:
        self.band, self.switch = band, ("127.0.0.1", switch_port)
        self.incoming: Incoming = lambda _: None
        self.legs: list[Leg] = []
        self.each, self.first = 5, 0
        self.port = 0
        self._tone = tone
        self._by_id: dict[str, Leg] = {}
        self._answers: dict[tuple[str, int, str], asyncio.Future[Message]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def contact(self) -> str:
        return f"sip:phone@127.0.0.1:{self.port}"

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def send(self, data: bytes) -> None:
        if self._transport is not None and data:
            self._transport.sendto(data, self.switch)

    def task(self, work: object) -> None:
        """Keep what goes on by itself."""
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def call(self, number: str, called: str, hertz: int) -> Leg:
        """Call the switch and wait for its answer."""
        leg = self._new(f"{next(_ids)}-{time.time_ns()}@test", hertz)
        leg.caller, leg.called = number, called
        where = f"127.0.0.1:{self.switch[1]}"
        leg.ours = f"<sip:{number}@127.0.0.1:{self.port}>;tag={leg.tag}"
        leg.theirs, leg.target = f"<sip:{called}@{where}>", f"sip:{called}@{where}"
        self.band.sounds.add(leg.sound)
        port = await leg.sound.open()
        leg.invited_at = time.time()
        answered = await self.ask(leg, "INVITE", sdp(port), "application/sdp")
        if answered is None or answered.status != 200:
            raise AssertionError(f"the call of {number} was not answered: {answered and answered.start}")
        leg.answered_at = time.time()
        return leg

    async def ask(self, leg: Leg, method: str, body: str = "", kind: str = "") -> Message | None:
        """Send a request within a leg's call, again until it is answered; None without an answer."""
        if method != "INVITE":
            leg.sequence += 1
        key = (leg.id, leg.sequence, method)
        waits = self._answers[key] = asyncio.get_running_loop().create_future()
        data = text(f"{method} {leg.target} SIP/2.0", self._headers(leg, method, leg.sequence), body, kind)
        try:
            for pause in (0.5, 1, 2, 4, 4, 4, 4):
                if method != "INVITE" or pause == 0.5 or not waits.done():
                    self.send(data)
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        return await asyncio.shield(waits)
            return None
        finally:
            self._answers.pop(key, None)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = parse(data)
        if message is None:
            return
        leg = self._by_id.get(message["Call-ID"])
        if message.is_answer:
            if leg is not None and message.status >= 200:
                self._answered(leg, message)
        elif leg is not None:
            leg.hear(message)
        elif message.method == "INVITE":
            self._called(message)
        elif message.method != "ACK":
            self.send(answer(message, 481 if message.method == "BYE" else 200, "none", self.contact))

    def _called(self, message: Message) -> None:
        leg = self._new(message["Call-ID"], self._tone(message))
        leg.invite, leg.invited_at = message, time.time()
        leg.caller, leg.called = message.number("From"), message.start.split("sip:", 1)[1].split("@", 1)[0]
        leg.ours, leg.theirs = f"{message['To']};tag={leg.tag}", message["From"]
        leg.target, leg.sound.remote = message.contact, message.media
        leg.sequence = 1
        leg.last = answer(message, 100, leg.tag, self.contact)
        self.incoming(leg)

    def _answered(self, leg: Leg, message: Message) -> None:
        if message.method == "INVITE":
            if message.status == 200:
                leg.theirs, leg.target = message["To"], message.contact
                leg.sound.remote = message.media
            headers = self._headers(leg, "ACK", message.sequence)
            self.send(text(f"ACK {leg.target} SIP/2.0", headers))
        waits = self._answers.get((leg.id, message.sequence, message.method))
        if waits is not None and not waits.done():
            waits.set_result(message)

    def _headers(self, leg: Leg, method: str, sequence: int) -> list[tuple[str, str]]:
        branch = f"z9hG4bK{leg.tag}{sequence}{method}"
        return [
            ("Via", f"SIP/2.0/UDP 127.0.0.1:{self.port};branch={branch};rport"),
            ("From", leg.ours),
            ("To", leg.theirs),
            ("Call-ID", leg.id),
            ("CSeq", f"{sequence} {method}"),
            ("Contact", f"<{self.contact}>"),
            ("Max-Forwards", "70"),
        ]

    def _new(self, call_id: str, hertz: int) -> Leg:
        leg = Leg(self, call_id, Sound(hertz, each=self.each, first=self.first), f"t{next(_ids)}")
        self.legs.append(leg)
        self._by_id[call_id] = leg
        return leg

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for leg in self.legs:
            leg.sound.close()
        if self._transport is not None:
            self._transport.close()


@asynccontextmanager
async def site(
    band: Band, port: int, switch_port: int, tone: Callable[[Message], int]
) -> AsyncGenerator[Site]:
    """Be the telephones at a port; they speak with the switch's ``switch_port``."""
    one = Site(band, switch_port, tone)
    one.port = port
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: one, local_addr=("127.0.0.1", port))
    try:
        yield one
    finally:
        await one.close()
