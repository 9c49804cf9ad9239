"""Who may call in whom, when and how often, and where the parties of a call are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.core import calendar
from hotline.core.errors import InvalidInputError
from hotline.core.opening_hours import is_open
from hotline.core.settings import Agent
from hotline.core.third_lines import ThirdLine
from hotline.telephony import conference_actions as actions
from hotline.telephony import conference_policy as policy
from hotline.telephony.conference_machine import Command, Request, View
from hotline.telephony.conference_view import Parties, Sight, agents_of, parties_of, view_of
from hotline.telephony.snapshot import ChannelView
from support.room_calls import AGENT_CHANNEL, AGENT_LEG, CALL, LINE, RoomStory
from support.room_switch import CITIZEN_CHANNEL, record_of

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = calendar.load()
OFFICE = ("工作日 08:30-12:00", "工作日 13:30-17:30")


def a_line(**values: Any) -> ThirdLine:
    given_values: dict[str, Any] = {
        "name": "gas",
        "code": "31",
        "label": "燃气",
        "kind": "utility",
        "routes": [{"trunk": "city", "number": "96777"}],
    }
    return ThirdLine.model_validate({**given_values, **values})


POLICE = a_line(name="police", code="110", kind="emergency", hours=[])


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize("target", ["gas", "31", "*31"])
def test_a_line_is_found_by_its_name_and_its_code(target: str) -> None:
    assert policy.find_target([POLICE, a_line()], target).name == "gas"


@pytest.mark.parametrize(
    "target", ["96777", "13800000000", "", "**31", "gas\n", "110 ", "PJSIP/96777@trunk-city"]
)
def test_a_number_is_never_a_target_and_is_not_repeated(target: str) -> None:
    with pytest.raises(policy.UnknownTargetError) as caught:
        policy.find_target([POLICE, a_line()], target)
    assert not target.strip() or target not in str(caught.value)


def test_a_reason_is_needed_but_for_an_emergency() -> None:
    assert policy.checked_reason(POLICE, "") == ""
    assert policy.checked_reason(a_line(), "  闻到\t燃气味 ") == "闻到 燃气味"
    for reason in ("", "  \n", "x" * 201, "a\x07b"):
        with pytest.raises(policy.ReasonError):
            policy.checked_reason(a_line(), reason)


def test_a_role_that_is_not_named_may_not() -> None:
    line = a_line(roles=["senior", "supervisor"])
    policy.check_role(line, "senior")
    with pytest.raises(policy.RoleError, match="senior, supervisor"):
        policy.check_role(line, "agent")


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-23T08:29:59", "2026-11-23T08:30:00+08:00"),
        ("2026-11-23T12:00:00", "2026-11-23T13:30:00+08:00"),
        ("2026-11-20T17:30:00", "2026-11-23T08:30:00+08:00"),
        ("2026-09-30T18:00:00", "2026-10-08T08:30:00+08:00"),
    ],
)
def test_a_closed_line_says_when_it_opens(at: str, opens: str) -> None:
    line = a_line(hours=OFFICE)
    with pytest.raises(policy.ClosedError) as caught:
        policy.check_hours(line, local(at), CALENDAR)
    assert caught.value.fields["opens"] == opens
    assert opens[:10] in str(caught.value)
    policy.check_hours(line, datetime.fromisoformat(opens), CALENDAR)
    policy.check_hours(a_line(kind="emergency", hours=OFFICE), local(at), CALENDAR)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 10, 1)),  # noqa: DTZ001  # made aware below
    st.sampled_from([OFFICE, ("周六 10:00-11:00",), ("休息日 00:00-24:00",), ("每天 23:59-24:00",)]),
)
def test_the_next_opening_is_the_first_moment_that_is_open(at: datetime, hours: tuple[str, ...]) -> None:
    begin = at.replace(tzinfo=ZONE, second=0, microsecond=0)
    opens = policy.next_opening(hours, begin, CALENDAR)
    assert opens is not None
    assert is_open(hours, opens, CALENDAR)
    assert opens == begin or not is_open(hours, opens - timedelta(minutes=1), CALENDAR)
    probe = begin
    while probe < opens:
        assert not is_open(hours, probe, CALENDAR)
        probe += timedelta(hours=3)


def test_so_many_requests_a_minute_and_then_one_waits() -> None:
    now = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
    rate = policy.Rate(2)
    for _ in range(2):
        rate.check("1001", now)
        rate.count("1001", now)
    with pytest.raises(policy.RateError) as caught:
        rate.check("1001", now + timedelta(seconds=20))
    assert caught.value.fields["seconds"] == 40
    rate.check("1002", now)
    rate.check("1001", now + timedelta(seconds=60))


def test_the_directory_holds_no_number() -> None:
    agent = Agent(number="1001", name="王芳", secret="phone-secret-for-tests", queues=("public",))
    shown = [
        one.as_json()
        for one in policy.listed(
            [POLICE, a_line(hours=OFFICE, roles=["senior"])], agent, local("2026-11-22T09:00:00"), CALENDAR
        )
    ]
    assert [(one["name"], one["open"], one["allowed"], one["needs_reason"]) for one in shown] == [
        ("police", True, True, False),
        ("gas", False, False, True),
    ]
    assert shown[1]["opens"] == "2026-11-23T08:30:00+08:00"
    assert "96777" not in str(shown)


PARTIES = Parties(CALL, CITIZEN_CHANNEL, "1001", AGENT_LEG, AGENT_CHANNEL)


def test_the_record_alone_shows_who_talks() -> None:
    talk = record_of(RoomStory(CALL).begin())
    assert parties_of(talk) == PARTIES
    assert agents_of(talk) == ["1001"]
    assert view_of(talk, PARTIES, LINE, "police") == View("talk", "talk")
    waiting = record_of(RoomStory(CALL).arrive().ask().enter().ring(AGENT_LEG))  # pyright: ignore[reportArgumentType]  # a story of rooms
    assert parties_of(waiting) is None


def test_the_record_shows_who_is_in_the_room() -> None:
    story = RoomStory(CALL).begin().ask_for().move()
    assert view_of(record_of(story), PARTIES, "2", "fire") == View("room", "room")
    assert view_of(record_of(story), PARTIES, LINE, "police") == View("room", "room", line=True)
    assert view_of(record_of(story), PARTIES, "2", "police") == View("room", "room", other=LINE)
    held = record_of(RoomStory(CALL).begin().hold())
    assert view_of(held, PARTIES, "2", "fire") == View("wait", "room")
    gone = story.ends()
    assert view_of(record_of(gone), PARTIES, "2", "fire") == View("gone", "gone")


def test_half_a_move_in_the_record_is_a_doubt() -> None:
    story = RoomStory(CALL).begin()
    story.told("MOVED", CALL, CITIZEN_CHANNEL, who="citizen", n=1)
    assert view_of(record_of(story), PARTIES, LINE, "police") is None


def channel(uniqueid: str, *, context: str = "", exten: str = "", bridge: str = "") -> ChannelView:
    return ChannelView(uniqueid, CALL, f"PJSIP/{uniqueid}", "Up", "", "", context, exten, "", bridge, 1)


def sight(*channels: ChannelView, members: tuple[str, ...] = ()) -> Sight:
    return Sight({one.uniqueid: one for one in channels}, frozenset(members))


def test_a_look_tells_where_somebody_is() -> None:
    both = sight(channel("c", bridge="b"), channel("a", bridge="b"))
    assert (both.place("c", other="a"), both.place("a", other="c")) == ("talk", "talk")
    assert sight(channel("c", bridge="b")).place("c", other="a") == "alone"
    assert sight(channel("c", bridge="b"), channel("x", bridge="b")).place("c", other="a") == "elsewhere"
    assert sight().place("c", other="a") == "gone"
    room = {"context": "hotline-room"}
    assert sight(channel("c", exten="wait", **room)).place("c", other="a") == "wait"
    assert sight(channel("c", exten="citizen", **room)).place("c", other="a") == "room"
    assert sight(channel("c", exten="alone", **room)).place("c", other="a") == "elsewhere"
    assert sight(channel("c", bridge="room"), members=("c",)).place("c", other="a") == "room"


def test_a_look_tells_who_is_alone() -> None:
    citizen, agent = channel("c", context="hotline-room", exten="citizen"), channel("a", bridge="x")
    assert sight(citizen, agent, members=("c",)).is_alone("c", ["a"])
    assert not sight(citizen, agent, members=("c", "a")).is_alone("c", ["a"])
    coming = channel("a", context="hotline-room-agent", exten="s")
    assert not sight(citizen, coming, members=("c",)).is_alone("c", ["a"])
    keeper = channel("k", context="hotline-room-keeper", exten="s")
    assert sight(citizen, keeper, members=("c",)).is_alone("c", ["a"])
    assert not sight(agent).is_alone("c", ["a"])


REQUEST = Request("01ABC", CALL, LINE, "gas", "1001")


@pytest.mark.parametrize(
    "parties",
    [
        Parties(CALL, "PJSIP/x\r\nAction: Hangup", "1001", AGENT_LEG, AGENT_CHANNEL),
        Parties(CALL, CITIZEN_CHANNEL, "1001", AGENT_LEG, "PJSIP/1001,HL_ROLE=citizen"),
        Parties(CALL, CITIZEN_CHANNEL, "1001", AGENT_LEG, "${SHELL(id)}"),
        Parties(CALL, "", "1001", AGENT_LEG, ""),
    ],
)
def test_what_is_no_channel_is_not_sent(parties: Parties) -> None:
    with pytest.raises(InvalidInputError):
        _ = [actions.move(Command.MOVE_BOTH, REQUEST, parties), actions.call_line(REQUEST, a_line(), parties)]


@pytest.mark.parametrize("evil", ["1001,HL_TOLD=1", "a^b", "x=y", "1\r\n2", "${X}", "a b", ""])
def test_no_value_of_a_request_can_be_more_than_itself(evil: str) -> None:
    for request in (
        Request(evil, CALL, LINE, "gas", "1001"),
        Request("1", evil, LINE, "gas", "1001"),
        Request("1", CALL, evil, "gas", "1001"),
        Request("1", CALL, LINE, "gas", evil),
    ):
        with pytest.raises(InvalidInputError):
            actions.call_line(request, a_line(), PARTIES)


def test_a_call_to_a_line_names_no_number() -> None:
    _, fields = actions.call_line(REQUEST, a_line(), PARTIES)
    assert "96777" not in str(fields)
    assert fields["Channel"] == "Local/gas@hotline-line/n"
