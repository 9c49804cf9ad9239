"""The callback robot for ``/metrics``; no number, name or ticket is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class CallbackCollector(Collector):
    """Tells what is counted elsewhere, at the moment it is asked for.

    ``states``: callbacks by state, None while the store cannot be read; ``outcomes``: the attempts of the
    last hour by how they ended; ``lines`` returns this node's attempts under way by how far they are.
    """

    def __init__(self, lines: Callable[[], Mapping[str, int]] = dict) -> None:
        self.states: Mapping[str, int] | None = None
        self.outcomes: Mapping[str, int] = {}
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
            ended = GaugeMetricFamily(
                "hotline_callback_attempts_last_hour",
                "Attempts begun in the last hour that have ended, by outcome.",
                labels=["outcome"],
            )
            for outcome, count in sorted(self.outcomes.items()):
                ended.add_metric([outcome], count)
            yield ended
        lines = GaugeMetricFamily(
            "hotline_callback_lines", "Attempts under way on this node, by phase.", labels=["phase"]
        )
        for phase, count in sorted(self.lines().items()):
            lines.add_metric([phase], count)
        yield lines
