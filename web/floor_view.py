"""The floor of this moment: who does what, who waits, and what stands on risk in each call in progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, cast

from ..core.clock import from_us
from ..core.log import mask
from ..core.settings import Agent, Settings
from ..queue.states import AgentState
from ..telephony.call_figures import t0, t1, t3, waiting_in
from ..telephony.calls import CallRecord
from ..telephony.conference_view import agents_of
from ..telephony.room_queries import Directory
from ..telephony.rooms import lines
from ..ticket_bridge.assist.assist_events import Suggested
from ..ticket_bridge.draft import Draft
from ..ticket_bridge.fields import FieldName, FieldValue
from .figures_view import FiguresView
from .floor_state import CallPhase, Floor, FloorAgent, FloorCall, FloorLine, FloorMark
from .masking import text

_MARKS = ("emergency_line", "risk")
_DRAFTED = {
    "kind": FieldName.KIND,
    "title": FieldName.TITLE,
    "place": FieldName.PLACE,
    "emotion": FieldName.EMOTION,
    "risk_class": FieldName.RISK_CLASS,
    "risk_grade": FieldName.RISK_GRADE,
    "emergency_line": FieldName.EMERGENCY_LINE,
    "threat": FieldName.THREAT_QUOTE,
}


class FloorView:
    """Gives the floor; it has the shape of the figures, so that one kind of stream serves both.

    ``draft_of`` and ``standing`` tell what the machine makes of a call in progress; both answer at once.
    """

    def __init__(
        self,
        settings: Settings,
        figures: FiguresView,
        agents: Callable[[], Sequence[AgentState]],
        open_calls: Callable[[], Sequence[CallRecord]],
        *,
        draft_of: Callable[[str], Draft | None],
        standing: Callable[[str], Sequence[Suggested]],
    ) -> None:
        self._figures = figures
        self._agents = agents
        self._open_calls = open_calls
        self._draft_of = draft_of
        self._standing = standing
        self._known: Mapping[str, Agent] = {agent.number: agent for agent in settings.agents}
        self._directory = Directory.of(settings)

    def live(self) -> dict[str, object]:
        """Return the parts of the floor, each with its JSON form."""
        view = cast("dict[str, Any]", self._figures.live())
        calls = [self._call(record) for record in self._open_calls() if record.citizen]
        with_agent = {agent: call.id for call in calls for agent in call.agents}
        floor = Floor(
            at=view["at"],
            complete=view["complete"],
            queues=view["queues"],
            total=view["total"],
            sl15_offered=view["sl15_offered"],
            connect_rate_24h=view["connect_rate_24h"],
            alarms=view["alarms"],
            agents=[self._agent(state, with_agent) for state in self._agents()],
            calls=sorted(calls, key=lambda call: call.id),
        )
        return floor.as_json()

    async def changed(self, seen: int, limit_s: float) -> int:
        """Wait, at most so long, until the figures have another version than ``seen``; return it."""
        return await self._figures.changed(seen, limit_s)

    def _agent(self, state: AgentState, with_agent: Mapping[str, str]) -> FloorAgent:
        known = self._known[state.number]
        return FloorAgent(
            agent=state.number,
            name=known.name,
            group=known.group,
            role=known.role,
            state=state.kind.value,
            reason=state.reason or None,
            since=state.since,
            queues=state.queues,
            own_queues=known.queues,
            call=with_agent.get(state.number),
        )

    def _call(self, record: CallRecord) -> FloorCall:
        call = record.derived(self._as_the_switch_has_it)
        draft = self._draft_of(record.id)
        marks = tuple(_mark(one) for one in self._standing(record.id) if one.kind in _MARKS)
        return replace(call, **_drafted(draft), marks=marks) if draft is not None or marks else call

    def _as_the_switch_has_it(self, record: CallRecord) -> FloorCall:
        asked, answered, waits_in = t1(record), t3(record), waiting_in(record)
        human = record.first_step("HL_HUMAN")
        return FloorCall(
            id=record.id,
            phase=_phase(asked, answered, waits_in),
            caller=mask(_caller(record)),
            queue=waits_in or (human.get("queue") if human else None) or None,
            arrived_at=_moment(t0(record)),
            human_at=_moment(asked),
            answered_at=_moment(answered),
            agents=tuple(agents_of(record)),
            pushed=record.first_step("HL_PUSHED") is not None,
            lines=tuple(self._lines(record)),
        )

    def _lines(self, record: CallRecord) -> list[FloorLine]:
        return [
            FloorLine(
                one.id,
                one.target,
                self._directory.label(one.target),
                self._directory.kind(one.target, one.kind),
                one.state,
            )
            for one in lines(record)
            if not one.is_over
        ]


def _phase(asked: int | None, answered: int | None, waits_in: str | None) -> CallPhase:
    if answered is not None:
        return "talking"
    if asked is None:
        return "menu"
    return "left" if waits_in is None else "waiting"


def _caller(record: CallRecord) -> str:
    """Return who calls: as 110 said of a call it put through, else as the network did."""
    for step, name in (("HL_PUSHED", "caller"), ("HL_ARRIVED", "number")):
        told = record.first_step(step)
        if told is not None and told.get(name):
            return told.get(name)
    return ""


def _drafted(draft: Draft | None) -> dict[str, Any]:
    if draft is None:
        return {}
    return {name: _hidden(draft.value(field)) for name, field in _DRAFTED.items()}


@lru_cache(maxsize=4096)
def _hidden(said: FieldValue | None) -> str | None:
    """Return what was said without numbers and names: one view is for all who look at the floor."""
    return None if said is None else text(str(said))


def _mark(one: Suggested) -> FloorMark:
    line, grade = one.data.get("line"), one.data.get("risk_grade")
    return FloorMark(
        id=one.id,
        kind="emergency_line" if one.kind == "emergency_line" else "risk",
        text=_hidden(one.text) or "",
        line=None if line is None else str(line),
        grade=None if grade is None else str(grade),
        words=tuple(_hidden(piece.words) or "" for piece in one.evidence),
        at=one.at,
    )


def _moment(moment_us: int | None) -> Any:
    return None if moment_us is None else from_us(moment_us)
