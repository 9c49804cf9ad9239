"""The wall in a real browser, fed by a stream that the test writes: what it shows, how well it is seen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import Browser

from support.page_probes import contrast, outside, scrolls, type_share
from support.wall import WallSite, banner, queue, rate, screen, shows, text, view

SIZES = [(1920, 1080), (1366, 768), (3840, 2160)]
MAIN_NUMBERS = ("#waiting-number", "#longest-number", "#sl15-number", "#connect-number")
ATTACK = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>'
NOTE_WORDS = """() => {
  const word = document.querySelector("#longest .word");
  window.seen = [];
  new MutationObserver(() => window.seen.push(word.textContent))
    .observe(word, {childList: true, characterData: true, subtree: true});
}"""


def crowded(count: int = 9) -> dict[str, Any]:
    """More of everything than there is room for, and every name as long as it may be."""
    long = "民生诉求应急专席与跨区域协同办理中心二十四小时不间断值守与回访督办专用队列席位甲乙"
    queues = [
        queue(f"q{n}", f"{n}{long}"[:40], waiting=99, longest_s=36_000 + n, ready=88, talking=88)
        for n in range(count)
    ]
    counts = dict.fromkeys(
        ("ready", "ringing", "talking", "held", "wrapup", "paused", "unreachable", "signed_out"), 888
    )
    alarm = {
        "severity": "critical",
        "severity_label": "严重",
        "level": "II",
        "title": long,
        "text": long * 3,
        "since": datetime.now(UTC).isoformat(),
    }
    agents = [{"agent": str(n), "name": long, "state": "unreachable"} for n in range(30)]
    total = {**queue("all", "", waiting=888, longest_s=36_000), "agents": counts}
    return view(sl15=0.9999, connect=1.0, queues=queues, total=total, agents=agents, alarms=[alarm] * count)


@pytest.mark.clause("R-Q-1")
@pytest.mark.clause("R-Q-2")
async def test_the_figures_are_shown(wall_site: WallSite, browser: Browser) -> None:
    alarm = {
        "severity": "warning",
        "severity_label": "警告",
        "title": "等待即将超限",
        "text": "综合受理：3 人在等",
        "since": "2026-11-22T04:00:00+00:00",
    }
    wall_site.send(view(waiting=3, longest_s=4, sl15=0.9731, connect=0.9864, alarms=[alarm]))
    watched = await screen(browser, wall_site)
    page = watched.page
    await shows(page, "#waiting-number", "3")
    assert (await text(page, "#longest-number")).startswith("0:0")
    assert await text(page, "#sl15-number") == "97.3"
    assert await text(page, "#connect-number") == "98.6"
    assert await text(page, "#sl15 .word") == "达标"
    assert await text(page, "#sl15 .note") == "不低于 95%　近 24 小时"
    assert await text(page, "#connect .note") == "不低于 95%　今日最低 96.6%"
    assert (await text(page, "#queue-rows")).split() == (
        ["综合受理", "3", (await text(page, "#queue-rows .wait")), "2", "4", "涉企服务", "0", "—", "1", "2"]
    )
    assert (await text(page, "#agent-kinds")).split() == (
        ["就绪", "3", "振铃", "1", "通话中", "6", "话后整理", "2", "暂停", "1", "未签入", "4"]
    )
    assert (await text(page, "#alarms")).split() == (
        ["告警1", "等待即将超限", "警告", "·", "12:00起", "综合受理：3", "人在等"]
    )
    assert await page.locator("#chart path.line").count() == 2
    assert "NaN" not in await page.inner_html("#chart")
    label = await page.get_attribute("#chart", "aria-label")
    assert label is not None
    assert "15 秒接通率现为" in label
    assert await page.get_by_role("region", name="24 小时接通率").count() >= 1
    await banner(page, None)
    assert watched.faults == []
    assert watched.hosts == {wall_site.url.removeprefix("http://")}, "another host was asked"


@pytest.mark.clause("R-Q-3")
async def test_a_limit_is_told_by_word_shape_and_colour(wall_site: WallSite, browser: Browser) -> None:
    """A rate just under its limit is never rounded up to it."""
    page = (await screen(browser, wall_site)).page
    for share, number, state, word in (
        (0.96, "96.0", "ok", "达标"),
        (0.95999, "95.9", "near", "接近下限"),
        (0.95, "95.0", "near", "接近下限"),
        (0.94999, "94.9", "broken", "未达标"),
        (None, "—", "none", "暂无数据"),
        (0.0, "0.0", "broken", "未达标"),
        (1.0, "100", "ok", "达标"),
    ):
        wall_site.send(view(sl15=share, connect=share))
        for tile in ("sl15", "connect"):
            await page.wait_for_selector(f"#{tile}.is-{state}")
            await shows(page, f"#{tile}-number", number)
            assert await page.is_visible(f"#{tile} small") == (share is not None)
            assert await text(page, f"#{tile} .word") == word
            assert await page.get_attribute(f"#{tile} use", "href") == f"#shape-{state}"


@pytest.mark.clause("R-Q-3")
async def test_the_longest_wait_runs_and_breaks_its_limit_by_itself(
    wall_site: WallSite, browser: Browser
) -> None:
    page = (await screen(browser, wall_site)).page
    await page.evaluate(NOTE_WORDS)
    wall_site.send(view(waiting=1, longest_s=9.4))
    await shows(page, "#longest", "即将超时")
    wall_site.send(view(waiting=1, longest_s=14.4))
    await shows(page, "#longest", "已超时")
    words = await page.evaluate("window.seen")
    assert words[-2:] == ["即将超时", "已超时"], words
    wall_site.send(view())
    await shows(page, "#longest", "无人等待")
    assert await text(page, "#longest-number") == "0:00"


async def test_a_browser_with_a_wrong_clock_shows_the_services_time(
    wall_site: WallSite, browser: Browser
) -> None:
    opened = await browser.new_context(timezone_id="America/New_York")
    page = await opened.new_page()
    await page.add_init_script("const real = Date.now; Date.now = () => real() - 86400000 * 3;")
    wall_site.send(view(waiting=1, longest_s=5, at=datetime(2026, 5, 1, 4, 0, tzinfo=UTC)))
    await page.goto(wall_site.entry)
    await shows(page, "#clock", "12:00:0")
    await shows(page, "#date", "5月1日")
    assert await text(page, "#longest-number") in {"0:05", "0:06", "0:07", "0:08"}


async def test_text_from_outside_stays_text(wall_site: WallSite, browser: Browser) -> None:
    agents = [{"agent": ATTACK, "name": ATTACK, "state": "unreachable"}]
    counts = {"unreachable": 1, "ready": 1, ATTACK: 2, "__proto__x": 1, "constructor": 1}
    alarm = dict.fromkeys(("title", "text", "severity", "severity_label", "level", "since"), ATTACK)
    wall_site.send(
        view(
            waiting=1,
            longest_s=2,
            queues=[queue("q", ATTACK, waiting=1, longest_s=2), queue("r", "夜\u202e间\x07")],
            agents=agents,
            total={**queue("all", "", waiting=1, longest_s=2), "agents": counts},
            alarms=[alarm],
            sl15_offered=rate(ATTACK, 0.99),
            curve=[{"at": ATTACK, "offered": ATTACK, "answered": ATTACK, "sl15_offered": ATTACK}],
        )
    )
    watched = await screen(browser, wall_site)
    page = watched.page
    await shows(page, "#queue-rows", ATTACK)
    await shows(page, "#queue-rows", "夜\ufffd间\ufffd")
    for place in ("#alarm-rows", "#agent-kinds"):
        assert ATTACK in (await page.text_content(place) or "")
    assert await page.locator("img, body script, iframe").count() == 0
    assert await page.evaluate("window.hit") is None
    assert [fault for fault in watched.faults if "<rect>" not in fault] == []


@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_all_is_seen_without_scrolling_and_from_afar(
    wall_site: WallSite, browser: Browser, width: int, height: int
) -> None:
    watched = await screen(browser, wall_site)
    page = watched.page
    await page.set_viewport_size({"width": width, "height": height})
    for shown in (crowded(), view(waiting=2, longest_s=3)):
        wall_site.send(shown)
        await shows(page, "#waiting-number", str(shown["total"]["waiting"]))
        assert await scrolls(page) <= 0
        assert await outside(page, "header *, main > *", "body") == []
        parts = ".number, .state, .note, #chart, #queue-rows tr, #alarm-rows li, #agent-kinds > div"
        assert await outside(page, parts, ".tile, .panel, #agents") == []
        for number in MAIN_NUMBERS:
            assert await type_share(page, number) >= 1 / 12, number
    assert watched.faults == []


async def test_contrast_is_seven_to_one_in_every_state(wall_site: WallSite, browser: Browser) -> None:
    page = (await screen(browser, wall_site)).page
    words = [f"#{tile} .{part}" for tile in ("longest", "sl15", "connect") for part in ("word", "note")]
    for state, longest_s, share in (("ok", 1, 0.99), ("near", 11, 0.955), ("broken", 40, 0.9)):
        wall_site.send(view(waiting=1, longest_s=longest_s, sl15=share, connect=share))
        await page.wait_for_selector(f"#sl15.is-{state}")
        for selector in (*MAIN_NUMBERS, *words, "#clock", "#queue-rows td.wait", "#agent-kinds dt"):
            assert await contrast(page, selector) >= 7, (state, selector)
    await wall_site.die()
    await banner(page, "连接中断")
    for selector in (*MAIN_NUMBERS, "#banner-title", "#banner-text"):
        assert await contrast(page, selector) >= 7, selector


@pytest.mark.parametrize(("motion", "moves"), [("reduce", 0), ("no-preference", 3)])
async def test_nothing_moves_for_those_who_asked_for_it(
    wall_site: WallSite, browser: Browser, motion: Any, moves: int
) -> None:
    wall_site.send(view(waiting=1, longest_s=40, sl15=0.9, connect=0.9))
    page = (await screen(browser, wall_site, reduced_motion=motion)).page
    await page.wait_for_selector("#sl15.is-broken")
    assert await page.evaluate("document.getAnimations().length") == moves
