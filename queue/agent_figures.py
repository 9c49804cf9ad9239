"""The figures of an agent's work, each with its published definition; pure sums over the timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .agent_timeline import Layers, pauses, totals
from .agent_times import SpellKind
from .definitions import Definition
from .states import AgentKind

AGENT_DEFINITIONS: Mapping[str, Definition] = {
    one.id: one
    for one in (
        Definition(
            "agent_occupancy",
            1,
            "坐席占用率",
            "(talking + held + wrapup) ÷ (signed in − paused); a citizen's call outranks a pause and a "
            "sign-out, an unreachable telephone counts as signed in",
            "ratio",
        ),
        Definition(
            "agent_handled", 1, "坐席受理量", "calls whose citizen the agent began to talk to", "calls"
        ),
        Definition(
            "agent_talk_mean",
            1,
            "平均通话时长",
            "mean over handled calls that are over: the agent's legs from answer to end, holds included",
            "ms",
        ),
        Definition(
            "agent_wrapup_mean",
            1,
            "平均话后整理时长",
            "mean of the wrap-ups that began in the period and are over",
            "ms",
        ),
        Definition(
            "agent_no_answer",
            1,
            "未接听振铃数",
            "rings of the agent's telephone that ended unanswered",
            "calls",
        ),
    )
}
"""What is published beside the figures of agents, by id."""

_BUSY = (AgentKind.TALKING, AgentKind.HELD, AgentKind.WRAPUP)
_NOT_AT_WORK = (AgentKind.SIGNED_OUT, AgentKind.PAUSED)


@dataclass(frozen=True, slots=True)
class HandledCall:
    """A citizen's call that an agent talked in; ``ended_us`` and ``talk_us`` are None while it goes on."""

    call: str
    began_us: int
    ended_us: int | None
    talk_us: int | None


def figures(
    layers: Layers, handled: Iterable[HandledCall], since_us: int, until_us: int
) -> dict[str, dict[str, Any]]:
    """Return every figure of one agent in [since, until): ``{id: {"value", "definition", "version", …}}``.

    A value is None where nothing was measured. Counts and means are of what began in the period.
    """
    times = totals(layers.timeline(since_us, until_us))
    busy = sum(times[kind] for kind in _BUSY)
    at_work = sum(length for kind, length in times.items() if kind not in _NOT_AT_WORK)
    mine = [call for call in handled if since_us <= call.began_us < until_us]
    talks = [call.talk_us for call in mine if call.talk_us is not None]
    wrap_ups = [
        spell.ended_us - spell.began_us
        for spell in layers.spells
        if spell.kind is SpellKind.WRAPUP
        and spell.ended_us is not None
        and since_us <= spell.began_us < until_us
    ]
    rung = sum(
        spell.kind is SpellKind.NO_ANSWER and since_us <= (spell.ended_us or 0) < until_us
        for spell in layers.spells
    )
    occupancy = {"value": busy / at_work if at_work else None, **_parts(busy, at_work)}
    return {
        "agent_occupancy": _stated("agent_occupancy", **occupancy),
        "agent_handled": _stated("agent_handled", value=len(mine)),
        "agent_talk_mean": _stated("agent_talk_mean", value=_mean_ms(talks)),
        "agent_wrapup_mean": _stated("agent_wrapup_mean", value=_mean_ms(wrap_ups)),
        "agent_no_answer": _stated("agent_no_answer", value=rung),
    }


def times_ms(layers: Layers, since_us: int, until_us: int) -> tuple[dict[str, int], dict[str, int]]:
    """Return the milliseconds of every state, and those of the pauses by reason."""
    stretches = layers.timeline(since_us, until_us)
    by_kind = {kind.value: round(length / 1000) for kind, length in totals(stretches).items()}
    return by_kind, {reason: round(length / 1000) for reason, length in pauses(stretches).items()}


def _parts(numerator_us: int, denominator_us: int) -> dict[str, int]:
    return {"numerator": round(numerator_us / 1000), "denominator": round(denominator_us / 1000)}


def _stated(name: str, **values: float | None) -> dict[str, Any]:
    definition = AGENT_DEFINITIONS[name]
    return {**values, "definition": definition.id, "version": definition.version}


def _mean_ms(lengths_us: Sequence[int]) -> int | None:
    return round(sum(lengths_us) / len(lengths_us) / 1000) if lengths_us else None
