"""The AMI events that the service reads: one list for the switch's own filter and for our parser.

Asterisk sends about a hundred events a call when everything is on; what is not named here never
leaves the switch (``eventfilter`` in ``dialplans/manager.conf.j2``). Answers to actions, their lists
included, are not filtered.
"""

from __future__ import annotations

EVENTS_WANTED: frozenset[str] = frozenset(
    {
        "AgentRingNoAnswer",
        "CEL",
        "FullyBooted",
        "Hold",
        "OriginateResponse",
        "QueueMemberAdded",
        "QueueMemberPause",
        "QueueMemberPenalty",
        "QueueMemberRemoved",
        "QueueMemberRinginuse",
        "QueueMemberStatus",
        "Unhold",
    }
)
"""Names as they stand after ``Event:``."""


EVENTS_UNREAD: tuple[str, ...] = (
    "AgentCalled",
    "AgentComplete",
    "AgentConnect",
    "AgentDump",
    "BridgeCreate",
    "BridgeDestroy",
    "BridgeEnter",
    "BridgeLeave",
    "ChallengeSent",
    "ConfbridgeEnd",
    "ConfbridgeJoin",
    "ConfbridgeLeave",
    "ConfbridgeStart",
    "ConfbridgeTalking",
    "ContactStatus",
    "DeviceStateChange",
    "DialBegin",
    "DialEnd",
    "DialState",
    "DTMFBegin",
    "DTMFEnd",
    "Hangup",
    "HangupHandlerPop",
    "HangupHandlerPush",
    "HangupHandlerRun",
    "HangupRequest",
    "LocalBridge",
    "LocalOptimizationBegin",
    "LocalOptimizationEnd",
    "MixMonitorStart",
    "MixMonitorStop",
    "MusicOnHoldStart",
    "MusicOnHoldStop",
    "NewAccountCode",
    "NewCallerid",
    "Newchannel",
    "NewConnectedLine",
    "Newexten",
    "Newstate",
    "QueueCallerAbandon",
    "QueueCallerJoin",
    "QueueCallerLeave",
    "RTCPReceived",
    "RTCPSent",
    "SoftHangupRequest",
    "SuccessfulAuth",
    "VarSet",
)
"""The many events of a call that nobody reads: switched off in the switch, since each one that is made costs
it the writing and wakes every session, whatever the session's filter says."""
