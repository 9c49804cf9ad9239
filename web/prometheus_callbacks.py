"""The callback robot for ``/metrics``; no number, name or ticket is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class CallbackCollector(Collector):
    """Tells what is counted elsewhere, at the moment it is asked for.

    ``states``: callbacks by state, None while the store cannot be read; ``lines`` returns the attempts under
    way by how far they are; ``ended`` counts the attempts that ended on this node, by outcome.
    """

    def __init__(self, lines: Callable[[], Mapping[str, int]] = dict) -> None:
        self.states: Mapping[str, int] | None = None
        self.ended: Counter[str] = Counter()
        self.lines = lines

    def describe(self) -> list[Metric]:
        """Name nothing beforehand: at the registration nothing is read."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Give every figure."""
        if self.states is not None:
            states = GaugeMetricFamily("hotline_callbacks", "Callbacks by their state.", labels=["state"])
            for state, count in self.states.items():
                states.add_metric([state], count)
            yield states
        lines = GaugeMetricFamily(
            "hotline_callback_lines", "Attempts under way on this node, by phase.", labels=["phase"]
        )
        for phase, count in sorted(self.lines().items()):
            lines.add_metric([phase], count)
        yield lines
        ended = CounterMetricFamily(
            "hotline_callback_attempts", "Attempts that ended on this node, by outcome.", labels=["outcome"]
        )
        for outcome, count in sorted(self.ended.items()):
            ended.add_metric([outcome], count)
        yield ended
