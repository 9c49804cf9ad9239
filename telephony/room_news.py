"""The domain events of a room's marks: one step of a line, one party that comes or goes. Pure."""

from __future__ import annotations

from ..core.clock import from_us
from .calls import CallRecord
from .events import CallEvent, LineChanged, RoomChanged, Supervised
from .facts import ROOM, SUPERVISED, Fact
from .room_marks import MARK, SUPERVISE, mark_of


def room_news(record: CallRecord, fact: Fact, node: str) -> list[CallEvent]:
    """Return what a mark of a call's room tells; of it alone, so that it is told alike in any order."""
    name, key, number = mark_of(fact.slot)
    if fact.slot.startswith(SUPERVISED):
        step = name.removeprefix(SUPERVISE).lstrip("_").lower() or "begin"
        told = {name: fact.get(name) for name in ("supervisor", "agent", "mode", "why")}
        at = from_us(fact.at_us)
        return [Supervised(at=at, call=record.id, node=node, step=step, leg=key, number=number, **told)]
    step, at = name.removeprefix(MARK).lower(), from_us(fact.at_us)
    if fact.slot.startswith(f"{ROOM}:"):
        is_citizen = step in ("held", "unheld", "alone") or fact.get("who") == "citizen"
        who, agent = ("citizen", "") if is_citizen else ("agent", fact.get("agent"))
        return [RoomChanged(at=at, call=record.id, node=node, who=who, step=step, agent=agent, leg=key)]
    values = {name: fact.get(name) for name in ("target", "agent", "how", "mode", "request", "why")}
    news: list[CallEvent] = [
        LineChanged(at=at, call=record.id, node=node, line=key, step=step, route=number, **values)
    ]
    if step in ("joined", "left"):
        news.append(RoomChanged(at=at, call=record.id, node=node, who="line", step=step, line=key))
    return news
