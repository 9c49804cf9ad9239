from __future__ import annotations

import asyncio
import gc
import random
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from hotline.telephony.ami import Ami, AmiLimits, AmiMessage, AmiState
from hotline.telephony.ami_errors import (
    AmiBusyError,
    AmiConnectionLostError,
    AmiError,
    AmiLoginError,
    AmiNotConnectedError,
    AmiRefusedError,
    AmiTimeoutError,
    AmiValueError,
)
from hotline.telephony.snapshot import take_snapshot
from support.ami_simulator import Action, AmiSimulator, answer, byte_by_byte, message, simulator, trace

LIMITS = AmiLimits(ping_s=60, silence_s=120, first_pause_s=0.01, longest_pause_s=0.02, refused_pause_s=0.02)
WAIT_S = 20.0
"""Long enough for a busy machine; a test that passes ends much earlier."""


@pytest.fixture
async def switch() -> AsyncGenerator[AmiSimulator]:
    async with simulator() as one:
        yield one


@asynccontextmanager
async def line(
    switch: AmiSimulator,
    *,
    limits: AmiLimits = LIMITS,
    secret: str = "right",  # noqa: S107  # the simulator's
    **handlers: Any,
) -> AsyncGenerator[Ami]:
    """A client that runs; at the end no task, future or unheard exception may be left."""
    faults: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: faults.append(context))
    before = asyncio.all_tasks()
    ami = Ami("127.0.0.1", switch.port, "hotline", secret, limits=limits, chance=lambda: 0.0)
    for name, handler in handlers.items():
        ami.on(name, handler)
    task = asyncio.create_task(ami.run())
    try:
        yield ami
    finally:
        await ami.close()
        with suppress(asyncio.CancelledError):
            await task
        await switch.gone()
    assert (ami.pending, ami.state, ami.dispatcher.lanes) == (0, AmiState.CLOSED, 0)
    servers = {one for one in asyncio.all_tasks() if "serve" in repr(one.get_coro())}
    assert asyncio.all_tasks() - servers <= before
    gc.collect()
    await asyncio.sleep(0)
    assert faults == []


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110  # looks at the state of both sides
            await asyncio.sleep(0.002)


def never(_: Action) -> bytes | None:
    return None


def event(number: int, text: str = "", call: str = "node1-1.1") -> bytes:
    return message(Event="CEL", LinkedID=call, N=str(number), Text=text)


async def test_actions_are_answered_refused_and_listed(switch: AmiSimulator) -> None:
    switch.script["QueueStatus"] = lambda action: b"".join(
        part.replace(b"ActionID: a-3", f"ActionID: {action['ActionID']}".encode()) + b"\r\n\r\n"
        for part in trace("answers.ami").split(b"\r\n\r\n")
        if b"ActionID: a-3" in part
    )
    switch.script["CoreShowChannels"] = lambda action: b"".join(
        part.replace(b"ActionID: a-2", f"ActionID: {action['ActionID']}".encode()) + b"\r\n\r\n"
        for part in trace("answers.ami").split(b"\r\n\r\n")
        if b"ActionID: a-2" in part
    )
    switch.script["Command"] = lambda action: (
        f"Response: Success\r\nActionID: {action['ActionID']}\r\nOutput: 一\r\nOutput: \r\nOutput: 二\r\n\r\n"
    ).encode()
    switch.script["Hangup"] = lambda action: message(
        Response="Error", ActionID=action["ActionID"], Message="No such channel"
    )
    async with line(switch) as ami:
        await ami.wait_connected(WAIT_S)
        assert (await ami.action("Ping"))[0]["Ping"] == "Pong"
        assert (await ami.action("Command", {"Command": "x"}))[0].all("Output") == ["一", "", "二"]
        for cut in (byte_by_byte, lambda data: [data]):
            switch.cut = cut
            shot = await take_snapshot(ami, limit_s=WAIT_S)
            assert (len(shot.channels), len(shot.members)) == (4, 3)
        with pytest.raises(AmiRefusedError, match="No such channel") as refused:
            await ami.action("Hangup", {"Channel": "PJSIP/none"})
        assert not refused.value.retryable
        assert ami.pending <= 1  # the watchdog's ping at most


async def test_originate_never_blocks_the_session(switch: AmiSimulator) -> None:
    async with line(switch) as ami:
        await ami.wait_connected(WAIT_S)
        await ami.action("Originate", {"Channel": "Local/1@x"})
        await ami.action("Originate", {"Channel": "Local/1@x", "Async": "false"})
    sent = [one for one in switch.received if one["Action"] == "Originate"]
    assert [one["Async"] for one in sent] == ["true", "false"]


async def test_chinese_text_cut_at_every_byte_arrives_whole(switch: AmiSimulator) -> None:
    got: list[tuple[str, str]] = []
    switch.cut = byte_by_byte
    async with line(switch, CEL=lambda m: got.append((m["N"], m["Text"]))) as ami:
        await ami.wait_connected(WAIT_S)
        for number in range(20):
            await switch.send(event(number, f"李“老”师𠮷{number}"))
        await until(lambda: len(got) == 20)
    assert got == [(str(number), f"李“老”师𠮷{number}") for number in range(20)]


async def test_a_reset_in_the_middle_of_an_action_fails_it_and_never_replays_it(switch: AmiSimulator) -> None:
    switch.script["Originate"] = never
    async with line(switch) as ami:
        await ami.wait_connected(WAIT_S)
        calls = [asyncio.create_task(ami.action("Originate", limit_s=WAIT_S)) for _ in range(3)]
        await until(lambda: switch.names() == ["Originate"] * 3)
        switch.reset()
        for call in calls:
            with pytest.raises(AmiConnectionLostError) as lost:
                await call
            assert lost.value.retryable
            assert lost.value.maybe_done
        await until(lambda: switch.logins == 2 and ami.connected)
        await ami.action("Ping")
        assert ami.sessions == 2
    assert switch.names() == ["Originate"] * 3


async def test_half_an_answer_and_then_a_reset_is_no_answer(switch: AmiSimulator) -> None:
    switch.script["Status"] = lambda action: answer(action, Message="ok")[:-3]
    async with line(switch) as ami:
        await ami.wait_connected(WAIT_S)
        call = asyncio.create_task(ami.action("Status", limit_s=WAIT_S))
        await until(lambda: switch.names() == ["Status"])
        await asyncio.sleep(0.01)
        assert not call.done()
        switch.reset()
        with pytest.raises(AmiConnectionLostError):
            await call


async def test_every_action_has_a_time_limit_and_a_late_answer_meets_nobody(switch: AmiSimulator) -> None:
    late: list[bytes] = []
    switch.script["Status"] = lambda action: late.append(answer(action, Message="late"))
    async with line(switch) as ami:
        await ami.wait_connected(WAIT_S)
        with pytest.raises(AmiTimeoutError) as expired:
            await ami.action("Status", limit_s=0.02)
        assert expired.value.retryable
        await switch.send(late[0])
        switch.script["Status"] = lambda action: answer(action, Message="mine")
        assert (await ami.action("Status"))[0]["Message"] == "mine"
        call = asyncio.create_task(ami.action("Absent", limit_s=WAIT_S))
        switch.script["Absent"] = never
        await until(lambda: "Absent" in switch.names())
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert ami.pending <= 1


async def test_answers_and_list_items_that_come_twice(switch: AmiSimulator) -> None:
    def twice(action: Action) -> bytes:
        head = answer(action, EventList="start")
        item = message(Event="QueueMember", ActionID=action["ActionID"], Queue="q", Location="PJSIP/1")
        end = message(Event="QueueStatusComplete", ActionID=action["ActionID"], EventList="Complete")
        return head + item + item + end + head + end

    switch.script["QueueStatus"] = twice
    switch.script["Status"] = lambda action: answer(action) * 3
    async with line(switch) as ami:
        await ami.wait_connected(WAIT_S)
        for _ in range(3):
            assert len(await ami.action("Status")) == 1
            assert [m.name for m in await ami.action("QueueStatus")][1:-1] == ["QueueMember"] * 2
            assert len((await take_snapshot(ami)).members) == 1


async def test_a_silent_peer_is_noticed_and_left(switch: AmiSimulator) -> None:
    limits = AmiLimits(ping_s=0.02, silence_s=0.1, first_pause_s=0.01, longest_pause_s=0.02, login_s=0.1)
    switch.script["Originate"] = never
    async with line(switch, limits=limits) as ami:
        await ami.wait_connected(WAIT_S)
        await until(lambda: len(switch.received) > 3)
        assert ami.sessions == 1  # pings are answered: it stays
        call = asyncio.create_task(ami.action("Originate", limit_s=WAIT_S))
        await until(lambda: "Originate" in switch.names())
        switch.silent = True
        with pytest.raises(AmiConnectionLostError, match="silent"):
            await call
        await until(lambda: isinstance(ami.last_error, AmiTimeoutError))  # silent at the login as well
        switch.silent = False
        await until(lambda: ami.connected)
        assert ami.sessions == 2


@pytest.mark.parametrize("bad", ["a\r\nAction: Hangup", "a\n", "\r", "\0", "\x1b[31m", "\x7f", "x" * 1100])
async def test_an_injection_is_refused_before_a_byte_is_sent(switch: AmiSimulator, bad: str) -> None:
    async with line(switch) as ami:
        await ami.wait_connected(WAIT_S)
        before = len(switch.raw)
        for fields in ({"CallerID": bad}, {"Variable": ["A=1", bad]}, {bad: "1"}):
            with pytest.raises(AmiValueError):
                await ami.action("Originate", fields)
        with pytest.raises(AmiValueError):
            await ami.action(bad)
        await ami.action(
            "Originate", {"CallerID": "\"${SHELL(id)}\" \\ '王' <1>", "Variable": ["A=1", "B=2"]}
        )
        sent = bytes(switch.raw[before:]).decode().split("\r\n\r\n")
    (only,) = [one.split("\r\n") for one in sent if one and not one.startswith("Action: Ping")]
    assert only.pop(1).startswith("ActionID: hotline-")
    assert only == [
        "Action: Originate",
        "Async: true",
        "CallerID: \"${SHELL(id)}\" \\ '王' <1>",
        "Variable: A=1",
        "Variable: B=2",
    ]


async def test_a_wrong_secret_is_a_clear_state_and_mended_without_a_restart(switch: AmiSimulator) -> None:
    async with line(switch, secret="wrong") as ami:
        await until(lambda: ami.state is AmiState.REFUSED)
        with pytest.raises(AmiLoginError, match="refused the login of hotline") as refused:
            await ami.action("Ping")
        assert not refused.value.retryable
        with pytest.raises(AmiLoginError):
            await ami.wait_connected(0.001)
        assert switch.names() == []
        switch.secret = "wrong"
        await until(lambda: ami.state is AmiState.CONNECTED)
        assert (await ami.action("Ping"))[0].name == "Success"


async def test_without_a_switch_actions_fail_at_once_and_are_not_kept(switch: AmiSimulator) -> None:
    ami = Ami("127.0.0.1", switch.port, "hotline", "right", limits=LIMITS)
    with pytest.raises(AmiNotConnectedError) as absent:
        await ami.action("Originate")
    assert absent.value.retryable
    assert not absent.value.maybe_done
    async with line(switch) as other:
        await other.wait_connected(WAIT_S)
    assert switch.names() == []


async def test_callbacks_run_before_any_event_is_handed_out(switch: AmiSimulator) -> None:
    order: list[str] = []
    switch.after_login = event(1) + event(2)

    async def failing(_: Ami) -> None:
        order.append("failing")
        raise ValueError("callback")

    async def slow(ami: Ami) -> None:
        await ami.action("Status")
        await switch.send(event(3))
        await ami.action("Status")
        order.append(f"session {ami.sessions}")

    async with line(switch, CEL=lambda m: order.append(m["N"])) as ami:
        ami.on_connect(failing)
        ami.on_connect(slow)
        await until(lambda: len(order) == 5)
        switch.reset()
        await until(lambda: len(order) == 10)
    assert order == ["failing", "session 1", "1", "2", "3", "failing", "session 2", "1", "2", "3"]


async def test_a_callback_ends_with_its_connection_and_within_its_limit(switch: AmiSimulator) -> None:
    limits = AmiLimits(ping_s=60, silence_s=120, first_pause_s=0.01, longest_pause_s=0.02, on_connect_s=0.05)
    ended: list[int] = []
    got: list[str] = []

    async def stuck(ami: Ami) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(ami.sessions)

    switch.after_login = event(1)
    async with line(switch, limits=limits, CEL=lambda m: got.append(m["N"])) as ami:
        ami.on_connect(stuck)
        await until(lambda: got == ["1"])
        assert ended == [1]
        switch.reset()
        await until(lambda: ami.sessions == 2)
        switch.reset()
        await until(lambda: ami.sessions == 3)
        assert ended[:2] == [1, 2]


async def test_a_failing_handler_never_harms_the_connection(switch: AmiSimulator) -> None:
    got: list[str] = []

    async def handler(one: AmiMessage) -> None:
        got.append(one["N"])
        raise RuntimeError("handler")

    async with line(switch, CEL=handler) as ami:
        await ami.wait_connected(WAIT_S)
        await switch.send(b"".join(event(number) for number in range(5)))
        await until(lambda: len(got) == 5)
        await ami.action("Ping")
        await until(lambda: ami.dispatcher.failed == 5)
        assert ami.sessions == 1


async def test_slow_handlers_hold_the_switch_back_with_bounded_memory(switch: AmiSimulator) -> None:
    limit, one_read = 200_000, 256 * 1024 * 3
    limits = AmiLimits(waiting_bytes=limit, ping_s=0.02, silence_s=0.1, first_pause_s=0.01)
    gate = asyncio.Event()
    got: list[str] = []

    async def handler(one: AmiMessage) -> None:
        await gate.wait()
        got.append(one["N"])

    async with line(switch, limits=limits, CEL=handler) as ami:
        await ami.wait_connected(WAIT_S)
        number = 20_000
        sending = asyncio.create_task(
            switch.send(b"".join(event(one, "王" * 200, f"node1-{one % 7}.1") for one in range(number)))
        )
        await until(lambda: ami.dispatcher.pauses == 1)
        await asyncio.sleep(0.3)  # longer than the limit of silence: our own pause is not the peer's
        assert not sending.done()
        assert ami.dispatcher.most_waiting_bytes <= limit + one_read
        gate.set()
        await sending
        await until(lambda: len(got) == number)
        assert ami.sessions == 1
    assert all(
        (mine := [int(one) for one in got if int(one) % 7 == call]) == sorted(mine) for call in range(7)
    )


async def test_a_peer_that_reads_nothing_gets_no_more_actions(switch: AmiSimulator) -> None:
    stuck = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        data = await reader.readuntil(b"\r\n\r\n")
        action = dict(one.split(": ", 1) for one in data.decode().strip().split("\r\n"))
        writer.write(answer(action))
        writer.transport.pause_reading()
        await stuck.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1024)
    port, switch.port = switch.port, server.sockets[0].getsockname()[1]
    async with line(switch) as ami:
        await ami.wait_connected(WAIT_S)
        calls: list[asyncio.Task[list[AmiMessage]]] = []
        refused = 0
        while refused == 0 and len(calls) < 100_000:
            burst = [
                asyncio.create_task(ami.action("Originate", {"Variable": ["A=" + "x" * 900] * 100}))
                for _ in range(20)
            ]
            await asyncio.sleep(0.005)
            refused += sum(one.done() and isinstance(one.exception(), AmiBusyError) for one in burst)
            calls += burst
        assert refused
        stuck.set()
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(one, AmiError) and one.retryable for one in results)
    server.close()
    await server.wait_closed()
    switch.port = port


@pytest.mark.parametrize(
    "banner", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x16\x03\x01\x02", b"Event: X\r\n\r\n" * 50]
)
async def test_a_peer_that_does_not_speak_ami_is_left(switch: AmiSimulator, banner: bytes) -> None:
    limits = AmiLimits(login_s=0.05, first_pause_s=0.01, longest_pause_s=0.02)
    switch.banner = banner
    switch.script["Login"] = never
    async with line(switch, limits=limits) as ami:
        await until(lambda: len(switch.received) >= 2)  # tried, left, tried again
        assert not ami.connected
        del switch.script["Login"]
        switch.banner = b"Asterisk Call Manager/11.0.0\r\n"
        await until(lambda: ami.connected)


async def test_a_message_over_the_limit_ends_the_connection_only(switch: AmiSimulator) -> None:
    limits = AmiLimits(message_bytes=100_000, first_pause_s=0.01, longest_pause_s=0.02)
    got: list[str] = []
    async with line(switch, limits=limits, CEL=lambda m: got.append(m["Text"][-1:])) as ami:
        await ami.wait_connected(WAIT_S)
        await switch.send(event(1, "王" * 10_000 + "一"))
        await until(lambda: got == ["一"])
        await switch.send(b"Event: CEL\r\nText: " + b"x" * 500_000)
        await until(lambda: ami.sessions == 2)
        await switch.send(event(2, "二"))
        await until(lambda: got == ["一", "二"])


async def test_a_slow_switch_is_waited_for(switch: AmiSimulator) -> None:
    switch.delay_s = 0.1
    async with line(switch) as ami:
        await ami.wait_connected(WAIT_S)
        answers = await asyncio.gather(*(ami.action("Ping", limit_s=WAIT_S) for _ in range(5)))
        assert [len(one) for one in answers] == [1] * 5


async def test_100_000_fuzzed_messages_with_hang_ups_lose_no_record(switch: AmiSimulator) -> None:
    rng = random.Random(33358)  # noqa: S311  # a seed makes a failure repeatable
    seeds = [part + b"\r\n\r\n" for part in trace("queue-calls.ami").split(b"\r\n\r\n")[1:-1]]
    got: list[str] = []

    def shred(data: bytes) -> Iterable[bytes]:
        at = 0
        while at < len(data):
            size = rng.choice([1, 2, 3, 50, 1461, 8192, 65536])
            yield data[at : at + size]
            at += size

    def noise() -> bytes:
        seed = bytearray(rng.choice(seeds))
        match rng.randrange(5):
            case 0:
                return bytes(seed)
            case 1:
                return bytes(seed) * 2
            case 2:
                for _ in range(5):
                    seed[rng.randrange(len(seed) - 4)] = rng.choice(b"\x00\x80\xff\n: aZ")
                return bytes(seed)
            case 3:
                return rng.randbytes(30).replace(b"\r\n\r\n", b"") + b"\r\n"
            case _:
                return message(Response="Success", ActionID="hotline-never-asked-1")

    switch.cut = shred
    sent = fuzzed = 0
    async with line(switch, Good=lambda m: got.append(m["Text"]), CEL=lambda _: None) as ami:
        for session in range(1, 11):
            await until(lambda session=session: ami.sessions == session and ami.connected)
            stream: list[bytes] = []
            for _ in range(10_000):
                fuzzed += 1
                if rng.random() < 0.2:
                    stream.append(message(Event="Good", Linkedid=f"n-{sent % 9}", Text=f"第{sent}号，王小明"))
                    sent += 1
                else:
                    stream.append(noise())
            await switch.send(b"".join(stream) + b"Event: Good\r\nText: half a mess")
            await switch.hang_up()
        await until(lambda: len(got) >= sent)
    assert fuzzed == 100_000
    assert got == [f"第{number}号，王小明" for number in range(sent)]


async def test_the_recorded_calls_arrive_in_full_over_and_over(switch: AmiSimulator) -> None:
    stream = trace("queue-calls.ami").partition(b"Event: ")[1:]
    recorded = b"".join(stream)
    number = recorded.count(b"Event: CEL\r\n")
    got: list[str] = []
    async with line(switch, CEL=lambda m: got.append(m["UniqueID"])) as ami:
        await ami.wait_connected(WAIT_S)
        for _ in range(10):
            await switch.send(recorded)
        await until(lambda: len(got) == 10 * number)
    assert got == got[:number] * 10
