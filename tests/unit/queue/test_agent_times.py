"""The spells of agents are the same whatever the order between agents, the cuts and the repetitions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hotline.queue.agent_log import AgentLine
from hotline.queue.agent_times import AgentBook, Spell, SpellKind

BEGIN = 1_795_331_972_000_000
SECOND = 1_000_000
QUEUES = ("public", "enterprise")
EVENTS = (
    ("ADDMEMBER", ""),
    ("REMOVEMEMBER", ""),
    ("HL_FOUND_IN", ""),
    ("HL_FOUND_OUT", ""),
    ("HL_FOUND_PAUSE", "rest"),
    ("HL_FOUND_PAUSE", ""),
    ("PAUSE", "rest"),
    ("PAUSE", "meal"),
    ("PAUSE", "wrapup"),
    ("PAUSE", "noanswer"),
    ("UNPAUSE", ""),
    ("CONNECT", ""),
    ("RINGNOANSWER", "5000"),
    ("HL_HOLD", ""),
    ("HL_UNHOLD", ""),
    ("HL_UNREACHABLE", ""),
    ("HL_REACHABLE", ""),
)


def line(second: float, event: str, *, agent: str = "1001", queue: str = "public", value: str = ""):
    return AgentLine(BEGIN + round(second * SECOND), agent, queue, event, value)


@st.composite
def stories(draw, agents: Sequence[str] = ("1001", "1002")) -> list[AgentLine]:
    """Lines in the journal's order: moments rise; starts of the switch (for all agents) among them."""
    at_us, lines = BEGIN, list[AgentLine]()
    for _ in range(draw(st.integers(0, 40))):
        at_us += draw(st.integers(1, 5 * SECOND))
        if draw(st.integers(0, 15)) == 0:
            lines.append(AgentLine(at_us, "", "", "QUEUESTART"))
            continue
        event, value = draw(st.sampled_from(EVENTS))
        agent, queue = draw(st.sampled_from(agents)), draw(st.sampled_from(QUEUES))
        lines.append(AgentLine(at_us, agent, queue, event, value))
    return lines


def book_of(lines: Sequence[AgentLine]) -> AgentBook:
    book = AgentBook()
    book.feed_all(lines)
    return book


def spells(book: AgentBook, agent: str = "1001") -> list[tuple[str, float, float | None, str]]:
    """The spells as (kind, began, ended, reason), seconds from the beginning."""
    return [
        (
            spell.kind.value,
            (spell.began_us - BEGIN) / SECOND,
            None if spell.ended_us is None else (spell.ended_us - BEGIN) / SECOND,
            spell.reason,
        )
        for spell in sorted(book.changed.values(), key=lambda spell: (spell.began_us, spell.kind))
        if spell.agent == agent
    ]


def test_a_shift():
    book = book_of(
        [
            line(0, "ADDMEMBER"),
            line(0.000001, "ADDMEMBER", queue="enterprise"),
            line(100, "PAUSE", value="rest"),
            line(100.000001, "PAUSE", queue="enterprise", value="rest"),
            line(160, "UNPAUSE"),
            line(160.000001, "UNPAUSE", queue="enterprise"),
            line(200, "RINGNOANSWER", value="15000"),
            line(230, "CONNECT"),
            line(300, "PAUSE", value="wrapup"),
            line(300.000001, "PAUSE", queue="enterprise", value="wrapup"),
            line(315, "UNPAUSE"),
            line(315.000001, "UNPAUSE", queue="enterprise"),
            line(400, "REMOVEMEMBER"),
            line(400.000001, "REMOVEMEMBER", queue="enterprise"),
        ]
    )
    assert spells(book) == [
        ("signed_in", 0, 400.000001, ""),
        ("paused", 100, 160.000001, "rest"),
        ("no_answer", 185, 200, "public"),
        ("wrapup", 300, 315.000001, ""),
    ]
    assert book.tracks["1001"].open == {}


def test_unanswered_rings_in_succession_are_counted_from_the_last_answer():
    def run(*events: str) -> int:
        lines = [line(number, event, value="900") for number, event in enumerate(["ADDMEMBER", *events])]
        return book_of(lines).tracks["1001"].unanswered

    ring = "RINGNOANSWER"
    assert run(ring, ring) == 2
    assert run(ring, ring, "CONNECT", ring) == 1
    assert run(ring, ring, "UNPAUSE") == 0
    assert run(ring, ring, "REMOVEMEMBER", "ADDMEMBER", ring) == 1
    assert run(ring, ring, "HL_UNREACHABLE") == 0
    assert run(ring, ring, "QUEUESTART", ring) == 3


def test_a_pause_after_unanswered_rings_begins_the_count_anew():
    lines = [line(0, "ADDMEMBER"), *(line(n, "RINGNOANSWER", value="5000") for n in (1, 2, 3))]
    assert book_of(lines).tracks["1001"].unanswered == 3
    track = book_of([*lines, line(4, "PAUSE", value="noanswer")]).tracks["1001"]
    assert (track.unanswered, track.pause) == (0, "noanswer")


def test_a_start_of_the_switch_closes_every_spell_and_keeps_members_and_pauses():
    book = book_of(
        [
            line(0, "ADDMEMBER"),
            line(1, "PAUSE", value="meal"),
            line(2, "HL_HOLD", value=str(BEGIN + 2 * SECOND)),
            line(3, "HL_UNREACHABLE", value=str(BEGIN + 3 * SECOND)),
            AgentLine(BEGIN + 60 * SECOND, "", "", "QUEUESTART"),
        ]
    )
    assert spells(book) == [
        ("signed_in", 0, 60, ""),
        ("paused", 1, 60, "meal"),
        ("held", 2, 60, ""),
        ("unreachable", 3, 60, ""),
        ("paused", 60, None, "meal"),
        ("signed_in", 60, None, ""),
    ]


def test_a_clock_set_back_gives_no_spell_of_less_than_nothing():
    book = book_of([line(100, "ADDMEMBER"), line(40, "REMOVEMEMBER"), line(41, "ADDMEMBER")])
    assert spells(book) == [("signed_in", 41, None, ""), ("signed_in", 100, 100, "")]


def test_a_note_moves_a_spell_to_when_it_was_seen():
    book = book_of(
        [
            line(0, "ADDMEMBER"),
            line(10, "HL_UNREACHABLE", value=str(BEGIN + 9_250_000)),
            line(30, "HL_REACHABLE", value=str(BEGIN + 29_500_000)),
        ]
    )
    assert ("unreachable", 9.25, 29.5, "") in spells(book)


@given(stories(), st.integers(0, 40))
def test_reading_may_be_cut_anywhere_and_go_on_in_another_process(story, cut):
    whole = book_of(story)
    first = book_of(story[:cut])
    second = AgentBook()
    second.remember(first.to_json())
    second.feed_all(story[cut:])
    assert second.tracks == whole.tracks
    assert {**first.changed, **second.changed} == whole.changed


@given(stories(), stories(("1003", "1004")), st.randoms())
def test_the_order_between_agents_is_nothing(one, other, chance):
    ours = [line for line in one if line.agent]
    theirs = [line for line in other if line.agent]
    mixed = list[AgentLine]()
    left, right = list(ours), list(theirs)
    while left or right:
        mixed.append((left if not right or (left and chance.random() < 0.5) else right).pop(0))
    apart = book_of([*ours, *theirs])
    together = book_of(mixed)
    assert together.tracks == apart.tracks
    assert together.changed == apart.changed


@given(stories())
def test_a_line_told_twice_changes_no_spell(story):
    again = [line for one in story for line in (one, one)]
    twice = book_of(again)
    assert twice.changed == book_of(story).changed


@given(stories())
def test_spells_of_a_kind_never_overlap_and_what_lies_in_a_sign_in_never_leaves_it(story):
    book = book_of(story)
    by_kind: dict[tuple[str, SpellKind], list[Spell]] = {}
    for spell in sorted(book.changed.values(), key=lambda spell: spell.began_us):
        by_kind.setdefault((spell.agent, spell.kind), []).append(spell)
    end = BEGIN + 1000 * SECOND
    for (agent, kind), found in by_kind.items():
        if kind is SpellKind.NO_ANSWER:
            continue
        for before, after in pairwise(found):
            assert before.ended_us is not None
            assert before.ended_us <= after.began_us
        if kind in (SpellKind.PAUSED, SpellKind.WRAPUP, SpellKind.UNREACHABLE):
            signed_in = by_kind[agent, SpellKind.SIGNED_IN]
            for spell in found:
                assert any(
                    one.began_us <= spell.began_us and (spell.ended_us or end) <= (one.ended_us or end)
                    for one in signed_in
                )
    still = {(spell.agent, spell.kind) for spell in book.changed.values() if spell.ended_us is None}
    assert still == {(agent, kind) for agent, track in book.tracks.items() for kind in track.open}
