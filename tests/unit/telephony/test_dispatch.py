from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable

import pytest

from hotline.telephony.ami_message import AmiMessage
from hotline.telephony.dispatch import MESSAGE_OVERHEAD, Dispatcher, linkedid


def event(call: str, number: int, name: str = "CEL") -> AmiMessage:
    key = "LinkedID" if name == "CEL" else "Linkedid"
    return AmiMessage(f"Event: {name}\r\n{key}: {call}\r\nN: {number}".encode())


@pytest.fixture
async def dispatcher() -> AsyncGenerator[Dispatcher]:
    one = Dispatcher(handler_limit_s=5)
    yield one
    await one.close()
    assert one.waiting_bytes == one.lanes == 0


async def test_events_of_a_call_stay_in_order_and_calls_run_side_by_side(dispatcher: Dispatcher) -> None:
    got: dict[str, list[str]] = defaultdict(list)
    gate = asyncio.Event()

    async def handler(message: AmiMessage) -> None:
        if linkedid(message) == "slow":
            await gate.wait()
        await asyncio.sleep(0)
        got[linkedid(message)].append(message["N"])
        if sum(map(len, got.values())) == 300:
            gate.set()

    dispatcher.on("CEL", handler)
    for number in range(100):
        for call in ("slow", "a", "b", "c"):
            dispatcher.offer(event(call, number))
    assert await dispatcher.drained(limit_s=10)
    assert got == {call: [str(number) for number in range(100)] for call in ("slow", "a", "b", "c")}
    assert (dispatcher.handled, dispatcher.failed) == (400, 0)


async def test_a_plain_function_is_called_in_order_for_all_calls(dispatcher: Dispatcher) -> None:
    got: list[str] = []
    dispatcher.on("*", lambda message: got.append(message["N"]))
    for number in range(1000):
        dispatcher.offer(event(f"call-{number % 3}", number))
    assert got == []  # offering only enqueues
    assert await dispatcher.drained(limit_s=10)
    assert got == [str(number) for number in range(1000)]


def _fails(_: AmiMessage) -> None:
    raise ValueError("handler")


async def _fails_later(_: AmiMessage) -> None:
    await asyncio.sleep(0)
    raise ValueError("handler")


async def _is_cancelled(_: AmiMessage) -> None:
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    await future


@pytest.mark.parametrize("bad", [_fails, _fails_later, _is_cancelled])
async def test_a_handler_s_exception_harms_no_other(
    dispatcher: Dispatcher, bad: Callable[[AmiMessage], None]
) -> None:
    got: list[str] = []
    dispatcher.on("CEL", bad)
    dispatcher.on("CEL", lambda message: got.append(message["N"]))
    for number in range(10):
        dispatcher.offer(event("one", number))
    assert await dispatcher.drained(limit_s=10)
    assert (len(got), dispatcher.failed, dispatcher.handled) == (10, 10, 10)


async def test_a_key_that_cannot_be_told_is_a_failed_handler(dispatcher: Dispatcher) -> None:
    async def handler(_: AmiMessage) -> None:
        return

    dispatcher.on("CEL", handler, key=lambda message: message["Absent"])
    dispatcher.offer(event("one", 1))
    assert await dispatcher.drained(limit_s=10)
    assert (dispatcher.failed, dispatcher.handled) == (1, 0)


async def test_a_handler_over_its_time_limit_is_ended_and_the_next_event_comes() -> None:
    dispatcher = Dispatcher(handler_limit_s=0.02)
    got: list[str] = []

    async def handler(message: AmiMessage) -> None:
        if message["N"] == "0":
            await asyncio.Event().wait()
        got.append(message["N"])

    dispatcher.on("CEL", handler)
    dispatcher.offer(event("one", 0))
    dispatcher.offer(event("one", 1))
    assert await dispatcher.drained(limit_s=10)
    assert (got, dispatcher.failed) == (["1"], 1)
    await dispatcher.close()


async def test_held_events_come_after_release_in_order(dispatcher: Dispatcher) -> None:
    got: list[str] = []
    dispatcher.on("CEL", lambda message: got.append(message["N"]))
    dispatcher.hold()
    for number in range(5):
        dispatcher.offer(event("one", number))
    assert not await dispatcher.drained(limit_s=0.01)
    assert got == []
    dispatcher.release()
    assert await dispatcher.drained(limit_s=10)
    assert got == ["0", "1", "2", "3", "4"]


async def test_memory_is_bounded_by_telling_the_reader_to_pause() -> None:
    told: list[str] = []
    gate = asyncio.Event()
    size = len(event("one", 100).raw) + MESSAGE_OVERHEAD
    dispatcher = Dispatcher(
        limit_bytes=10 * size, on_full=lambda: told.append("full"), on_room=lambda: told.append("room")
    )

    async def handler(_: AmiMessage) -> None:
        await gate.wait()

    dispatcher.on("CEL", handler)
    sent = 0
    while not told:
        dispatcher.offer(event(f"call{sent % 2}", 100))
        sent += 1
        await asyncio.sleep(0)
    assert told == ["full"]
    assert dispatcher.pauses == 1
    assert dispatcher.most_waiting_bytes <= 13 * size
    gate.set()
    assert await dispatcher.drained(limit_s=10)
    assert told == ["full", "room"]
    assert dispatcher.handled == sent
    await dispatcher.close()


async def test_events_that_nobody_handles_leave_nothing_behind(dispatcher: Dispatcher) -> None:
    dispatcher.on("CEL", lambda _: None)
    for number in range(1000):
        dispatcher.offer(event("one", number, "Newchannel"))
    assert await dispatcher.drained(limit_s=10)
    assert (dispatcher.handled, dispatcher.waiting_bytes) == (0, 0)


async def test_closing_cancels_what_runs() -> None:
    dispatcher = Dispatcher()
    begun = asyncio.Event()
    ended: list[str] = []

    async def handler(_: AmiMessage) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    before = asyncio.all_tasks()
    dispatcher.on("CEL", handler)
    dispatcher.offer(event("one", 1))
    dispatcher.offer(event("one", 2))
    await begun.wait()
    await dispatcher.close()
    assert ended == ["ended"]
    assert asyncio.all_tasks() == before
