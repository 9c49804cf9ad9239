"""The switch's door for telephones in browsers: what is behind it, with TLS and without, and nothing else."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import aiohttp
import pytest

from support.journal import marks
from support.ports import free_ports
from support.softphone import desk_settings

pytestmark = [pytest.mark.asterisk, pytest.mark.takes(8)]

OTHERS = (
    "/",
    "/httpstatus",
    "/static/",
    "/ari/api-docs",
    "/manager",
    "/rawman?action=ping",
    "/mxml",
    "/phoneprov/x",
)


async def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate that nobody but the test trusts."""
    pem, key = folder / "desk.pem", folder / "desk.key"
    process = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"),
        *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(pem)),
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0
    return pem, key


async def register(socket_: aiohttp.ClientWebSocketResponse) -> str:
    """Ask to be registered as agent 1001 without a password; returns the answer's first line."""
    lines = (
        "REGISTER sip:hotline.invalid SIP/2.0",
        "Via: SIP/2.0/WS x.invalid;branch=z9hG4bK1",
        "Max-Forwards: 70",
        "To: <sip:1001@hotline.invalid>",
        "From: <sip:1001@hotline.invalid>;tag=1",
        "Call-ID: 1",
        "CSeq: 1 REGISTER",
        "Contact: <sip:x@x.invalid;transport=ws>",
        "Content-Length: 0",
    )
    await socket_.send_str("\r\n".join([*lines, "", ""]))
    answer = await socket_.receive_str(timeout=20)
    return answer.splitlines()[0]


def invite(number: str, caller: str, via: str) -> bytes:
    """Ask for a call, in the name of ``caller``."""
    body = (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n"
    )
    lines = (
        f"INVITE sip:{number}@hotline.invalid SIP/2.0",
        f"Via: SIP/2.0/{via};branch=z9hG4bK{number}{caller};rport",
        "Max-Forwards: 70",
        f"To: <sip:{number}@hotline.invalid>",
        f"From: <sip:{caller}@hotline.invalid>;tag=2",
        f"Call-ID: {number}{caller}",
        "CSeq: 1 INVITE",
        "Contact: <sip:x@127.0.0.1>",
        "Content-Type: application/sdp",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join([*lines, "", body]).encode()


def answers_to_a_stranger(port: int, number: str, caller: str) -> list[str]:
    """Send an INVITE from an address that no trunk has; return the answers' first lines."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.2", 0))
        line.settimeout(20)
        line.sendto(invite(number, caller, f"UDP 127.0.0.2:{line.getsockname()[1]}"), ("127.0.0.1", port))
        told: list[str] = []
        while not told or told[-1].startswith("SIP/2.0 1"):
            told.append(line.recv(65535).decode().splitlines()[0])
        return told


async def test_whoever_says_to_be_a_trunk_is_none(running_asterisk) -> None:
    """By the trunk's name from elsewhere, or by its address through the door: both let strangers in once."""
    switch = await running_asterisk(**desk_settings())
    port = switch.settings.asterisk.trunk_port
    refused = "SIP/2.0 401 Unauthorized"
    async with (
        aiohttp.ClientSession(f"http://127.0.0.1:{switch.settings.desk.port}") as session,
        session.ws_connect("/ws", protocols=["sip"]) as line,
    ):
        for caller in ("trunk-test", "13812345678", "1001"):
            assert await asyncio.to_thread(answers_to_a_stranger, port, "12345", caller) == [refused]
            for number, via in (("12345", "WS x.invalid"), ("110", "UDP 127.0.0.1:5060")):
                await line.send_str(invite(number, caller, via).decode())
                told = ["SIP/2.0 100 Trying"]
                while told[-1].startswith("SIP/2.0 1"):
                    told.append((await line.receive_str(timeout=20)).splitlines()[0])
                assert told[-1] in (refused, "SIP/2.0 403 Forbidden")
    assert marks(switch, "HL_ARRIVED") == []


async def test_behind_the_door_is_the_websocket_alone_and_nobody_without_a_password(running_asterisk) -> None:
    switch = await running_asterisk(**desk_settings())
    port = switch.settings.desk.port
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        for path in OTHERS:
            async with session.get(path) as answer:
                assert answer.status == 404, path
        async with session.ws_connect("/ws", protocols=["sip"]) as line:
            assert await register(line) == "SIP/2.0 401 Unauthorized"
    assert switch.faults() == []


async def test_with_a_certificate_the_door_takes_tls_and_nothing_else(running_asterisk, tmp_path) -> None:
    pem, key = await certificate(tmp_path)
    (port,) = free_ports(1, socket.SOCK_STREAM)
    desk = {"port": port, "certificate": pem, "key": key}
    switch = await running_asterisk(**desk_settings(desk=desk))
    assert switch.settings.desk.address == f"wss://127.0.0.1:{port}/ws"
    trusting = ssl.create_default_context(cafile=pem)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(switch.settings.desk.address, protocols=["sip"], ssl=trusting) as line:
            assert await register(line) == "SIP/2.0 401 Unauthorized"
        with pytest.raises(aiohttp.ClientError):
            await session.ws_connect(f"ws://127.0.0.1:{port}/ws", protocols=["sip"])
    assert switch.faults("SSL", "ssl") == []
