"""What is seen, judged against the standard's limits and the settings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hotline.core.settings import Settings
from hotline.queue.alarm_conditions import GB, Disk, Judge, Seen, Waiting, waits_of
from hotline.queue.alarm_kinds import KINDS, SECOND_LEVEL, text_of
from hotline.queue.alarms import Verdict
from hotline.queue.states import AgentKind, AgentState
from support.asterisk import make_settings

BAD, BETWEEN, GOOD = Verdict.BAD, Verdict.BETWEEN, Verdict.GOOD
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def settings(**overrides: Any) -> Settings:
    return make_settings(Path("/nowhere"), **overrides)


def verdicts(seen: Seen, **overrides: Any) -> dict[tuple[str, str], Verdict]:
    found = Judge(settings(**overrides)).conditions(seen)
    keys = [one.key for one in found]
    assert len(set(keys)) == len(keys)
    for one in found:
        if one.verdict is BAD:
            assert "{" not in text_of(KINDS[one.kind], one.subject, one.details)
            assert (
                text_of(KINDS[one.kind], one.subject, one.details)
                != f"{KINDS[one.kind].title}：{one.subject}"
            )
    return {one.key: one.verdict for one in found}


def test_nothing_known_raises_and_clears_nothing() -> None:
    found = verdicts(Seen(), webhooks=[{"name": "duty", "url": "https://a.example/"}])
    assert set(found.values()) == {BETWEEN}


@pytest.mark.clause("R-Q-3")
@pytest.mark.parametrize(
    ("longest_s", "near", "broken"),
    [
        (0.0, GOOD, GOOD),
        (10.0, GOOD, GOOD),
        (10.001, BAD, GOOD),
        (14.999, BAD, GOOD),
        (15.0, BAD, GOOD),
        (15.001, BAD, BAD),
    ],
)
def test_a_wait_about_to_break_and_one_that_breaks_the_limit(
    longest_s: float, near: Verdict, broken: Verdict
) -> None:
    found = verdicts(Seen(waiting={"public": Waiting(2, longest_s)}))
    assert found["wait_near", "public"] is near
    assert found["wait_broken", "public"] is broken
    assert found["wait_near", "enterprise"] is GOOD


@pytest.mark.clause("R-Q-3")
@pytest.mark.parametrize("profile", ["gb", "beijing", "wuhai"])
@pytest.mark.parametrize(
    ("rate", "near", "broken"),
    [
        (None, GOOD, GOOD),
        (1.0, GOOD, GOOD),
        (0.962, GOOD, GOOD),
        (0.961, BETWEEN, GOOD),
        (0.959, BAD, GOOD),
        (0.952, BAD, GOOD),
        (0.951, BAD, BETWEEN),
        (0.95, BAD, BETWEEN),
        (0.9499, BAD, BAD),
        (0.0, BAD, BAD),
    ],
)
def test_a_rate_near_its_limit_and_under_it(
    profile: str, rate: float | None, near: Verdict, broken: Verdict
) -> None:
    found = verdicts(Seen(sl15=rate, connect_rate=rate, rates_known=True), site={"profile": profile})
    for name in ("sl15", "connect_rate"):
        assert found[f"{name}_near", "hotline"] is near
        assert found[f"{name}_broken", "hotline"] is broken


def test_a_rate_is_never_rounded_up_to_its_limit() -> None:
    found = Judge(settings()).conditions(Seen(connect_rate=0.9499999, rates_known=True))
    (broken,) = (one for one in found if one.kind == "connect_rate_broken")
    text = text_of(KINDS[broken.kind], broken.subject, broken.details)
    assert text == "24 小时接通率 94.99 %，低于 95 %"


def agent(number: str, kind: AgentKind, *queues: str) -> AgentState:
    return AgentState(number, kind, NOW, queues=queues)


@pytest.mark.parametrize(
    ("agents", "alone", "unattended"),
    [
        ([], (BETWEEN, BETWEEN), (BAD, BAD)),
        ([agent("1001", AgentKind.SIGNED_OUT)], (BETWEEN, BETWEEN), (BAD, BAD)),
        ([agent("1001", AgentKind.UNREACHABLE, "public", "enterprise")], (BETWEEN, BETWEEN), (BAD, BAD)),
        ([agent("1001", AgentKind.PAUSED, "public", "enterprise")], (GOOD, GOOD), (GOOD, GOOD)),
        ([agent("1001", AgentKind.TALKING, "enterprise")], (BAD, GOOD), (GOOD, GOOD)),
        ([agent("1001", AgentKind.READY, "public")], (GOOD, BETWEEN), (GOOD, BAD)),
    ],
)
def test_a_queue_without_an_agent_and_one_that_nobody_helps(
    agents: list[AgentState], alone: tuple[Verdict, Verdict], unattended: tuple[Verdict, Verdict]
) -> None:
    """Public overflows to enterprise, enterprise to nobody."""
    found = verdicts(Seen(agents=tuple(agents)))
    assert (found["no_agent", "public"], found["no_agent", "enterprise"]) == alone
    assert (found["queue_unattended", "public"], found["queue_unattended", "enterprise"]) == unattended


def test_only_trunks_that_are_asked_can_be_down() -> None:
    trunks = [
        {"name": "silent", "host": "192.0.2.1", "qualify_seconds": 0},
        {"name": "carrier", "host": "192.0.2.2", "qualify_seconds": 30},
        {"name": "spare", "host": "192.0.2.3", "qualify_seconds": 30},
    ]
    found = verdicts(Seen(trunks={"silent": False, "carrier": False}), trunks=trunks)
    assert found["trunk_down", "carrier"] is BAD
    assert found["trunk_down", "spare"] is BETWEEN
    assert ("trunk_down", "silent") not in found


@pytest.mark.clause("R-IVR-8")
def test_failures_of_the_platform_are_second_level_events() -> None:
    seen = Seen(
        agents=(),
        trunks={"test": False},
        switch_connected=False,
        journal_moves=False,
        database_writes=False,
        disk=Disk(GB // 2, 100 * GB),
    )
    trunks = [{"name": "test", "host": "127.0.0.1", "qualify_seconds": 30}]
    bad = {kind for (kind, _), verdict in verdicts(seen, trunks=trunks).items() if verdict is BAD}
    assert bad == {
        "queue_unattended",
        "trunk_down",
        "asterisk_unreachable",
        "journal_stuck",
        "database_unwritable",
        "disk_low",
        "disk_full",
    }
    assert {kind for kind in bad if KINDS[kind].level == SECOND_LEVEL} == bad - {"disk_low"}
    good = replace(seen, switch_connected=True, journal_moves=True, database_writes=True)
    found = verdicts(good)
    for kind in ("asterisk_unreachable", "journal_stuck", "database_unwritable"):
        assert found[kind, "node1"] is GOOD


@pytest.mark.parametrize(
    ("free_gb", "total_gb", "low", "full"),
    [
        (50, 100, GOOD, GOOD),
        (11, 100, GOOD, GOOD),
        (10.5, 100, BETWEEN, GOOD),
        (9.9, 100, BAD, GOOD),
        (1.05, 100, BAD, BETWEEN),
        (0.9, 100, BAD, BAD),
        (40, 1000, BAD, GOOD),
        (60, 1000, GOOD, GOOD),
    ],
)
def test_a_disk_is_low_by_bytes_or_by_percent(
    free_gb: float, total_gb: float, low: Verdict, full: Verdict
) -> None:
    found = verdicts(Seen(disk=Disk(int(free_gb * GB), int(total_gb * GB))))
    assert (found["disk_low", "node1"], found["disk_full", "node1"]) == (low, full)


def test_a_lost_entry_of_the_action_log_is_told() -> None:
    judge = Judge(settings())
    for lost, verdict in ((None, BETWEEN), (0, GOOD), (3, BAD)):
        (found,) = [one for one in judge.conditions(Seen(actions_lost=lost)) if one.kind == "action_log_lost"]
        assert (found.verdict, found.details["entries"]) == (verdict, lost or 0)


def test_clock_calendar_and_webhooks() -> None:
    webhooks = [{"name": name, "url": "https://a.example/"} for name in ("duty", "city", "fresh", "new")]
    seen = Seen(
        clock_jump_s=-3.5, years_missing=(2027,), webhooks_silent_s={"duty": 0, "city": 301, "fresh": 299}
    )
    found = verdicts(seen, webhooks=webhooks)
    assert found["clock_jump", "node1"] is BAD
    assert verdicts(Seen(clock_jump_s=1.9))["clock_jump", "node1"] is GOOD
    assert found["calendar_missing", "2027"] is BAD
    assert found["webhook_failing", "duty"] is GOOD
    assert found["webhook_failing", "city"] is BAD
    assert found["webhook_failing", "fresh"] is BETWEEN
    assert found["webhook_failing", "new"] is BETWEEN


@pytest.mark.clause("R-3W-3")
def test_an_endpoint_that_refuses_what_goes_along_is_an_alarm_after_half_a_minute() -> None:
    webhooks = [
        {"name": "duty", "url": "https://a.example/"},
        {"name": "centre", "url": "https://b.example/", "topics": ["notices"], "secret": "s" * 16},
        {"name": "fire", "url": "https://c.example/", "topics": ["notices"], "secret": "t" * 16},
    ]
    found = verdicts(Seen(notices_silent_s={"centre": 31, "fire": 29}), webhooks=webhooks)
    assert found["notice_failing", "centre"] is BAD
    assert found["notice_failing", "fire"] is BETWEEN
    assert ("notice_failing", "duty") not in found
    assert ("webhook_failing", "centre") not in found
    found = verdicts(Seen(notices_silent_s={"centre": 0}), webhooks=webhooks)
    assert found["notice_failing", "centre"] is GOOD


def test_a_target_that_refuses_results_and_a_robot_that_calls_nobody_are_alarms() -> None:
    hooks = [
        {"name": "city", "url": "https://b.example/", "topics": ["callbacks"], "secret": "s" * 16},
        {"name": "duty", "url": "https://a.example/", "secret": "t" * 16},
    ]
    calls = {"trunks": [{"name": "test"}]}
    found = verdicts(Seen(callbacks_silent_s={"city": 301}, robot_idle_s=601), webhooks=hooks, robot=calls)
    assert found["callback_failing", "city"] is BAD
    assert ("callback_failing", "duty") not in found
    assert found["robot_stuck", "node1"] is BAD
    found = verdicts(Seen(callbacks_silent_s={"city": 0}, robot_idle_s=599), webhooks=hooks, robot=calls)
    assert found["callback_failing", "city"] is GOOD
    assert found["robot_stuck", "node1"] is GOOD
    assert verdicts(Seen(), robot=calls)["robot_stuck", "node1"] is BETWEEN
    assert ("robot_stuck", "node1") not in verdicts(Seen(robot_idle_s=9999))


def test_waits_are_summed_by_queue() -> None:
    assert waits_of([("public", 3.0), ("public", 11.0), ("dialect", 1.0)]) == {
        "public": Waiting(2, 11.0),
        "dialect": Waiting(1, 1.0),
    }


def test_details_of_an_older_version_still_make_a_line() -> None:
    assert text_of(KINDS["disk_low"], "node1", {}) == "录音磁盘空间不足：node1"
