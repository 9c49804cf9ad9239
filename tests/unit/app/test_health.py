from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.exc import OperationalError

from hotline.app.health import Health, reason
from hotline.core.errors import HotlineError


async def _fail(error: Exception) -> None:
    raise error


async def test_a_failure_is_noted_in_words_and_goes_on() -> None:
    health = Health()
    part = health.watched(
        "menu", "语音菜单", lambda: _fail(HotlineError("menu.yaml:3: wrong", mend="right it"))
    )
    with pytest.raises(HotlineError):
        await part()
    assert health.lines() == ["语音菜单出错，正在自动重试：menu.yaml:3: wrong (right it)"]
    health.good("menu")
    health.good("never bad")
    assert health.lines() == []


async def test_a_part_that_runs_on_counts_as_mended_unless_it_tells_itself() -> None:
    health = Health(steady_s=0.001)
    forever = asyncio.Event()

    async def wait() -> None:
        await forever.wait()

    for name in ("steady", "telling"):
        health.bad(name, name)
    tasks = [
        asyncio.create_task(health.watched("steady", "", wait)()),
        asyncio.create_task(health.watched("telling", "", wait, tells=True)()),
    ]
    async with asyncio.timeout(10):
        while "steady" in health.lines():  # noqa: ASYNC110  # a timer of the part changes it
            await asyncio.sleep(0.002)
    assert health.lines() == ["telling"]
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_a_part_that_fails_at_once_never_counts_as_mended() -> None:
    health = Health(steady_s=0.001)
    for _ in range(3):
        with pytest.raises(OSError, match="away"):
            await health.watched("store", "数据库", lambda: _fail(OSError("away")))()
    await asyncio.sleep(0.01)
    assert health.lines() == ["数据库出错，正在自动重试：away"]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            OperationalError("INSERT 13812345678", {"n": "13812345678"}, ConnectionError("x")),
            "数据库不可用（ConnectionError）",
        ),
        (ValueError("first\nsecond 13812345678"), "first"),
        (ValueError(), "ValueError"),
        (OSError("x" * 1000), "x" * 300),
    ],
)
def test_a_reason_is_short_and_holds_no_data(error: Exception, line: str) -> None:
    assert reason(error) == line


async def test_every_part_is_told_with_its_state() -> None:
    health = Health(steady_s=0.0)

    async def broken() -> None:
        raise OSError("no disk")

    async def fine() -> None:
        return None

    bad, good = health.watched("disk", "磁盘", broken), health.watched("pages", "页面", fine, tells=True)
    with pytest.raises(OSError, match="no disk"):
        await bad()
    await good()
    told = {one["name"]: (one["label"], one["state"]) for one in health.parts()}
    assert told == {"disk": ("磁盘", "bad"), "pages": ("页面", "ok")}
