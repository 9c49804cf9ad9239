"""What lies behind a trunk: telephones that answer, are busy or ring on, played by one SIPp."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from support.sipp_process import AGREED, Sipp, moment, sipp_running

_HEAD = """\
[last_Via:]
[last_From:]
[last_To:];tag=[pid]o[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
"""

_INVITED = """\
<recv request="INVITE" crlf="true">
<action>
<ereg regexp="sip:([0-9+]+)@" search_in="hdr" header="To:" assign_to="whole,called"/>
<ereg regexp="sip:([0-9+]+)@" search_in="hdr" header="From:" assign_to="whole,shown"/>
</action>
</recv>
<nop><action><log message="[$whole]"/></action></nop>
"""

_RING = f"""\
<send><![CDATA[
SIP/2.0 180 Ringing
{_HEAD}Content-Length: 0

]]></send>
"""

_ANSWER = f"""\
<pause milliseconds="300"/>
<send retrans="500"><![CDATA[
SIP/2.0 200 OK
{_HEAD}Content-Type: application/sdp
Content-Length: [len]

v=0
o=outside 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
a=sendrecv
]]></send>
<recv request="ACK" crlf="true"/>
{moment("answered")}
<recv request="BYE" crlf="true"/>
<send><![CDATA[
SIP/2.0 200 OK
{_HEAD}Content-Length: 0

]]></send>
"""

_REFUSE = f"""\
<send retrans="500"><![CDATA[
SIP/2.0 CODE Refused
{_HEAD}Content-Length: 0

]]></send>
<recv request="ACK" crlf="true"/>
"""

_RING_ON = f"""\
<recv request="CANCEL" crlf="true"/>
{AGREED}
<nop><action><log message="cancelled 0 0"/></action></nop>
"""

_WAYS = {
    "answer": _RING + _ANSWER,
    "busy": _REFUSE.replace("CODE", "486"),
    "ring": _RING + _RING_ON,
    **{code: _REFUSE.replace("CODE", code) for code in ("403", "480", "486", "503", "600", "603")},
}


@dataclass(frozen=True)
class Outside:
    """The telephones; ``called`` are the numbers in the order of the calls."""

    sipp: Sipp

    @property
    def called(self) -> list[str]:
        return [found.words[0] for found in self.sipp.moments() if found.name == "called"]

    @property
    def shown(self) -> list[str]:
        """The caller's number of each call."""
        return [found.words[1] for found in self.sipp.moments() if found.name == "called"]

    def count(self, name: str) -> int:
        """How often something happened: ``called``, ``answered``, ``cancelled``."""
        return sum(found.name == name for found in self.sipp.moments())


@asynccontextmanager
async def telephones(port: int, way: str = "answer") -> AsyncGenerator[Outside]:
    """Be the network behind a trunk at ``port``: every telephone there answers, is busy, or rings on.

    ``way`` may be the code of an answer, such as ``503``.
    """
    steps = _INVITED + moment("called", "[$called]", "[$shown]") + _WAYS[way]
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="outside">\n{steps}\n</scenario>\n'
    async with sipp_running(body, "-aa", "-rtp_echo", port=port) as sipp:
        async with asyncio.timeout(20):
            while not _is_bound(port):  # noqa: ASYNC110  # by another process
                await asyncio.sleep(0.05)
        yield Outside(sipp)


def _is_bound(port: int) -> bool:
    return f":{port:04X} " in Path("/proc/net/udp").read_text(encoding="ascii")
