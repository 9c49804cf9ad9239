"""Whom the robot calls: one SIPp behind a trunk; what a person does is told by the number's fourth digit.

1390… answers, may press keys (else ``robot_finger`` does) and waits for the end; 1 is busy; 2 rejects;
3 rings on; 4: the line fails; 5 answers and hangs up; 6 answers and stays silent; 7 refuses with a cause of
Q.850; 8: there is no such number.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from support.sipp_process import AGREED, Sipp, moment, noted, sipp_running

KEYS, BUSY, REJECTS, RINGS, LINE_FAILS, HANGS_UP, SILENT, OFF, NOBODY = range(9)

_HEAD = """\
[last_Via:]
[last_From:]
[last_To:];tag=[pid]r[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
"""
_INVITED = """\
<recv request="INVITE" crlf="true">
<action>
<ereg regexp="sip:([0-9+]+)@" search_in="hdr" header="To:" assign_to="whole,called"/>
<ereg regexp="[^\\r\\n]*" search_in="hdr" header="From:" assign_to="remote"/>
<ereg regexp="[^\\r\\n]*" search_in="hdr" header="To:" assign_to="local"/>
<ereg regexp="sip:[^>;]*" search_in="hdr" header="Contact:" assign_to="target"/>
<ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="cseq"/>
{ways}
</action>
</recv>
<nop><action><log message="[$whole]"/></action></nop>
"""
_WAY = '<ereg regexp="sip:139{way}" search_in="hdr" header="To:" assign_to="way{way}"/>'
_RING = f"<send><![CDATA[\nSIP/2.0 180 Ringing\n{_HEAD}Content-Length: 0\n\n]]></send>\n"
_ANSWER = f"""\
<send retrans="500"><![CDATA[
SIP/2.0 200 OK
{_HEAD}Content-Type: application/sdp
Content-Length: [len]

v=0
o=person 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=sendrecv
]]></send>
<recv request="ACK" crlf="true"/>
"""
_REQUEST = """\
<send retrans="500"><![CDATA[
{method} [$target] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: [$local];tag=[pid]r[call_number]
To: [$remote]
Call-ID: [call_id]
CSeq: {number} {method}
Max-Forwards: 70
{body}
]]></send>
<recv response="200"/>
"""
_KEY = "Content-Type: application/dtmf-relay\nContent-Length: [len]\n\nSignal={key}\nDuration=160"
_REFUSAL = (
    f'<send retrans="500"><![CDATA[\nSIP/2.0 {{code}} No\n{_HEAD}{{more}}Content-Length: 0\n\n]]></send>\n'
    '<recv request="ACK" crlf="true"/>\n'
)
_CANCELLED = f"""\
<recv request="CANCEL" crlf="true"/>
{AGREED}
<send retrans="500"><![CDATA[
SIP/2.0 487 Terminated
[last_Via:]
From: [$remote]
To: [$local];tag=[pid]r[call_number]
[last_Call-ID:]
CSeq: [$cseq] INVITE
Content-Length: 0

]]></send>
<recv request="ACK" crlf="true"/>
"""


def _request(method: str, number: int, body: str = "Content-Length: 0\n") -> str:
    return _REQUEST.format(method=method, number=number, body=body)


def _ways(keys: str, first_s: float, between_s: float) -> dict[int, str]:
    pressing = f'<pause milliseconds="{round(1000 * first_s)}"/>\n' + "".join(
        _request("INFO", number, _KEY.format(key=key))
        + f'<pause milliseconds="{round(1000 * between_s)}"/>\n'
        for number, key in enumerate(keys, 1)
    )
    ended = f'<recv request="BYE" crlf="true"/>\n{AGREED}\n'
    return {
        KEYS: _RING + _ANSWER + moment("answered", "[$called]") + pressing + ended,
        BUSY: _REFUSAL.format(code=486, more=""),
        REJECTS: _REFUSAL.format(code=603, more=""),
        RINGS: _RING + _CANCELLED,
        LINE_FAILS: _REFUSAL.format(code=503, more=""),
        HANGS_UP: _RING + _ANSWER + '<pause milliseconds="150"/>\n' + _request("BYE", 1),
        SILENT: _RING + _ANSWER + moment("answered", "[$called]") + ended,
        OFF: _REFUSAL.format(code=480, more='Reason: Q.850;cause=20;text="absent"\n'),
        NOBODY: _REFUSAL.format(code=404, more=""),
    }


def scenario(keys: str, *, first_s: float, between_s: float) -> str:
    """Return the XML: one scenario for everybody, which branches by the number that was called."""
    ways = _ways(keys, first_s, between_s)
    steps = [_INVITED.format(ways="\n".join(_WAY.format(way=way) for way in ways))]
    steps.append(moment("called", "[$called]"))
    steps += [f'<nop next="{way + 1}" test="way{way}"/>' for way in ways]
    for way, body in ways.items():
        steps.append(f'<label id="{way + 1}"/>\n{body}<nop next="99">{noted("over", "[$called]")}</nop>')
    steps.append('<label id="99"/>')
    body = "\n".join(steps)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="people">\n{body}\n</scenario>\n'


@dataclass(frozen=True)
class People:
    """Those who are called."""

    sipp: Sipp

    def called(self) -> Counter[str]:
        """How often each number was called: an INVITE each, however often it was sent."""
        return Counter(self.times("called"))

    def times(self, name: str) -> list[str]:
        """The numbers of which something was written down: ``called``, ``answered``, ``over``."""
        return [found.words[0] for found in self.sipp.moments() if found.name == name]


@asynccontextmanager
async def people(
    port: int, keys: str = "", *, first_s: float = 0.0, between_s: float = 0.3
) -> AsyncGenerator[People]:
    """Be everybody behind a trunk at ``port``; who answers presses ``keys`` one after another.

    Nobody makes a sound: the prompts' tones, sent back, would be taken for a busy tone.
    """
    text = scenario(keys, first_s=first_s, between_s=between_s)
    async with sipp_running(text, "-aa", "-default_behaviors", "all,-bye", port=port) as sipp:
        async with asyncio.timeout(20):
            while not _is_bound(port):  # noqa: ASYNC110  # by another process
                await asyncio.sleep(0.05)
        yield People(sipp)


def _is_bound(port: int) -> bool:
    return f":{port:04X} " in Path("/proc/net/udp").read_text(encoding="ascii")
