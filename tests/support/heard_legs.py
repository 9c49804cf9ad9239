"""Legs of a call with a room, as live audio names them, and the record that the switch's lines make."""

from __future__ import annotations

from hotline.telephony.audio_ports import LegOfCall
from hotline.telephony.calls import CallRecord, merge
from hotline.telephony.cel import fact_of_event, fact_of_row
from support.call_facts import Story, live
from support.room_calls import AGENT_CHANNEL, AGENT_LEG, CALL

CITIZEN = LegOfCall(CALL, CALL, "PJSIP/trunk-local-00000012", "citizen", "")
AGENT = LegOfCall(CALL, AGENT_LEG, AGENT_CHANNEL, "agent", "1001")
POLICE = LegOfCall(CALL, "node1-1795320031.77", "PJSIP/trunk-line-0000004d", "third", "")


def record_of(story: Story, *, is_live: bool = False) -> CallRecord:
    record = CallRecord(story.call)
    for cells in story.rows:
        cells = [cell.replace("PJSIP/trunk-local-0.12", CITIZEN.channel) for cell in cells]  # noqa: PLW2901  # the citizen's real channel name
        fact = fact_of_event(live(cells)) if is_live else fact_of_row(cells)
        if fact is not None and fact.call == story.call:
            record = merge(record, fact)
    return record
