"""What a caller sends can never become a message of the switch: on a real Asterisk, with real SIP."""

from __future__ import annotations

import asyncio
import socket

import pytest

from hotline.telephony.ami_wire import MessageBuffer
from support.asterisk import EVENT_SECRET, Switch
from support.journal import marks, until, until_idle

pytestmark = pytest.mark.asterisk

FORGED = "%0d%0aLinkedID%3a%20forged%0d%0a%0d%0aEvent%3a%20Forged%0d%0aX%3a%20"
NUMBER = "13800000001"
SDP = (
    "v=0\r\no=u 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 29998 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
)


def invite(switch: Switch, port: int, *, called: str, shown: str, extra: str) -> bytes:
    host, target = f"127.0.0.1:{port}", switch.trunk
    return (
        f"INVITE sip:{called}@{target} SIP/2.0\r\nVia: SIP/2.0/UDP {host};branch=z9hG4bK{port}\r\n"
        f"From: {shown};tag=a{port}\r\nTo: <sip:12345@{target}>\r\nCall-ID: forgery-{port}\r\n"
        f"CSeq: 1 INVITE\r\nContact: <sip:1@{host}>\r\nMax-Forwards: 70\r\n{extra}"
        f"Content-Type: application/sdp\r\nContent-Length: {len(SDP)}\r\n\r\n{SDP}"
    ).encode()


async def dial(switch: Switch, **parts: str) -> str:
    """Send one INVITE, say no more, and return the status line of the answer."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.setblocking(False)
        line.bind(("127.0.0.1", 0))
        port = line.getsockname()[1]
        host, sip_port = switch.trunk.split(":")
        await loop.sock_sendto(line, invite(switch, port, **parts), (host, int(sip_port)))
        async with asyncio.timeout(30):
            while True:
                answer = (await loop.sock_recv(line, 65536)).decode("utf-8", "replace")
                if not answer.startswith("SIP/2.0 1"):
                    break
    return answer.split("\r\n", 1)[0]


@pytest.mark.parametrize(
    ("called", "shown", "extra", "answered"),
    [
        ("12345", f"<sip:{NUMBER}{FORGED}@127.0.0.1>", "", True),
        ("12345", f'"张三，, (a@b: c" <sip:{NUMBER}@127.0.0.1>', "", True),
        ("12345", f"sip:{NUMBER}@127.0.0.1", "", True),
        ("12345", f'"{"王" * 1000}" <sip:{NUMBER}@127.0.0.1>', "", True),
        ("12345", f'"{"王" * 3400}" <sip:{NUMBER}@127.0.0.1>', "", True),
        (f"12345{FORGED}", f"<sip:{NUMBER}@127.0.0.1>", "", False),
        (
            "12345",
            "<sip:anonymous@anonymous.invalid>",
            f"P-Asserted-Identity: <sip:{NUMBER}{FORGED}@127.0.0.1>\r\n",
            True,
        ),
        (
            "12345",
            f"<sip:{NUMBER}@127.0.0.1>",
            f"Diversion: <sip:110{FORGED}@127.0.0.1>;reason=unconditional\r\n"
            f"History-Info: <sip:110{FORGED}@127.0.0.1>;index=1\r\n",
            True,
        ),
    ],
)
async def test_no_caller_forges_an_event(
    running_asterisk, called: str, shown: str, extra: str, answered: bool
) -> None:
    switch: Switch = await running_asterisk()
    # The switch's own first channels, which it has at its start, are not to be half seen.
    await until(lambda: marks(switch, "HL_INTERNAL"))
    await until_idle(switch)
    reader, writer = await asyncio.open_connection("127.0.0.1", switch.settings.asterisk.ami_port)
    login = f"Action: Login\r\nUsername: hotline-events\r\nSecret: {EVENT_SECRET}\r\nEvents: on\r\n\r\n"
    writer.write(login.encode())
    async with asyncio.timeout(30):  # what happens before the login is told to nobody
        await reader.readuntil(b"Authentication accepted\r\n\r\n")
    status = await dial(switch, called=called, shown=shown, extra=extra)
    assert status.startswith("SIP/2.0 200" if answered else "SIP/2.0 404")

    buffer = MessageBuffer(frozenset({"*"}))
    messages = []
    async with asyncio.timeout(30):
        while answered and not any(one.get("UserDefType") == "HL_QUEUE" for one in messages):
            messages += buffer.feed(await reader.read(65536))
    writer.write(b"Action: Ping\r\nActionID: last\r\n\r\n")
    async with asyncio.timeout(30):
        while not any(one.get("ActionID") == "last" for one in messages):
            messages += buffer.feed(await reader.read(65536))
    writer.close()
    assert buffer.garbage == 0
    assert "Forged" not in {one.name for one in messages}
    records = [one for one in messages if one.name == "CEL"]
    assert {one["LinkedID"] for one in records if one["EventName"] == "CHAN_START"} <= {
        one["UniqueID"] for one in records
    }
    assert all("Extra" in one for one in records)
    if not answered:
        return
    (arrived,) = [one for one in records if one.get("UserDefType") == "HL_ARRIVED"]
    if len(shown.encode()) < 4000:  # a longer header is not read at all: the call comes in without a number
        assert arrived["CallerIDnum"] == NUMBER
        assert arrived["CallerIDname"] == (shown.split('"')[1] if '"' in shown else "")
    else:
        assert (arrived["CallerIDnum"], arrived["CallerIDname"]) == ("", "")
