from __future__ import annotations

import asyncio
import os
import threading

import pytest
from structlog.testing import capture_logs

from hotline.core import aio
from hotline.core.aio import TaskKeeper, background_pool, end_the_rest, sought, supervise, woken
from hotline.core.errors import HotlineError


def nice() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


async def test_a_background_thread_gives_way_and_no_other_does() -> None:
    before = nice()
    with background_pool(2, name="test") as pool:
        loop = asyncio.get_running_loop()
        found = await asyncio.gather(*(loop.run_in_executor(pool, nice) for _ in range(4)))
    assert set(found) == {min(19, max(10, before + 5))}
    assert nice() == before


async def _supervised(errors: list[Exception | None]) -> list[dict[str, object]]:
    """Let a part end in these ways one after the other, then go on for ever; return the log."""
    left = iter(errors)
    steady = asyncio.Event()

    async def part() -> None:
        try:
            error = next(left)
        except StopIteration:
            steady.set()
            await asyncio.Event().wait()
        else:
            if error is not None:
                raise error

    with capture_logs() as logs:
        task = asyncio.create_task(supervise("part", part, first_pause_s=0.0001, longest_pause_s=0.0002))
        async with asyncio.timeout(10):
            await steady.wait()
        task.cancel()
        await asyncio.wait({task})
    return [dict(entry) for entry in logs]


async def test_a_part_is_begun_again_whatever_it_raises() -> None:
    logs = await _supervised([ValueError("a fault"), HotlineError("no port", mend="take another"), None])
    assert [entry.get("error") for entry in logs] == [
        "ValueError: a fault",
        "HotlineError: no port (take another)",
        None,
    ]
    assert isinstance(logs[0]["exc_info"], ValueError)
    assert logs[1]["exc_info"] is None, "an operator's error needs no traceback"
    assert logs[2]["event"] == "supervised part ended"


async def test_the_same_failure_is_logged_ever_less_often() -> None:
    logs = await _supervised([OSError("away")] * 25 + [OSError("gone")] + [OSError("away")])
    assert [(entry["error"], entry["count"]) for entry in logs] == [
        ("OSError: away", 1),
        ("OSError: away", 10),
        ("OSError: gone", 1),
        ("OSError: away", 1),
    ]


async def test_a_kept_tasks_failure_is_logged_and_harms_no_other() -> None:
    keeper = TaskKeeper()

    async def fail() -> None:
        raise ValueError("a fault")

    other = keeper.start(asyncio.sleep(3600), name="other")
    with capture_logs() as logs:
        failed = keeper.start(fail(), name="bad")
        await asyncio.wait({failed})
        await asyncio.sleep(0)
    assert [entry["task"] for entry in logs] == ["bad"]
    assert len(keeper) == 1
    await keeper.stop()
    assert other.cancelled()


@pytest.mark.parametrize("count", [0, 3])
async def test_stopping_ends_every_task(count: int) -> None:
    keeper = TaskKeeper()
    tasks = [keeper.start(asyncio.sleep(3600), name=str(number)) for number in range(count)]
    await asyncio.sleep(0)
    await keeper.stop()
    assert all(task.cancelled() for task in tasks)


async def test_a_cancellation_that_comes_with_the_event_is_not_lost() -> None:
    event = asyncio.Event()

    async def wait_for_ever() -> None:
        while True:
            await woken(event, 60)

    for _ in range(20):
        task = asyncio.create_task(wait_for_ever())
        await asyncio.sleep(0)
        event.set()
        task.cancel()
        await asyncio.wait({task}, timeout=5)
        assert task.cancelled()


async def test_woken_tells_and_clears() -> None:
    event = asyncio.Event()
    assert await woken(event, 0) is False
    event.set()
    assert await woken(event, 60) is True
    assert not event.is_set()


async def test_a_task_that_lost_its_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aio, "CANCEL_AGAIN_S", 0.01)
    keeper = TaskKeeper()
    lost: list[int] = []

    async def deaf() -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                lost.append(1)
                if len(lost) > 2:
                    raise

    task = keeper.start(deaf(), name="deaf")
    await asyncio.sleep(0)
    await keeper.stop()
    assert task.cancelled()
    assert len(lost) == 3


async def test_what_does_not_end_is_named_and_what_ends_is_ended() -> None:
    release = asyncio.Event()

    async def deaf() -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    ends = asyncio.create_task(asyncio.sleep(60))
    hangs = asyncio.create_task(deaf(), name="deaf")
    await asyncio.sleep(0)
    with capture_logs() as logs:
        assert await end_the_rest(limit_s=0.01) is False
    assert ends.cancelled()
    assert [line["task"] for line in logs] == ["deaf"]
    release.set()
    await hangs
    assert await end_the_rest() is True


@pytest.mark.parametrize(("limit_s", "found", "looks"), [(1.0, "there", 3), (0.0, None, 1)])
async def test_what_is_sought_is_found_or_given_up(limit_s: float, found: str | None, looks: int) -> None:
    seen: list[int] = []

    async def look() -> str | None:
        seen.append(1)
        return "there" if len(seen) == 3 else None

    assert await sought(look, limit_s=limit_s, every_s=0.0, now=lambda: 0.0 if limit_s else 5.0) == found
    assert len(seen) == looks
