"""What the switch knows of a call in progress, for its draft: from memory, at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

from ...core.clock import Clock, from_us, utc_now
from ...core.settings import Settings
from ...telephony.call_figures import answers, t0, t3, waiting_in
from ...telephony.calls import CallRecord
from ..context import CallContext

_NOT_DIALLED = re.compile(r"[^0-9+]")


class OpenCalls:
    """Gives the context of a call in progress; ``find`` looks its record up in memory.

    Before the record is there, the call is taken to begin now and its caller is not known.
    """

    def __init__(
        self, settings: Settings, find: Callable[[str], CallRecord | None], *, clock: Clock = utc_now
    ) -> None:
        self._zone = ZoneInfo(settings.site.timezone)
        self._unit = settings.site.name
        self._agents = {agent.number: f"{agent.name}（{agent.number}）" for agent in settings.agents}
        self._queues = {queue.name: queue.label for queue in settings.queues}
        self._find = find
        self._clock = clock

    def __call__(self, call: str) -> CallContext:
        """Return the context as it stands."""
        record = self._find(call)
        if record is None:
            return CallContext(call, "", self._clock().astimezone(self._zone), unit=self._unit)
        arrived, answered, queue = t0(record), t3(record), waiting_in(record)
        met = answers(record)
        agent = met[-1][1].get("agent") if met else ""
        called_at = self._clock() if arrived is None else from_us(arrived)
        return CallContext(
            call=call,
            caller=_caller(record),
            called_at=called_at.astimezone(self._zone),
            answered_at=None if answered is None else from_us(answered),
            agent=self._agents.get(agent, agent) or None,
            queue=None if queue is None else self._queues.get(queue, queue),
            unit=self._unit,
        )


def _caller(record: CallRecord) -> str:
    """Return who calls: as 110 said of a call it put through, else as the network did."""
    for mark, name in (("HL_PUSHED", "caller"), ("HL_ARRIVED", "number")):
        step = record.first_step(mark)
        number = _NOT_DIALLED.sub("", step.get(name)) if step is not None else ""
        if number:
            return number
    return ""
