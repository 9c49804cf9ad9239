from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.queue.states import AgentBoard, AgentKind, agent_number
from hotline.telephony.snapshot import MemberView

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def event(
    name="QueueMemberStatus", *, queue="public", status=1, paused=0, reason="", in_call=0, agent="1001"
):
    return {
        "Event": name,
        "Queue": queue,
        "Interface": f"PJSIP/{agent}",
        "Status": str(status),
        "Paused": str(paused),
        "PausedReason": reason,
        "InCall": str(in_call),
    }


def after(*events):
    board = AgentBoard()
    for number, one in enumerate(events):
        board, _ = board.observe(one, AT + timedelta(seconds=number))
    return board


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"status": 1}, AgentKind.READY),
        ({"status": 0}, AgentKind.READY),
        ({"status": 6}, AgentKind.RINGING),
        ({"status": 2}, AgentKind.TALKING),
        ({"status": 1, "in_call": 1}, AgentKind.TALKING),
        ({"status": 8, "paused": 1, "reason": "meal"}, AgentKind.TALKING),
        ({"status": 5}, AgentKind.UNREACHABLE),
        ({"status": 1, "paused": 1, "reason": "wrapup"}, AgentKind.WRAPUP),
        ({"status": 1, "paused": 1, "reason": "meal"}, AgentKind.PAUSED),
        ({"status": 1, "paused": 1}, AgentKind.PAUSED),
        ({"status": "nonsense"}, AgentKind.READY),
    ],
)
def test_one_membership_gives_its_state(fields, kind):
    assert after(event("QueueMemberAdded", **fields)).states["1001"].kind is kind


def test_what_is_known_already_changes_no_board():
    board = after(event("QueueMemberAdded"), event(status=6))
    again, change = board.observe(event(status=6), AT + timedelta(seconds=9))
    assert again is board
    assert change is None


def test_a_day_of_an_agent():
    steps = [
        (event("QueueMemberAdded"), AgentKind.READY),
        (event("QueueMemberAdded", queue="enterprise"), AgentKind.READY),
        (event(status=6), AgentKind.RINGING),
        (event(status=2, in_call=1), AgentKind.TALKING),
        (event("QueueMemberPause", status=2, paused=1, reason="wrapup"), AgentKind.TALKING),
        (event(status=1, paused=1, reason="wrapup"), AgentKind.WRAPUP),
        (event("QueueMemberPause", status=1), AgentKind.READY),
        (event("QueueMemberRemoved"), AgentKind.READY),
        (event("QueueMemberRemoved", queue="enterprise"), AgentKind.SIGNED_OUT),
    ]
    board = AgentBoard()
    for one, kind in steps:
        board, _ = board.observe(one, AT)
        assert board.states["1001"].kind is kind, one


def test_a_state_keeps_the_moment_it_began():
    board = after(event("QueueMemberAdded"), event(status=1), event("QueueMemberAdded", queue="enterprise"))
    assert board.states["1001"].since == AT
    assert board.states["1001"].queues == ("enterprise", "public")
    board, change = board.observe(event(status=6), AT + timedelta(minutes=1))
    assert board.states["1001"].since == AT + timedelta(minutes=1)
    assert change is not None
    assert (change.before.kind, change.after.kind) == (AgentKind.READY, AgentKind.RINGING)


def test_an_event_twice_changes_nothing_the_second_time():
    board = after(event("QueueMemberAdded"))
    again, change = board.observe(event("QueueMemberAdded"), AT + timedelta(hours=1))
    assert change is None
    assert again.states == board.states


def test_a_snapshot_signs_out_whoever_is_not_in_it():
    board = after(event("QueueMemberAdded"), event("QueueMemberAdded", agent="1002"))
    member = MemberView("public", "PJSIP/1002", "1002", True, "meal", False, 1, 0)
    board, changes = board.reset([member], ["1001", "1002", "1003"], AT)
    kinds = {number: state.kind for number, state in board.states.items()}
    assert kinds == {
        "1001": AgentKind.SIGNED_OUT,
        "1002": AgentKind.PAUSED,
        "1003": AgentKind.SIGNED_OUT,
    }
    assert {change.after.number for change in changes} == {"1001", "1002", "1003"}


def test_a_snapshot_tells_the_holds_that_stand_and_ends_those_that_do_not():
    talks = [MemberView("public", f"PJSIP/{n}", n, False, "", True, 2, 0) for n in ("1001", "1002")]
    numbers = ["1001", "1002"]
    held, _ = AgentBoard().reset(
        talks, numbers, AT, holders={"PJSIP/1001-0000002a", "PJSIP/trunk-test-0000002b"}
    )
    assert [held.states[n].kind for n in numbers] == [AgentKind.HELD, AgentKind.TALKING]
    later = AT + timedelta(minutes=1)
    same, changes = held.reset(talks, numbers, later, holders={"PJSIP/1001-0000002a"})
    assert (same.states["1001"].since, changes) == (AT, [])
    assert held.reset(talks, numbers, later)[1] == [], "not known: as it was"
    ended, changes = held.reset(talks, numbers, later, holders=())
    assert ended.states["1001"].kind is AgentKind.TALKING
    assert [change.after.since for change in changes] == [later]
    unheld = {"Event": "Unhold", "Channel": "PJSIP/1001-0000002a"}
    assert held.observe(unheld, later)[0].states["1001"].kind is AgentKind.TALKING


@pytest.mark.parametrize(
    "interface", ["", "PJSIP/", "Local/1@x", "PJSIP/10 01", "PJSIP/1001;x", "1001", "PJSIP/一"]
)
def test_only_telephones_of_agents_are_agents(interface):
    assert agent_number(interface) == ""
    board, change = AgentBoard().observe({**event("QueueMemberAdded"), "Interface": interface}, AT)
    assert (board.states, change) == ({}, None)


def test_other_events_are_none_of_ours():
    board, change = AgentBoard().observe({**event(), "Event": "QueueCallerJoin"}, AT)
    assert (board.states, change) == ({}, None)


@given(
    st.lists(
        st.builds(
            event,
            name=st.sampled_from(
                ["QueueMemberAdded", "QueueMemberStatus", "QueueMemberPause", "QueueMemberRemoved"]
            ),
            queue=st.sampled_from(["public", "enterprise"]),
            status=st.integers(0, 8),
            paused=st.integers(0, 1),
            reason=st.sampled_from(["", "wrapup", "meal"]),
            in_call=st.integers(0, 1),
        ),
        max_size=20,
    )
)
def test_the_board_after_events_is_the_board_of_the_last_facts(events):
    last: dict[str, dict[str, str]] = {}
    for one in events:
        if one["Event"] == "QueueMemberRemoved":
            last.pop(one["Queue"], None)
        else:
            last[one["Queue"]] = one
    members = [
        MemberView(
            queue, one["Interface"], "1001", one["Paused"] == "1", one["PausedReason"], one["InCall"] == "1",
            int(one["Status"]), 0,
        )
        for queue, one in last.items()
    ]  # fmt: skip
    by_events = after(*events).states.get("1001")
    by_snapshot = AgentBoard().reset(members, ["1001"], AT)[0].states["1001"]
    if by_events is None:
        assert events == []
    else:
        assert by_events.kind is by_snapshot.kind
        assert by_events.queues == by_snapshot.queues


def hold(name="Hold", *, channel="PJSIP/1001-0000002a"):
    return {"Event": name, "Channel": channel}


def test_a_call_that_the_agent_puts_on_hold():
    talk = (event("QueueMemberAdded"), event(status=2, in_call=1))
    assert after(*talk, hold()).states["1001"].kind is AgentKind.HELD
    assert after(*talk, hold(), hold("Unhold")).states["1001"].kind is AgentKind.TALKING
    assert after(*talk, hold(), event(status=2, in_call=1)).states["1001"].kind is AgentKind.HELD
    board = after(*talk, hold(), event(status=1))
    assert board.states["1001"].kind is AgentKind.READY
    assert board.holding == {}
    assert after(*talk, hold(), event(status=1), event(status=2)).states["1001"].kind is AgentKind.TALKING


def test_a_hold_of_somebody_else_is_no_agents():
    for channel in ("PJSIP/trunk-test-00000001", "PJSIP/1002-00000001", "Local/1001@x-1;2", "", "PJSIP/1001"):
        board = after(event("QueueMemberAdded"), event(status=2, in_call=1), hold(channel=channel))
        assert board.states["1001"].kind is AgentKind.TALKING
        assert set(board.states) == {"1001"}
