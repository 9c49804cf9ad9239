"""What happens to actions and to the connection when the switch or the network misbehaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

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
from support.ami_line import LIMITS, WAIT_S, line, never, until
from support.ami_simulator import Action, AmiSimulator, answer, byte_by_byte, message, simulator, trace


@pytest.fixture
async def switch() -> AsyncGenerator[AmiSimulator]:
    async with simulator() as one:
        yield one


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


async def test_a_slow_switch_is_waited_for(switch: AmiSimulator) -> None:
    switch.delay_s = 0.1
    async with line(switch) as ami:
        await ami.wait_connected(WAIT_S)
        answers = await asyncio.gather(*(ami.action("Ping", limit_s=WAIT_S) for _ in range(5)))
        assert [len(one) for one in answers] == [1] * 5
