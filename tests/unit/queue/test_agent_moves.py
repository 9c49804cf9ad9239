"""A supervisor moves agents between queues: never in none, never rung in a pause, always written down."""

from __future__ import annotations

import pytest

from hotline.core.errors import InvalidInputError, NotFoundError
from hotline.core.settings import Settings
from hotline.queue.agent_moves import MOVED, Moves
from hotline.queue.agents import Agents, NotSignedInError
from support.queue_switch import QueueSwitch

SECRET = "secret-for-the-tests"
PHONE = "PJSIP/1001"
QUEUES = ("public", "enterprise", "english")


class Notes:
    """Keeps what was noted."""

    def __init__(self):
        self.entries = []

    async def put(self, who, action, call="", details=None, *, result="", limit_s=2.0):
        self.entries.append((who, action, dict(details or {}), result))
        return True


@pytest.fixture
def settings():
    return Settings.model_validate(
        {
            "asterisk": {"ami_event_secret": SECRET, "ami_action_secret": SECRET},
            "queues": [{"name": name, "label": name} for name in QUEUES],
            "agents": [{"number": "1001", "name": "王芳", "secret": SECRET, "queues": ["public"]}],
            "web": {"token": SECRET},
        }
    )


@pytest.fixture
def switch():
    return QueueSwitch(QUEUES)


@pytest.fixture
def notes():
    return Notes()


@pytest.fixture
def moves(settings, switch, notes):
    return Moves(settings, switch, notes)


async def test_the_new_queue_comes_before_the_old_one_goes(moves, switch, notes):
    switch.members["public"][PHONE] = ""
    move = await moves.place("1001", ["english", "enterprise"], who="sup")
    assert {name for name, members in switch.members.items() if PHONE in members} == {"enterprise", "english"}
    assert (move.added, move.removed) == (("enterprise", "english"), ("public",))
    changes = [asked[0] for asked in switch.asked if asked[0] in ("QueueAdd", "QueueRemove")]
    assert changes == ["QueueAdd", "QueueAdd", "QueueRemove"]
    details = {"agent": "1001", "added": "enterprise, english", "removed": "public"}
    assert notes.entries == [("sup", MOVED, details, "done")]


async def test_to_where_it_is_already_changes_and_notes_nothing(moves, switch, notes):
    switch.members["public"][PHONE] = ""
    assert (await moves.place("1001", ["public"], who="sup")).added == ()
    assert [asked[0] for asked in switch.asked] == ["QueueStatus"]
    assert notes.entries == []


@pytest.mark.parametrize("reason", ["meal", "wrapup"])
async def test_a_pause_goes_along_with_its_reason(moves, switch, reason):
    switch.members["public"][PHONE] = reason
    await moves.place("1001", ["english"], who="sup")
    assert switch.members["english"] == {PHONE: reason}


async def test_a_wrap_up_that_begins_meanwhile_holds_in_the_new_queue(moves, switch):
    """The citizen hangs up between the look at the agent's pause and the new membership."""
    switch.members["public"][PHONE] = ""
    act = switch.action

    async def action(name, fields=None, *, limit_s=5.0):
        if name == "QueueAdd":
            switch.members["public"][PHONE] = "wrapup"
        return await act(name, fields, limit_s=limit_s)

    switch.action = action
    await moves.place("1001", ["public", "english"], who="sup")
    assert switch.members["english"] == {PHONE: "wrapup"}


async def test_signing_out_leaves_the_queues_of_a_move_too(moves, settings, switch):
    switch.members["public"][PHONE] = ""
    await moves.place("1001", ["english"], who="sup")
    await Agents(settings, switch).sign_out("1001")
    assert not any(PHONE in members for members in switch.members.values())


async def test_what_cannot_be_is_refused_and_changes_nothing(moves, switch, notes):
    with pytest.raises(NotSignedInError):
        await moves.place("1001", ["public"], who="sup")
    switch.members["public"][PHONE] = ""
    with pytest.raises(NotFoundError):
        await moves.place("4711", ["public"], who="sup")
    for queues in ([], ["nowhere"], ["public", "english\r\nAction: Originate"]):
        with pytest.raises(InvalidInputError):
            await moves.place("1001", queues, who="sup")
    assert switch.members["public"] == {PHONE: ""}
    assert not switch.members["english"]
    assert notes.entries == []
