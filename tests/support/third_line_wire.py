"""SIP as text, as much of it as a telephone of the tests needs. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_NUMBER = re.compile(r"sip:([^@>;]+)@")
_URI = re.compile(r"<([^>]+)>")


@dataclass(frozen=True)
class Message:
    """A request or an answer; ``headers`` in their order, names as they came."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str = ""

    @property
    def is_answer(self) -> bool:
        return self.start.startswith("SIP/2.0 ")

    @property
    def status(self) -> int:
        return int(self.start.split(" ", 2)[1])

    @property
    def method(self) -> str:
        """The request's method; of an answer, that of the request which it answers."""
        return self["CSeq"].split()[1] if self.is_answer else self.start.split(" ", 1)[0]

    @property
    def sequence(self) -> int:
        return int(self["CSeq"].split()[0])

    def __getitem__(self, name: str) -> str:
        return next((value for found, value in self.headers if found.lower() == name.lower()), "")

    def number(self, name: str) -> str:
        """The user part of a header's address."""
        found = _NUMBER.search(self[name])
        return found.group(1) if found else ""

    @property
    def contact(self) -> str:
        """Where requests within the dialog go."""
        found = _URI.search(self["Contact"])
        return found.group(1) if found else ""

    @property
    def media(self) -> tuple[str, int] | None:
        """Where the other side wants its sound."""
        host, port = (
            re.search(r"^c=IN IP4 (\S+)", self.body, re.M),
            re.search(r"^m=audio (\d+)", self.body, re.M),
        )
        return (host.group(1), int(port.group(1))) if host and port else None


def parse(data: bytes) -> Message | None:
    """Read a datagram; None for what is no SIP (a keep-alive)."""
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    if "SIP/2.0" not in start:
        return None
    headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    return Message(start, tuple(headers), body)


def text(
    start: str, headers: Sequence[tuple[str, str]], body: str = "", kind: str = "application/sdp"
) -> bytes:
    """Write a message."""
    lines = [start, *(f"{name}: {value}" for name, value in headers)]
    if body:
        lines.append(f"Content-Type: {kind}")
    lines += [f"Content-Length: {len(body.encode())}", "", body]
    return "\r\n".join(lines).encode()


def answer(request: Message, status: int, tag: str, contact: str, body: str = "") -> bytes:
    """Answer a request; ``tag`` is set where the request had none."""
    to = request["To"] if ";tag=" in request["To"] or status == 100 else f"{request['To']};tag={tag}"
    copied = [(name, value) for name, value in request.headers if name.lower() in ("via", "record-route")]
    named = [
        ("From", request["From"]),
        ("To", to),
        ("Call-ID", request["Call-ID"]),
        ("CSeq", request["CSeq"]),
    ]
    return text(f"SIP/2.0 {status} Test", [*copied, *named, ("Contact", f"<{contact}>")], body)


def sdp(port: int) -> str:
    """Offer or accept A-law at a port of this machine."""
    return (
        "v=0\r\no=phone 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=sendrecv\r\n"
    )
