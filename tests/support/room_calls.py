"""Calls with a room as the switch would write them: a third line's marks come on channels of its own."""

from __future__ import annotations

from dataclasses import dataclass

from support.call_facts import SECOND, Story, row

CALL, AGENT_LEG, LINE = "node1-1795320000.12", "node1-1795320000.122", "1795320030000"
AGENT_CHANNEL = "PJSIP/1001-00000001"


@dataclass
class RoomStory(Story):
    """A call with a citizen and an agent who talk, and third lines."""

    moved: int = 0

    def begin(self) -> RoomStory:
        """The citizen asks for a human; the agent answers; they talk."""
        self.arrive().menu().ask().enter().ring(AGENT_LEG).wait(3).answer(AGENT_LEG).wait(20)
        return self

    def told(self, name: str, leg: str, channel: str, linkedid: str = "", **values: object) -> RoomStory:
        """A mark on any channel, with the call's id in it."""
        pairs = "&".join(f"{key}={value}" for key, value in {"call": self.call, **values}.items())
        extra: dict[str, object] = {"extra": pairs}
        self.rows.append(
            row(f"HL_3W_{name}", self.at_us, leg, linkedid or self.call, channel=channel, extra=extra)
        )
        self.at_us += 137
        return self

    def of_line(self, name: str, line: str = LINE, **values: object) -> RoomStory:
        """A mark of a line, on a Local channel whose Linkedid is not the call's."""
        own = f"node1-{line[:10]}.{line[-3:]}"
        return self.told(
            name, own, f"Local/police@hotline-line-0000000{line[-1]};2", own, line=line, **values
        )

    def ask_for(self, line: str = LINE, target: str = "police", **values: object) -> RoomStory:
        given = {"target": target, "agent": "1001", "how": "key", "mode": "direct", "request": "", **values}
        return self.of_line("ASKED", line, **given)

    def move(self) -> RoomStory:
        """Both are moved into the room."""
        self.moved += 1
        self.told("MOVED", self.call, "PJSIP/trunk-local-0012", who="citizen", agent="1001", n=self.moved)
        self.told("MOVED", AGENT_LEG, AGENT_CHANNEL, who="agent", agent="1001", n=self.moved)
        self.event("BRIDGE_EXIT", bridge_id="b-1").event("BRIDGE_EXIT", AGENT_LEG, bridge_id="b-1")
        room = f"room-{self.moved}"
        self.event("BRIDGE_ENTER", AGENT_LEG, channel=AGENT_CHANNEL, bridge_id=room)
        self.event("BRIDGE_ENTER", bridge_id=room)
        return self

    def hold(self) -> RoomStory:
        """The citizen waits, the agent goes into the room: a consultation."""
        self.moved += 1
        self.told("HELD", self.call, "PJSIP/trunk-local-0012", n=self.moved)
        return self.told("MOVED", AGENT_LEG, AGENT_CHANNEL, who="agent", agent="1001", n=self.moved)

    def join_all(self) -> RoomStory:
        """The citizen is brought to the others."""
        self.moved += 1
        self.told("UNHELD", self.call, "PJSIP/trunk-local-0012", n=self.moved)
        self.moved += 1
        return self.told(
            "MOVED", self.call, "PJSIP/trunk-local-0012", who="citizen", agent="1001", n=self.moved
        )

    def dial(self, line: str = LINE, route: int = 1, *, number: str = "110") -> RoomStory:
        self.of_line("DIAL", line, route=route, trunk="emergency", number=number)
        self.at_us += SECOND // 10
        return self.of_line("RINGING", line, route=route)

    def fail(self, line: str = LINE, route: int = 1, why: str = "busy", cause: str = "17") -> RoomStory:
        return self.of_line("FAILED", line, route=route, why=why, cause=cause)

    def join_line(self, line: str = LINE, route: int = 1) -> RoomStory:
        self.of_line("ANSWERED", line, route=route)
        self.at_us += SECOND // 100
        return self.of_line("JOINED", line)

    def agent_leaves(self) -> RoomStory:
        self.told("LEFT", AGENT_LEG, AGENT_CHANNEL, who="agent", agent="1001", n=self.moved)
        self.event("BRIDGE_EXIT", AGENT_LEG, bridge_id=f"room-{self.moved}")
        self.hang_up(AGENT_LEG, agent="1001")
        return self

    def alone(self) -> RoomStory:
        return self.told("ALONE", self.call, "PJSIP/trunk-local-0012", n=self.moved)

    def ends(self) -> RoomStory:
        """The citizen hangs up, and with him all others."""
        self.hang_up().retire()
        return self


def emergency(call: str = CALL, *, at_us: int | None = None) -> RoomStory:
    """*110: the first route is busy, the second answers, the agent leaves, the citizen goes on."""
    story = RoomStory(call) if at_us is None else RoomStory(call, at_us)
    story.begin().ask_for().move().dial().wait(1)
    story.fail().dial(route=2, number="0110").wait(4)
    story.join_line(route=2).wait(30)
    story.agent_leaves().wait(60).of_line("LEFT", who="line").hang_up().retire()
    return story
