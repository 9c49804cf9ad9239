"""The load's two sides as SIPp scenarios: citizens with patience, and agents' desk phones.

What each does and when comes from a file of values, one line a call; what happened is in SIPp's own log.
A call is found again by the citizen's number, which the switch shows to the agent's phone.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NamedTuple

from support.sipp_process import Sipp, moment, noted, sipp_running

MOST_KEYS = 3
KEY_MS = 100
"""How long a key is held; the switch counts it from its beginning."""


class Press(NamedTuple):
    """A key, and how long after what was before it is pressed (ms)."""

    key: int
    after_ms: int


@dataclass(frozen=True)
class Caller:
    """What one citizen means to do; times are milliseconds."""

    number: str
    start_ms: int
    keys: tuple[Press, ...]
    """At most ``MOST_KEYS``; the first counts from the answer."""
    stay_ms: int
    """From the last key, or the answer, until the citizen hangs up."""
    kind: str = ""
    """Which part of the load it belongs to, for whoever reads a failure."""


@dataclass(frozen=True)
class Answer:
    """What a desk phone does with one call: ring so long, talk so long; milliseconds."""

    ring_ms: int
    talk_ms: int


@asynccontextmanager
async def citizens(target: str, callers: Iterable[Caller]) -> AsyncGenerator[Sipp]:
    """Let all of them call ``host:port``, each at its time; SIPp ends with the last call."""
    lines: list[str] = []
    for one in callers:
        keys = [*one.keys, *[Press(-1, 0)] * MOST_KEYS][:MOST_KEYS]
        pressed = ";".join(f"{key};{after_ms}" for key, after_ms in keys)
        lines.append(f"{one.number};{one.start_ms};{one.stay_ms};{pressed};")
    async with sipp_running(
        _CITIZEN,
        *(target, "-s", "12345", "-inf", "citizens.csv", "-m", str(len(lines)), "-l", str(len(lines))),
        *("-r", "100"),
        files={"citizens.csv": "\n".join(("SEQUENTIAL", *lines, ""))},
    ) as sipp:
        yield sipp


@asynccontextmanager
async def phones(port: int, answers: Iterable[Answer]) -> AsyncGenerator[Sipp]:
    """Be desk phones that answer; call after call takes the next of ``answers``, again from the first."""
    lines = [f"{one.ring_ms};{one.talk_ms};" for one in answers]
    files = {"answers.csv": "\n".join(("SEQUENTIAL", *lines, ""))}
    async with sipp_running(_PHONE, "-aa", "-inf", "answers.csv", port=port, files=files) as sipp:
        yield sipp


@asynccontextmanager
async def busy_phones(port: int) -> AsyncGenerator[Sipp]:
    """Be desk phones whose line is engaged (486)."""
    async with sipp_running(_BUSY_PHONE, "-aa", port=port) as sipp:
        yield sipp


def _number(variable: str, field: int) -> str:
    text = f"text{field}"
    return (
        f'<assignstr assign_to="{text}" value="[field{field}]"/>'
        f'<todouble assign_to="{variable}" variable="{text}"/>'
    )


def _press(index: int) -> str:
    """Press a key when there is one. SIPp without root cannot send it in the media, so it goes as INFO."""
    step, field = f"key{index}", 3 + 2 * index
    return f"""\
<nop><action>{_number("key", field)}{_number("after", field + 1)}
<test assign_to="none" variable="key" compare="less_than" value="0"/></action></nop>
<nop next="stay" test="none"/>
<pause variable="after"/>
{moment(step, "[field0]")}
<send retrans="500"><![CDATA[
INFO [next_url] SIP/2.0
{_FROM_CITIZEN}CSeq: [cseq] INFO
Content-Type: application/dtmf-relay
Content-Length: [len]

Signal=[field{field}]
Duration={KEY_MS}
]]></send>
<recv response="200" optional="true" timeout="4000" ontimeout="{step}_done" next="{step}_done">
{noted(f"{step}_taken", "[field0]")}</recv>
<recv response="481" next="{step}_done"/>
<label id="{step}_done"/>
"""


_LINES = """\
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

"""

_FROM_CITIZEN = """\
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:12345@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
Max-Forwards: 70
Contact: <sip:[field0]@[local_ip]:[local_port]>
"""

_CITIZEN = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<scenario name="citizens">
<nop><action>
{_number("start", 1)}{_number("stay", 2)}
</action></nop>
<pause variable="start"/>
{moment("invite", "[field0]")}
<send retrans="500" next="sent"><![CDATA[
INVITE sip:12345@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:12345@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:[field0]@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=citizen 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
a=sendrecv
]]></send>
<recv request="BYE" optional="global" next="hung_up"/>
<label id="sent"/>
<recv response="100" optional="true" timeout="30000" ontimeout="end">{noted("trying", "[field0]")}</recv>
<recv response="180" optional="true" timeout="30000" ontimeout="end"/>
<recv response="183" optional="true"/>
<recv response="200" rrs="true">{noted("connected", "[field0]")}</recv>
<send><![CDATA[
ACK [next_url] SIP/2.0
{_FROM_CITIZEN}CSeq: 1 ACK
Content-Length: 0

]]></send>
{"".join(_press(index) for index in range(MOST_KEYS))}
<label id="stay"/>
<pause variable="stay"/>
{moment("bye", "[field0]")}
<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
{_FROM_CITIZEN}CSeq: [cseq] BYE
Content-Length: 0

]]></send>
<recv response="200" optional="true" timeout="4000" ontimeout="end" next="end">
{noted("gone", "[field0]")}</recv>
<recv response="481" next="end"/>
<label id="hung_up"/>
{moment("hung_up", "[field0]")}
<send><![CDATA[
SIP/2.0 200 OK
{_LINES}
]]></send>
<label id="end"/>
<nop/>
</scenario>
"""

_INVITED = """\
<recv request="INVITE" rrs="true"><action>
<ereg regexp="sip:([0-9+]*)@" search_in="hdr" header="From:" assign_to="whole,number"/>
<ereg regexp="sip:([0-9]*)@" search_in="hdr" header="To:" assign_to="whole,agent"/>
<ereg regexp=".*" search_in="hdr" header="From:" assign_to="from"/>
<ereg regexp=".*" search_in="hdr" header="To:" assign_to="to"/>
<ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="cseq"/>
</action></recv>
"""

_TO_SWITCH = """\
[last_Via:]
[last_From:]
[last_To:];tag=[pid]a[call_number]
[last_Call-ID:]
CSeq: [$cseq] INVITE
Contact: <sip:[local_ip]:[local_port]>
"""

_PHONE = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<scenario name="phones">
{_INVITED}
<nop><action>{_number("ring", 0)}{_number("talk", 1)}</action></nop>
{moment("ringing", "[$number]", "[$agent]")}
<nop next="rings"/>
<recv request="CANCEL" optional="global" next="cancelled"/>
<recv request="BYE" optional="global" next="hung_up"/>
<recv request="NONE"/>
<label id="rings"/>
<send><![CDATA[
SIP/2.0 180 Ringing
{_TO_SWITCH}Content-Length: 0

]]></send>
<pause variable="ring"/>
{moment("answered", "[$number]", "[$agent]")}
<send retrans="500"><![CDATA[
SIP/2.0 200 OK
{_TO_SWITCH}Content-Type: application/sdp
Content-Length: [len]

v=0
o=agent 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
a=sendrecv
]]></send>
<recv request="ACK">{noted("acknowledged", "[$number]", "[$agent]")}</recv>
<pause variable="talk"/>
{moment("bye", "[$number]", "[$agent]")}
<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: [$to];tag=[pid]a[call_number]
To: [$from]
Call-ID: [call_id]
CSeq: 1 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200" optional="true" timeout="4000" ontimeout="end" next="end"/>
<recv response="481" next="end"/>
<label id="cancelled"/>
{moment("cancelled", "[$number]", "[$agent]")}
<send><![CDATA[
SIP/2.0 200 OK
{_LINES}
]]></send>
<send retrans="500"><![CDATA[
SIP/2.0 487 Request Terminated
{_TO_SWITCH}Content-Length: 0

]]></send>
<recv request="ACK" next="end"/>
<label id="hung_up"/>
{moment("hung_up", "[$number]", "[$agent]")}
<send><![CDATA[
SIP/2.0 200 OK
{_LINES}
]]></send>
<label id="end"/>
<nop/>
<Reference variables="whole"/>
</scenario>
"""

_BUSY_PHONE = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<scenario name="busy phones">
{_INVITED}
{moment("refused", "[$number]", "[$agent]")}
<send retrans="500"><![CDATA[
SIP/2.0 486 Busy Here
{_TO_SWITCH}Content-Length: 0

]]></send>
<recv request="ACK"/>
<Reference variables="whole,from,to"/>
</scenario>
"""
