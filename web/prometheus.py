"""``/metrics``: the figures in Prometheus' form, from a registry of our own. No personal data is in it.

A figure that has no value (an empty window) has no sample: no alert is raised on nothing, nor is
anything said to be 100 %.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import structlog
from prometheus_client import CollectorRegistry, Gauge, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from .. import __version__
from ..core.db import Database
from ..core.errors import HotlineError
from ..core.settings import AlarmSettings
from ..queue.definitions import Definition
from .call_counters import CallCounters
from .figures_view import FiguresView
from .live import Live

log = structlog.get_logger(__name__)

RATIOS = {
    "sl15_offered": "hotline_service_level_ratio",
    "connect_rate_24h": "hotline_connect_rate_24h_ratio",
    "connect_rate_24h_min_today": "hotline_connect_rate_24h_min_today_ratio",
}
"""The headline figures of ``live()`` with their names here."""
_LIMITS = (
    ("wait_human", "hotline_wait_limit_seconds", 1000),
    ("sl15_offered", "hotline_service_level_limit_ratio", 1),
    ("connect_rate_24h", "hotline_connect_rate_limit_ratio", 1),
)


class Exposition:
    """Everything that ``/metrics`` tells."""

    def __init__(
        self,
        database: Database,
        live: Callable[[], Live],
        figures: FiguresView,
        definitions: Mapping[str, Definition],
        alarms: AlarmSettings | None = None,
    ) -> None:
        self.registry = CollectorRegistry()
        self.counters = CallCounters(self.registry, database)
        self.viewers = Gauge("hotline_live_viewers", "Open streams of the live view.", registry=self.registry)
        ProcessCollector(registry=self.registry)
        self.registry.register(_Figures(live, figures, definitions, alarms or AlarmSettings()))

    def text(self, accept: str) -> tuple[bytes, str]:
        """Return the body and its content type, in the form that the asker accepts."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type


class _Figures(Collector):
    """Reads live state and figures at the moment they are asked for."""

    def __init__(
        self,
        live: Callable[[], Live],
        figures: FiguresView,
        definitions: Mapping[str, Definition],
        alarms: AlarmSettings,
    ) -> None:
        self._live = live
        self._alarms = alarms
        self._definitions = definitions
        self._figures = figures

    def describe(self) -> list[Metric]:
        """Name nothing beforehand: at the registration nothing is read."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Give every gauge; figures that cannot be read now are told by ``hotline_figures_up``."""
        yield from _state(self._live())
        yield from _limits(self._definitions)
        yield from _near(self._alarms)
        try:
            view = cast("dict[str, Any]", self._figures.live())
        except HotlineError as error:
            log.warning("figures cannot be read for /metrics", error_id=error.error_id)
            yield GaugeMetricFamily("hotline_figures_up", "Whether the figures can be read.", value=0)
            return
        yield GaugeMetricFamily("hotline_figures_up", "Whether the figures can be read.", value=1)
        yield from _queues(view)
        yield from _ratios(view)


def _state(live: Live) -> Iterator[Metric]:
    build = InfoMetricFamily("hotline_build", "The version that runs.")
    build.add_metric([], {"version": __version__})
    yield build
    yield GaugeMetricFamily(
        "hotline_switch_connected", "Whether the service hears the switch.", value=live.switch_connected
    )
    yield GaugeMetricFamily("hotline_calls_open", "Citizens' calls in progress.", value=live.open_calls)
    yield GaugeMetricFamily("hotline_problems", "Parts that do not work now.", value=len(live.problems))


def _limits(definitions: Mapping[str, Definition]) -> Iterator[Metric]:
    versions = GaugeMetricFamily(
        "hotline_definition_version", "Version of each figure's definition.", labels=["definition"]
    )
    for definition in definitions.values():
        versions.add_metric([definition.id], definition.version)
    yield versions
    for figure, name, scale in _LIMITS:
        limit = definitions[figure].limit
        if limit is not None:
            yield GaugeMetricFamily(name, f"Limit of {figure} by the node's standard.", value=limit / scale)


def _near(alarms: AlarmSettings) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "hotline_wait_near_seconds",
        "A longer wait is about to break its limit.",
        value=alarms.wait_near_seconds,
    )
    yield GaugeMetricFamily(
        "hotline_rate_near_margin_ratio",
        "So far above its limit a rate is about to break it.",
        value=alarms.near_points / 100,
    )


def _queues(view: Mapping[str, Any]) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("hotline_queue_waiting", "Callers waiting for a human.", labels=["queue"])
    longest = GaugeMetricFamily(
        "hotline_queue_longest_wait_seconds", "Longest wait of those who wait now.", labels=["queue"]
    )
    over = GaugeMetricFamily(
        "hotline_queue_waiting_over",
        "Callers waiting longer than so many seconds.",
        labels=["queue", "seconds"],
    )
    members = GaugeMetricFamily(
        "hotline_queue_agents", "Agents of a queue by state.", labels=["queue", "state"]
    )
    for queue in view["queues"]:
        name = queue["queue"]
        waiting.add_metric([name], queue["waiting"])
        longest.add_metric([name], (queue["longest_wait_ms"] or 0) / 1000)
        over.add_metric([name, "10"], queue["waiting_over_10s"])
        over.add_metric([name, "15"], queue["waiting_over_15s"])
        for kind, count in queue["agents"].items():
            members.add_metric([name, kind], count)
    yield from (waiting, longest, over, members)
    agents = GaugeMetricFamily("hotline_agents", "Agents by state.", labels=["state"])
    for kind, count in view["total"]["agents"].items():
        agents.add_metric([kind], count)
    yield agents
    yield GaugeMetricFamily("hotline_alarms_active", "Alarms that are raised now.", value=len(view["alarms"]))


def _ratios(view: Mapping[str, Any]) -> Iterator[Metric]:
    for figure, name in RATIOS.items():
        found = view[figure]
        told = GaugeMetricFamily(name, f"{figure} of the whole hotline.", labels=["definition", "version"])
        if found["value"] is not None:
            told.add_metric([found["definition"], str(found["version"])], found["value"])
        yield told
