"""A simulated switch with one call that can become a room, and every way in which its answers go wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from hotline.telephony.calls import CallRecord, merge_all
from hotline.telephony.cel import fact_of_row
from support.ami_simulator import Action, AmiSimulator, answer, message
from support.room_calls import AGENT_CHANNEL, AGENT_LEG, CALL, RoomStory

CITIZEN_CHANNEL = f"PJSIP/trunk-local-{CALL[-4:]}"


def record_of(story: RoomStory) -> CallRecord:
    """The record of what a story's journal tells."""
    facts = [fact for row in story.rows if (fact := fact_of_row(row)) is not None]
    return merge_all(CallRecord(story.call), (fact for fact in facts if fact.call == story.call))


@dataclass
class RoomSwitch:
    """Where citizen and agent are, the lines that are there, and what happens to the next actions.

    ``faults`` maps an action's name to a list, one for each time it comes: ``split`` (the second redirect
    fails), ``lost`` (done, then the connection breaks), ``cut`` (the connection breaks before it is done),
    ``stalled`` (done, never answered), ``no`` (refused).
    """

    ami: AmiSimulator
    places: dict[str, str] = field(default_factory=lambda: {CITIZEN_CHANNEL: "talk", AGENT_CHANNEL: "talk"})
    lines: list[Action] = field(default_factory=list)
    faults: dict[str, list[str]] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    story: RoomStory = field(default_factory=lambda: RoomStory(CALL).begin())

    def __post_init__(self) -> None:
        for name in ("Redirect", "Originate", "Hangup"):
            self.ami.script[name] = self._act
        self.ami.script["CoreShowChannels"] = self._channels
        self.ami.script["ConfbridgeList"] = self._members
        self.ami.script["Getvar"] = lambda action: answer(action, Variable="HL_LINE", Value=self.told_line)
        self.told_line = ""

    def record(self, call: str) -> CallRecord | None:
        """Look the call up as the tracker does."""
        return record_of(self.story) if call == CALL else None

    def _act(self, action: Action) -> bytes | None:
        fault = self.faults.get(action["Action"], []).pop(0) if self.faults.get(action["Action"]) else ""
        if fault == "cut":
            self.ami.reset()
            return None
        refusal = "no" if fault == "no" else self._do(action, split=fault == "split")
        if fault == "lost":
            self.ami.reset()
            return None
        if fault == "stalled":
            return None
        if refusal:
            return message(Response="Error", ActionID=action["ActionID"], Message=refusal)
        return answer(action, Message="Success")

    def _do(self, action: Action, *, split: bool) -> str:
        match action["Action"]:
            case "Redirect":
                return self._redirect(action, split=split)
            case "Originate":
                if any(line["ChannelId"] == action["ChannelId"] for line in self.lines):
                    return "Channel unique ID already in use"
                self.lines.append(action)
                self.done.append(f"call {action['Channel']}")
            case _:
                if action["Channel"] not in self.places:
                    return "No such channel"
                self.places.pop(action["Channel"])
                self.done.append(f"hangup {action['Channel']}")
        return ""

    def _redirect(self, action: Action, *, split: bool) -> str:
        pairs = [(action["Channel"], action["Context"], action["Exten"])]
        if "ExtraChannel" in action:
            pairs.append((action["ExtraChannel"], action["ExtraContext"], action["ExtraExten"]))
        for channel, _, _ in pairs:
            if channel not in self.places:
                return f"Channel does not exist: {channel}"
        if len(pairs) == 1 and self.places == {CITIZEN_CHANNEL: "talk", AGENT_CHANNEL: "talk"}:
            self.done.append("BROKEN A TALK")
        for number, (channel, context, exten) in enumerate(pairs):
            if split and number == 1:
                self.places[channel] = "alone"
                return "Secondary redirect failed"
            self.places[channel] = exten if context == "hotline-room" else context
            self.done.append(f"{channel} to {self.places[channel]}")
        return ""

    def _channels(self, action: Action) -> bytes:
        ids = {CITIZEN_CHANNEL: CALL, AGENT_CHANNEL: AGENT_LEG}
        events = [
            self._channel(action, channel, ids[channel], place) for channel, place in self.places.items()
        ]
        for line in self.lines:
            name = line["Channel"].removesuffix("/n") + "-00000001;1"
            events.append(self._channel(action, name, line["ChannelId"], "line"))
        return self._list(action, "CoreShowChannelsComplete", events)

    def _channel(self, action: Action, channel: str, uniqueid: str, place: str) -> bytes:
        in_room = place in ("citizen", "agent", "wait")
        return message(
            Event="CoreShowChannel",
            ActionID=action["ActionID"],
            Channel=channel,
            ChannelStateDesc="Up",
            Context="hotline-room" if in_room else "hotline-queue" if place == "talk" else place,
            Exten=place if in_room else "public",
            Uniqueid=uniqueid,
            Linkedid=CALL,
            Application="Queue" if place == "talk" else "",
            BridgeId="b-1" if place == "talk" else "",
            Duration="00:00:20",
        )

    def _members(self, action: Action) -> bytes:
        ids = {CITIZEN_CHANNEL: CALL, AGENT_CHANNEL: AGENT_LEG}
        there = [ids[channel] for channel, place in self.places.items() if place in ("citizen", "agent")]
        if not there:
            return message(
                Response="Error", ActionID=action["ActionID"], Message="No Conference by that name found."
            )
        events = [
            message(Event="ConfbridgeList", ActionID=action["ActionID"], Conference=CALL, Uniqueid=uniqueid)
            for uniqueid in there
        ]
        return self._list(action, "ConfbridgeListComplete", events)

    def _list(self, action: Action, end: str, events: Iterable[bytes]) -> bytes:
        head = answer(action, EventList="start", Message="will follow")
        tail = message(Event=end, ActionID=action["ActionID"], EventList="Complete")
        return head + b"".join(events) + tail
