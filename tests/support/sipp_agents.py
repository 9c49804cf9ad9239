"""Agents' phones played by one SIPp: every call is answered at once and its sound comes back as an echo."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from support.asterisk import PHONE_SECRET
from support.sipp_process import AGREED, sipp_running

_ANSWER = """\
[last_Via:]
[last_From:]
[last_To:];tag=[pid]a[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
"""

_SCENARIO = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<scenario name="agents">
<recv request="INVITE" crlf="true"/>
<send><![CDATA[
SIP/2.0 180 Ringing
{_ANSWER}Content-Length: 0

]]></send>
<send retrans="500"><![CDATA[
SIP/2.0 200 OK
{_ANSWER}Content-Type: application/sdp
Content-Length: [len]

v=0
o=agent 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
a=sendrecv
]]></send>
<recv request="ACK" optional="true" crlf="true"/>
<recv request="BYE" crlf="true"/>
{AGREED}
</scenario>
"""


def desk_phones(count: int, port: int, *, queue: str = "public") -> list[dict[str, Any]]:
    """Return agents for the settings whose phones are all at this port."""
    return [
        {
            "number": str(2000 + index),
            "name": f"坐席{index}",
            "secret": PHONE_SECRET,
            "queues": [queue],
            "address": f"127.0.0.1:{port}",
        }
        for index in range(count)
    ]


@asynccontextmanager
async def answering_agents(port: int) -> AsyncGenerator[None]:
    """Answer at ``port`` for the length of the block."""
    async with sipp_running(_SCENARIO, "-aa", "-rtp_echo", port=port):
        yield
