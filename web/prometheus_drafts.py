"""Drafts of calls in progress for ``/metrics``; no words and nothing of people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

_SINCE = (
    ("hotline_live_drafts", "Drafts made of calls in progress.", "made"),
    ("hotline_live_draft_failures", "Drafts of calls in progress that failed.", "failed"),
    ("hotline_live_draft_refused_sentences", "Sentences of calls that were too many to draft.", "refused"),
)


class DraftCollector(Collector):
    """Reads the drafting at the moment it is asked for."""

    def __init__(
        self, live: Callable[[], Mapping[str, int]], answers: Callable[[], Mapping[str, int]]
    ) -> None:
        self._live = live
        self._answers = answers

    def describe(self) -> list[Metric]:
        """Name nothing beforehand: at the registration nothing is read."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Give every figure."""
        live = self._live()
        yield GaugeMetricFamily("hotline_live_draft_calls", "Calls with a live draft.", value=live["calls"])
        for name, help_, field in _SINCE:
            yield CounterMetricFamily(name, help_, value=live[field])
        answers = CounterMetricFamily(
            "hotline_model_server_questions", "Questions to the model server, by outcome.", labels=["outcome"]
        )
        for outcome, count in sorted(self._answers().items()):
            answers.add_metric([outcome], count)
        yield answers
