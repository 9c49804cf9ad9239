"""Where the alarms of a running service get what they judge: its trackers and figures, all in memory."""

from __future__ import annotations

from collections.abc import Mapping

from ..core.clock import Clock, to_us
from ..queue.alarm_conditions import Waiting, waits_of
from ..queue.states import AgentState
from ..queue.tally import Figure
from ..telephony.ami import Ami
from ..telephony.call_figures import waiting_in
from ..telephony.tracker import Tracker
from .alarms import Rates
from .figures import Figures
from .switchboard import Switchboard


class ServiceSources:
    """The ``Sources`` of a service. Waits are of this node's calls: other nodes raise their own."""

    def __init__(
        self,
        node: str,
        figures: Figures,
        tracker: Tracker,
        switchboard: Switchboard,
        amis: tuple[Ami, Ami],
        *,
        clock: Clock,
    ) -> None:
        self._node = node
        self._figures = figures
        self._tracker = tracker
        self._switchboard = switchboard
        self._amis = amis
        self._clock = clock

    def waiting(self) -> Mapping[str, Waiting]:
        """Return the callers who wait for a human, by the queue they are in now."""
        now_us = to_us(self._clock())
        waits: list[tuple[str, float]] = []
        for call in self._figures.book.open_calls():
            if call.node != self._node or not call.is_waiting or call.t1_us is None:
                continue
            record = self._tracker.find(call.id)
            queue = waiting_in(record) if record is not None else ""
            if queue is not None:
                waits.append((queue or call.queue, max(0, now_us - call.t1_us) / 1e6))
        return waits_of(waits)

    def rates(self) -> Rates | None:
        """Return the shares of the whole hotline; None while they are not loaded."""
        if not self._figures.loaded:
            return None
        found = self._figures.read("all").figures
        return Rates(_share(found["sl15_offered"]), _share(found["connect_rate_24h"]))

    def agents(self) -> tuple[AgentState, ...] | None:
        """Return every agent's state; None before the switch was looked at."""
        board = self._switchboard
        return None if board.snapshot is None else tuple(board.agents())

    def switch_connected(self) -> bool:
        """Tell whether both lines to the switch stand."""
        return all(ami.connected for ami in self._amis)

    def facts_told(self) -> tuple[int, int]:
        """Return how many facts came live and from the journal so far."""
        return self._tracker.counts["live"], self._tracker.counts["journal"]


def _share(figure: Figure) -> float | None:
    return figure.value if isinstance(figure.value, float | int) else None
