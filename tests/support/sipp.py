"""Plays citizens with SIPp: real SIP and RTP against a switch, from a list of steps.

A scenario offers A-law and telephone-event as payload type 96, the one that SIPp's ``play_dtmf`` sends.
As root keys go out as RFC 4733 events in the media; SIPp needs a raw socket for that, so for another user
they go out as SIP INFO, which the switch takes alike. Sound is streamed by SIPp itself (``rtp_stream``),
from a file of raw A-law at 8 kHz.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from support.sipp_process import AGREED, moment, sipp_running


@dataclass(frozen=True)
class Wait:
    """Stay in the call and do nothing."""

    seconds: float


@dataclass(frozen=True)
class Keys:
    """Press keys; the step lasts until they are sent."""

    digits: str
    as_info: bool = False
    """Send them as SIP INFO even where RFC 4733 is possible."""


@dataclass(frozen=True)
class Speak:
    """Stream raw A-law (8 kHz, one byte a sample) once; the step does not wait for its end."""

    file: Path


@dataclass(frozen=True)
class Mark:
    """Write down the moment under a name."""

    name: str


@dataclass(frozen=True)
class AwaitHangup:
    """Wait until the switch hangs up."""

    limit_s: float = 30.0


Step = Wait | Keys | Speak | Mark | AwaitHangup


@dataclass(frozen=True)
class SippResult:
    """The end of a run. ``marks``: seconds since 1970 by name (``answered``, ``ended``, the test's own)."""

    status: int
    marks: dict[str, list[float]]
    errors: str

    @property
    def ok(self) -> bool:
        """Whether every call went as the scenario says."""
        return self.status == 0

    def at(self, name: str) -> float:
        """Return the first moment under a name."""
        return self.marks[name][0]


KEY_S = 0.5
"""Tone and pause of one key."""


def scenario(
    steps: Sequence[Step],
    *,
    name: str | None = None,
    called: str = "12345",
    headers: Mapping[str, str] | None = None,
) -> str:
    """Return the XML of a citizen's call: INVITE, the steps, BYE unless the switch hangs up."""
    shown = f'"{name}" ' if name is not None else ""
    # SIPp reads [brackets] as its own words; a caller's name must stay what it is.
    shown = shown.replace("[", "\\[")
    invite = _INVITE.format(shown=shown.replace("]]>", ""), called=escape(called))
    more = "".join(f"{key}: {value}\n" for key, value in (headers or {}).items())
    parts = [invite.replace("Content-Type:", f"{more}Content-Type:", 1)]
    for step in steps:
        parts.append(_step(step, called))
    if not any(isinstance(step, AwaitHangup) for step in steps):
        parts.append(_BYE.format(called=escape(called)))
    parts.append(moment("ended"))
    body = "\n".join(parts)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="citizen">\n{body}\n</scenario>\n'


async def call(
    target: str,
    steps: Sequence[Step],
    *,
    number: str = "13812345678",
    name: str | None = None,
    called: str = "12345",
    headers: Mapping[str, str] | None = None,
    calls: int = 1,
    rate: float = 10.0,
    at_once: int | None = None,
    limit_s: float = 60.0,
) -> SippResult:
    """Make calls to ``host:port`` and wait for their end; ``calls`` of them at ``rate`` a second.

    With ``at_once`` no more calls than that are in progress at a time.
    """
    async with sipp_running(
        scenario(steps, name=name, called=called, headers=headers),
        *(target, "-s", called, "-m", str(calls), "-r", f"{rate:g}", "-l", str(at_once or max(calls, 1))),
        *("-key", "number", number, "-timeout", f"{limit_s:g}s", "-timeout_error"),
    ) as sipp:
        status = await sipp.ended(limit_s + 10)
        marks: dict[str, list[float]] = {}
        for found in sipp.moments():
            marks.setdefault(found.name, []).append(found.at)
        return SippResult(status, marks, sipp.errors())


def _step(step: Step, called: str) -> str:
    match step:
        case Wait(seconds):
            return f'<pause milliseconds="{int(seconds * 1000)}"/>'
        case Keys(digits, as_info):
            return _keys(digits, called, as_info=as_info or os.geteuid() != 0)
        case Speak(file):
            return f'<nop><action><exec rtp_stream="{escape(str(file))},1,8,PCMA/8000"/></action></nop>'
        case Mark(name):
            return moment(name)
        case AwaitHangup(limit_s):
            return _HANGUP.format(limit=int(limit_s * 1000))


def _keys(digits: str, called: str, *, as_info: bool) -> str:
    if not as_info:
        lasts = int(len(digits) * KEY_S * 1000)
        return (
            f'<nop><action><exec play_dtmf="{escape(digits)}"/></action></nop>\n'
            f'<pause milliseconds="{lasts}"/>'
        )
    return "\n".join(_INFO.format(digit=escape(digit), called=escape(called)) for digit in digits)


_INVITE = """\
<send retrans="500"><![CDATA[
INVITE sip:{called}@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: {shown}<sip:[number]@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:{called}@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:[number]@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=citizen 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 8 96
a=rtpmap:8 PCMA/8000
a=rtpmap:96 telephone-event/8000
a=fmtp:96 0-15
a=sendrecv
]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="183" optional="true"/>
<recv response="200" rtd="true" rrs="true"/>
<send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
[last_From:]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Contact: <sip:[number]@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Length: 0

]]></send>
""" + moment("answered")

_INFO = """\
<send retrans="500"><![CDATA[
INFO [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: <sip:[number]@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:{called}@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: [cseq] INFO
Max-Forwards: 70
Content-Type: application/dtmf-relay
Content-Length: [len]

Signal={digit}
Duration=160
]]></send>
<recv response="200"/>
<pause milliseconds="100"/>"""

_BYE = """\
<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: <sip:[number]@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:{called}@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: [cseq] BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/>"""

_HANGUP = '<recv request="BYE" timeout="{limit}"/>\n' + AGREED
