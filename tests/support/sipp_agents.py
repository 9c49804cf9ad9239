"""Agents' phones played by one SIPp: every call is answered at once and its sound comes back as an echo.

They talk until the other side hangs up, or for a length of time and hang up themselves.
"""

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

_ANSWERED = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<scenario name="agents">
<recv request="INVITE" rrs="true" crlf="true">
<action><ereg regexp=".*" search_in="hdr" header="From:" assign_to="citizen"/></action>
</recv>
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
"""

_UNTIL_HANGUP = f"""\
<recv request="ACK" optional="true" crlf="true"/>
<recv request="BYE" crlf="true"/>
{AGREED}
<Reference variables="citizen"/>
"""

_FOR_A_WHILE = """\
<recv request="ACK" crlf="true"/>
<pause milliseconds="{talk_ms}"/>
<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[local_ip]:[local_port]>;tag=[pid]a[call_number]
To:[$citizen]
Call-ID: [call_id]
CSeq: 1 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/>
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
async def answering_agents(port: int, *, talk_s: float | None = None) -> AsyncGenerator[None]:
    """Answer at ``port`` for the length of the block; with ``talk_s`` each hangs up after so many seconds."""
    talk = _UNTIL_HANGUP if talk_s is None else _FOR_A_WHILE.format(talk_ms=round(talk_s * 1000))
    # A switch with too much to do sends ACK again; that must not end a call without a BYE.
    kept = ("-default_behaviors", "all,-abortunexp")
    async with sipp_running(f"{_ANSWERED}{talk}</scenario>\n", "-aa", "-rtp_echo", *kept, port=port):
        yield
