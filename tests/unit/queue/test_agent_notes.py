from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.core.clock import to_us
from hotline.core.errors import InvalidInputError
from hotline.core.settings import Settings
from hotline.queue.agent_log import LineClock, parse_line
from hotline.queue.agent_notes import notes_due, rings_in_vain
from hotline.queue.agent_times import AgentTrack, apply
from hotline.queue.agents import Agents
from hotline.queue.states import AgentKind, AgentState
from hotline.telephony.ami_message import AmiMessage

AT = datetime(2026, 11, 22, 8, 0, 0, 250_000, tzinfo=UTC)
READY = AgentTrack("1001", {"public": ""})


def state(
    kind: AgentKind = AgentKind.READY, queues: tuple[str, ...] = ("public",), reason: str = ""
) -> AgentState:
    return AgentState("1001", kind, AT, reason, queues)


def events(track: AgentTrack, now: AgentState | None) -> list[tuple[str, str, bool]]:
    return [(note.event, note.queue, note.is_sure) for note in notes_due(track, now)]


@pytest.mark.parametrize(
    ("track", "now", "wanted"),
    [
        (READY, state(), []),
        (READY, state(AgentKind.HELD), [("HL_HOLD", "NONE", True)]),
        (AgentTrack("1001", {"public": ""}, is_held=True), state(), [("HL_UNHOLD", "NONE", True)]),
        (READY, state(AgentKind.UNREACHABLE), [("HL_UNREACHABLE", "NONE", True)]),
        (AgentTrack("1001", {"public": ""}, is_unreachable=True), state(), [("HL_REACHABLE", "NONE", True)]),
        (READY, state(queues=("enterprise", "public")), [("HL_FOUND_IN", "enterprise", False)]),
        (READY, state(AgentKind.SIGNED_OUT, ()), [("HL_FOUND_OUT", "public", False)]),
        (READY, None, [("HL_FOUND_OUT", "public", False)]),
        (AgentTrack("1001"), state(AgentKind.SIGNED_OUT, ()), []),
        (READY, state(AgentKind.PAUSED, reason="meal"), [("HL_FOUND_PAUSE", "NONE", False)]),
        (AgentTrack("1001", {"public": "meal"}), state(), [("HL_FOUND_PAUSE", "NONE", False)]),
        (AgentTrack("1001", {"public": "unknown"}), state(AgentKind.PAUSED, reason="Auto-Pause"), []),
    ],
)
def test_what_the_journal_does_not_say_yet(track, now, wanted):
    assert events(track, now) == wanted


@given(
    st.dictionaries(st.sampled_from(["public", "enterprise"]), st.sampled_from(["", "rest"])),
    st.tuples(st.booleans(), st.booleans()),
    st.sampled_from(AgentKind),
    st.sets(st.sampled_from(["public", "enterprise"])),
    st.sampled_from(["", "rest", "meal", "none", "Auto-Pause", "x|y"]),
)
def test_once_noted_journal_and_live_view_agree(pauses, flags, kind, queues, reason):
    is_held, is_unreachable = flags
    if not queues:
        kind, reason = AgentKind.SIGNED_OUT, ""
    now = state(kind, tuple(sorted(queues)), reason)
    track = AgentTrack("1001", pauses, is_held=is_held, is_unreachable=is_unreachable)
    for _ in range(2):  # a sign-in that was found makes its telephone and its pause worth a note
        for note in notes_due(track, now):
            text = f"{to_us(AT) // 1_000_000}|NONE|{note.queue}|{note.agent}|{note.event}|{note.message}\n"
            line = parse_line(text.encode(), LineClock())
            assert line is not None
            track, _ = apply(track, line)
    assert notes_due(track, now) == []


@pytest.mark.parametrize(
    ("track", "kind", "limit", "due"),
    [
        (AgentTrack("1001", {"public": ""}, unanswered=3), AgentKind.READY, 3, True),
        (AgentTrack("1001", {"public": ""}, unanswered=3), AgentKind.RINGING, 3, True),
        (AgentTrack("1001", {"public": ""}, unanswered=2), AgentKind.READY, 3, False),
        (AgentTrack("1001", {"public": ""}, unanswered=9), AgentKind.READY, 0, False),
        (AgentTrack("1001", {"public": "meal"}, unanswered=3), AgentKind.READY, 3, False),
        (AgentTrack("1001", {}, unanswered=3), AgentKind.READY, 3, False),
        (AgentTrack("1001", {"public": ""}, unanswered=3), AgentKind.UNREACHABLE, 3, False),
        (AgentTrack("1001", {"public": ""}, unanswered=3), AgentKind.TALKING, 3, False),
    ],
)
def test_who_is_paused_for_not_answering(track, kind, limit, due):
    assert rings_in_vain(track, state(kind), limit) is due


SECRET = "secret-for-the-tests"
SETTINGS = Settings.model_validate(
    {
        "asterisk": {"ami_event_secret": SECRET, "ami_action_secret": SECRET},
        "queues": [{"name": "public", "label": "综合"}],
        "agents": [{"number": "1001", "name": "王芳", "secret": SECRET, "queues": ["public"]}],
        "web": {"token": SECRET},
    }
)


class Switch:
    def __init__(self) -> None:
        self.actions: list[tuple[str, dict[str, object]]] = []

    async def action(self, name, fields=None, *, limit_s=5.0):
        self.actions.append((name, dict(fields or {})))
        return list[AmiMessage]()


@pytest.mark.parametrize(
    ("number", "event", "queue", "message"),
    [
        ("1001\r\nAction: Originate", "HL_HOLD", "NONE", ""),
        ("1001", "HL_HOLD|9", "NONE", ""),
        ("1001", "HL_HOLD", "public|1002|PAUSE", ""),
        ("1001", "HL_HOLD", "NONE", "1\n1795331972|NONE|public|1002|PAUSE|rest"),
        ("", "HL_HOLD", "NONE", ""),
    ],
)
async def test_a_note_cannot_write_another_line(number, event, queue, message):
    switch = Switch()
    with pytest.raises(InvalidInputError):
        await Agents(SETTINGS, switch).note(number, event, queue=queue, message=message)
    assert switch.actions == []
