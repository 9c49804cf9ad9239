"""The machine of a request against a switch that fails, hangs up, loses answers and forgets its service."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.telephony.conference_machine import (
    Command,
    CouldNotCall,
    Done,
    Late,
    Lost,
    Mode,
    News,
    Place,
    Refused,
    Request,
    Seen,
    State,
    Told,
    View,
    advance,
    begin,
)

REQUEST = Request("r", "call", "1795320000000", "police", "1001")
TALK = View("talk", "talk")


def test_the_way_without_trouble() -> None:
    request, command = begin(REQUEST, TALK)
    steps = [(request.state, command)]
    for news in (Done(), Done(), Told()):
        request, command = advance(request, news)
        steps.append((request.state, command))
    assert steps == [
        (State.MOVING, Command.MOVE_BOTH),
        (State.CALLING, Command.CALL),
        (State.CALLED, Command.NOTHING),
        (State.RUNNING, Command.NOTHING),
    ]


def test_a_room_that_is_there_is_not_made_again() -> None:
    request, command = begin(REQUEST, View("room", "room"))
    assert (request.state, command) == (State.CALLING, Command.CALL)


def test_a_consultation_in_a_room_makes_the_citizen_wait_first() -> None:
    consult = replace(REQUEST, mode="consult")
    assert begin(consult, View("room", "room"))[1] is Command.MOVE_CITIZEN
    assert begin(consult, View("wait", "room"))[1] is Command.CALL
    assert begin(consult, TALK)[1] is Command.MOVE_BOTH


def test_one_who_stands_alone_after_half_a_move_gets_the_other_back() -> None:
    moving, _ = begin(REQUEST, TALK)
    mending, command = advance(moving, Refused("Secondary redirect failed"))
    assert (mending.state, command) == (State.MENDING, Command.MOVE_AGENT)
    assert advance(mending, Done())[1] is Command.CALL
    looking, command = advance(mending, Refused("Channel does not exist"))
    assert command is Command.LOOK
    assert advance(looking, Seen(View("room", "alone")))[1] is Command.MOVE_AGENT
    assert advance(looking, Seen(View("alone", "room")))[1] is Command.MOVE_CITIZEN
    assert advance(looking, Seen(View("room", "gone")))[0].why == "agent_gone"


@pytest.mark.parametrize(
    ("view", "why"),
    [
        (View("gone", "talk"), "gone"),
        (View("talk", "talk", other="1"), "busy"),
        (View("elsewhere", "gone"), "agent_gone"),
        (View("elsewhere", "talk"), "not_in_talk"),
        (View("talk", "elsewhere"), "not_in_talk"),
    ],
)
def test_what_cannot_be_done_is_not_begun(view: View, why: str) -> None:
    request, command = begin(REQUEST, view)
    assert (request.state, request.why, command) == (State.FAILED, why, Command.NOTHING)


def test_a_call_whose_answer_was_lost_is_looked_for_before_it_is_made_again() -> None:
    calling, _ = begin(REQUEST, View("room", "room"))
    looking, command = advance(calling, Lost())
    assert command is Command.LOOK
    assert advance(looking, Seen(View("room", "room", line=True)))[0].state is State.CALLED
    assert advance(looking, Seen(View("room", "room")))[1] is Command.CALL
    assert advance(calling, Refused("Unique ID already in use"))[0].state is State.CALLED


def test_a_call_that_the_switch_cannot_begin_fails() -> None:
    called, _ = advance(begin(REQUEST, View("room", "room"))[0], Done())
    assert advance(called, CouldNotCall())[0].why == "refused"
    assert advance(called, Late())[0].why == "switch_away"
    running, _ = advance(called, Told())
    assert advance(running, CouldNotCall()) == (running, Command.NOTHING)


def test_a_switch_that_always_refuses_ends_the_request() -> None:
    request, command = begin(REQUEST, TALK)
    for _ in range(20):
        if command is Command.NOTHING:
            break
        news: News = Seen(TALK) if command is Command.LOOK else Refused("no")
        request, command = advance(request, news)
    assert (request.state, request.why) == (State.FAILED, "refused")


@dataclass
class FakeSwitch:
    """Two parties in a talk; the dialplan's promise: whoever is left alone is brought to an end by itself."""

    mode: Mode
    citizen: Place = "talk"
    agent: Place = "talk"
    calls: int = 0
    other: str = ""
    moved_alone: list[str] = field(default_factory=list)

    def view(self) -> View:
        return View(self.citizen, self.agent, self.calls > 0, self.other)

    def carry_out(self, command: Command, fault: str) -> News:
        """Carry a command out; ``fault``: none, lost (done, unanswered), dropped (not done), split."""
        if fault == "dropped":
            return Lost()
        answer = self._do(command, split=fault == "split")
        return Lost() if fault == "lost" else answer

    def key(self) -> None:
        """The agent presses the key of the same line: the dialplan moves both and calls it."""
        if self.citizen in ("gone", "elsewhere") or self.agent == "gone" or self.other or self.calls:
            return
        self.citizen = self.agent = "room"
        self.other = "key"

    def hang_up(self, who: str) -> None:
        if who == "citizen":
            self.citizen = self.agent = "gone"
        elif self.agent != "gone":
            self.agent = "gone"
            self.citizen = self.citizen if self.citizen == "gone" else "elsewhere"

    def _do(self, command: Command, *, split: bool) -> News:
        if command is Command.CALL:
            return self._call()
        moves = {"citizen": command is not Command.MOVE_AGENT, "agent": command is not Command.MOVE_CITIZEN}
        if (moves["citizen"] and self.citizen == "gone") or (moves["agent"] and self.agent == "gone"):
            return Refused("Channel does not exist: x")
        if command is Command.MOVE_AGENT and self.citizen == "talk":
            self.moved_alone.append("agent")
        if command is Command.MOVE_CITIZEN and self.agent == "talk":
            self.moved_alone.append("citizen")
        if moves["citizen"]:
            self.citizen = "wait" if self.mode == "consult" else "room"
        if split and command is Command.MOVE_BOTH:
            self.agent = "alone"
            return Refused("Secondary redirect failed")
        self.agent = "room" if moves["agent"] else self.agent
        return Done()

    def _call(self) -> News:
        if self.calls:
            return Refused("Unique ID already in use")
        self.calls += not self.other  # the dialplan refuses a second line to the same target
        return Done()


FAULTS = st.lists(st.sampled_from(["none", "none", "lost", "dropped", "split"]), max_size=8)
BESIDE = st.lists(st.sampled_from(["", "", "", "key", "agent", "citizen", "restart"]), max_size=12)


@given(faults=FAULTS, beside=BESIDE, mode=st.sampled_from(["direct", "consult"]))
def test_in_any_order_there_is_one_room_one_line_and_nobody_lost(
    faults: list[str], beside: list[str], mode: Mode
) -> None:
    switch = FakeSwitch(mode)
    request, command = begin(replace(REQUEST, mode=mode), switch.view())
    steps = 0
    while command is not Command.NOTHING:
        steps += 1
        assert steps < 40
        what = beside.pop(0) if beside else ""
        if what == "key":
            switch.key()
        elif what in ("agent", "citizen"):
            switch.hang_up(what)
        if command is Command.LOOK:
            news: News = Seen(switch.view())
        else:
            news = switch.carry_out(command, faults.pop(0) if faults else "none")
        if what == "restart":  # all but the stored request is forgotten: a look decides
            request, command = begin(replace(request, state=State.ASKED, tries=0), None)
        else:
            request, command = advance(request, news)

    assert switch.calls + bool(switch.other) <= 1, "two lines to one target"
    assert not switch.moved_alone, "one of two who talk was moved without the other"
    if request.state is State.CALLED:
        assert switch.calls or switch.other
        assert (switch.citizen == "gone") or switch.agent in ("room", "gone")
    if request.state is State.FAILED:
        assert request.why in ("gone", "agent_gone", "not_in_talk", "busy", "refused")
        if request.why == "refused":
            assert len(faults) < 8
