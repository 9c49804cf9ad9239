"""One state at every moment: no gap, no overlap, the same as asking for each moment apart."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.queue.agent_figures import AGENT_DEFINITIONS, HandledCall, figures, times_ms
from hotline.queue.agent_timeline import Layers, Stretch, pauses, totals
from hotline.queue.agent_times import Spell, SpellKind
from hotline.queue.states import AgentKind

SECOND = 1_000_000
UNTIL = 100


def spell(kind: SpellKind, began: float, ended: float | None, reason: str = "") -> Spell:
    return Spell(
        "1001", kind, round(began * SECOND), None if ended is None else round(ended * SECOND), reason
    )


def stretches(layers: Layers, since: float = 0, until: float = UNTIL) -> list[tuple[str, float, float, str]]:
    found = layers.timeline(round(since * SECOND), round(until * SECOND))
    return [(one.kind.value, one.began_us / SECOND, one.ended_us / SECOND, one.reason) for one in found]


def test_a_shift_with_a_call():
    layers = Layers(
        talks=[(32_500_000, 60_250_000)],
        rings=[(30_000_000, 32_500_000)],
        spells=[
            spell(SpellKind.SIGNED_IN, 10, 90),
            spell(SpellKind.PAUSED, 15, 25, "meal"),
            spell(SpellKind.HELD, 40, 45),
            spell(SpellKind.WRAPUP, 60, 75),
            spell(SpellKind.UNREACHABLE, 80, 85),
            spell(SpellKind.NO_ANSWER, 26, 28, "public"),
        ],
    )
    assert stretches(layers) == [
        ("signed_out", 0, 10, ""),
        ("ready", 10, 15, ""),
        ("paused", 15, 25, "meal"),
        ("ready", 25, 30, ""),
        ("ringing", 30, 32.5, ""),
        ("talking", 32.5, 40, ""),
        ("held", 40, 45, ""),
        ("talking", 45, 60.25, ""),
        ("wrapup", 60.25, 75, ""),
        ("ready", 75, 80, ""),
        ("unreachable", 80, 85, ""),
        ("ready", 85, 90, ""),
        ("signed_out", 90, 100, ""),
    ]


def test_a_call_outranks_a_pause_and_a_sign_out_and_a_hold_without_a_call_is_nothing():
    layers = Layers(
        talks=[(10 * SECOND, 40 * SECOND)],
        spells=[
            spell(SpellKind.SIGNED_IN, 0, 30),
            spell(SpellKind.PAUSED, 20, 30, "rest"),
            spell(SpellKind.HELD, 35, None),
        ],
    )
    assert stretches(layers, until=50) == [
        ("ready", 0, 10, ""),
        ("talking", 10, 35, ""),
        ("held", 35, 40, ""),
        ("signed_out", 40, 50, ""),
    ]


def test_what_is_open_lasts_to_the_end_and_what_lies_outside_is_cut():
    layers = Layers(spells=[spell(SpellKind.SIGNED_IN, 5, None), spell(SpellKind.PAUSED, 1, 7, "rest")])
    assert stretches(layers, 6, 20) == [("paused", 6, 7, "rest"), ("ready", 7, 20, "")]
    assert stretches(layers, 3, 3) == []
    assert stretches(Layers(), 0, 2) == [("signed_out", 0, 2, "")]


spans = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(sorted).map(tuple)


@given(
    st.lists(spans, max_size=4),
    st.lists(spans, max_size=4),
    st.lists(
        st.tuples(st.sampled_from(SpellKind), spans, st.booleans(), st.sampled_from(["rest", "meal"])),
        max_size=10,
    ),
    spans,
)
def test_the_timeline_is_the_state_of_every_moment(talks, rings, spells, period):
    layers = Layers(
        talks,
        rings,
        [Spell("1001", kind, a, None if open_ else b, reason) for kind, (a, b), open_, reason in spells],
    )
    since, until = period
    found = layers.timeline(since, until)
    assert sum(totals(found).values()) == until - since
    assert sum(pauses(found).values()) == totals(found)[AgentKind.PAUSED]
    for before, after in pairwise(found):
        assert before.ended_us == after.began_us
        assert (before.kind, before.reason) != (after.kind, after.reason)
    for moment in range(since, until):
        [here] = [one for one in found if one.began_us <= moment < one.ended_us]
        assert (here.kind, here.reason) == _state_at(layers, moment)


def _state_at(layers: Layers, moment: int) -> tuple[AgentKind, str]:
    def holds(kind: SpellKind) -> list[str]:
        return sorted(
            one.reason
            for one in layers.spells
            if one.kind is kind and one.began_us <= moment and (one.ended_us is None or moment < one.ended_us)
        )

    if any(a <= moment < b for a, b in layers.talks):
        return (AgentKind.HELD if holds(SpellKind.HELD) else AgentKind.TALKING), ""
    if any(a <= moment < b for a, b in layers.rings):
        return AgentKind.RINGING, ""
    if not holds(SpellKind.SIGNED_IN):
        return AgentKind.SIGNED_OUT, ""
    if why := holds(SpellKind.PAUSED):
        return AgentKind.PAUSED, why[0]
    if holds(SpellKind.WRAPUP):
        return AgentKind.WRAPUP, ""
    return (AgentKind.UNREACHABLE if holds(SpellKind.UNREACHABLE) else AgentKind.READY), ""


def test_the_figures_of_a_shift():
    layers = Layers(
        talks=[(20 * SECOND, 30 * SECOND), (50 * SECOND, 70 * SECOND)],
        spells=[
            spell(SpellKind.SIGNED_IN, 0, 100),
            spell(SpellKind.PAUSED, 0, 20, "rest"),
            spell(SpellKind.WRAPUP, 30, 35),
            spell(SpellKind.WRAPUP, 70, 85),
            spell(SpellKind.NO_ANSWER, 40, 45, "public"),
            spell(SpellKind.NO_ANSWER, 45.5, 48, "public"),
            spell(SpellKind.UNREACHABLE, 90, 100),
        ],
    )
    handled = [
        HandledCall("a", 20 * SECOND, 30 * SECOND, 10 * SECOND),
        HandledCall("b", 50 * SECOND, None, None),
        HandledCall("c", 150 * SECOND, 160 * SECOND, 10 * SECOND),
    ]
    found = figures(layers, handled, 0, 100 * SECOND)
    assert {name: figure["value"] for name, figure in found.items()} == {
        "agent_occupancy": 0.625,
        "agent_handled": 2,
        "agent_talk_mean": 10_000,
        "agent_wrapup_mean": 10_000,
        "agent_no_answer": 2,
    }
    assert found["agent_occupancy"]["numerator"] == 50_000
    assert found["agent_occupancy"]["denominator"] == 80_000
    assert {name: figure["version"] for name, figure in found.items()} == dict.fromkeys(AGENT_DEFINITIONS, 1)
    times, by_reason = times_ms(layers, 0, 100 * SECOND)
    assert times["talking"] == 30_000
    assert by_reason == {"rest": 20_000}


def test_nothing_measured_is_none_and_never_a_share():
    found = figures(Layers(), [], 0, 10 * SECOND)
    assert [found[name]["value"] for name in ("agent_occupancy", "agent_talk_mean", "agent_wrapup_mean")] == [
        None,
        None,
        None,
    ]


@pytest.mark.parametrize("name", AGENT_DEFINITIONS)
def test_a_definition_is_published_under_its_id(name):
    definition = AGENT_DEFINITIONS[name]
    assert definition.id == name
    assert definition.version >= 1
    assert definition.formula


def test_totals_name_every_kind():
    assert totals([Stretch(AgentKind.READY, 0, 5)])[AgentKind.TALKING] == 0
