"""The agents as the overview page shows them: those who are signed in, what needs looking at marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..queue.states import KIND_NAMES, NO_ANSWER_REASON, REASON_NAMES, AgentKind, AgentState


def agent_lines(states: Iterable[AgentState], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return number, name, state and reason in words, since when, and whether a supervisor should look."""
    return [
        {
            "number": state.number,
            "name": names.get(state.number, ""),
            "state": KIND_NAMES[state.kind],
            "reason": "" if state.kind is AgentKind.WRAPUP else REASON_NAMES.get(state.reason, state.reason),
            "since": state.since,
            "is_odd": state.kind is AgentKind.UNREACHABLE or state.reason == NO_ANSWER_REASON,
        }
        for state in states
        if state.kind is not AgentKind.SIGNED_OUT
    ]
