"""What is watched exists: dashboard and alerts ask for nothing that /metrics does not tell."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp.test_utils import TestClient

from support.pages import BEARER, FakeDesk, client_of, figure

GRAFANA = Path(__file__).resolve().parents[3] / "docker" / "grafana"
DASHBOARD: dict[str, Any] = json.loads((GRAFANA / "dashboards" / "hotline.json").read_text(encoding="utf-8"))
ALERTS: dict[str, dict[str, Any]] = {
    rule["alert"]: rule
    for group in yaml.safe_load((GRAFANA / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
}
EXPRESSIONS = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]] + [
    rule["expr"] for rule in ALERTS.values()
]
_NAME = re.compile(r"\b(?:hotline|process)_[a-z0-9_]+\b")
_LABELS = re.compile(r"\b((?:hotline|process)_[a-z0-9_]+)\{([^}]*)\}")


@pytest.fixture
async def client() -> AsyncGenerator[TestClient[Any, Any]]:
    desk = FakeDesk()
    desk.figures.view["connect_rate_24h_min_today"] = figure("connect_rate_24h_min", 0.951)
    async with client_of(desk) as client:
        yield client


async def told(client: TestClient[Any, Any]) -> str:
    async with client.get("/metrics", headers=BEARER) as answer:
        assert answer.status == 200
        return await answer.text()


async def test_every_metric_that_is_asked_for_exists(client: TestClient[Any, Any]) -> None:
    text = await told(client)
    described = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")}
    samples = {re.split(r"[{ ]", line)[0] for line in text.splitlines() if not line.startswith("#")}
    asked = {name for expression in EXPRESSIONS for name in _NAME.findall(expression)}
    assert len(asked) > 15
    assert asked - samples - described == set()


async def test_every_bucket_that_is_asked_for_exists(client: TestClient[Any, Any]) -> None:
    text = await told(client)
    asked = [found for one in EXPRESSIONS for found in _LABELS.findall(one) if "le=" in found[1]]
    assert asked
    for name, labels in asked:
        assert f"{name}{{{labels}}}" in text


@pytest.mark.parametrize(
    ("alert", "limits"),
    [
        ("HotlineWaitOverLimit", {"hotline_wait_limit_seconds"}),
        ("HotlineWaitNearLimit", {"hotline_wait_near_seconds"}),
        ("HotlineConnectRateBroken", {"hotline_connect_rate_limit_ratio"}),
        ("HotlineServiceLevelBroken", {"hotline_service_level_limit_ratio"}),
        (
            "HotlineConnectRateNearLimit",
            {"hotline_connect_rate_limit_ratio", "hotline_rate_near_margin_ratio"},
        ),
    ],
)
def test_alerts_take_their_limits_from_the_service(alert: str, limits: set[str]) -> None:
    expression, text = ALERTS[alert]["expr"], ALERTS[alert]["annotations"]["summary"]
    _, compared, limit = expression.partition(" > " if " > " in expression else " < ")
    assert compared
    assert set(_NAME.findall(limit)) == limits
    assert not re.search(r"(?<![a-z_0-9])[0-9]", limit)
    assert not re.search(r"95 ?%|1[05] 秒，|超过 1[05] 秒", text)


def test_the_panels_colours_change_at_fifteen_seconds_and_ninety_five_per_cent() -> None:
    panels = {panel["title"]: panel for panel in DASHBOARD["panels"]}
    for title, limit in (
        ("24小时接通率", 0.95),
        ("15秒接通率（24小时，按请求）", 0.95),
        ("今日最低接通率", 0.95),
        ("接通率与限值", 0.95),
        ("最长等待", 15),
        ("最长等待（各队列）", 15),
    ):
        steps = panels[title]["fieldConfig"]["defaults"]["thresholds"]["steps"]
        assert limit in [step["value"] for step in steps], title


async def test_the_service_tells_the_same_limits(client: TestClient[Any, Any]) -> None:
    lines = (await told(client)).splitlines()
    assert "hotline_wait_limit_seconds 15.0" in lines
    assert "hotline_connect_rate_limit_ratio 0.95" in lines
    assert "hotline_service_level_limit_ratio 0.95" in lines
    assert "hotline_wait_near_seconds 10.0" in lines
    assert "hotline_rate_near_margin_ratio 0.01" in lines


def test_panels_do_not_lie_on_each_other_and_have_a_source() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
    sources = yaml.safe_load(
        (GRAFANA / "provisioning" / "datasources" / "prometheus.yaml").read_text(encoding="utf-8")
    )["datasources"]
    assert {panel["datasource"]["uid"] for panel in DASHBOARD["panels"]} == {one["uid"] for one in sources}


def test_prometheus_reads_the_rules_and_targets_that_compose_brings() -> None:
    config = yaml.safe_load((GRAFANA / "prometheus.yml").read_text(encoding="utf-8"))
    compose = yaml.safe_load((GRAFANA.parent / "compose.yaml").read_text(encoding="utf-8"))
    service = compose["services"]["prometheus"]
    brought = {volume.split(":")[1] for volume in service["volumes"]}
    brought |= {one["target"] for one in service["configs"]}
    wanted = {*config["rule_files"], *config["scrape_configs"][0]["file_sd_configs"][0]["files"]}
    assert wanted <= brought
    target = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", compose["configs"]["prometheus_targets"]["content"])
    assert json.loads(target) == [{"targets": ["127.0.0.1:8345"]}]
