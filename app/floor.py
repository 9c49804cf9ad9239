"""Wires the supervisor's floor: what it shows of each call, and agents moved between queues."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..core.settings import Settings
from ..queue.agent_moves import Moves
from ..queue.states import AgentState
from ..telephony.ami import Ami
from ..telephony.tracker import Tracker
from ..ticket_bridge.assist.assist_live import Assist
from ..web.figures_view import FiguresView
from ..web.floor_api import FloorParts
from ..web.floor_view import FloorView
from .drafting import Drafting
from .three_way import ThreeWayCalls


def floor_of(
    settings: Settings,
    figures: FiguresView,
    agents: Callable[[], Sequence[AgentState]],
    tracker: Tracker,
    ami: Ami,
    *,
    three_way: ThreeWayCalls,
    drafting: Drafting,
    assist: Assist,
) -> FloorParts:
    """Return the floor of a node; moves are written to the action log of the calls."""
    view = FloorView(
        *(settings, figures, agents, tracker.open_calls),
        draft_of=drafting.live.draft_of,
        standing=assist.standing,
    )
    return FloorParts(view, Moves(settings, ami, three_way.log))
